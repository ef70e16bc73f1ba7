"""Why the bank's answer, or another account, is refused."""

from dataclasses import dataclass

from ichimai.kernel import errors
from ichimai.settlement.errors import PayeeProblem


@dataclass(eq=False)
class BankResultRefused(errors.Conflict):
    """The bank's result is not that of this payout, or not whole; nothing was changed."""

    code = "bank_result_refused"
    public = ("line", "rule", "field")

    line: int
    """From 1; 0 is the file as a whole."""
    rule: str
    field: str
    """Which part of the line."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.rule} {self.field}".strip()


@dataclass(eq=False)
class DifferentBankResult(errors.Conflict):
    """This id was used before, for another result of a bank."""

    code = "exists_with_different_bank_result"


@dataclass(eq=False)
class AccountRefused(errors.Invalid):
    """This is no account that a bank's file can carry; see each field."""

    code = "account_refused"
    public = ("problems",)

    problems: tuple[PayeeProblem, ...]


@dataclass(eq=False)
class SameAccount(errors.Conflict):
    """The shop has this account already."""

    code = "same_account"


@dataclass(eq=False)
class AccountChangeOpen(errors.Conflict):
    """Another change of this shop's account is under way; it must end first."""

    code = "account_change_open"


@dataclass(eq=False)
class UnknownAccountChange(errors.NotFound):
    """No such change of an account."""

    code = "unknown_account_change"


@dataclass(eq=False)
class DifferentAccountChange(errors.Conflict):
    """This id was used before, for another change of an account."""

    code = "exists_with_different_account_change"


@dataclass(eq=False)
class AccountChangeDecided(errors.Conflict):
    """Somebody has decided on this change meanwhile."""

    code = "account_change_decided"
    public = ("state",)

    state: str


@dataclass(eq=False)
class SecondPersonNeeded(errors.Forbidden):
    """Whoever asked for or checked a change of an account cannot approve it."""

    code = "second_person_for_account"


@dataclass(eq=False)
class NoContact(errors.Conflict):
    """The shop has no contact that could be told; enter one first."""

    code = "no_contact"


@dataclass(eq=False)
class InvalidContact(errors.Invalid):
    """A contact is one mail address, or one postal address."""

    code = "invalid_contact"
    public = ("field",)

    field: str


@dataclass(eq=False)
class MistypedCancelCode(errors.Invalid):
    """The code is mistyped; please compare it with the notice."""

    code = "mistyped_cancel_code"


@dataclass(eq=False)
class CancelRefused(errors.Forbidden):
    """This code is unknown, or the change of the account is over; call the town at once."""

    code = "cancel_refused"
