"""What a till asks of programs, and lists of grants. ``terms`` has the programs themselves."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

import msgspec

from ichimai.kernel import Asset
from ichimai.ledger import OperationId
from ichimai.merchants import TerminalAtShop

GrantListId = NewType("GrantListId", UUID)


class Named(msgspec.Struct, frozen=True):
    """Something that programs name by its key, as people call it."""

    key: str
    name_ja: str
    name_en: str


class OperatorProfile(msgspec.Struct, frozen=True):
    """The body that runs the programs, as people call it, where they can ask, and what it has.

    ``sponsors`` are who may fund units besides the operator, associations and shops.
    """

    code: str
    name_ja: str
    name_en: str
    contact_ja: str = ""
    contact_en: str = ""
    categories: tuple[Named, ...] = ()
    sponsors: tuple[Named, ...] = ()
    services: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()


class FromTill(msgspec.Struct, frozen=True, kw_only=True):
    """What every request of a till has: its own id, and which till asks.

    Either ``token``, the till's bearer token, or ``till`` for one that has signed in.
    """

    id: OperationId
    token: str = ""
    till: TerminalAtShop | None = None


class PaymentRequest(FromTill, frozen=True, kw_only=True):
    """Take ``units`` yen from the card with the number ``credential``.

    ``hold_until``: only set them aside, until then.
    """

    credential: str
    units: int
    occurred_at: datetime | None = None
    is_repeat_confirmed: bool = False
    hold_until: datetime | None = None


class RefundRequest(FromTill, frozen=True, kw_only=True):
    """Give ``units`` of ``payment`` back."""

    payment: OperationId
    units: int


class ReleaseRequest(FromTill, frozen=True, kw_only=True):
    """Post ``units`` of ``hold`` (None: all), and void the rest; 0 voids all."""

    hold: OperationId
    units: int | None


Request = PaymentRequest | RefundRequest | ReleaseRequest


class ListState(StrEnum):
    """How far a list of grants has come."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    DECLINED = "declined"
    POSTED = "posted"


class ListSummary(msgspec.Struct, frozen=True):
    """What the second officer is shown: how many, how much, born when.

    ``windows``: by reason, the first and last birth date (or wedding day) the list may hold.
    """

    encoding: str
    rows_by_reason: dict[str, int]
    units_by_reason: dict[str, int]
    windows: dict[str, tuple[date, date]]


@dataclass(frozen=True, slots=True)
class GrantList:
    """A checked list of grants. ``posted_rows`` of ``row_count`` are done."""

    id: GrantListId
    program: Asset
    sha256: bytes
    summary: ListSummary
    row_count: int
    units: int
    state: ListState
    uploaded_by: UUID
    uploaded_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    posted_rows: int


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One row of a list: who gets what, once. ``once_key`` names the reason and the person."""

    row: int
    recipient: str
    reason: str
    once_key: str
    units: int
    operation: OperationId


@dataclass(frozen=True, slots=True)
class Progress:
    """How far posting a list has come. ``skipped``: granted before, by another list."""

    posted_rows: int
    row_count: int
    skipped: int
