"""Links on a real PostgreSQL: two taps of one card, and a number is never two people's."""

import multiprocessing
from collections import Counter
from datetime import datetime, timedelta
from multiprocessing import Queue
from multiprocessing.synchronize import Barrier
from typing import Final, LiteralString

import psycopg
import pytest

from ichimai import identity, registry
from ichimai.cards import barcodes, felica
from ichimai.cards.barcodes import CardScheme
from ichimai.identity.errors import (
    AlreadyLinked,
    InvalidServiceNumber,
    LinkOver,
    SecondTapNeeded,
    TapOver,
    UnknownLink,
    UnknownService,
)
from ichimai.identity.model import Cause, LinkId, LinkState, Service, ServiceCode
from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.kernel.clock import ManualClock
from ichimai.kernel.errors import DomainError
from ichimai.registry import SubjectId
from ichimai.storage import REGISTRY, Database, Schema
from tests.at_once import at_once
from tests.integration.identity.conftest import LIBRARY, NUMBERS, Hall

ACTIVE, FROZEN, ENDED = LinkState.ACTIVE, LinkState.FROZEN, LinkState.ENDED


def test_a_link_counts_from_the_second_tap_on(hall: Hall) -> None:
    """The service reads its number; the database alone tells it to nobody."""
    hanako, here = hall.printed(), hall.place()
    first = hall.tap(here, hanako)
    asked = hall.ask(here, first.token, f" {NUMBERS[0][:4]}-{NUMBERS[0][4:]} ")
    assert hall.states(hanako) == [LinkState.PENDING]
    with pytest.raises(SecondTapNeeded):
        hall.confirm(here, first.token, asked)
    second = hall.tap(here, hanako)
    assert hall.confirm(here, second.token, asked).state is ACTIVE
    subject = second.tap.subject
    assert subject
    library = identity.model.ServiceCode("library")
    with hall.database.read(hall.operator) as tx:
        found = identity.links.number_of(tx, hall.identity_key, library, subject)
        assert found == NUMBERS[0]
        assert identity.links.number_of(tx, b"x" * 32, library, subject) is None
        history = identity.links.history(tx, asked)
        stored = tx.rows("SELECT link::text FROM link")
    assert [event.cause for event in history] == [Cause.ASKED, Cause.CONFIRMED]
    assert NUMBERS[0] not in str(stored)
    assert NUMBERS[0].encode().hex() not in str(stored)
    assert hall.strays() == []


def test_a_number_of_twelve_digits_is_linked_as_a_reader_gives_it(hall: Hall) -> None:
    """It could be a My Number: typed it is refused, in the frame of the barcode it is a card's."""
    scheme = CardScheme("twelve", length=12)
    service = Service(ServiceCode("twelve"), "図書館", "Library", scheme)
    hall.in_tx(lambda tx: identity.links.add_service(tx, hall.clock, service))
    here, number = hall.place(), "123456789018"
    tap = hall.tap(here, hall.printed())
    with pytest.raises(MyNumberRefused):
        hall.ask(here, tap.token, number, service="twelve")
    with pytest.raises(MyNumberRefused):
        hall.ask(here, tap.token, f"A{number}B")
    link = hall.ask(here, tap.token, f"A{number}B", service="twelve")
    with hall.database.read(hall.operator) as tx:
        (found,) = identity.links.links_of(tx, tap.tap.subject or SubjectId(link))
        assert identity.links.number_in(hall.identity_key, found) == number


def test_another_card_in_between_ends_it(hall: Hall) -> None:
    """A asks, B taps, A comes back: A's question is over (faults.md I1)."""
    hanako, taro, here = hall.printed(), hall.printed(), hall.place()
    asked = hall.ask(here, hall.tap(here, hanako).token, NUMBERS[0])
    with pytest.raises(UnknownLink):
        hall.confirm(here, hall.tap(here, taro).token, asked)
    with pytest.raises(LinkOver):
        hall.confirm(here, hall.tap(here, hanako).token, asked)
    assert hall.states(taro) == []


def test_another_place_a_pause_or_a_lifted_card(hall: Hall) -> None:
    hanako, here = hall.printed(), hall.place()
    asked = hall.ask(here, hall.tap(here, hanako).token, NUMBERS[0])
    there = hall.place()
    with pytest.raises(LinkOver):
        hall.confirm(there, hall.tap(there, hanako).token, asked)
    hall.lift(here)
    hall.clock.advance(timedelta(minutes=4, seconds=59))
    again = hall.tap(here, hanako)
    hall.lift(here)
    with pytest.raises(TapOver):
        hall.confirm(here, again.token, asked)
    hall.clock.advance(timedelta(seconds=1))
    with pytest.raises(LinkOver):
        hall.confirm(here, hall.tap(here, hanako).token, asked)


def test_another_card_of_the_same_person_is_not_the_same_card(hall: Hall) -> None:
    code, idm, here = hall.printed(), b"\x01\x2e\x01\x02\x03\x04\x05\x06", hall.place()
    first = hall.tap(here, code)
    asked = hall.ask(here, first.token, NUMBERS[0])
    with hall.database.read(REGISTRY) as tx:
        assert first.tap.subject
        holder = registry.holders.of_subject(tx, "131164", first.tap.subject)
    hall.bind(holder, felica.Idm(idm).shown)
    with pytest.raises(LinkOver):
        hall.confirm(here, hall.reception.idm(here, idm.hex()).token, asked)


@pytest.mark.parametrize("number", ["10000009", "1000000", "", "x" * 64, "１００００００９"])
def test_a_mistyped_number_is_refused(hall: Hall, number: str) -> None:
    here = hall.place()
    with pytest.raises(InvalidServiceNumber):
        hall.ask(here, hall.tap(here, hall.printed()).token, number)


def test_a_my_number_and_a_strange_service_are_refused(hall: Hall) -> None:
    here = hall.place()
    tap = hall.tap(here, hall.printed())
    with pytest.raises(MyNumberRefused):
        hall.ask(here, tap.token, "1234-5678-9018")
    with pytest.raises(UnknownService):
        hall.ask(here, tap.token, NUMBERS[0], service="pool")


def test_a_number_of_two_people_freezes_both_and_raises_an_alarm(hall: Hall) -> None:
    """And a third; nobody's number can be read any more (faults.md I2)."""
    hanako, taro, kazu = (hall.printed() for _ in range(3))
    first = hall.joined(hanako, NUMBERS[0])
    assert first.state is ACTIVE
    second = hall.joined(taro, NUMBERS[0])
    assert second.state is FROZEN
    assert hall.states(hanako) == [FROZEN]
    third = hall.joined(kazu, NUMBERS[0])
    assert third.state is FROZEN
    with hall.database.snapshot(hall.operator) as tx:
        alarms = identity.links.alarms(tx, hall.clock.now())
        assert hall.clock.now() == alarms[0].raised_at
        library = identity.model.ServiceCode("library")
        for link in (first, second, third):
            assert identity.links.history(tx, link.id)[-1].cause is Cause.NUMBER_OF_TWO
    assert {frozenset(alarm.links) for alarm in alarms} == {
        frozenset({first.id, second.id}),
        frozenset({first.id, second.id, third.id}),
    }
    with hall.database.read(hall.operator) as tx:
        for link in (first, second, third):
            found = identity.links.number_of(tx, hall.identity_key, library, link.subject)
            assert found is None
    assert hall.strays() == []


def test_one_person_has_one_number_of_a_service(hall: Hall) -> None:
    """Until that link is ended; a frozen one counts too."""
    hanako, here = hall.printed(), hall.place()
    first = hall.joined(hanako, NUMBERS[0])
    for number in NUMBERS[:2]:
        with pytest.raises(AlreadyLinked):
            hall.ask(here, hall.tap(here, hanako).token, number)
    with hall.database.write(hall.operator) as tx:
        ended = identity.links.end(tx, hall.clock, first.id, here, staff=here.id)
        assert ended.state is ENDED
        assert identity.links.end(tx, hall.clock, first.id, here, staff=here.id).state is ENDED
        assert len(identity.links.history(tx, first.id)) == 3
        with pytest.raises(UnknownLink):
            identity.links.end(tx, hall.clock, LinkId(here.id), here, staff=here.id)
    assert hall.joined(hanako, NUMBERS[1]).state is ACTIVE
    assert hall.joined(hall.printed(), NUMBERS[0]).state is ACTIVE


def test_who_moved_away_and_came_back_begins_with_a_link_of_their_own(hall: Hall) -> None:
    """Ended for ever is ended: the number is free for others, and nobody gets the old link back.

    A name that changes changes no link: there is none in it (faults.md F81).
    """
    hanako, here = hall.printed(), hall.place()
    left = hall.joined(hanako, NUMBERS[0])
    with hall.database.write(hall.operator) as tx:
        identity.links.end(tx, hall.clock, left.id, here, staff=here.id)
    with pytest.raises(LinkOver):
        hall.confirm(here, hall.tap(here, hanako).token, left.id)
    assert hall.states(hanako) == [ENDED]
    taro = hall.printed()
    assert hall.joined(taro, NUMBERS[0]).state is ACTIVE
    again = hall.joined(hanako, NUMBERS[1])
    assert (again.state, again.id != left.id) == (ACTIVE, True)
    assert sorted(hall.states(hanako)) == [ACTIVE, ENDED]
    assert hall.states(taro) == [ACTIVE]
    assert hall.strays() == []


def test_the_newest_question_counts(hall: Hall) -> None:
    hanako, here = hall.printed(), hall.place()
    mistaken = hall.ask(here, hall.tap(here, hanako).token, NUMBERS[0])
    right = hall.ask(here, hall.tap(here, hanako).token, NUMBERS[1])
    with pytest.raises(LinkOver):
        hall.confirm(here, hall.tap(here, hanako).token, mistaken)
    assert hall.confirm(here, hall.tap(here, hanako).token, right).state is ACTIVE
    assert sorted(hall.states(hanako)) == [ACTIVE, ENDED]
    with pytest.raises(LinkOver):
        hall.confirm(here, hall.tap(here, hanako).token, right)


def test_the_next_person_waits_until_a_link_is_written(hall: Hall) -> None:
    """B taps while A's link is being written: A's is A's, B begins clean (faults.md E78)."""
    hanako, taro, here = hall.printed(), hall.printed(), hall.place()
    tap = hall.tap(here, hanako)
    asked, next_tap = at_once(
        lambda: hall.ask(here, tap.token, NUMBERS[0]), lambda: hall.tap(here, taro)
    )
    assert isinstance(asked, TapOver) or hall.states(hanako) == [LinkState.PENDING]
    assert isinstance(next_tap, identity.model.NewTap)
    assert hall.states(taro) == []


def _clerk(
    url: str,
    operator: Schema,
    now: datetime,
    work: list[tuple[str, str]],
    barrier: Barrier,
    told: "Queue[str]",
) -> None:
    """A clerk in a process of their own: every second tap at the same moment as the others'."""
    database = Database(url)
    hall = Hall(database, operator, ManualClock(now))
    for code, number in work:
        place = hall.place()
        link = hall.ask(place, hall.tap(place, code).token, number)
        second = hall.tap(place, code)
        barrier.wait()
        try:
            told.put(hall.confirm(place, second.token, link).state.value)
        except DomainError as error:
            told.put(error.code)
        barrier.wait()
    database.close()


def _race(hall: Hall, *works: list[tuple[str, str]]) -> Counter[str]:
    """What clerks in processes of their own were told, who do their works in step."""
    spawn = multiprocessing.get_context("spawn")
    barrier, told = spawn.Barrier(len(works)), spawn.Queue()
    shared = (hall.database.url, hall.operator, hall.clock.now())
    clerks = [spawn.Process(target=_clerk, args=(*shared, work, barrier, told)) for work in works]
    for clerk in clerks:
        clerk.start()
    found = Counter(told.get(timeout=60) for work in works for _ in work)
    for clerk in clerks:
        clerk.join()
    return found


def _counting(hall: Hall) -> dict[str, int]:
    """How many numbers have so many people, and people so many numbers, that count."""
    with hall.database.read(hall.operator) as tx:
        rows = tx.rows(
            """
            SELECT 'number', count(DISTINCT subject) FROM link WHERE state = 'active'
            GROUP BY service, number_hash
            UNION ALL
            SELECT 'person', count(*) FROM link WHERE state = 'active' GROUP BY service, subject
            """
        )
    return {f"{what} of {count}": 1 for what, count in rows if count != 1}


def test_two_clerks_link_one_number_at_once(hall: Hall) -> None:
    """Never are two people the owners of a number: both are frozen, whoever was first."""
    rounds = 12
    people = [(hall.printed(), hall.printed()) for _ in range(rounds)]
    numbers = [_number(n) for n in range(rounds)]
    one = [(pair[0], number) for pair, number in zip(people, numbers, strict=True)]
    other = [(pair[1], number) for pair, number in zip(people, numbers, strict=True)]
    told = _race(hall, one, other)
    assert told == {"active": rounds, "frozen": rounds}
    for pair in people:
        assert [hall.states(code) for code in pair] == [[FROZEN], [FROZEN]]
    assert _counting(hall) == {}
    assert hall.strays() == []


def test_two_clerks_link_one_person_at_once(hall: Hall) -> None:
    """At two counters, to two numbers: one of them counts."""
    rounds = 12
    codes = [hall.printed() for _ in range(rounds)]
    one = [(code, _number(2 * n)) for n, code in enumerate(codes)]
    other = [(code, _number(2 * n + 1)) for n, code in enumerate(codes)]
    told = _race(hall, one, other)
    assert told["active"] == rounds
    assert told.total() == 2 * rounds
    for code in codes:
        assert hall.states(code).count(ACTIVE) == 1
    assert _counting(hall) == {}
    assert hall.strays() == []


def _number(n: int) -> str:
    return barcodes.with_check(f"{2_000_000 + n}", LIBRARY.scheme)


WRITES: Final[tuple[LiteralString, ...]] = (
    "UPDATE link_event SET state = 'active'",
    "DELETE FROM link_event",
    "DELETE FROM link",
    "UPDATE link SET subject = reference",
    "UPDATE link SET number_hash = number_hash",
    "DELETE FROM link_alarm",
    "UPDATE link_alarm SET links = '{}'",
    "DELETE FROM tap_payment",
    "UPDATE tap_payment SET operation = reference",
    "DELETE FROM phone_step",
    "DELETE FROM service",
)


@pytest.mark.parametrize("statement", WRITES)
def test_what_was_written_of_links_stays_written(hall: Hall, statement: LiteralString) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        hall.in_tx(lambda tx: tx.execute(statement))


@pytest.mark.parametrize(
    "column", ["link.number_hash", "link.number_sealed", "tap.token_hash", "challenge.nonce"]
)
def test_the_auditor_sees_no_secret(hall: Hall, column: str) -> None:
    table, _, name = column.partition(".")
    with psycopg.connect(hall.database.url) as connection:
        found = connection.execute(
            "SELECT has_column_privilege('ichimai_auditor', %s, %s, 'SELECT')",
            (f"{hall.operator}.{table}", name),
        ).fetchone()
    assert found == (False,)


def test_the_database_itself_keeps_a_number_to_one_person(hall: Hall) -> None:
    """Said twice: in the rules, and as an index."""
    hall.joined(hall.printed(), NUMBERS[0])
    second = hall.joined(hall.printed(), NUMBERS[0])
    with pytest.raises(psycopg.errors.UniqueViolation):
        hall.in_tx(lambda tx: tx.execute("UPDATE link SET state = 'active'"))
    assert second.state is FROZEN
