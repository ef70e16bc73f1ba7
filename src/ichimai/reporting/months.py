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
    newest = last_over(today)
    is_in_reach = date(2000, 1, 1) <= from_on <= to_on <= last_day(newest)
    if not is_in_reach or from_on.day != 1 or to_on != last_day(to_on):
        raise NotWholeMonths(newest)
    months = list(_between(from_on, to_on))
    if len(months) > MOST:
        raise NotWholeMonths(newest)
    return months


def _between(from_on: date, to_on: date) -> Iterator[date]:
    month = from_on
    while month <= to_on:
        yield month
        month = following(month)
