"""A time of shopping with a program's gifts: what happens at tills, in order."""

import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Final
from uuid import UUID

from ichimai.kernel import ids
from ichimai.kernel.clock import day_in_tokyo, end_of_day, start_of_day
from ichimai.programs.terms import Program
from ichimai.simulation.habits import Streets, basket, is_open_at, time_at
from ichimai.simulation.model import EventKind, Recipient, ShoppingEvent, Storefront
from ichimai.simulation.wallets import Wallet

NEVER_COME_SHARE: Final = 0.03
"""Who leaves the gift in a drawer. With the cards lost, some 5 % stays unspent (回収率95%程度)."""

_MEAN_DAYS_TO_FIRST_VISIT: Final = 9
_MEAN_VISITS_A_WEEK: Final = 2.4
_FAVOURITES: Final = (4, 8)
_HOME_SHARE: Final = 0.75
_FAVOURITE_SHARE: Final = 0.8

_MARKET_VISIT_SHARE: Final = 0.1
"""Who goes to a fair with the card on its day; three times as many of its own district."""

_WRONG_SHOP_SHARE: Final = 0.012
_LOST_ANSWER_SHARE: Final = 0.010
_IMPATIENT_SHARE: Final = 0.006
_REFUND_SHARE: Final = 0.012
_UNAWARE_SHARE: Final = 0.35
"""Who does not know that less is left than the basket costs."""

_LOST_CARDS_A_DAY: Final = 0.0004
_REFUND_LATER_SHARE: Final = 0.4
_REFUND_WITHIN_DAYS: Final = 6
_PART_REFUND_SHARE: Final = 0.4
_STOPPED_CARD_TRIED_SHARE: Final = 0.5
_PAYS_THE_REST_SHARE: Final = 0.7
_TRIES: Final = 5
_DAY: Final = timedelta(days=1)
_APART: Final = timedelta(minutes=10)
"""Two visits of one person are no sooner: within 90 s the same amount would be a repeat."""


def shopping(
    recipients: Sequence[Recipient],
    shops: Sequence[Storefront],
    program: Program,
    *,
    seed: int,
    first_day: date,
    days: int,
) -> Iterator[ShoppingEvent]:
    """What ``recipients`` do with their gifts from ``first_day`` on, in order of time.

    The same for the same arguments. Events whose ``refused_as`` is None are within what the
    program allows, if all gifts were granted before ``first_day`` and do not end within
    ``days``.
    """
    rng = random.Random(f"{seed}/shopping")
    town = _Town(rng, recipients, shops, program, first_day)
    for number in range(days):
        yield from town.day(first_day + number * _DAY)


@dataclass(slots=True)
class _Shopper:
    """A recipient's habits, and what is left. ``begins_on`` is None for who never comes."""

    place: int
    home: str
    wallet: Wallet
    favourites: list[int]
    visits_a_day: float
    begins_on: date | None
    is_stopped: bool = False


_Happening = Callable[[datetime], Iterator[ShoppingEvent]]


class _Town:
    """Keeps what is planned, by time, and lets it happen."""

    def __init__(
        self,
        rng: random.Random,
        recipients: Sequence[Recipient],
        shops: Sequence[Storefront],
        program: Program,
        first_day: date,
    ) -> None:
        self._rng = rng
        self._shops = shops
        self._terms = program.acceptance
        self._streets = Streets.of(shops, program.acceptance)
        self._planned: list[tuple[datetime, int, _Happening]] = []
        self._order = count()
        self._shoppers = [
            self._shopper(place, recipient, Wallet.of(recipient, program), first_day)
            for place, recipient in enumerate(recipients)
        ]

    def day(self, day: date) -> Iterator[ShoppingEvent]:
        """What happens on ``day``; days are lived one after the other."""
        for shopper in self._shoppers:
            if not shopper.is_stopped and shopper.wallet.units:
                self._plan_visits(shopper, day)
        while self._planned and self._planned[0][0] < end_of_day(day):
            at, _, happening = heapq.heappop(self._planned)
            yield from happening(at)

    def _shopper(
        self, place: int, recipient: Recipient, wallet: Wallet, first_day: date
    ) -> _Shopper:
        rng, home = self._rng, recipient.resident.district
        near = self._streets.near(home)
        days_off = int(rng.expovariate(1 / _MEAN_DAYS_TO_FIRST_VISIT))
        never_comes = rng.random() < NEVER_COME_SHARE
        return _Shopper(
            place=place,
            home=home,
            wallet=wallet,
            favourites=[
                (near if rng.random() < _HOME_SHARE else self._streets.anywhere).draw(rng)
                for _ in range(rng.randint(*_FAVOURITES))
            ],
            visits_a_day=rng.gammavariate(3, _MEAN_VISITS_A_WEEK / 3) / 7,
            begins_on=None if never_comes else first_day + timedelta(days=days_off),
        )

    def _plan_visits(self, shopper: _Shopper, day: date) -> None:
        if self._rng.random() < _LOST_CARDS_A_DAY:
            self._plan_loss(shopper, day)
        if shopper.begins_on is None:
            return
        shops = self._markets_visited(shopper, day)
        if shopper.begins_on <= day and self._rng.random() < shopper.visits_a_day:
            shops += self._errand(shopper, day)
        last: datetime | None = None
        for at, shop in sorted(
            (time_at(self._rng, self._shops[shop], day), shop) for shop in shops
        ):
            if last is None or at - last >= _APART:
                self._plan(at, partial(self._visit, shopper, shop))
                last = at

    def _markets_visited(self, shopper: _Shopper, day: date) -> list[int]:
        """At most one shop of a fair: not only those who live there come for it."""
        markets = self._streets.markets_on(day)
        if not markets:
            return []
        is_home = any(self._shops[m.items[0]].street.district == shopper.home for m in markets)
        share = _MARKET_VISIT_SHARE * (3 if is_home else 1)
        if self._rng.random() >= share:
            return []
        return self._open_on(day, [self._rng.choice(markets).draw(self._rng)])

    def _errand(self, shopper: _Shopper, day: date) -> list[int]:
        """At most one shop for the day's shopping, mostly a favourite."""
        rng, streets = self._rng, self._streets
        if rng.random() < _WRONG_SHOP_SHARE and streets.not_accepting.items:
            return self._open_on(day, [streets.not_accepting.draw(rng)])
        for _ in range(_TRIES):
            if rng.random() < _FAVOURITE_SHARE:
                shop = rng.choice(shopper.favourites)
            else:
                shop = (
                    streets.near(shopper.home) if rng.random() < _HOME_SHARE else streets.anywhere
                ).draw(rng)
            if self._open_on(day, [shop]) and shopper.wallet.room(self._shops[shop], day) > 0:
                return [shop]
        return []

    def _open_on(self, day: date, shops: list[int]) -> list[int]:
        return [shop for shop in shops if self._shops[shop].is_open_on(day)]

    def _plan_loss(self, shopper: _Shopper, day: date) -> None:
        """The card is reported as lost; sometimes somebody tries it on the next day."""
        at = start_of_day(day) + timedelta(seconds=self._rng.randrange(8 * 3600, 20 * 3600))
        self._plan(at, partial(self._stop, shopper))
        shop, next_day = self._streets.near(shopper.home).draw(self._rng), day + _DAY
        if self._rng.random() < _STOPPED_CARD_TRIED_SHARE and self._open_on(next_day, [shop]):
            tried_at = time_at(self._rng, self._shops[shop], next_day)
            self._plan(tried_at, partial(self._visit, shopper, shop))

    def _stop(self, shopper: _Shopper, at: datetime) -> Iterator[ShoppingEvent]:
        shopper.is_stopped = True
        yield self._event(at, EventKind.STOP, shopper, None, 0)

    def _visit(self, shopper: _Shopper, shop: int, at: datetime) -> Iterator[ShoppingEvent]:
        """Somebody stands at the till with a basket."""
        store = self._shops[shop]
        units = basket(self._rng, store)
        room = shopper.wallet.room(store, day_in_tokyo(at))
        if shopper.is_stopped:
            yield self._event(at, EventKind.STOPPED_CARD, shopper, shop, units)
        elif not store.takes(self._terms):
            yield self._event(at, EventKind.WRONG_SHOP, shopper, shop, units)
        elif units <= room:
            yield from self._pay(shopper, shop, units, at)
        elif shopper.wallet.is_overspent_by(units) and self._rng.random() < _UNAWARE_SHARE:
            yield self._event(at, EventKind.OVERSPEND, shopper, shop, units)
            if self._rng.random() < _PAYS_THE_REST_SHARE:
                self._plan(at + self._seconds(40, 110), partial(self._pay_rest, shopper, shop))
        else:
            yield from self._pay_rest(shopper, shop, at)

    def _pay_rest(self, shopper: _Shopper, shop: int, at: datetime) -> Iterator[ShoppingEvent]:
        """All that the card still has for this shop; what is missing is paid in cash."""
        room = shopper.wallet.room(self._shops[shop], day_in_tokyo(at))
        if room > 0 and not shopper.is_stopped:
            yield from self._pay(shopper, shop, room, at)

    def _pay(
        self, shopper: _Shopper, shop: int, units: int, at: datetime
    ) -> Iterator[ShoppingEvent]:
        shopper.wallet.pay(units, self._shops[shop], day_in_tokyo(at))
        payment = self._event(at, EventKind.PAYMENT, shopper, shop, units)
        yield payment
        chance = self._rng.random()
        if chance < _LOST_ANSWER_SHARE:
            self._plan(at + self._seconds(2, 40), partial(self._again, payment, payment.id))
        elif chance < _LOST_ANSWER_SHARE + _IMPATIENT_SHARE:
            self._plan(at + self._seconds(5, 28), partial(self._again, payment, None))
        elif chance < _LOST_ANSWER_SHARE + _IMPATIENT_SHARE + _REFUND_SHARE:
            self._plan_refund(shopper, payment)

    def _again(
        self, payment: ShoppingEvent, id_: UUID | None, at: datetime
    ) -> Iterator[ShoppingEvent]:
        """The same payment once more, by its own id or by a new one."""
        yield replace(
            payment,
            at=at,
            kind=EventKind.RESEND if id_ else EventKind.REPEAT,
            id=id_ or self._id(at),
            refers_to=payment.id,
        )

    def _plan_refund(self, shopper: _Shopper, payment: ShoppingEvent) -> None:
        """At once, while the shop is open, or on another of its days."""
        shop = self._shops[payment.shop or 0]
        at = payment.at + self._seconds(2 * 60, 30 * 60)
        if self._rng.random() < _REFUND_LATER_SHARE:
            day = day_in_tokyo(payment.at) + self._rng.randint(1, _REFUND_WITHIN_DAYS) * _DAY
            at = time_at(self._rng, shop, day)
        if is_open_at(shop, at):
            self._plan(at, partial(self._refund, shopper, payment))

    def _refund(
        self, shopper: _Shopper, payment: ShoppingEvent, at: datetime
    ) -> Iterator[ShoppingEvent]:
        if shopper.is_stopped:
            return
        is_part = self._rng.random() < _PART_REFUND_SHARE
        units = self._rng.randint(1, payment.units) if is_part else payment.units
        shopper.wallet.give_back(units)
        yield self._event(at, EventKind.REFUND, shopper, payment.shop, units, refers_to=payment.id)

    def _plan(self, at: datetime, happening: _Happening) -> None:
        heapq.heappush(self._planned, (at, next(self._order), happening))

    def _event(
        self,
        at: datetime,
        kind: EventKind,
        shopper: _Shopper,
        shop: int | None,
        units: int,
        *,
        refers_to: UUID | None = None,
    ) -> ShoppingEvent:
        return ShoppingEvent(at, kind, self._id(at), shopper.place, shop, units, refers_to)

    def _id(self, at: datetime) -> UUID:
        return ids.uuid7_at(at, self._rng.randbytes(10))

    def _seconds(self, least: int, most: int) -> timedelta:
        return timedelta(milliseconds=self._rng.randint(least * 1000, most * 1000))
