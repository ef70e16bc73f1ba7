"""Why the bank's answer, or another account, is refused."""

from dataclasses import dataclass

from ichimai.kernel import errors


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
