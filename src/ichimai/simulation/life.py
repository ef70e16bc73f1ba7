"""A time of life in a town whose programs all run: what people do with them, in order.

What is done follows from the programs themselves: where something is earned, people shop and
take part; what is worth an exchange is exchanged; a right to a thing is used. How often is in
``data/doings.csv``. Nothing is foretold: a refusal is part of life.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import start_of_day
from ichimai.merchants import Shop, ShopId, ShopSize, TerminalAtShop, TerminalId
from ichimai.programs.terms import (
    Earning,
    Exchange,
    Program,
    ProgramKind,
    Thing,
    Trigger,
    Where,
    is_here,
)
from ichimai.simulation.habits import basket, time_at
from ichimai.simulation.model import Storefront
from ichimai.simulation.sales import made_up_sales
from ichimai.simulation.tables import ItemT, table
from ichimai.towns import Place, Town

__all__ = ["Doing", "Doings", "Happening", "lived", "made_up_sales"]

_SHOPS_A_DAY: Final = 0.35
_WHERE_POINTS_ARE: Final = 0.75
"""How many errands of who has a card lead to a street with a program."""

_PAYS_WITH_POINTS: Final = 0.25
_BRINGS_BACK: Final = 0.012
_EXCHANGES: Final = 0.4
"""How many think on a Saturday of exchanging what they have, whether it is enough or not."""

_STAMPS_A_WEEK: Final = 2.5
_STAMPERS: Final = 0.15
_PAYS_IN: Final = 0.08
_USES_PREPAID_A_WEEK: Final = 1.2
_LATEST_HOUR: Final = 16
_PLACE_OPENS_HOUR: Final = 9


class Doing(StrEnum):
    """What somebody does."""

    BUY = "buy"
    BRING_BACK = "bring_back"
    TAKE_PART = "take_part"
    STAMP = "stamp"
    EXCHANGE = "exchange"
    COLLECT = "collect"
    PAY_IN = "pay_in"
    TAKE_OUT = "take_out"


@dataclass(frozen=True, slots=True)
class Happening:
    """``person`` (a place in the sequence of people) does something at the till of ``shop``.

    ``part``: the event, exchange or thing of ``program``. ``units``: yen of a sale, of goods that
    come back or of money paid in; times of an exchange. ``pay_with``: None: what pays by itself.
    """

    at: datetime
    doing: Doing
    id: UUID
    person: int
    shop: str
    units: int = 0
    program: str = ""
    part: str = ""
    pay_with: tuple[str, ...] | None = None
    refers_to: UUID | None = None


class Doings(msgspec.Struct, frozen=True):
    """How many people do something, and how often a week those who do."""

    event: str
    share: float
    times_a_week: float


@dataclass(slots=True)
class _Person:
    """What somebody is in the habit of; ``took_part``: programs of which there is something."""

    place: int
    is_visitor: bool
    events: list[tuple[Program, Earning, float]]
    stamps: list[tuple[Program, Earning]]
    prepaid: Program | None
    took_part: set[Asset] = field(default_factory=set)


def lived(
    town: Town,
    fronts: Sequence[Storefront],
    *,
    residents: int,
    visitors: int,
    seed: int,
    first_day: date,
    days: int,
) -> Iterator[Happening]:
    """What ``residents`` and then ``visitors`` do from ``first_day`` on, in order of time."""
    rng = random.Random(f"{seed}/life")
    scene = _Scene(town, fronts, rng)
    people = [
        scene.person(place, is_visitor=place >= residents) for place in range(residents + visitors)
    ]
    for number in range(days):
        day = first_day + timedelta(days=number)
        happenings = [one for person in people for one in scene.day_of(person, day)]
        yield from sorted(happenings, key=lambda one: one.at)


class _Scene:
    """Where things can be done, worked out from the programs."""

    def __init__(self, town: Town, fronts: Sequence[Storefront], rng: random.Random) -> None:
        self._rng = rng
        self._programs = town.programs
        self._fronts = {front.shop.number: front for front in fronts}
        self._tills = [_till(front) for front in fronts] + [_place(place) for place in town.places]
        self._doings = {row.event: row for row in table("doings.csv", Doings)}
        self._where: dict[str, list[str]] = {}
        self._points = [each for each in town.programs if each.kind is ProgramKind.POINTS]
        # An event may give in several programs; whoever takes part takes part once.
        self._events = {
            earning.event: (program, earning)
            for program in reversed(town.programs)
            for earning in program.earnings
            if earning.event in self._doings
        }
        self._streets = [
            shops
            for program in self._points
            for earning in program.earnings
            if earning.trigger in {Trigger.SALE, Trigger.VISIT}
            and (shops := self._at(f"{program.key}/{earning.key}", earning.where))
        ]

    def person(self, place: int, *, is_visitor: bool) -> _Person:
        """Somebody with habits of their own."""
        rng = self._rng
        events = [
            (program, earning, self._doings[event].times_a_week / 7)
            for event, (program, earning) in self._events.items()
            if not is_visitor and rng.random() < self._doings[event].share
        ]
        stamps = [
            (program, earning)
            for program in self._programs
            for earning in program.earnings
            if earning.trigger is Trigger.STAMP and rng.random() < _STAMPERS
        ]
        prepaid = [each for each in self._programs if each.top_up is not None]
        pays_in = prepaid and not is_visitor and rng.random() < _PAYS_IN
        return _Person(place, is_visitor, events, stamps, rng.choice(prepaid) if pays_in else None)

    def day_of(self, person: _Person, day: date) -> Iterator[Happening]:
        """All that somebody does on a day."""
        rng = self._rng
        if rng.random() < _SHOPS_A_DAY:
            yield from self._errand(person, day)
        for program, earning, times in person.events:
            if rng.random() < times:
                yield from self._take_part(person, program, earning, day)
        for program, earning in person.stamps:
            if rng.random() < _STAMPS_A_WEEK / 7:
                shop = self._somewhere(f"{program.key}/{earning.key}", earning.where)
                if shop is not None:
                    person.took_part.add(program.key)
                    yield self._done(person, Doing.STAMP, shop, day, program=program.key)
        if person.prepaid is not None:
            yield from self._prepaid(person, person.prepaid, day)
        if day.weekday() == 5:
            yield from self._exchanges(person, day)

    def _errand(self, person: _Person, day: date) -> Iterator[Happening]:
        rng = self._rng
        has_points = bool(self._streets) and rng.random() < _WHERE_POINTS_ARE
        shop = rng.choice(rng.choice(self._streets) if has_points else list(self._fronts))
        front = self._fronts.get(shop)
        if front is None or not front.is_open_on(day):
            return
        at = time_at(rng, front, day)
        pay_with = None
        if rng.random() < _PAYS_WITH_POINTS:
            till = _till(front)
            pay_with = tuple(
                program.key
                for program in self._points
                if not program.use.is_by_exchange_only and is_here(program.acceptance, till)
            )
        bought = self._done(
            person, Doing.BUY, shop, day, at=at, units=basket(rng, front), pay_with=pay_with or None
        )
        yield bought
        if rng.random() < _BRINGS_BACK:
            yield replace(
                bought,
                at=at + timedelta(minutes=rng.randint(3, 25)),
                doing=Doing.BRING_BACK,
                id=self._id(at),
                units=rng.randint(1, bought.units),
                refers_to=bought.id,
            )

    def _take_part(
        self, person: _Person, program: Program, earning: Earning, day: date
    ) -> Iterator[Happening]:
        shop = self._somewhere(f"{program.key}/{earning.key}", earning.where)
        if shop is None:
            return
        person.took_part |= {
            each.key
            for each in self._programs
            if any(one.event == earning.event for one in each.earnings)
        }
        came = self._done(person, Doing.TAKE_PART, shop, day, part=str(earning.event))
        yield came
        if program.things:
            thing: Thing = self._rng.choice(program.things)
            counter = self._somewhere(f"{program.key}/use", program.acceptance)
            if counter is not None:
                at = came.at + timedelta(minutes=self._rng.randint(5, 90))
                yield self._done(
                    person, Doing.COLLECT, counter, day, at=at, program=program.key, part=thing.key
                )

    def _prepaid(self, person: _Person, program: Program, day: date) -> Iterator[Happening]:
        rng, top_up = self._rng, program.top_up
        if top_up is None:
            return
        counter = self._somewhere(f"{program.key}/top-up", top_up.where)
        if counter is not None and program.key not in person.took_part:
            person.took_part.add(program.key)
            units = max(top_up.least, top_up.step) * rng.randint(1, 3)
            yield self._done(person, Doing.PAY_IN, counter, day, units=units, program=program.key)
        elif rng.random() < _USES_PREPAID_A_WEEK / 7 and not program.use.is_by_exchange_only:
            shop = self._somewhere(f"{program.key}/use", program.acceptance)
            if shop is not None:
                yield self._done(person, Doing.BUY, shop, day, units=rng.randrange(200, 1_500, 50))
        elif counter is not None and rng.random() < 0.01:
            yield self._done(person, Doing.TAKE_OUT, counter, day, units=500, program=program.key)

    def _exchanges(self, person: _Person, day: date) -> Iterator[Happening]:
        for program in self._programs:
            if program.key not in person.took_part:
                continue
            exchange: Exchange
            for exchange in program.exchanges:
                if self._rng.random() >= _EXCHANGES:
                    continue
                shop = self._somewhere(f"{program.key}/exchange", Where(associations=(0,)))
                if shop is not None:
                    yield self._done(
                        person,
                        Doing.EXCHANGE,
                        shop,
                        day,
                        units=1,
                        program=program.key,
                        part=exchange.key,
                    )

    def _somewhere(self, key: str, where: Where) -> str | None:
        shops = self._at(key, where)
        return self._rng.choice(shops) if shops else None

    def _at(self, key: str, where: Where) -> list[str]:
        """The shops and places that are meant, worked out once."""
        if key not in self._where:
            self._where[key] = [till.number for till in self._tills if is_here(where, till)]
        return self._where[key]

    def _done(
        self,
        person: _Person,
        doing: Doing,
        shop: str,
        day: date,
        *,
        at: datetime | None = None,
        units: int = 0,
        program: str = "",
        part: str = "",
        pay_with: tuple[str, ...] | None = None,
    ) -> Happening:
        rng = self._rng
        seconds = rng.randrange(_PLACE_OPENS_HOUR * 3600, _LATEST_HOUR * 3600)
        when = at or start_of_day(day) + timedelta(seconds=seconds)
        return Happening(
            when,
            doing,
            self._id(when),
            person.place,
            shop,
            units=units,
            program=program,
            part=part,
            pay_with=pay_with,
        )

    def _id(self, at: datetime) -> UUID:
        return ids.uuid7_at(at, self._rng.randbytes(10))


def _till(front: Storefront) -> TerminalAtShop:
    shop, association = front.shop, front.street.association
    return TerminalAtShop(
        TerminalId(ids.NIL),
        shop.id,
        association.number,
        association.accepts_gift_vouchers,
        shop.size,
        shop.category,
        shop.number,
    )


def some_of(people: Sequence[ItemT], share: float, *, seed: int) -> list[ItemT]:
    """A share of some people, drawn."""
    return random.Random(f"{seed}/some").sample(list(people), round(len(people) * share))


def till_of(shop: Shop) -> TerminalAtShop:
    """Some till of a shop or place, for asking what is meant by a program there."""
    return TerminalAtShop(
        TerminalId(ids.NIL),
        shop.id,
        shop.association,
        False,
        shop.size,
        shop.category,
        shop.number,
    )


def _place(place: Place) -> TerminalAtShop:
    return TerminalAtShop(
        TerminalId(ids.NIL),
        ShopId(ids.NIL),
        0,
        False,
        ShopSize.SMALL,
        place.category,
        place.number,
    )
