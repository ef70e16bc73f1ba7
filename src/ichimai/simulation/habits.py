"""When and where people shop, and what a basket costs."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

from ichimai.kernel.clock import TOKYO, start_of_day
from ichimai.merchants import ShopSize
from ichimai.programs.terms import Acceptance
from ichimai.simulation.model import Storefront
from ichimai.simulation.tables import HalfHour, Trade, Urn, table

_VISITS_BY_SIZE: Final = {ShopSize.SMALL: 1.0, ShopSize.MEDIUM: 2.0, ShopSize.LARGE: 9.0}
"""How many more customers a larger shop has: most vouchers end in supermarkets."""

_BASKET_BY_SIZE: Final = {ShopSize.SMALL: 1.0, ShopSize.MEDIUM: 1.0, ShopSize.LARGE: 1.15}

_TRIFLE_SHARE: Final = 0.006
"""How many baskets are a carrier bag or one sweet: what no 500-yen voucher could pay."""

_HALF_HOUR_SECONDS: Final = 1800
_LARGEST_BASKET_YEN: Final = 30_000


@dataclass(frozen=True, slots=True)
class Streets:
    """The shops of a town as shoppers choose among them; shops are known by their places."""

    shops: Sequence[Storefront]
    anywhere: Urn[int]
    by_district: Mapping[str, Urn[int]]
    markets: Sequence[Urn[int]]
    not_accepting: Urn[int]

    @classmethod
    def of(cls, shops: Sequence[Storefront], terms: Acceptance) -> "Streets":
        """``shops`` by where they are and whether a program with ``terms`` is accepted."""
        accepting = [place for place, shop in enumerate(shops) if shop.takes(terms)]
        refusing = [place for place, shop in enumerate(shops) if not shop.takes(terms)]
        districts: dict[str, list[int]] = {}
        markets: dict[int, list[int]] = {}
        for place in accepting:
            street = shops[place].street
            districts.setdefault(street.district, []).append(place)
            if street.market_days:
                markets.setdefault(street.association.number, []).append(place)
        return cls(
            shops=shops,
            anywhere=_urn(shops, accepting),
            by_district={name: _urn(shops, places) for name, places in districts.items()},
            markets=[_urn(shops, places) for places in markets.values()],
            not_accepting=Urn(refusing, lambda _: 1.0),
        )

    def near(self, district: str) -> Urn[int]:
        """The accepting shops of a district, or all where it has none."""
        return self.by_district.get(district, self.anywhere)

    def markets_on(self, day: date) -> list[Urn[int]]:
        """The streets that have their fair on ``day``."""
        return [
            urn
            for urn in self.markets
            if urn.items and self.shops[urn.items[0]].street.has_market_on(day)
        ]


def time_at(rng: random.Random, shop: Storefront, day: date) -> datetime:
    """When on ``day`` somebody comes to ``shop``, in UTC: within its hours, mostly at its peaks."""
    begins = _half_hours(_trade(shop).hours, shop.opens, shop.closes).draw(rng)
    seconds = begins + rng.uniform(0, _HALF_HOUR_SECONDS)
    return start_of_day(day) + timedelta(milliseconds=round(seconds * 1000))


def is_open_at(shop: Storefront, at: datetime) -> bool:
    """Whether ``shop`` is open at the instant ``at``."""
    local = at.astimezone(TOKYO)
    return shop.is_open_on(local.date()) and shop.opens <= local.time() < shop.closes


def basket(rng: random.Random, shop: Storefront) -> int:
    """What a customer of ``shop`` pays, in yen."""
    trade = _trade(shop)
    if rng.random() < _TRIFLE_SHARE:
        return rng.randint(1, 20)
    yen = rng.lognormvariate(0, trade.basket_spread) * trade.basket_yen
    steps = round(yen * _BASKET_BY_SIZE[shop.shop.size] / trade.rounded_to)
    return min(max(steps, 1) * trade.rounded_to, _LARGEST_BASKET_YEN)


def _urn(shops: Sequence[Storefront], places: Iterable[int]) -> Urn[int]:
    return Urn(places, lambda place: _popularity(shops[place]))


def _popularity(shop: Storefront) -> float:
    return _trade(shop).visits * _VISITS_BY_SIZE[shop.shop.size]


@cache
def _trades() -> Mapping[str, Trade]:
    return {trade.category: trade for trade in table("trades.csv", Trade)}


def _trade(shop: Storefront) -> Trade:
    return _trades()[shop.shop.category]


@cache
def _half_hours(hours: str, opens: time, closes: time) -> Urn[float]:
    """The seconds of the day at which the half hours begin in which a shop is open throughout."""

    def seconds(begins: str) -> float:
        at = time.fromisoformat(begins)
        return at.hour * 3600 + at.minute * 60

    first, end = (at.hour * 3600 + at.minute * 60 for at in (opens, closes))
    rows = [row for row in table("hours.csv", HalfHour) if row.hours == hours]
    weights = {
        seconds(row.begins): row.weight
        for row in rows
        if first <= seconds(row.begins) <= end - _HALF_HOUR_SECONDS
    }
    return Urn(weights, lambda begins: weights[begins])
