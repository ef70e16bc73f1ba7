"""The ways to earn at a till, and what a day makes of them. Pure."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.kernel.rates import Rate
from ichimai.merchants import TerminalAtShop
from ichimai.programs import funding, rules
from ichimai.programs.conditions import is_here, is_over_midnight
from ichimai.programs.periods import LimitKeys
from ichimai.programs.terms import Bonus, Charging, Earning, Program, Trigger, When, Where

_ANYWHERE: Final = Where()
"""Of a bonus: wherever its earning is, the operator's own places too."""


class Extra(NamedTuple):
    """What a bonus adds at a till of one sort, on one day; ``funder``: as of ``Way``."""

    bonus: Bonus
    caps: LimitKeys
    funder: UUID | None
    rate: Rate
    is_bounded: bool
    has_hours: bool


class Way(NamedTuple):
    """One way to earn at a till of one sort, on one day, with what the day decides.

    ``funder``: None is the till's own shop. ``rate``: how many units a sale gives. ``has_hours``:
    it depends on more than the day.
    """

    program: Program
    earning: Earning
    caps: LimitKeys
    funder: UUID | None
    rate: Rate
    expires_at: datetime
    day: date
    usable_at: datetime
    is_bounded: bool
    is_pooled: bool
    extras: tuple[Extra, ...]
    has_hours: bool


class Here(NamedTuple):
    """A way to earn that is open to a till, on whichever days.

    ``bonuses``: of it and of this till, the most times first. ``sort``: the same for all tills at
    which it is the same.
    """

    program: Program
    earning: Earning
    bonuses: tuple[Bonus, ...]
    begins: datetime
    sort: tuple[object, ...]


def is_of_day(when: When, day: date) -> bool:
    """Whether any hour of ``day`` may be meant: that of a night that began the day before is."""
    if is_over_midnight(when) and _is_between(when, day - timedelta(days=1)):
        return True
    return _is_between(when, day)


def _is_between(when: When, day: date) -> bool:
    return (when.from_on is None or when.from_on <= day) and (
        when.until_on is None or day <= when.until_on
    )


def _has_hours(when: When) -> bool:
    """Whether it asks for more than a first and a last day."""
    return bool(when.weekdays or when.days_of_month or when.from_time or when.until_time)


def here(program: Program, earning: Earning, till: TerminalAtShop, begins: datetime) -> Here:
    """An earning of a program's version that ``begins`` then, with its bonuses, at ``till``."""
    bonuses = tuple(
        bonus
        for bonus in sorted(program.bonuses, key=lambda each: -each.times)
        if bonus.earning == earning.key and (bonus.where == _ANYWHERE or is_here(bonus.where, till))
    )
    sort = (program.key, program.version, earning.key, *[bonus.key for bonus in bonuses])
    return Here(program, earning, bonuses, begins, sort)


def way(part: Here, now: datetime) -> Way:
    """What the day of ``now`` makes of a way to earn."""
    program, earning, day = part.program, part.earning, day_in_tokyo(now)
    rate = Rate(
        yen=earning.yen,
        units=earning.units,
        rounding=earning.rounding,
        is_of_rest=earning.is_of_rest,
        minimum_yen=earning.minimum_yen,
        is_flat=earning.trigger == Trigger.VISIT,
    )
    extras = [
        Extra(
            bonus=bonus,
            caps=LimitKeys(program.key, bonus.key, bonus.limits, day),
            funder=_funder(program, bonus),
            rate=replace(rate, extra_times=bonus.times - 1),
            is_bounded=_is_bounded(program, bonus),
            has_hours=_has_hours(bonus.when),
        )
        for bonus in part.bonuses
        if is_of_day(bonus.when, day)
    ]
    return Way(
        program=program,
        earning=earning,
        caps=LimitKeys(program.key, earning.key, earning.limits, day),
        funder=_funder(program, earning),
        rate=rate,
        expires_at=rules.expires_at(program, now),
        day=day,
        usable_at=_usable_at(earning, day, part.begins),
        is_bounded=_is_bounded(program, earning),
        is_pooled=program.settlement.charging != Charging.AT_USE,
        extras=tuple(extras),
        has_hours=_has_hours(earning.when),
    )


def _usable_at(earning: Earning, day: date, begins: datetime) -> datetime:
    """From when it may be used: what is usable at once is dated to the beginning of its month.

    So a month's points are one lot, not thirty; but never before the terms that they are under.
    """
    if earning.usable_after_days:
        return start_of_day(day + timedelta(days=earning.usable_after_days))
    return max(start_of_day(day.replace(day=1)), begins)


def _funder(program: Program, part: Earning | Bonus) -> UUID | None:
    if part.budget_units is not None:
        return funding.budget_id(program.key, part.key)
    party = part.funder or program.funder
    return None if party == funding.SHOP else funding.party_id(party)


def _is_bounded(program: Program, part: Earning | Bonus) -> bool:
    party = part.funder or program.funder
    return part.budget_units is not None or funding.may_be_bound(program, party)
