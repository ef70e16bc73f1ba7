"""Shared counters, left at every step: no record ever joins two people (faults.md I1, E77).

Somebody begins, leaves, and the next one shows their card. Whatever the clerk's page still holds
of the one before, their token or their open link, is pressed again, with the next one's number.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Final
from uuid import UUID

import pytest

from ichimai import identity
from ichimai.cards import Assurance, Kind, barcodes
from ichimai.identity import sealing
from ichimai.identity.model import Link, LinkId, LinkState, Place, ServiceCode
from ichimai.identity.spending import TapUse
from ichimai.kernel import ids
from ichimai.kernel.clock import ManualClock
from ichimai.kernel.errors import DomainError
from ichimai.registry import Resolved, SubjectId
from ichimai.storage import WriteTx
from tests.integration.identity.conftest import LIBRARY, Hall

COUNTERS: Final = 5
IN_ONE_COMMIT: Final = 100
_SERVICE: Final = ServiceCode("library")
KEY: Final = b"h" * 32


@dataclass
class Person:
    """Somebody with a card and a number, and what the page holds of them."""

    number: str
    card: Resolved
    tokens: list[str] = field(default_factory=list)
    link: LinkId | None = None


@dataclass
class Counters:
    """Some counters, one after another served until somebody leaves."""

    tx: WriteTx
    clock: ManualClock
    random: Random
    places: list[Place]
    people: dict[UUID, Person]
    told: Counter[str]

    def come(self) -> Person:
        """Somebody new."""
        number = barcodes.with_check(f"{len(self.people):07}", LIBRARY.scheme)
        subject = SubjectId(UUID(int=self.random.getrandbits(128)))
        reference = UUID(int=self.random.getrandbits(128))
        card = Resolved(subject, reference, is_stopped=False, kind=Kind.PRINTED_QR)
        self.people[subject] = Person(number, card)
        return self.people[subject]

    def tap(self, place: Place, person: Person) -> None:
        """Show a card."""
        new = identity.taps.tap(self.tx, self.clock, place, person.card, Assurance.TAP)
        person.tokens.append(new.token)

    def ask(self, place: Place, token: str, number: str) -> LinkId:
        """Type a number."""
        tap = identity.taps.current(self.tx, self.clock, place, token)
        asked = identity.links.ask(
            self.tx, self.clock, KEY, tap, service=_SERVICE, number=number, staff=place.id
        )
        return asked.link.id

    def confirm(self, place: Place, token: str, link: LinkId) -> Link:
        """Press the button that joins."""
        tap = identity.taps.current(self.tx, self.clock, place, token)
        return identity.links.confirm(self.tx, self.clock, link, tap, staff=place.id)

    def serve(self, place: Place, person: Person, steps: int) -> None:
        """Go through so many of five steps, and stop there."""
        if steps > 0:
            self.tap(place, person)
        if steps > 1:
            person.link = self.ask(place, person.tokens[-1], person.number)
        if steps > 2 and self.random.random() < 0.7:
            identity.taps.end(self.tx, self.clock, place)
        if steps > 3:
            self.tap(place, person)
        if steps > 4 and person.link:
            assert self.confirm(place, person.tokens[-1], person.link).state is LinkState.ACTIVE
            self.told["served"] += 1

    def leave(self, place: Place) -> None:
        """Take the card along, or leave it; some time passes."""
        if self.random.random() < 0.5:
            identity.taps.end(self.tx, self.clock, place)
        self.clock.advance(timedelta(seconds=self.random.choice((0, 1, 5, 29, 31, 70))))

    def press(self, place: Place, former: Person, next_: Person) -> None:
        """Everything that the page of the one before still offers, now that the next is here."""
        tries: list[Callable[[], object]] = []
        for token in former.tokens:
            tries += [
                partial(self.ask, place, token, next_.number),
                partial(self.confirm, place, token, former.link or LinkId(ids.NIL)),
            ]
        if former.link:
            tries.append(partial(self.confirm, place, next_.tokens[-1], former.link))
        for attempt in tries:
            with pytest.raises(DomainError) as refused:
                attempt()
            self.told[refused.value.code] += 1
        uses = [TapUse(place.id, token, ids.uuid7(self.clock)) for token in former.tokens]
        assert identity.spending.take_taps(self.tx, self.clock, uses) == [None] * len(uses)

    def hand_over(self) -> None:
        """One counter: somebody leaves at some step, the next shows a card, both are pressed."""
        place = self.random.choice(self.places)
        former, next_ = self.come(), self.come()
        self.serve(place, former, self.random.randrange(6))
        self.leave(place)
        self.tap(place, next_)
        self.press(place, former, next_)
        if former.link and self.random.random() < 0.3:
            self.come_back(place, former)
        self.told["handed over"] += 1

    def come_back(self, place: Place, former: Person) -> None:
        """The one who left is here again; what was begun before the other came is over."""
        self.tap(place, former)
        with pytest.raises(DomainError):
            self.confirm(place, former.tokens[-1], former.link or LinkId(ids.NIL))


@pytest.mark.parametrize("handovers", [5_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_no_record_ever_joins_two_people(hall: Hall, handovers: int) -> None:
    random, people = Random(20260323), dict[UUID, Person]()
    places = [hall.place() for _ in range(COUNTERS)]
    told: Counter[str] = Counter()
    for _ in range(handovers // IN_ONE_COMMIT):
        with hall.database.write(hall.operator) as tx:
            counters = Counters(tx, hall.clock, random, places, people, told)
            for _ in range(IN_ONE_COMMIT):
                counters.hand_over()
    assert told["handed over"] == handovers
    assert told["served"] > handovers // 10
    assert {"tap_over", "unknown_link"} <= told.keys()
    with hall.database.read(hall.operator) as tx:
        rows = tx.rows("SELECT id, subject, number_sealed, state FROM link")
    assert len(rows) > handovers // 3
    for id_, subject, sealed, state in rows:
        found = sealing.opened(KEY, _SERVICE, id_.bytes, bytes(sealed))
        assert found == people[subject].number, state
    assert hall.strays() == []
