"""All programs with all their versions, worked out for what a till asks. Pure, and quick.

What depends on the till alone is worked out once for it, what depends on the day once a day for
all tills of its sort: a purchase is left with what depends on the person and the hour.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo, end_of_day, start_of_day
from ichimai.ledger.model import ALWAYS, NEVER, Cap, Earn, Purse
from ichimai.merchants import TerminalAtShop
from ichimai.programs import rules, ways
from ichimai.programs.conditions import Known, asks_who, is_here, is_now, predicates_of
from ichimai.programs.model import (
    CardRequest,
    EarningRequest,
    ExchangeRequest,
    PurchaseRequest,
    StampRequest,
)
from ichimai.programs.periods import fiscal_year_of, tally_id
from ichimai.programs.terms import Program, Trigger, Version, Who
from ichimai.programs.ways import Here, Way

OfDay = tuple[tuple[Way, ...], tuple[str, ...] | None]
_OF_SALES: Final = frozenset({Trigger.SALE, Trigger.VISIT})


class Place(NamedTuple):
    """What a till takes and gives while no program changes; see ``Offer``.

    ``till``: for which it was worked out. ``sort``: the same number where the same may be earned.
    """

    till: TerminalAtShop

    programs: Mapping[Asset, Program]
    purses: tuple[Purse, ...]
    automatic: frozenset[Asset]
    ways: tuple[Here, ...]
    sort: int


class Offer(NamedTuple):
    """What a till takes and gives on a ``day``.

    ``purses``: what may pay. ``automatic``: those of them that pay when nobody says with what.
    ``programs``: all in force. ``asks``: predicates that ways to earn ask for; None: nothing at
    all must be known of the person.
    """

    programs: Mapping[Asset, Program]
    purses: tuple[Purse, ...]
    automatic: frozenset[Asset]
    day: date
    ways: tuple[Way, ...]
    asks: tuple[str, ...] | None


class Catalogue:
    """The versions of all programs. ``at`` says which of them are in force."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self._versions = sorted(versions, key=lambda each: (each.starts_at, each.program.version))
        self._of: dict[Asset, list[Version]] = {}
        for each in self._versions:
            self._of.setdefault(each.program.key, []).append(each)
        self._starts = sorted({each.starts_at for each in versions})
        self._span = NEVER, NEVER, date.max, 0
        self._places: dict[tuple[int, str], Place] = {}
        self._sorts: dict[tuple[object, ...], int] = {}
        self._days: dict[tuple[date, int], OfDay] = {}

    @property
    def latest(self) -> dict[Asset, Program]:
        """The last version of each program, begun or not."""
        return {each.program.key: each.program for each in self._versions}

    def versions_of(self, key: Asset) -> list[Program]:
        """All versions of a program, begun or not."""
        return [each.program for each in self._of.get(key, ())]

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
        mine = self._of.get(key, [])
        ends = [each.starts_at for each in mine[1:]] + [NEVER]
        found = []
        for place, (each, end) in enumerate(zip(mine, ends, strict=True)):
            begins = ALWAYS if place == 0 else each.starts_at
            if accepts(each.program):
                found.append((begins, end))
        return found

    def offer(self, till: TerminalAtShop, now: datetime) -> Offer:
        """What ``till`` takes and gives now."""
        begins, ends, day, epoch = self._span
        if not begins <= now < ends:
            begins, ends, day, epoch = self._span = self._span_of(now)
        place = self._places.get((epoch, till.number))
        # What is known of a shop may change: it moves, or grows.
        if place is None or (place.till is not till and place.till[2:] != till[2:]):
            place = self._places[epoch, till.number] = self._place(till, now)
        found = self._days.get((day, place.sort))
        if found is None:
            found = self._days[day, place.sort] = _of_day(place, now, day)
        return Offer(place.programs, place.purses, place.automatic, day, *found)

    def _span_of(self, now: datetime) -> tuple[datetime, datetime, date, int]:
        """From when until before when it is the same day, with the same versions in force."""
        day, epoch = day_in_tokyo(now), bisect_right(self._starts, now)
        begins = max([start_of_day(day), *self._starts[:epoch][-1:]])
        return begins, min([end_of_day(day), *self._starts[epoch:][:1]]), day, epoch

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

    def _place(self, till: TerminalAtShop, now: datetime) -> Place:
        begins = {each.program.key: each.starts_at for each in self._in_force(now)}
        programs = self.at(now)
        found = (self._purse(each, till) for each in programs.values())
        purses = tuple(purse for purse in found if purse is not None)
        here = tuple(
            ways.here(program, earning, till, begins[program.key])
            for program in programs.values()
            for earning in program.earnings
            if is_here(earning.where, till)
        )
        sort = tuple(way.sort for way in here)
        return Place(
            till=till,
            programs=programs,
            purses=purses,
            automatic=frozenset(
                purse.asset for purse in purses if rules.is_automatic(programs[purse.asset])
            ),
            ways=here,
            sort=self._sorts.setdefault(sort, len(self._sorts)),
        )

    def _purse(self, program: Program, till: TerminalAtShop) -> Purse | None:
        """What may be drawn on: lots whose own terms accept this till, within today's limits."""
        if not rules.may_pay(program):
            return None
        spans = self.spans(program.key, lambda each: rules.purse(each, till) is not None)
        if not spans:
            return None
        is_everywhere = len(spans) == len(self._of[program.key])
        return rules.purse_with(program, till, None if is_everywhere else tuple(spans))


def _of_day(
    place: Place, now: datetime, day: date
) -> tuple[tuple[Way, ...], tuple[str, ...] | None]:
    """How a day lets people earn at tills of one sort, and which predicates that asks for."""
    open_now = tuple(
        ways.way(here, now) for here in place.ways if ways.is_of_day(here.earning.when, day)
    )
    groups = [who for way in open_now for who in _groups(way) if asks_who(who)]
    asks = tuple({text for who in groups for text in predicates_of(who)}) if groups else None
    return open_now, asks


def _groups(way: Way) -> Iterator[Who]:
    yield way.earning.who
    for extra in way.extras:
        yield extra.bonus.who


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
            funder=way.funder or till.shop,
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
            funder=way.funder or till.shop,
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
                    funder=extra.funder or till.shop,
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
