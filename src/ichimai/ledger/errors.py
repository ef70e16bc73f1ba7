"""What the ledger can refuse, and which refusals are remembered under the operation's id."""

from dataclasses import dataclass
from uuid import UUID

from ichimai.kernel import errors


@dataclass(eq=False)
class CredentialStopped(errors.Conflict):
    """This card has been stopped."""

    code = "credential_stopped"


@dataclass(eq=False)
class NotAcceptedHere(errors.Conflict):
    """What is on this card cannot be used at this shop."""

    code = "not_accepted_here"


@dataclass(eq=False)
class InsufficientBalance(errors.Conflict):
    """The amount cannot be taken from this card."""

    code = "insufficient_balance"


@dataclass(eq=False)
class LimitExceeded(errors.Conflict):
    """The amount is above what may be taken at once or in a day."""

    code = "limit_exceeded"


@dataclass(eq=False)
class RepeatSuspected(errors.Conflict):
    """The same card paid the same amount at this terminal just now; was this paid already?"""

    code = "repeat_suspected"
    public = ("earlier",)

    earlier: UUID


@dataclass(eq=False)
class DifferentAmount(errors.Conflict):
    """This id was used before, with another amount."""

    code = "exists_with_different_amount"


@dataclass(eq=False)
class DifferentCredential(errors.Conflict):
    """This id was used before, with another card."""

    code = "exists_with_different_credential"


@dataclass(eq=False)
class DifferentTerminal(errors.Conflict):
    """This id was used before, at another terminal."""

    code = "exists_with_different_terminal"


@dataclass(eq=False)
class DifferentPrograms(errors.Conflict):
    """This id was used before, with another program, event or choice of what to pay with."""

    code = "exists_with_different_programs"


@dataclass(eq=False)
class DifferentKind(errors.Conflict):
    """This id was used before, for another kind of operation."""

    code = "exists_with_different_kind"


@dataclass(eq=False)
class DifferentPayment(errors.Conflict):
    """This id was used before, for another payment or hold."""

    code = "exists_with_different_payment"


@dataclass(eq=False)
class IdFromTheFuture(errors.Invalid):
    """The id was made at a time that has not come; check the device's clock."""

    code = "id_from_the_future"


@dataclass(eq=False)
class UnknownOperation(errors.NotFound):
    """No such payment or hold at this shop."""

    code = "unknown_operation"


@dataclass(eq=False)
class RefundExceedsPayment(errors.Conflict):
    """More would be refunded than was paid."""

    code = "refund_exceeds_payment"


@dataclass(eq=False)
class NotAllThere(errors.Conflict):
    """Not all of it is where it was paid in: used, passed on, or moved as records became one."""

    code = "not_all_there"


@dataclass(eq=False)
class HoldClosed(errors.Conflict):
    """The hold was already posted, voided or timed out."""

    code = "hold_closed"


@dataclass(eq=False)
class HoldNotDue(errors.Conflict):
    """The hold's time is not over."""

    code = "hold_not_due"


@dataclass(eq=False)
class PostExceedsHold(errors.Conflict):
    """More would be posted than was held."""

    code = "post_exceeds_hold"


@dataclass(eq=False)
class BoundExceeded(errors.Conflict):
    """An account would go below its bound, such as a program's budget."""

    code = "bound_exceeded"


@dataclass(eq=False)
class NothingToMove(errors.Conflict):
    """There is nothing to expire, close or pay out."""

    code = "nothing_to_move"


@dataclass(eq=False)
class LimitReached(errors.Conflict):
    """Nothing more can be had for this at present."""

    code = "limit_reached"


@dataclass(eq=False)
class MinimumNotReached(errors.Conflict):
    """What this exchange asks for beforehand is not reached yet."""

    code = "minimum_not_reached"


@dataclass(eq=False)
class OutOfStock(errors.Conflict):
    """There is none left here."""

    code = "out_of_stock"


@dataclass(eq=False)
class ClockBehind(errors.Unavailable):
    """This machine's clock is behind the ledger's last entry."""

    code = "clock_behind"


@dataclass(eq=False)
class Overloaded(errors.Unavailable):
    """Too many requests are waiting."""

    code = "overloaded"


REMEMBERED: dict[str, type[errors.DomainError]] = {
    error.code: error
    for error in (
        CredentialStopped,
        NotAcceptedHere,
        InsufficientBalance,
        LimitExceeded,
        LimitReached,
        MinimumNotReached,
        OutOfStock,
    )
}
"""Refusals of what a card asks for that are the answer for ever, by code.

The others are not: an unknown card is nobody's, and a suspected repeat asks a question.
"""
