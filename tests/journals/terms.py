"""The programs that tables are about: how they pay, and how they are earned."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.kernel.rates import Rate
from ichimai.ledger.model import Earn, Purse
from ichimai.programs.periods import LimitKeys
from ichimai.programs.terms import Limits
from tests.journals.phrases import GIFT, end_of, named

NO_LIMITS: Final = Limits()


@dataclass(frozen=True)
class Offer:
    """A way to earn units of its program: ``rate`` for every sale, or ``units`` for an award.

    ``funder``: ``shop`` is that of the till. ``is_bounded``: the funder has a budget.
    ``is_pooled``: in one lot with what others give. ``times``: a bonus, of so many times what the
    offer before it gave.
    """

    name: str = "sales"
    rate: Rate | None = None
    units: int = 1
    funder: str = "shop"
    is_bounded: bool = False
    is_pooled: bool = False
    is_whole: bool = False
    limits: Limits = NO_LIMITS
    pending_days: int = 0
    until: str = "12-31"
    times: int | None = None

    def earn(self, asset: Asset, wallet: UUID, shop: UUID, at: datetime) -> Earn:
        """What it gives to a wallet at a shop."""
        day = day_in_tokyo(at)
        return Earn(
            asset=asset,
            funder=shop if self.funder == "shop" else named("funder", self.funder),
            expires_at=end_of(self.until),
            units=0 if self.rate else self.units,
            rate=self.rate,
            usable_at=start_of_day(day + timedelta(days=self.pending_days)),
            caps=LimitKeys(asset, self.name, self.limits, day).of(wallet, shop),
            is_bounded=self.is_bounded,
            is_pooled=self.is_pooled,
            is_whole=self.is_whole,
            times_of_last=self.times,
        )


@dataclass(frozen=True)
class Terms:
    """A program as its tables need it. ``is_capped``: large shops may take only a part.

    ``spans``: days, the last one not included, of lots that are accepted.
    """

    asset: Asset = GIFT
    rank: int = 0
    per_payment: int | None = None
    per_day: int | None = None
    is_capped: bool = False
    grace_days: int = 14
    order: int = 0
    multiple: int = 1
    is_automatic: bool = True
    spans: tuple[tuple[str, str], ...] | None = None
    offers: tuple[Offer, ...] = ()

    def purse(self, shop: str) -> Purse:
        """What a till of ``shop`` may draw on."""
        return Purse(
            asset=self.asset,
            rank=self.rank,
            per_payment=self.per_payment,
            per_day=self.per_day,
            is_capped=self.is_capped and shop == "L",
            order=self.order,
            multiple=self.multiple,
            spans=None
            if self.spans is None
            else tuple((_start_of(first), _start_of(last)) for first, last in self.spans),
        )


def _start_of(text: str) -> datetime:
    return end_of(text) - timedelta(days=1)
