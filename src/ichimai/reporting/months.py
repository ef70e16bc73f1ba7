"""Calendar months: the only periods of which shares are shown. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ichimai.reporting.errors import NotWholeMonths

MOST: Final = 60
"""So many months are reported at once."""


def last_over(today: date) -> date:
    """The first day of the last month that is over."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def last_day(month: date) -> date:
    """The last day of the month of a day."""
    return following(month) - timedelta(days=1)


def following(month: date) -> date:
    """The first day of the month after that of a day."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def whole(from_on: date, to_on: date, today: date) -> list[date]:
    """The first days of the months that a period is made of. Raises NotWholeMonths."""
    months = list(_between(from_on, to_on))
    is_whole = from_on.day == 1 and to_on == last_day(to_on) and 1 <= len(months) <= MOST
    if not is_whole or months[-1] > last_over(today):
        raise NotWholeMonths(last_over(today))
    return months


def _between(from_on: date, to_on: date) -> Iterator[date]:
    month = from_on.replace(day=1)
    while month <= to_on:
        yield month
        month = following(month)
