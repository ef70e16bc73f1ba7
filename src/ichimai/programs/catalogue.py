"""All programs with all their versions, worked out for what a till asks. Pure, and quick.

What depends on the till alone is worked out once for its sort, what depends on the day once a
day: a purchase is left with what depends on the person and the hour.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.kernel.rates import Rate
from ichimai.ledger.model import ALWAYS, NEVER, Cap, Earn, Purse
from ichimai.merchants import TerminalAtShop
from ichimai.programs import funding, rules
from ichimai.programs.conditions import Known, asks_who, is_here, is_now
from ichimai.programs.periods import LimitKeys, fiscal_year_of, tally_id
from ichimai.programs.terms import Bonus, Earning, Program, Trigger, Version

_OF_SALES: Final = frozenset({Trigger.SALE, Trigger.VISIT})


class Way(NamedTuple):
    """One way to earn at a till of one sort, on one day, with what the day decides."""

    program: Program
    earning: Earning
    caps: LimitKeys
    expires_at: datetime
    usable_at: datetime
    bonuses: tuple[tuple[Bonus, LimitKeys], ...]


class Offer(NamedTuple):
    """What a till of one sort takes and gives on one day.

    ``purses``: what may pay. ``automatic``: those of them that pay when nobody says with what.
    """

    purses: tuple[Purse, ...]
    automatic: frozenset[Asset]
    ways: tuple[Way, ...]
    asks_who: bool


class Catalogue:
    """The versions of all programs. ``at`` says which of them are in force."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self._versions = sorted(versions, key=lambda each: (each.starts_at, each.program.version))
        self._starts = sorted({each.starts_at for each in versions})
        self._offers: dict[tuple[object, ...], Offer] = {}
        self._day = date.min

    @property
    def latest(self) -> dict[Asset, Program]:
        """The last version of each program, begun or not."""
        return {each.program.key: each.program for each in self._versions}

    @property
    def every(self) -> list[Program]:
        """All versions of all programs, in the order in which they begin."""
        return [each.program for each in self._versions]

    @property
    def graces(self) -> dict[Asset, int]:
        """For how many days a refund to a lot that has ended may be spent."""
        return {key: program.refund_grace_days for key, program in self.latest.items()}

    def at(self, now: datetime) -> dict[Asset, Program]:
        """The programs in force at an instant, by key."""
        return {each.program.key: each.program for each in self._versions if each.starts_at <= now}

    def spans(
        self, key: Asset, accepts: Callable[[Program], bool]
    ) -> list[tuple[datetime, datetime]]:
        """The instants between which the terms of a program are such that ``accepts`` says yes."""
        mine = [each for each in self._versions if each.program.key == key]
        ends = [each.starts_at for each in mine[1:]] + [NEVER]
        found = []
        for place, (each, end) in enumerate(zip(mine, ends, strict=True)):
            begins = ALWAYS if place == 0 else each.starts_at
            if accepts(each.program):
                found.append((begins, end))
        return found

    def offer(self, till: TerminalAtShop, now: datetime) -> Offer:
        """What ``till`` takes and gives now."""
        day = day_in_tokyo(now)
        if day != self._day:
            self._offers.clear()
            self._day = day
        epoch = sum(start <= now for start in self._starts)
        sort = (epoch, till.association, till.category, till.size, till.number)
        found = self._offers.get(sort)
        if found is None:
            found = self._offers[sort] = self._worked_out(till, now, day)
        return found

    def _worked_out(self, till: TerminalAtShop, now: datetime, day: date) -> Offer:
        in_force = self.at(now)
        purses = []
        for program in in_force.values():
            purse = self._purse(program, till)
            if purse is not None:
                purses.append(purse)
        ways = tuple(
            _way(program, earning, till, now, day)
            for program in in_force.values()
            for earning in program.earnings
            if is_here(earning.where, till) and _is_of_this_day(earning, day)
        )
        return Offer(
            purses=tuple(purses),
            automatic=frozenset(
                purse.asset for purse in purses if in_force[purse.asset].use.is_automatic
            ),
            ways=ways,
            asks_who=any(
                asks_who(way.earning.who) or any(asks_who(bonus.who) for bonus, _ in way.bonuses)
                for way in ways
            ),
        )

    def _purse(self, program: Program, till: TerminalAtShop) -> Purse | None:
        """What may be drawn on: lots whose own terms accept this till, within today's limits."""
        spans = self.spans(program.key, lambda each: rules.purse(each, till) is not None)
        if not spans or not rules.may_pay(program):
            return None
        versions = sum(each.program.key == program.key for each in self._versions)
        is_everywhere = len(spans) == versions
        return rules.purse_with(program, till, None if is_everywhere else tuple(spans))


def _is_of_this_day(earning: Earning, day: date) -> bool:
    when = earning.when
    return (when.from_on is None or when.from_on <= day) and (
        when.until_on is None or day <= when.until_on
    )


def _way(program: Program, earning: Earning, till: TerminalAtShop, now: datetime, day: date) -> Way:
    usable_on = day + timedelta(days=earning.usable_after_days)
    bonuses = [
        (bonus, LimitKeys(program.key, bonus.key, bonus.limits, day))
        for bonus in sorted(program.bonuses, key=lambda each: -each.times)
        if bonus.earning == earning.key and is_here(bonus.where, till)
    ]
    return Way(
        program=program,
        earning=earning,
        caps=LimitKeys(program.key, earning.key, earning.limits, day),
        expires_at=rules.expires_at(program, now),
        usable_at=start_of_day(usable_on),
        bonuses=tuple(bonuses),
    )


def earns_of_sale(
    offer: Offer, till: TerminalAtShop, known: Known, now: datetime
) -> tuple[Earn, ...]:
    """What a sale at ``till`` earns, before it is known how much of it programs pay."""
    found: list[Earn] = []
    for way in offer.ways:
        if way.earning.trigger in _OF_SALES and _applies(way.earning, known, now):
            found += _earns(way, till, known, now, rate=_rate(way.earning))
    return tuple(found)


def earns_of_event(
    ways: Iterable[Way], till: TerminalAtShop, known: Known, now: datetime
) -> tuple[Earn, ...]:
    """What an event or stamp earns, of the ``ways`` that it is one of."""
    found: list[Earn] = []
    for way in ways:
        if _applies(way.earning, known, now):
            found += _earns(way, till, known, now, rate=None)
    return tuple(found)


def _applies(earning: Earning, known: Known, now: datetime) -> bool:
    return is_now(earning.when, now) and known.is_one_of(earning.who)


def _rate(earning: Earning) -> Rate:
    return Rate(
        yen=earning.yen,
        units=earning.units,
        rounding=earning.rounding,
        is_of_rest=earning.is_of_rest,
        minimum_yen=earning.minimum_yen,
        is_flat=earning.trigger == Trigger.VISIT,
    )


def _earns(
    way: Way, till: TerminalAtShop, known: Known, now: datetime, *, rate: Rate | None
) -> list[Earn]:
    """The units themselves, and what the best bonus adds to them."""
    found = [_earn(way, till, known, rate)]
    for bonus, caps in way.bonuses:
        if is_now(bonus.when, now) and known.is_one_of(bonus.who):
            found.append(_extra(way, (bonus, caps), till, known, rate))
            break
    return found


def _earn(way: Way, till: TerminalAtShop, known: Known, rate: Rate | None) -> Earn:
    program, part = way.program, way.earning
    counted = way.caps.of(known.subject, till.shop)
    if part.group is not None:
        counted = (*counted, *_group_caps(way, known))
    return Earn(
        asset=program.key,
        funder=_funder(program, part, till),
        expires_at=way.expires_at,
        units=part.units,
        rate=rate,
        usable_at=way.usable_at,
        caps=counted,
        is_bounded=part.budget_units is not None,
        is_whole=part.is_whole,
    )


def _extra(
    way: Way,
    added: tuple[Bonus, LimitKeys],
    till: TerminalAtShop,
    known: Known,
    rate: Rate | None,
) -> Earn:
    bonus, caps = added
    extra = bonus.times - 1
    return Earn(
        asset=way.program.key,
        funder=_funder(way.program, bonus, till),
        expires_at=way.expires_at,
        units=way.earning.units * extra,
        rate=None if rate is None else _times(rate, extra),
        usable_at=way.usable_at,
        caps=caps.of(known.subject, till.shop),
        is_bounded=bonus.budget_units is not None,
    )


def _times(rate: Rate, extra: int) -> Rate:
    return replace(rate, extra_times=extra)


def _group_caps(way: Way, known: Known) -> tuple[Cap, ...]:
    """What only counts: how much of a group of earnings somebody has in this fiscal year."""
    asset, group = way.program.key, str(way.earning.group)
    day = day_in_tokyo(way.usable_at)
    return (Cap(group_tally(known.subject, asset, group, day)),)


def group_tally(subject: UUID, asset: Asset, group: str, day: date) -> UUID:
    """Under what the units of a group of earnings are counted in a fiscal year."""
    return tally_id(subject, asset, f"group {group}", fiscal_year_of(day), "units")


def _funder(program: Program, part: Earning | Bonus, till: TerminalAtShop) -> UUID:
    if part.budget_units is not None:
        return funding.budget_id(program.key, part.key)
    party = part.funder or program.funder
    return till.shop if party == funding.SHOP else funding.party_id(party)
