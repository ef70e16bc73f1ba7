"""On which days people are told that value of theirs ends. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs.terms import Program

MOVED: Final = 0
"""Stands for the notice that an end was moved, where others have their days before the end."""

_FEWEST_DAYS_OF_MONTH: Final = 28
_USUAL: Final = (60, 14)
_SHORTER: Final = ((84, _USUAL), (56, (30, 7)), (28, (14, 3)), (0, (7, 1)))
"""From how many days on that units last: how many days before their end people are told."""


def notices(program: Program) -> tuple[int, ...]:
    """How many days before the last day people are told, the earliest notice first.

    Two where a program says nothing, nearer to the end of what does not last long. A program
    that never ends may have older units that do: they have the usual ones.
    """
    if program.expiry.notices is not None:
        return program.expiry.notices
    shortest = shortest_days(program)
    if shortest is None:
        return _USUAL
    return next(found for least, found in _SHORTER if shortest >= least)


def shortest_days(program: Program) -> int | None:
    """How many days units last at least; None: that depends on the day of the year."""
    expiry = program.expiry
    if expiry.after_months is not None:
        return expiry.after_months * _FEWEST_DAYS_OF_MONTH
    if expiry.on is not None and program.starts_on is not None:
        return max((expiry.on - program.starts_on).days, 0)
    return None


def last_day(expires_at: datetime) -> date:
    """The last day in Tokyo on all of which something that ends then can be used.

    What a refund gave a grace ends in the middle of a day: the one before is told.
    """
    return day_in_tokyo(expires_at) - timedelta(days=1)


def due(
    last: date,
    days_before: Sequence[int],
    told: Mapping[int, date],
    *,
    done_on: date | None,
    today: date,
) -> int | None:
    """Which notice about units that can be used through ``last`` is due today; None: none is.

    ``days_before``: as ``notices`` says. ``told``: the day of each that was given. ``done_on``:
    the last day on which everybody was told what was due by then. A notice that was missed is
    given late, and the next one after half of what is left then: never two on one day. What came
    too late for a notice has those that are left; if none is, it is told at once.
    """
    if last < today or today in told.values():
        return None
    not_before_on: date | None = None
    for days in days_before:
        planned_on = last - timedelta(days=days)
        if days in told:
            not_before_on = _after(told[days], planned_on, last)
        elif not_before_on is not None or done_on is None or done_on < planned_on:
            due_on = max(planned_on, not_before_on or planned_on)
            return days if due_on <= today else None
    return None if told else days_before[-1]


def _after(told_on: date, planned_on: date, last: date) -> date:
    """The first day for what follows a notice: when that one was late, not the next."""
    half = timedelta(days=((last - told_on).days + 1) // 2)
    return told_on + half if planned_on < told_on else told_on
