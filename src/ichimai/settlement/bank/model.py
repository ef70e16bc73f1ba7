"""What a bank says of a file that was sent, as data: as it was read, and as it was kept.

A file is of a payout batch (``Of``: BatchId) and pays shops (``Whom``: ShopId), or is a party's of
a netting (NettingFile) and pays by transfers, each known by its place (int).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, NamedTuple, NewType, TypeVar
from uuid import UUID

from ichimai.merchants import ShopId
from ichimai.settlement.model import BatchId, ControlTotal
from ichimai.settlement.obligation_model import NettingId

BankResultId = NewType("BankResultId", UUID)
Of = TypeVar("Of")
Whom = TypeVar("Whom")


class ResultKind(StrEnum):
    """What a result file is about."""

    ANSWER = "answer"
    """振込結果: every line of a batch, done or failed."""
    RETURN = "return"
    """資金返却: lines that were done, or seemed to be, and came back later."""


class ResultFormat(StrEnum):
    """How a result file is written."""

    ZENGIN = "zengin"
    CSV = "csv"


class Outcome(StrEnum):
    """What became of one line of a batch; ``DONE`` may be followed by ``RETURNED``."""

    DONE = "done"
    FAILED = "failed"
    RETURNED = "returned"


class Reason(StrEnum):
    """Why money did not reach, or did not stay in, an account; the code in a result file.

    Two codes differ in both digits: one wrong digit is never another reason.
    """

    DONE = "00"
    NO_ACCOUNT = "11"
    NAME_DIFFERS = "22"
    ACCOUNT_CLOSED = "33"
    KIND_DIFFERS = "44"
    RECALLED = "55"
    DECLINED = "66"
    OTHER = "99"


class Rule(StrEnum):
    """What a result file must keep to; the first that it breaks refuses it."""

    FORM = "form"
    """Records of 120 bytes in their order, or the CSV's columns; one byte one character."""
    NO_SUCH_BATCH = "no_such_batch"
    """A batch that was handed over, with this payer and pay day."""
    MORE_THAN_ONE_BATCH = "more_than_one_batch"
    """One batch alone: for another with the very same lines, say which."""
    OTHER_BATCH = "other_batch"
    """The header is that of the file that was sent."""
    COUNT = "count"
    """An answer has as many lines as its batch; a return at least one."""
    LINE_DIFFERS = "line_differs"
    """Every line is one that was sent, in its place: account, name, sum and reference."""
    TWICE = "twice"
    """No line is there twice."""
    REASON = "reason"
    """The result code is a known one, and fits the kind of file and the words beside it."""
    TOTALS = "totals"
    """The control totals are those of the lines, and of the batch."""
    DAY = "day"
    """A result has a day: after the hand-over, not before the money moves, not in the future."""
    CONTRADICTS = "contradicts"
    """It does not say otherwise than a result that was imported before."""


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One line of a result file; ``cells`` is what it repeats of the line that was sent."""

    number: int
    cells: Mapping[str, str]
    reason: Reason
    yen: int


@dataclass(frozen=True, slots=True)
class ParsedResult:
    """A result file as it was read, not yet held against any batch.

    ``header`` repeats the header that was sent, ``header_line`` is where it stands; ``total``,
    ``done`` and ``back`` are the control totals at ``totals_line``.
    """

    format: ResultFormat
    kind: ResultKind
    result_on: date
    payer_code: str
    pay_month_and_day: str
    header_line: int
    header: Mapping[str, str]
    lines: tuple[ParsedLine, ...]
    totals_line: int
    total: ControlTotal
    done: ControlTotal
    back: ControlTotal


@dataclass(frozen=True, slots=True)
class SentFile(Generic[Of, Whom]):
    """What a file said, in the cells that a result file repeats of it.

    ``handed_on``: the day of the first copy. ``payees`` and ``yen`` are in the order of ``lines``.
    """

    of: Of
    header: Mapping[str, str]
    lines: tuple[Mapping[str, str], ...]
    payees: tuple[Whom, ...]
    yen: tuple[int, ...]
    pay_on: date
    handed_on: date


@dataclass(frozen=True, slots=True)
class ResultLine(Generic[Whom]):
    """What a result says of one payee's money; ``units`` as they were sent."""

    payee: Whom
    outcome: Outcome
    reason: Reason
    units: int


@dataclass(frozen=True, slots=True)
class BankResult(Generic[Of, Whom]):
    """A result that was imported; ``lines`` are in the order of the file."""

    id: BankResultId
    of: Of
    kind: ResultKind
    format: ResultFormat
    sha256: str
    result_on: date
    imported_by: UUID
    imported_at: datetime
    lines: tuple[ResultLine[Whom], ...]

    def total(self, *outcomes: Outcome) -> ControlTotal:
        """How many lines ended so, and what they come to."""
        found = [line.units for line in self.lines if line.outcome in outcomes]
        return ControlTotal(len(found), sum(found))


class NettingFile(NamedTuple):
    """The file in which a party pays what a netting says."""

    netting: NettingId
    party: str


PayoutResult = BankResult[BatchId, ShopId]
NettingResult = BankResult[NettingFile, int]


class NewResult(NamedTuple):
    """A result file that is being taken in: under which id, what it is, by whom and when."""

    id: BankResultId
    sha256: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SentBack:
    """Money of a shop that the bank did not pay, or sent back, and that is owed again.

    ``is_same_account``: the shop has still the account that the bank refused, so that batches
    leave it out until the account is changed, or somebody releases it.
    """

    batch: BatchId
    shop: ShopId
    outcome: Outcome
    reason: Reason
    units: int
    result_on: date
    is_same_account: bool
