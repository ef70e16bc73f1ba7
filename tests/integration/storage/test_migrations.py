"""Migrations: twice, at once, killed at any moment, and a release that does not fit."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from psycopg import conninfo

from ichimai import storage
from ichimai.kernel.ids import uuid7_at
from ichimai.storage.errors import WrongSchemaVersion
from ichimai.storage.migrate import check_version, migrate
from tests.conftest import START
from tests.journals.database_books import DatabaseBooks

KILLS: Final = 40 if os.environ.get("ICHIMAI_TEST_LONG") else 6
WAIT_SECONDS: Final = 60
TOSHIMA = storage.operator_schema("131164")
CHIYODA = storage.operator_schema("131016")

NewDatabase = Callable[[], str]


@pytest.fixture(scope="module")
def new_database(server: storage.EmbeddedServer) -> Iterator[NewDatabase]:
    """Makes empty databases; dropped afterwards."""
    with ExitStack() as stack:

        def make() -> str:
            name = f"migrated_{os.getpid()}_{time.monotonic_ns()}"
            _execute(server, f"CREATE DATABASE {name}")
            stack.callback(_execute, server, f"DROP DATABASE {name} WITH (FORCE)")
            return conninfo.make_conninfo(server.url, dbname=name)

        yield make


def _execute(server: storage.EmbeddedServer, statement: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement.encode())


def catalogue(url: str) -> list[tuple[Any, ...]]:
    """Every table, index, column, constraint and privilege of ours."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            """
            SELECT n.nspname, c.relname, c.relkind::text, c.relacl::text, a.attname,
                   format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.attacl::text
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE n.nspname = 'registry' OR n.nspname LIKE 'op\\_%'
            UNION ALL
            SELECT n.nspname, conrelid::regclass::text, conname, pg_get_constraintdef(k.oid),
                   '', '', '', ''
            FROM pg_constraint AS k JOIN pg_namespace AS n ON n.oid = k.connamespace
            WHERE n.nspname = 'registry' OR n.nspname LIKE 'op\\_%'
            ORDER BY 1, 2, 3, 4, 5
            """
        ).fetchall()


def test_a_second_run_changes_nothing(new_database: NewDatabase) -> None:
    url = new_database()
    assert migrate(url, [TOSHIMA], START) == [storage.REGISTRY, TOSHIMA]
    before = catalogue(url)
    assert migrate(url, [TOSHIMA], START) == [storage.REGISTRY, TOSHIMA]
    assert catalogue(url) == before
    check_version(url)


def test_every_operator_that_is_there_is_brought_along(new_database: NewDatabase) -> None:
    url = new_database()
    migrate(url, [TOSHIMA], START)
    assert migrate(url, [CHIYODA], START) == [storage.REGISTRY, CHIYODA, TOSHIMA]
    assert migrate(url, [], START) == [storage.REGISTRY, CHIYODA, TOSHIMA]
    check_version(url)
    schemas = {TOSHIMA: set[Any](), CHIYODA: set[Any]()}
    for schema, *rest in catalogue(url):
        if schema in schemas:
            schemas[schema].add(tuple(str(part).replace(schema, "") for part in rest))
    assert schemas[TOSHIMA] == schemas[CHIYODA]


def _migrate_at(url: str, barrier: Barrier) -> None:
    barrier.wait(WAIT_SECONDS)
    migrate(url, [TOSHIMA], START)
    check_version(url)


def test_at_once_from_three_processes_they_run_once(new_database: NewDatabase) -> None:
    expected = new_database()
    migrate(expected, [TOSHIMA], START)
    url = new_database()
    context = get_context("spawn")
    barrier = context.Barrier(3)
    processes = [context.Process(target=_migrate_at, args=(url, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(WAIT_SECONDS)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert catalogue(url) == catalogue(expected)


def test_killed_at_any_moment_it_goes_on_the_next_time(new_database: NewDatabase) -> None:
    """Old tables or new ones, never between; and no lock is left behind (faults.md A12)."""
    expected = new_database()
    migrate(expected, [TOSHIMA], START)
    seeded = random.Random(12)
    context = get_context("spawn")
    for _ in range(KILLS):
        url = new_database()
        barrier = context.Barrier(2)
        process = context.Process(target=_migrate_at, args=(url, barrier))
        process.start()
        barrier.wait(WAIT_SECONDS)
        time.sleep(seeded.uniform(0.0, 0.8))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(WAIT_SECONDS)
        migrate(url, [TOSHIMA], START)
        check_version(url)
        assert catalogue(url) == catalogue(expected)


def _forge(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def test_a_database_of_an_older_release_is_refused(new_database: NewDatabase) -> None:
    url = new_database()
    migrate(url, [TOSHIMA], START)
    _forge(url, f"DELETE FROM {TOSHIMA}._yoyo_migration WHERE migration_id LIKE '0002%'")
    with pytest.raises(WrongSchemaVersion, match="Run 'ichimai migrate'") as refused:
        check_version(url)
    assert refused.value.schema == TOSHIMA
    assert [name[:4] for name in refused.value.missing] == ["0002"]
    assert refused.value.unknown == ()


def test_a_database_of_a_newer_release_is_refused(new_database: NewDatabase) -> None:
    url = new_database()
    migrate(url, [TOSHIMA, CHIYODA], START)
    _forge(
        url,
        "INSERT INTO registry._yoyo_migration (migration_hash, migration_id, applied_at_utc)"
        " VALUES ('x', '9999_from_tomorrow', '2030-01-01')",
    )
    with pytest.raises(WrongSchemaVersion) as refused:
        check_version(url)
    assert (refused.value.schema, refused.value.missing) == (storage.REGISTRY, ())
    assert refused.value.unknown == ("9999_from_tomorrow",)


def test_an_empty_database_is_refused(new_database: NewDatabase) -> None:
    with pytest.raises(WrongSchemaVersion) as refused:
        check_version(new_database())
    assert refused.value.missing


# The journal's months.


def at(year: int, month: int, day: int = 1, *, milliseconds: int = 0) -> UUID:
    moment = datetime(year, month, day, tzinfo=UTC).timestamp() + milliseconds / 1000
    return uuid7_at(datetime.fromtimestamp(moment, UTC), bytes(10))


V4 = UUID("f47ac10b-58cc-4372-a567-0e02b2c3d479")
PLACES: Final = [
    (at(2026, 1), "transfer_2026_01"),
    (at(2025, 12, 31), "transfer_before"),
    (at(1970, 1), "transfer_before"),
    (at(2026, 10, 31), "transfer_2026_10"),
    (at(2026, 11, 1, milliseconds=-1), "transfer_2026_10"),
    (at(2026, 11, 1), "transfer_2026_11"),
    (at(2028, 10, 31), "transfer_2028_10"),
    (at(2028, 11, 1), "transfer_undated"),
    (V4, "transfer_undated"),
    (UUID(int=2**128 - 1), "transfer_undated"),
    (UUID(int=1), "transfer_before"),
]


@pytest.fixture(scope="module")
def with_all_months(new_database: NewDatabase) -> str:
    """A database that was migrated at START."""
    url = new_database()
    migrate(url, [TOSHIMA], START)
    return url


@pytest.mark.parametrize("operation,partition", PLACES)
def test_an_id_lies_in_its_month_and_is_there_once(
    with_all_months: str, operation: UUID, partition: str
) -> None:
    """And every partition knows that the same id was there before."""
    insert = (
        f"INSERT INTO {TOSHIMA}.transfer VALUES (1, %s, 0, 2, %s, %s, 1, 0, %s, now(), now(),"
        " now(), %s, %s, %s, %s, 'gift') RETURNING tableoid::regclass::text"
    ).encode()
    others = [UUID(int=number) for number in range(1, 8)]
    with psycopg.connect(with_all_months, autocommit=True) as connection:
        row = connection.execute(insert, [operation, *others]).fetchone()
        assert row == (f"{TOSHIMA}.{partition}",)
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(insert, [operation, *others])


def test_months_are_made_two_years_ahead_and_no_further(new_database: NewDatabase) -> None:
    url = new_database()
    migrate(url, [TOSHIMA], START)
    names = {row[1] for row in catalogue(url) if row[0] == TOSHIMA and row[2] == "r"}
    assert {"transfer_2026_01", "transfer_2028_10", "transfer_undated"} <= names
    assert "transfer_2028_11" not in names
    migrate(url, [], datetime(2027, 3, 1, tzinfo=UTC))
    names = {row[1] for row in catalogue(url) if row[0] == TOSHIMA and row[2] == "r"}
    assert "transfer_2029_03" in names


def test_a_month_that_began_before_it_was_made_gets_its_transfers(
    new_database: NewDatabase,
) -> None:
    """A server that ran for years without ``migrate``, and ids of version 4 that look like it."""
    url = new_database()
    migrate(url, [TOSHIMA], START)
    database = storage.Database(url)
    books = DatabaseBooks(database, TOSHIMA)
    books.say("grant g1 1000")
    books.clock.at = datetime(2029, 5, 5, 3, tzinfo=UTC)
    books.say("grant g2 1000", "grant g3 1000")
    with books.as_owner() as connection:
        connection.execute("UPDATE transfer SET operation = %s WHERE number = 2", [at(2029, 5, 5)])
    before = _transfers(books)
    migrate(url, [], books.clock.at)
    assert _transfers(books) == before
    with books.as_owner() as connection:
        row = connection.execute("SELECT count(*) FROM transfer_2029_05").fetchone()
    assert row == (1,)
    migrate(url, [], books.clock.at)
    check_version(url)
    assert books.say("grant g4 20", "grant g3 1000") == ["posted", "again"]
    database.close()


def _transfers(books: DatabaseBooks) -> list[tuple[object, ...]]:
    with books.as_owner() as connection:
        return connection.execute("SELECT * FROM transfer ORDER BY number").fetchall()
