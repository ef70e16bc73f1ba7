"""Closings, payout batches and what a bank is asked to pay, as data."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, NewType
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.merchants import Association, BankAccount, ShopId, ShopSize

ClosingId = NewType("ClosingId", UUID)
BatchId = NewType("BatchId", UUID)
PayerId = NewType("PayerId", UUID)


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
    """A cut-off (締め) in the ledger's order.

    It holds what was sold after ledger number ``after_number`` up to ``up_to_number``;
    ``closes_on`` is the day whose end it is for, by default the week's Sunday.
    """

    id: ClosingId
    asset: Asset
    closes_on: date
    after_number: int
    up_to_number: int
    closed_by: UUID
    closed_at: datetime


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
    """What one closing owes one shop, or what the shop owes and carries to the next one."""

    closing: ClosingId
    shop: ShopId
    units: int
    carried: int = 0


class BatchState(StrEnum):
    """Where a payout batch stands; ``REJECTED`` batches give their payables back."""

    MADE = "made"
    APPROVED = "approved"
    SENT = "sent"
    REJECTED = "rejected"


class HeldFor(StrEnum):
    """Why a payable was left out of a batch."""

    ASKED = "asked"
    ABOVE_USUAL = "above_usual"
    BANK_REFUSED = "bank_refused"
    """The bank did not pay into the account that the shop still has."""


@dataclass(frozen=True, slots=True)
class HeldPayee:
    """A shop left out of a batch, and what it would have been paid."""

    shop: ShopId
    units: int
    reason: HeldFor


@dataclass(frozen=True, slots=True)
class Payee:
    """A shop in a batch, with its account as it stood when the batch was made."""

    shop: ShopId
    shop_number: str
    units: int
    account: BankAccount


@dataclass(frozen=True, slots=True)
class Batch:
    """A payout batch (振込): payables that one transfer file pays.

    ``sha256`` (hexadecimal) is of the file, fixed when the batch is made: what is approved is
    what is sent. ``copies``: how often the file was handed over.
    """

    id: BatchId
    asset: Asset
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


class PayoutOfPayable(NamedTuple):
    """Which batch pays what a closing owes a shop, when, and into which account."""

    closing: ClosingId
    batch: BatchId
    state: BatchState
    pay_on: date
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


class RedemptionRow(NamedTuple):
    """How many shops of a class took part, and what was spent there, less refunds."""

    shops: int
    units: int


@dataclass(frozen=True, slots=True)
class Redemption:
    """Where a program's units were spent since it began; classes without sales are there too."""

    units: int
    by_association: tuple[tuple[Association, RedemptionRow], ...]
    by_size: tuple[tuple[ShopSize, RedemptionRow], ...]
