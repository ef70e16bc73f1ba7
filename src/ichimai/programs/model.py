"""What a till asks of programs, and lists of grants. ``terms`` has the programs themselves."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

import msgspec

from ichimai.kernel import Asset
from ichimai.ledger import OperationId
from ichimai.merchants import TerminalAtShop

GrantListId = NewType("GrantListId", UUID)

FUTURE_TOLERANCE: Final = timedelta(minutes=10)
"""A till's clock may be so far ahead."""


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


class FromTill(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every request of a till has: its own id, and which till asks.

    Either ``token``, the till's bearer token, or ``till`` for one that has signed in.
    """

    id: OperationId
    token: str = ""
    till: TerminalAtShop | None = None


class CardRequest(FromTill, frozen=True, kw_only=True):
    """What asks something of the card with the number ``credential``.

    ``payer``: whose wallet it is, and by what, for a person who has signed in themselves.
    """

    credential: str = ""
    payer: tuple[UUID, UUID] | None = None
    occurred_at: datetime | None = None

    @property
    def yen(self) -> int:
        """What it may cost at most, for limits in yen; of what is not yen, ``rules.cost_yen``."""
        return 0

    @property
    def only_gives(self) -> bool:
        """Whether nothing can be lost by it: then any card that shows who somebody is will do."""
        return False


class PaymentRequest(CardRequest, frozen=True, kw_only=True):
    """Take ``units`` yen. ``hold_until``: only set them aside, until then."""

    units: int
    is_repeat_confirmed: bool = False
    hold_until: datetime | None = None

    @property
    def yen(self) -> int:
        """What it takes."""
        return self.units


class Choice(msgspec.Struct, frozen=True):
    """A program to pay with, and with how much of it at most (None: as much as there is)."""

    program: Asset
    units: int | None = None


class PurchaseRequest(CardRequest, frozen=True, kw_only=True):
    """A sale of ``total_yen``: what can pay pays, the rest is cash, and it earns.

    ``pay_with``: these programs in this order; None: those that pay by themselves.
    """

    total_yen: int
    pay_with: tuple[Choice, ...] | None = None
    is_repeat_confirmed: bool = False

    @property
    def yen(self) -> int:
        """What it takes at most."""
        return self.total_yen if self.pay_with != () else 0

    @property
    def only_gives(self) -> bool:
        """Whether nothing is to be paid with."""
        return self.pay_with == ()


class AwardRequest(CardRequest, frozen=True, kw_only=True):
    """What gives something for that a person was there.

    ``must_be_timely``: refused when it can no longer be counted for when it took place.
    """

    must_be_timely: bool = False

    @property
    def only_gives(self) -> bool:
        """Always."""
        return True


class EarningRequest(AwardRequest, frozen=True, kw_only=True):
    """An ``event`` took place (a class, a check-up); ``program``: only this one gives for it.

    ``other``: the card of whoever brought the person along.
    """

    event: str
    program: Asset | None = None
    other: str = ""


class StampRequest(AwardRequest, frozen=True, kw_only=True):
    """Stamp the card of a program."""

    program: Asset


class ExchangeRequest(CardRequest, frozen=True, kw_only=True):
    """Exchange units of ``program``, ``times`` over, by the exchange with this key."""

    program: Asset
    exchange: str
    times: int = 1


class RedemptionRequest(CardRequest, frozen=True, kw_only=True):
    """Hand over a ``thing`` of an in-kind ``program``."""

    program: Asset
    thing: str


class TopUpRequest(CardRequest, frozen=True, kw_only=True):
    """The person pays ``units`` in, in cash."""

    program: Asset
    units: int

    @property
    def only_gives(self) -> bool:
        """Always."""
        return True


class CashOutRequest(CardRequest, frozen=True, kw_only=True):
    """The person is paid ``units`` back, in cash."""

    program: Asset
    units: int

    @property
    def yen(self) -> int:
        """What is paid out: a delegate's limits hold for money as for goods."""
        return self.units


class GiveRequest(CardRequest, frozen=True, kw_only=True):
    """Pass ``units`` on to the wallet of ``to``, who is somebody that the program allows."""

    program: Asset
    to: UUID
    units: int


class LookRequest(CardRequest, frozen=True, kw_only=True):
    """Only look who somebody is."""

    @property
    def only_gives(self) -> bool:
        """Always."""
        return True


class ReturnRequest(FromTill, frozen=True, kw_only=True):
    """Goods for ``total_yen`` of a ``purchase`` come back."""

    purchase: OperationId
    total_yen: int


class RefundRequest(FromTill, frozen=True, kw_only=True):
    """Give ``units`` of ``payment`` back."""

    payment: OperationId
    units: int


class ReleaseRequest(FromTill, frozen=True, kw_only=True):
    """Post ``units`` of ``hold`` (None: all), and void the rest; 0 voids all."""

    hold: OperationId
    units: int | None


Request = (
    PaymentRequest
    | RefundRequest
    | ReleaseRequest
    | PurchaseRequest
    | ReturnRequest
    | EarningRequest
    | StampRequest
    | ExchangeRequest
    | RedemptionRequest
    | TopUpRequest
    | CashOutRequest
    | GiveRequest
)


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
