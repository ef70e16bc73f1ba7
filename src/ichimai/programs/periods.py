"""The periods in which a person has no more than so much, and the keys it is counted under."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.ids import uuid_of
from ichimai.ledger.model import Cap, derived_id
from ichimai.programs.rules import fiscal_year
from ichimai.programs.terms import Limits

_OTHER_BITS: Final = ~(0xF << 76 | 0x3 << 62)
_VERSION_8: Final = 0x8 << 76 | 0x2 << 62

EVER: Final = "ever"


def day_of(day: date) -> str:
    """The day itself."""
    return f"day {day.isoformat()}"


def week_of(day: date) -> str:
    """The week, from Monday on."""
    return f"week {(day - timedelta(days=day.weekday())).isoformat()}"


def month_of(day: date) -> str:
    """The calendar month."""
    return f"month {day.year}-{day.month:02}"


def half_year_of(day: date) -> str:
    """The half-year to 30 September or 31 March (基準期間, 資金決済法3条4項)."""
    first = "04" if 4 <= day.month <= 9 else "10"
    return f"half-year {fiscal_year(day)}-{first}"


def fiscal_year_of(day: date) -> str:
    """The fiscal year (年度)."""
    return f"fiscal year {fiscal_year(day)}"


def tally_id(subject: UUID, asset: Asset, part: str, period: str, counts: str) -> UUID:
    """The key under which ``counts`` (units or times) of a part of a program are counted.

    ``ledger.model.tally_of`` works out from it the key of the same for somebody else.
    """
    value = subject.int ^ _mask(asset, part, period, counts)
    return uuid_of(value & _OTHER_BITS | _VERSION_8)


@lru_cache(maxsize=16_384)
def _mask(asset: Asset, part: str, period: str, counts: str) -> int:
    return derived_id(f"tally/{asset}/{part}/{period}/{counts}").int


class LimitKeys:
    """The caps of one part of a program on one day, for any person and shop."""

    def __init__(self, asset: Asset, part: str, limits: Limits, day: date) -> None:
        self._asset, self._part = asset, part
        by_units = (
            (limits.units_per_day, day_of(day)),
            (limits.units_per_week, week_of(day)),
            (limits.units_per_month, month_of(day)),
            (limits.units_per_fiscal_year, fiscal_year_of(day)),
            (limits.units_ever, EVER),
        )
        by_times = (
            (limits.times_per_day, day_of(day)),
            (limits.times_per_fiscal_year, fiscal_year_of(day)),
            (limits.times_ever, EVER),
        )
        self._masks = [
            (_mask(asset, part, period, "units"), limit, False)
            for limit, period in by_units
            if limit is not None
        ]
        self._masks += [
            (_mask(asset, part, period, "times"), limit, True)
            for limit, period in by_times
            if limit is not None
        ]
        self._per_shop = [
            (limit, period)
            for limit, period in (
                (limits.times_per_shop, EVER),
                (limits.times_per_shop_day, day_of(day)),
            )
            if limit is not None
        ]

    @property
    def is_per_shop(self) -> bool:
        """Whether anything is counted for each shop."""
        return bool(self._per_shop)

    def of(self, subject: UUID, shop: UUID) -> tuple[Cap, ...]:
        """What is counted, and up to how much, for a person at a shop."""
        caps = [
            Cap(uuid_of((subject.int ^ mask) & _OTHER_BITS | _VERSION_8), limit, is_of_times)
            for mask, limit, is_of_times in self._masks
        ]
        for limit, period in self._per_shop:
            # A shop is part of what is counted, as the part of the program is.
            key = tally_id(subject, self._asset, f"{self._part} {shop.hex}", period, "times")
            caps.append(Cap(key, limit, is_of_times=True))
        return tuple(caps)
