"""Who owes whom besides shops, what is netted of it, and what is disputed, as data."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple, NewType
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.merchants import BankAccount, ShopId
from ichimai.settlement.model import Closing, ClosingId, Payable, RunId

ObligationId = NewType("ObligationId", UUID)
NettingId = NewType("NettingId", UUID)
DisputeId = NewType("DisputeId", UUID)
BillPaymentId = NewType("BillPaymentId", UUID)

OPERATOR: Final = "operator"
"""The party that pays shops through its bank, and stands between all others."""


class Why(StrEnum):
    """What an obligation is for."""

    USE = "use"
    """Units that shops accepted."""
    ISSUE = "issue"
    """Units that were given; from the operator: those that shops gave, whom it charges."""
    FEE = "fee"
    """Fees that shops were charged."""
    CORRECTION = "correction"
    """What was put right with shops."""
    BILL = "bill"
    """What an association's shops owe; it collects from them."""
    RETURNED = "returned"
    """What a netting settled and a bank did not pay, or sent back: it is owed again."""


@dataclass(frozen=True, slots=True)
class ClosingRun:
    """A cut-off of several programs at one place in the ledger's order."""

    id: RunId
    closes_on: date
    programs: tuple[Asset, ...]
    closed_by: UUID
    closed_at: datetime


class Obligation(NamedTuple):
    """``debtor`` owes ``creditor`` so many yen because of a closing (None: a bill).

    ``run`` None: of no closing, but what a bank sent back.
    """

    id: ObligationId
    run: RunId | None
    closing: ClosingId | None
    debtor: str
    creditor: str
    yen: int
    why: Why

    @property
    def is_to_itself(self) -> bool:
        """Whether a party funds this itself: a closing adds up with it, and no money moves."""
        return self.debtor == self.creditor


class AssociationClosing(NamedTuple):
    """What a closing means for an association, in units.

    ``issued``: given by its shops and by itself, less what was taken back; ``outstanding``: what
    of all they ever gave is not spent. ``accepted``: by its shops. ``elsewhere``: accepted in this
    closing by shops of others, of what its own gave; ``from_others``: the reverse.
    """

    closing: ClosingId
    association: int
    issued: int
    outstanding: int
    accepted: int
    elsewhere: int
    from_others: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What the shops of an association owe from a run, asked of the association.

    ``received_yen`` came in so far; ``is_netted``: a netting that is not given up has it.
    """

    id: ObligationId
    run: RunId
    association: int
    shops: int
    yen: int
    due_on: date
    paid_by: UUID | None = None
    paid_at: datetime | None = None
    received_yen: int = 0
    is_netted: bool = False

    @property
    def rest_yen(self) -> int:
        """What has still to come in."""
        return 0 if self.paid_at else self.yen - self.received_yen


@dataclass(frozen=True, slots=True)
class BillPayment:
    """Money that came in for a bill."""

    id: BillPaymentId
    bill: ObligationId
    yen: int
    received_on: date
    noted_by: UUID
    noted_at: datetime


class BillLine(NamedTuple):
    """What one shop owes in a bill."""

    shop: ShopId
    shop_number: str
    yen: int


class Debt(NamedTuple):
    """``debtor`` pays ``creditor`` so many yen."""

    debtor: str
    creditor: str
    yen: int


class PartyAccount(NamedTuple):
    """Where an association or a sponsor is paid, and pays from.

    ``code`` (委託者コード, 10 digits) is what its bank gave it for transfer files, if one did.
    """

    party: str
    account: BankAccount
    code: str | None
    entered_by: UUID


class NettingParty(NamedTuple):
    """A party of a netting's transfers with its account as it stood when that was made.

    ``sha256`` (hexadecimal) is of its transfer file; None: it pays nobody by a file.
    """

    known: PartyAccount
    sha256: str | None
    copies: int = 0


class NettingState(StrEnum):
    """Where a netting stands; a rejected one gives its obligations back."""

    MADE = "made"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Netting:
    """Obligations of ``yen`` in all, set against each other; ``transfers`` settle them.

    They are to be made on ``pay_on``.
    """

    id: NettingId
    obligations: int
    yen: int
    pay_on: date
    made_by: UUID
    made_at: datetime
    state: NettingState
    decided_by: UUID | None
    decided_at: datetime | None
    transfers: tuple[Debt, ...]


class DisputeState(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    PROPOSED = "proposed"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A line that somebody disputes: a shop's (``closing``, ``shop``), or an obligation.

    ``claimed``: how many units the shop says it lacks. ``units``: what is to be corrected, above 0
    in the shop's favour, 0: the line stands.
    """

    id: DisputeId
    closing: ClosingId | None
    shop: ShopId | None
    obligation: ObligationId | None
    claimed: int | None
    reason: str
    opened_by: UUID
    opened_at: datetime
    state: DisputeState
    units: int | None
    finding: str | None
    proposed_by: UUID | None
    decided_by: UUID | None
    decided_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is not decided yet."""
        return self.state is not DisputeState.DECIDED


class DisputedLine(NamedTuple):
    """A shop's dispute with what is needed to decide on it.

    ``line``: what the closing says. ``answer_by``: the last day on which other lines of that
    closing may be disputed. ``corrected_on``: the day of the closing that has the correction.
    """

    dispute: Dispute
    closing: Closing
    line: Payable
    answer_by: date
    corrected_on: date | None


class StatedDebt(NamedTuple):
    """An obligation of a closing, and the last dispute of it.

    ``answer_by``: the last day on which it may be disputed.
    """

    obligation: Obligation
    closes_on: date
    answer_by: date
    dispute: Dispute | None

    @property
    def is_disputed(self) -> bool:
        """Whether no netting may have it, as somebody disputes it."""
        return self.dispute is not None and self.dispute.is_open


class Policy(NamedTuple):
    """What of settling is the operator's own to say.

    ``dispute_days``: how long after a closing its lines may be disputed. ``carry_closings``: for
    how many closings what a shop owes is carried before its association is billed. ``bill_days``:
    how long it has to pay.
    """

    dispute_days: int = 7
    carry_closings: int = 3
    bill_days: int = 30
