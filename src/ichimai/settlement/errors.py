"""Why a closing, a payout or a file is refused."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ichimai.kernel import errors
from ichimai.settlement.kana import NameProblem


class PayeeProblem(NamedTuple):
    """What keeps one shop from being paid.

    ``field`` names a part of its bank account, or ``amount``; ``suggestion`` is a form of the
    name for a person to confirm, empty where there is none.
    """

    shop_number: str
    shop_name: str
    field: str
    value: str
    faults: tuple[NameProblem, ...]
    suggestion: str


@dataclass(eq=False)
class PayeesRefused(errors.Conflict):
    """Some shops cannot be paid as their accounts stand; correct them or hold them out."""

    code = "payees_refused"
    public = ("payees",)

    payees: tuple[PayeeProblem, ...]


@dataclass(eq=False)
class PayerRefused(errors.Invalid):
    """The payer's account is not one that a bank's file can carry."""

    code = "payer_refused"
    public = ("fields",)

    fields: tuple[str, ...]


@dataclass(eq=False)
class DifferentPayer(errors.Conflict):
    """This id was used before, for another account to pay from."""

    code = "exists_with_different_payer"


@dataclass(eq=False)
class NoPayer(errors.Conflict):
    """The account from which shops are paid has not been entered."""

    code = "no_payer"


@dataclass(eq=False)
class ValueDoesNotFit(errors.Invalid):
    """A value does not fit its field in a transfer file; nothing is ever cut off."""

    code = "value_does_not_fit"
    public = ("field",)

    field: str


@dataclass(eq=False)
class FileDiffers(errors.Conflict):
    """A transfer file is not what the ledger says it must be; it must not be sent."""

    code = "payout_file_differs"
    public = ("record", "field")

    record: int
    field: str


@dataclass(eq=False)
class UnknownClosing(errors.NotFound):
    """No such closing."""

    code = "unknown_closing"


@dataclass(eq=False)
class AlreadyClosed(errors.Conflict):
    """This week, or a later one, has been closed already."""

    code = "already_closed"
    public = ("closes_on",)

    closes_on: date


@dataclass(eq=False)
class DifferentClosing(errors.Conflict):
    """This id was used before, for another closing."""

    code = "exists_with_different_closing"


@dataclass(eq=False)
class DayNotOver(errors.Invalid):
    """A closing is for a day that is over."""

    code = "day_not_over"
    public = ("closes_on",)

    closes_on: date


@dataclass(eq=False)
class NothingToPay(errors.Conflict):
    """No shop is owed anything that is not in a batch already or held."""

    code = "nothing_to_pay"
    public = ("held",)

    held: int


@dataclass(eq=False)
class PayablesTaken(errors.Conflict):
    """Another batch has just taken some of these payables; look again."""

    code = "payables_taken"


@dataclass(eq=False)
class UnknownBatch(errors.NotFound):
    """No such payout batch."""

    code = "unknown_batch"


@dataclass(eq=False)
class DifferentBatch(errors.Conflict):
    """This id was used before, for another payout batch."""

    code = "exists_with_different_batch"


@dataclass(eq=False)
class SamePerson(errors.Forbidden):
    """Whoever made a batch cannot approve it; a second person must."""

    code = "same_person"


@dataclass(eq=False)
class WrongState(errors.Conflict):
    """The batch is not in a state in which this can be done."""

    code = "wrong_state"
    public = ("state",)

    state: str


@dataclass(eq=False)
class NotABankDay(errors.Invalid):
    """Banks are closed on that day, or it is not within the next 30 days."""

    code = "not_a_bank_day"
    public = ("pay_on",)

    pay_on: date


@dataclass(eq=False)
class StatementDiffers(errors.Conflict):
    """The journal of a shop is not what was closed; run ``ichimai verify``."""

    code = "statement_differs"
    public = ("shop_number",)

    shop_number: str


@dataclass(eq=False)
class FontMissing(errors.Unavailable):
    """No Japanese font for PDF on this machine; on Debian, install fonts-ipaexfont-gothic."""

    code = "font_missing"
