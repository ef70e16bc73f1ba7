"""Closings, payout batches and what a bank is asked to pay, as data."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple, NewType
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.merchants import BankAccount, ShopId, ShopSize
from ichimai.programs.terms import Charging

RunId = NewType("RunId", UUID)
ClosingId = NewType("ClosingId", UUID)
BatchId = NewType("BatchId", UUID)
PayerId = NewType("PayerId", UUID)

NO_RUN: Final = RunId(NIL)
MOST_WORDS: Final = 200
"""How long a reason may be, in characters."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as agreed with the bank (委託者).

    ``code`` has 10 digits; the account's ``holder_kana`` is the name that payees see, up to
    40 characters; its ``kind`` is 1 普通 or 2 当座.
    """

    id: PayerId
    code: str
    account: BankAccount


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """One line of a transfer file: ``yen`` to ``account``, known to us as ``reference``.

    ``reference`` is up to 10 digits (顧客コード1).
    """

    account: BankAccount
    yen: int
    reference: str


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """All that one transfer file (総合振込) says, in its order."""

    payer: Payer
    pay_on: date
    transfers: tuple[BankTransfer, ...]


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """How many transfers there are and what they come to."""

    count: int
    yen: int


@dataclass(frozen=True, slots=True)
class Closing:
    """A cut-off (締め) of one program in the ledger's order.

    It holds what was sold after ledger number ``after_number`` up to ``up_to_number``;
    ``closes_on`` is the day whose end it is for, by default the week's Sunday. ``run``: which
    cut-off of several programs it is part of. The rest are the program's terms at that time.
    """

    id: ClosingId
    asset: Asset
    closes_on: date
    after_number: int
    up_to_number: int
    closed_by: UUID
    closed_at: datetime
    run: RunId = NO_RUN
    charging: Charging = Charging.AT_USE
    unit_yen: int = 1
    fee_basis_points: int = 0


@dataclass(frozen=True, slots=True)
class ClosingProgress:
    """How far the payables of a closing have come; the three parts add up to the whole.

    ``carried_units``: what shops owe after refunds above their sales, taken from the next closing.
    """

    closing: Closing
    shops: int
    units: int
    unbatched_units: int
    batched_units: int
    paid_units: int
    carried_units: int


@dataclass(frozen=True, slots=True)
class Payable:
    """What one closing means for one shop.

    ``units`` are owed to the shop; ``due`` units and ``fee_yen`` are owed by it: ``yen`` is the
    difference, at what a unit is worth. ``carried``: refunds above sales, taken from the next
    closing; ``carried_before``: for how many closings running it had carried before.
    ``accepted``: sales less refunds. ``issued``: what it was charged for; the rest of ``due``
    are corrections.
    """

    closing: ClosingId
    shop: ShopId
    units: int
    carried: int = 0
    accepted: int = 0
    issued: int = 0
    due: int = 0
    fee_yen: int = 0
    yen: int = 0
    carried_before: int = 0


class OpenLine(NamedTuple):
    """A payable that nobody has settled, and what decides whether it is paid now.

    ``age``: how many closings of its program came after it, and before it while it was carried.
    """

    payable: Payable
    asset: Asset
    closes_on: date
    unit_yen: int
    size: ShopSize
    association: int
    age: int
    is_disputed: bool


class BatchState(StrEnum):
    """Where a payout batch stands; ``REJECTED`` ones give their payables back.

    ``TAKEN_BACK`` do too: approved, and nobody ever had the file.
    """

    MADE = "made"
    APPROVED = "approved"
    SENT = "sent"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"


class HeldFor(StrEnum):
    """Why a payable was left out of a batch."""

    ASKED = "asked"
    ABOVE_USUAL = "above_usual"
    BANK_REFUSED = "bank_refused"
    """The bank did not pay into the account that the shop still has."""
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class HeldPayee:
    """A shop of which something is left out of a batch; ``units``: how many yen."""

    shop: ShopId
    units: int
    reason: HeldFor


@dataclass(frozen=True, slots=True)
class Payee:
    """A shop in a batch, with its account as it stood when the batch was made.

    ``units``: how many yen it is paid, over all programs.
    """

    shop: ShopId
    shop_number: str
    units: int
    account: BankAccount


@dataclass(frozen=True, slots=True)
class Batch:
    """A payout batch (振込): payables that one transfer file pays.

    ``sha256`` (hexadecimal) is of the file, fixed when the batch is made: what is approved is
    what is sent. ``copies``: how often the file was handed over. ``units``: how many yen.
    ``programs`` (by key) and ``sizes`` (of shops): those asked for; none: all.
    """

    id: BatchId
    programs: tuple[Asset, ...]
    sizes: frozenset[ShopSize]
    payer: PayerId
    pay_on: date
    state: BatchState
    shops: int
    units: int
    sha256: str
    made_by: UUID
    made_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    copies: int
    taken_back_by: UUID | None = None
    taken_back_at: datetime | None = None

    @property
    def asset(self) -> Asset | None:
        """The program that it pays, if it was made for one alone."""
        return self.programs[0] if len(self.programs) == 1 else None


class PayoutOfPayable(NamedTuple):
    """Which batch pays what a closing owes a shop, when, and into which account.

    ``yen``: what the batch pays the shop for all of the closings that were asked about.
    """

    closing: ClosingId
    batch: BatchId
    state: BatchState
    pay_on: date
    yen: int
    account: BankAccount


class ShopClosing(NamedTuple):
    """What one closing means for one shop; ``payout`` is None until a batch has it."""

    closing: Closing
    units: int
    carried: int
    payout: PayoutOfPayable | None


@dataclass(frozen=True, slots=True)
class PayoutFile:
    """A transfer file as handed over; every copy of a batch has the same ``content``.

    ``sha256`` is in hexadecimal; ``copy_number`` is 1 for the first hand-over.
    """

    name: str
    content: bytes = field(repr=False)
    sha256: str
    copy_number: int
    control: ControlTotal

    @property
    def is_resend(self) -> bool:
        """Whether the bank may have this file already (再送)."""
        return self.copy_number > 1
