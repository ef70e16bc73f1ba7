"""The days on which Japanese banks pay.

Closed: Saturdays, Sundays, national holidays and 31 December to 3 January
(銀行法15条, 銀行法施行令5条).
"""

from datetime import date, timedelta
from functools import cache
from typing import Final

import holidays

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_NEW_YEAR: Final = frozenset({(12, 31), (1, 1), (1, 2), (1, 3)})


def is_bank_day(day: date) -> bool:
    """Whether banks pay on ``day``."""
    if day.weekday() >= _SATURDAY or (day.month, day.day) in _NEW_YEAR:
        return False
    return day not in _national_holidays(day.year)


def bank_day_from(day: date) -> date:
    """The first bank day that is ``day`` or later."""
    while not is_bank_day(day):
        day += _DAY
    return day


def bank_days_after(day: date, count: int) -> date:
    """The bank day that comes ``count`` (1 or more) bank days after ``day``."""
    for _ in range(count):
        day = bank_day_from(day + _DAY)
    return day


@cache
def _national_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("JP", years=year))
