"""The access log on a real PostgreSQL: complete, in order, not to be rewritten, kept 7 years."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest

from ichimai import audit
from ichimai.audit import Look, Myself, Purpose, What, errors
from ichimai.kernel.clock import ManualClock, day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.registry import SubjectId
from ichimai.storage import Database, Schema, WriteTx

CLERK, OTHER, AUDITOR = UUID(int=0xC1), UUID(int=0xC2), UUID(int=0xAD)
HANAKO, TARO = SubjectId(UUID(int=0xA0)), SubjectId(UUID(int=0xA1))
LOOK = Look(CLERK, "officer", Purpose.CARD, "紛失", terminal=UUID(int=0x7E), tap=UUID(int=0x7A))
AUDIT = Look(AUDITOR, "auditor", Purpose.AUDIT)


class Log:
    """The log of one operator."""

    def __init__(self, database: Database, operator: Schema, clock: ManualClock) -> None:
        self.database = database
        self.operator = operator
        self.clock = clock

    def look(
        self, *subjects: UUID, by: Look = LOOK, what: What = What.PERSONAL, is_change: bool = False
    ) -> None:
        """Look at somebody."""
        with self.database.write(self.operator) as tx:
            audit.record(tx, self.clock, by, subjects, what, is_change=is_change)

    def faults(self) -> list[str]:
        """What the verification finds."""
        with self.database.snapshot(self.operator) as tx:
            return [fault.what for fault in audit.verify(tx, self.clock)]

    def mine(self, who: SubjectId, before: int | None = None) -> list[int]:
        """The numbers of the looks at one's record."""
        with self.database.read(self.operator) as tx:
            page = audit.of_subject(tx, Myself(who), before=before, limit=2)
        return [entry.number for entry in page]

    def search(self, **wanted: object) -> list[int]:
        """The numbers of what the auditor finds."""
        with self.database.write(self.operator) as tx:
            found = audit.search(tx, self.clock, AUDIT, **wanted)  # type: ignore[arg-type]  # each test names its own
        return [entry.number for entry in found]

    @contextmanager
    def owner(self) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        """A connection of somebody who may do everything to the database."""
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            connection.execute(f"SET search_path = {self.operator}".encode())
            yield connection

    @contextmanager
    def write(self) -> Iterator[WriteTx]:
        with self.database.write(self.operator) as tx:
            yield tx


@pytest.fixture
def log(database: Database, operator: Schema, clock: ManualClock) -> Log:
    return Log(database, operator, clock)


def test_a_person_reads_who_looked_and_why(log: Log) -> None:
    log.look(HANAKO)
    log.look(TARO)
    with log.database.read(log.operator) as tx:
        (entry,) = audit.of_subject(tx, Myself(HANAKO))
    assert entry == (
        day_in_tokyo(log.clock.now()),
        1,
        log.clock.now(),
        CLERK,
        "officer",
        "card",
        "紛失",
        HANAKO,
        "personal",
        False,
        UUID(int=0x7E),
        UUID(int=0x7A),
    )


def test_a_look_at_ones_own_record_is_no_look_of_staff(log: Log) -> None:
    with log.write() as tx:
        audit.record(tx, log.clock, Myself(HANAKO), [HANAKO], What.PERSONAL)
    assert log.mine(HANAKO) == []
    with pytest.raises(errors.NotYourRecord), log.write() as tx:
        audit.record(tx, log.clock, Myself(HANAKO), [HANAKO, TARO], What.PERSONAL)


def test_a_list_shows_twenty_people_and_each_is_written(log: Log) -> None:
    people = [SubjectId(UUID(int=number)) for number in range(1, 22)]
    log.look(*people[:20], what=What.SEARCH)
    assert all(log.mine(who) for who in people[:20])
    with pytest.raises(errors.TooManyRecords):
        log.look(*people)
    log.look(*people, is_change=True)
    assert log.mine(people[20]) == [41]


def _look_and_fail(tx: WriteTx, log: Log) -> None:
    audit.record(tx, log.clock, LOOK, [HANAKO], What.PERSONAL)
    tx.execute("SELECT 1 / 0")


def test_what_is_rolled_back_was_not_seen(log: Log) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), log.write() as tx:
        _look_and_fail(tx, log)
    log.look(TARO)
    assert log.mine(HANAKO) == []
    assert log.mine(TARO) == [1]
    assert log.faults() == []


def test_pages_go_back_to_the_beginning(log: Log) -> None:
    for _ in range(5):
        log.look(HANAKO)
    assert log.mine(HANAKO) == [5, 4]
    assert log.mine(HANAKO, before=4) == [3, 2]
    assert log.mine(HANAKO, before=2) == [1]


def test_the_auditor_searches_and_is_seen_searching(log: Log) -> None:
    log.look(HANAKO)
    log.look(TARO, by=Look(OTHER, "officer", Purpose.ENQUIRY))
    log.clock.advance(timedelta(days=1))
    tomorrow = day_in_tokyo(log.clock.now())
    log.look(HANAKO, by=Look(OTHER, "officer", Purpose.CARD))
    assert log.search() == [3, 2, 1]
    assert log.search(staff=OTHER) == [3, 2]
    assert log.search(subject=HANAKO) == [3, 1]
    assert log.search(purpose=Purpose.ENQUIRY) == [2]
    assert log.search(last=tomorrow - timedelta(days=1)) == [2, 1]
    assert log.search(first=tomorrow, staff=OTHER) == [3]
    assert log.search(staff=CLERK, purpose=Purpose.ENQUIRY) == []
    assert log.search(before=3, limit=1) == [2]
    assert len(log.search(staff=AUDITOR)) == 8
    with log.database.read(log.operator) as tx:
        latest = audit.of_subject(tx, Myself(HANAKO))[0]
    assert (latest.staff, latest.what) == (AUDITOR, "access_log")


def test_clerks_at_once_make_one_chain(log: Log) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: log.look(HANAKO, TARO), range(64)))
    with log.database.read(log.operator) as tx:
        assert audit.head(tx).number == 128
    assert log.faults() == []


def test_a_clock_that_goes_back_breaks_nothing(log: Log) -> None:
    """Two servers disagree at midnight: the chain's day stays."""
    log.look(HANAKO)
    log.clock.advance(timedelta(hours=12))
    log.look(HANAKO)
    log.clock.advance(-timedelta(seconds=2))
    log.look(HANAKO)
    log.clock.advance(timedelta(days=40))
    log.look(HANAKO)
    assert log.faults() == []


_PURGED_TOO_EARLY = (
    "DELETE FROM access_entry WHERE number < 5;"
    " INSERT INTO access_purge VALUES (timestamptz '2026-10-02', '2026-10-02', 4)"
)


@pytest.mark.parametrize(
    "sql, fault",
    [
        ("UPDATE access_entry SET staff = subject WHERE number = 2", "entry changed"),
        ("UPDATE access_entry SET purpose = 'audit' WHERE number = 2", "entry changed"),
        ("UPDATE access_entry SET at = at + interval '1 us' WHERE number = 2", "entry changed"),
        ("UPDATE access_entry SET hash = sha256('x') WHERE number = 2", "entry changed"),
        ("DELETE FROM access_entry WHERE number = 2", "entry missing"),
        ("DELETE FROM access_entry WHERE number = 4", "entries missing at the end"),
        ("DELETE FROM access_entry WHERE number = 6", "entries missing at the end"),
        ("DELETE FROM access_entry WHERE number IN (1, 2, 3, 4)", "entries missing at the end"),
        ("DELETE FROM access_entry", "entries missing at the end"),
        ("DELETE FROM access_day WHERE first_number = 5", "entries missing at the end"),
        ("UPDATE access_day SET previous = sha256('x') WHERE first_number = 5", "the day ends"),
        ("UPDATE access_head SET number = 5", "entries after the end"),
        ("DELETE FROM access_entry; DELETE FROM access_day", "no day is left"),
        (_PURGED_TOO_EARLY, "removed too early"),
    ],
)
def test_who_owns_the_database_cannot_change_the_log_unnoticed(
    log: Log, sql: LiteralString, fault: str
) -> None:
    """Four entries on one day and two on the next; then one statement of an insider."""
    for days in (0, 1):
        log.clock.advance(timedelta(days=days))
        for _ in range(2):
            log.look(*([HANAKO] if days else [HANAKO, TARO]))
    assert log.faults() == []
    with log.owner() as owner:
        owner.execute(sql)
    assert any(found.startswith(fault) for found in log.faults())


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE access_entry SET note = ''",
        "UPDATE access_day SET previous = previous",
        "DELETE FROM access_day",
        "DELETE FROM access_purge",
        "DELETE FROM access_head",
        "TRUNCATE access_entry",
    ],
)
def test_the_application_cannot_rewrite_the_log(log: Log, sql: LiteralString) -> None:
    log.look(HANAKO)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), log.write() as tx:
        tx.execute(sql)


def test_nothing_younger_than_seven_years_can_be_removed(log: Log) -> None:
    """Whatever the application's clock says: the database asks its own."""
    log.look(HANAKO)
    with log.write() as tx:
        assert tx.execute("DELETE FROM access_entry") == 0
    log.clock.at = datetime(2050, 1, 1, tzinfo=UTC)
    with log.write() as tx:
        assert audit.purge(tx, log.clock) == 0
    assert log.mine(HANAKO) == [1]
    assert log.faults() == []


def test_what_is_older_goes_and_the_rest_still_verifies(log: Log) -> None:
    log.clock.at = datetime(2017, 4, 1, 3, tzinfo=UTC)
    log.look(HANAKO, TARO)
    log.clock.at = datetime(2017, 5, 1, 3, tzinfo=UTC)
    log.look(HANAKO)
    log.clock.at = datetime(2026, 10, 1, 3, tzinfo=UTC)
    log.look(HANAKO)
    with log.write() as tx:
        assert audit.purge(tx, log.clock) == 3
    assert log.mine(HANAKO) == [4]
    assert log.faults() == []
    log.look(TARO)
    assert log.faults() == []
    with log.owner() as owner:
        owner.execute("UPDATE access_entry SET staff = subject WHERE number = 4")
    assert log.faults() == ["entry changed"]


def test_the_daily_watch_finds_the_planted_browser(log: Log) -> None:
    """One clerk opens 16 records with nobody there; another serves 16 people."""
    there = Look(OTHER, "officer", Purpose.CARD, tap=UUID(int=1))
    gone = Look(CLERK, "officer", Purpose.ENQUIRY)
    for number in range(16):
        log.look(UUID(int=500 + number), by=gone)
        log.look(UUID(int=600 + number), by=there)
        log.clock.advance(timedelta(minutes=2))
    with log.database.read(log.operator) as tx:
        found = audit.watch.browsing(tx, day_in_tokyo(log.clock.now()))
        assert [(one.sign, one.staff, one.subject, one.looks) for one in found] == [
            ("many_people", CLERK, NIL, 16)
        ]
        assert audit.watch.browsing(tx, day_in_tokyo(log.clock.now()) + timedelta(days=1)) == []
