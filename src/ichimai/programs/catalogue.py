"""All programs with all their versions, worked out for what a till asks. Pure, and quick.

What depends on the till alone is worked out once for its sort, what depends on the day once a
day: a purchase is left with what depends on the person and the hour.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from ichimai.programs.conditions import (
    Known,
    asks_who,
    is_here,
    is_now,
    is_over_midnight,
    predicates_of,
)
from ichimai.programs.model import (
    CardRequest,
    EarningRequest,
    ExchangeRequest,
    PurchaseRequest,
    StampRequest,
)
from ichimai.programs.periods import LimitKeys, fiscal_year_of, tally_id
from ichimai.programs.terms import Bonus, Charging, Earning, Program, Trigger, Version, When, Who

_MOST_KEPT: Final = 20_000
_OF_SALES: Final = frozenset({Trigger.SALE, Trigger.VISIT})


class Extra(NamedTuple):
    """What a bonus adds at a till of one sort, on one day."""

    bonus: Bonus
    caps: LimitKeys
    funder: UUID
    rate: Rate
    is_bounded: bool
    has_hours: bool


class Way(NamedTuple):
    """One way to earn at a till of one sort, on one day, with what the day decides.

    ``rate``: how many units a sale gives. ``has_hours``: it depends on more than the day.
    """

    program: Program
    earning: Earning
    caps: LimitKeys
    funder: UUID
    rate: Rate
    expires_at: datetime
    day: date
    usable_at: datetime
    is_bounded: bool
    is_pooled: bool
    extras: tuple[Extra, ...]
    has_hours: bool


class Offer(NamedTuple):
    """What a till of one sort takes and gives on one day.

    ``purses``: what may pay. ``automatic``: those of them that pay when nobody says with what.
    ``programs``: all in force. ``asks``: predicates that ways to earn ask for; None: nothing at
    all must be known of the person.
    """

    programs: Mapping[Asset, Program]
    purses: tuple[Purse, ...]
    automatic: frozenset[Asset]
    ways: tuple[Way, ...]
    asks: tuple[str, ...] | None


class Catalogue:
    """The versions of all programs. ``at`` says which of them are in force."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self._versions = sorted(versions, key=lambda each: (each.starts_at, each.program.version))
        self._starts = sorted({each.starts_at for each in versions})
        self._offers: dict[tuple[object, ...], Offer] = {}

    @property
    def latest(self) -> dict[Asset, Program]:
        """The last version of each program, begun or not."""
        return {each.program.key: each.program for each in self._versions}

    def versions_of(self, key: Asset) -> list[Program]:
        """All versions of a program, begun or not."""
        return [each.program for each in self._versions if each.program.key == key]

    @property
    def every(self) -> list[Program]:
        """All versions of all programs, in the order in which they begin."""
        return [each.program for each in self._versions]

    @property
    def first(self) -> dict[Asset, Program]:
        """The first version of each program."""
        return {each.program.key: each.program for each in reversed(self._versions)}

    @property
    def graces(self) -> dict[Asset, int]:
        """For how many days a refund to a lot that has ended may be spent."""
        return {key: program.refund_grace_days for key, program in self.latest.items()}

    def at(self, now: datetime) -> dict[Asset, Program]:
        """The programs in force at an instant, by key."""
        return {each.program.key: each.program for each in self._in_force(now)}

    def _in_force(self, now: datetime) -> list[Version]:
        """The versions that have begun; of a program, the last one is in force."""
        return [each for each in self._versions if each.starts_at <= now]

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
        """What ``till`` takes and gives now.

        Tills of one sort share it: those of a shop that is the same in all that terms ask of it.
        """
        day = day_in_tokyo(now)
        epoch = sum(start <= now for start in self._starts)
        sort = (day, epoch, *till[1:])
        found = self._offers.get(sort)
        if found is None:
            if len(self._offers) >= _MOST_KEPT:
                self._offers.clear()
            found = self._offers[sort] = self._worked_out(till, now, day)
        return found

    def asks(
        self, request: CardRequest, till: TerminalAtShop, now: datetime
    ) -> tuple[str, ...] | None:
        """The predicates that must be known for a request; None: nothing must be."""
        match request:
            case ExchangeRequest():
                program = self.at(now).get(request.program)
                groups = [each.who for each in program.exchanges] if program else []
                if not any(asks_who(who) for who in groups):
                    return None
                return tuple({text for who in groups for text in predicates_of(who)})
            case PurchaseRequest() | EarningRequest() | StampRequest():
                return self.offer(till, now).asks
            case _:
                return None

    def _worked_out(self, till: TerminalAtShop, now: datetime, day: date) -> Offer:
        in_force = self.at(now)
        purses = []
        for program in in_force.values():
            purse = self._purse(program, till)
            if purse is not None:
                purses.append(purse)
        begins = {each.program.key: each.starts_at for each in self._in_force(now)}
        ways = tuple(
            _way(program, earning, till, now, begins[program.key])
            for program in in_force.values()
            for earning in program.earnings
            if is_here(earning.where, till) and _is_of_this_day(earning.when, day)
        )
        groups = [who for way in ways for who in _groups(way) if asks_who(who)]
        return Offer(
            programs=in_force,
            purses=tuple(purses),
            automatic=frozenset(
                purse.asset for purse in purses if rules.is_automatic(in_force[purse.asset])
            ),
            ways=ways,
            asks=tuple({text for who in groups for text in predicates_of(who)}) if groups else None,
        )

    def _purse(self, program: Program, till: TerminalAtShop) -> Purse | None:
        """What may be drawn on: lots whose own terms accept this till, within today's limits."""
        spans = self.spans(program.key, lambda each: rules.purse(each, till) is not None)
        if not spans or not rules.may_pay(program):
            return None
        versions = sum(each.program.key == program.key for each in self._versions)
        is_everywhere = len(spans) == versions
        return rules.purse_with(program, till, None if is_everywhere else tuple(spans))


def _groups(way: Way) -> Iterator[Who]:
    yield way.earning.who
    for extra in way.extras:
        yield extra.bonus.who


def _is_of_this_day(when: When, day: date) -> bool:
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


def _way(
    program: Program, earning: Earning, till: TerminalAtShop, now: datetime, begins: datetime
) -> Way:
    day = day_in_tokyo(now)
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
            funder=_funder(program, bonus, till),
            rate=replace(rate, extra_times=bonus.times - 1),
            is_bounded=_is_bounded(program, bonus),
            has_hours=_has_hours(bonus.when),
        )
        for bonus in sorted(program.bonuses, key=lambda each: -each.times)
        if bonus.earning == earning.key
        and is_here(bonus.where, till)
        and _is_of_this_day(bonus.when, day)
    ]
    return Way(
        program=program,
        earning=earning,
        caps=LimitKeys(program.key, earning.key, earning.limits, day),
        funder=_funder(program, earning, till),
        rate=rate,
        expires_at=rules.expires_at(program, now),
        day=day,
        usable_at=_usable_at(earning, day, begins),
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


def earns_of_sale(
    offer: Offer, till: TerminalAtShop, known: Known, now: datetime
) -> tuple[Earn, ...]:
    """What a sale at ``till`` earns, before it is known how much of it programs pay."""
    found: list[Earn] = []
    for way in offer.ways:
        if way.earning.trigger in _OF_SALES and _applies(way, known, now):
            _add(found, way, till, known, now, is_sale=True)
    return tuple(found)


def earns_of_event(
    ways: Iterable[Way], till: TerminalAtShop, known: Known, now: datetime
) -> tuple[Earn, ...]:
    """What an event or stamp earns, of the ``ways`` that it is one of."""
    found: list[Earn] = []
    for way in ways:
        if _applies(way, known, now):
            _add(found, way, till, known, now, is_sale=False)
    return tuple(found)


def earns_of_other(ways: Iterable[Way], till: TerminalAtShop, other: UUID) -> tuple[Earn, ...]:
    """What whoever brought somebody along gets: as often as that one's own limits leave."""
    return tuple(
        Earn(
            asset=way.program.key,
            funder=way.funder,
            expires_at=way.expires_at,
            units=way.earning.other_units,
            usable_at=way.usable_at,
            caps=way.caps.of(other, till.shop),
            is_bounded=way.is_bounded,
            is_pooled=way.is_pooled,
            wallet=other,
        )
        for way in ways
        if way.earning.other_units is not None
    )


def _applies(way: Way, known: Known, now: datetime) -> bool:
    if way.has_hours and not is_now(way.earning.when, now):
        return False
    return known.is_one_of(way.earning.who)


def _add(
    found: list[Earn],
    way: Way,
    till: TerminalAtShop,
    known: Known,
    now: datetime,
    *,
    is_sale: bool,
) -> None:
    """Add the units themselves, and what the best bonus adds to them."""
    earning, program = way.earning, way.program
    caps = way.caps.of(known.subject, till.shop)
    if earning.group is not None:
        caps = (*caps, _group_cap(way, earning.group, known))
    found.append(
        Earn(
            asset=program.key,
            funder=way.funder,
            expires_at=way.expires_at,
            units=earning.units,
            rate=way.rate if is_sale else None,
            usable_at=way.usable_at,
            caps=caps,
            is_bounded=way.is_bounded,
            is_pooled=way.is_pooled,
            is_whole=earning.is_whole,
        )
    )
    for extra in way.extras:
        bonus = extra.bonus
        if (not extra.has_hours or is_now(bonus.when, now)) and known.is_one_of(bonus.who):
            found.append(
                Earn(
                    asset=program.key,
                    funder=extra.funder,
                    expires_at=way.expires_at,
                    units=earning.units * (bonus.times - 1),
                    rate=extra.rate if is_sale else None,
                    usable_at=way.usable_at,
                    caps=extra.caps.of(known.subject, till.shop),
                    is_bounded=extra.is_bounded,
                    is_pooled=way.is_pooled,
                    times_of_last=bonus.times - 1,
                )
            )
            break


def _group_cap(way: Way, group: str, known: Known) -> Cap:
    """What only counts: how much of a group of earnings somebody has in this fiscal year."""
    return Cap(group_tally(known.subject, way.program.key, group, way.day))


def group_tally(subject: UUID, asset: Asset, group: str, day: date) -> UUID:
    """Under what the units of a group of earnings are counted in a fiscal year."""
    return tally_id(subject, asset, f"group {group}", fiscal_year_of(day), "units")


def _funder(program: Program, part: Earning | Bonus, till: TerminalAtShop) -> UUID:
    if part.budget_units is not None:
        return funding.budget_id(program.key, part.key)
    party = part.funder or program.funder
    return till.shop if party == funding.SHOP else funding.party_id(party)


def _is_bounded(program: Program, part: Earning | Bonus) -> bool:
    party = part.funder or program.funder
    return part.budget_units is not None or funding.may_be_bound(program, party)
