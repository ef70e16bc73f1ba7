"""Transactions: all or nothing, and what is told when the database is away or full."""

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ichimai import storage
from ichimai.storage import Database, Schema, arrays
from ichimai.storage.database import Params
from ichimai.storage.errors import DatabaseUnavailable

INSERT = "INSERT INTO refusal VALUES (%s, 'x', 2, 1, %s, %s, '', now())"
NIL = "00000000-0000-0000-0000-00000000000"


def count(database: Database, operator: Schema) -> int:
    with database.read(operator) as tx:
        row = tx.row("SELECT count(*) FROM refusal")
    assert row is not None
    return int(row[0])


def insert(tx: storage.WriteTx, number: int) -> None:
    tx.execute(INSERT, [f"{NIL}{number}"] * 3)


def insert_in_a_pipeline(tx: storage.WriteTx, numbers: list[int]) -> None:
    with tx.connection.pipeline():
        for number in numbers:
            tx.connection.execute(INSERT.encode(), [f"{NIL}{number}"] * 3)


def test_a_block_is_committed_at_its_end(database: Database, operator: Schema) -> None:
    with database.write(operator) as tx:
        insert(tx, 1)
        assert count(database, operator) == 0
    assert count(database, operator) == 1


def test_a_databases_own_isolation_does_not_matter(database: Database, operator: Schema) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            f"ALTER DATABASE {connection.info.dbname}"
            " SET default_transaction_isolation = 'serializable'".encode()
        )
    fresh = Database(database.url)
    with fresh.write(operator) as tx:
        assert tx.row("SHOW transaction_isolation") == ("read committed",)
        assert count(fresh, operator) == 0
        with database.write(operator) as other:
            insert(other, 1)
        assert tx.row("SELECT count(*) FROM refusal") == (1,)
    fresh.close()


def test_a_block_that_raises_leaves_nothing(database: Database, operator: Schema) -> None:
    with suppress(ZeroDivisionError), database.write(operator) as tx:
        insert(tx, 1)
        raise ZeroDivisionError
    assert count(database, operator) == 0


def test_a_constraint_that_is_broken_is_a_bug_and_the_connection_goes_on(
    database: Database, operator: Schema
) -> None:
    """Alone and in the middle of a pipeline; again and again on the same connection."""
    small = Database(database.url, max_connections=1)
    for _ in range(12):
        with pytest.raises(psycopg.errors.UniqueViolation), small.write(operator) as tx:
            tx.execute_many(INSERT, [[f"{NIL}1"] * 3] * 2)
        with pytest.raises(psycopg.errors.UniqueViolation), small.write(operator) as tx:
            insert_in_a_pipeline(tx, [1, 1, 2])
        with small.write(operator) as tx:
            tx.row("SELECT 1")
    assert count(small, operator) == 0
    small.close()


def test_rows_are_copied_and_many_are_executed(database: Database, operator: Schema) -> None:
    now = datetime(2026, 10, 1, tzinfo=UTC)
    with database.write(operator) as tx:
        tx.execute_many(INSERT, [[f"{NIL}{number}"] * 3 for number in range(3)])
        tx.copy_rows(
            "COPY refusal (operation, code, kind, units, terminal, actor, asked, recorded_at)"
            " FROM STDIN",
            [(f"{NIL}{n}", "x", 2, 1, f"{NIL}0", f"{NIL}0", "", now) for n in range(3, 6)],
        )
    assert count(database, operator) == 6


@pytest.mark.parametrize("is_pipelined", [False, True])
def test_one_statement_twice_at_once_has_two_answers(
    database: Database, operator: Schema, *, is_pipelined: bool
) -> None:
    """Cursors are kept for their statement, and lent to one that asks at a time."""
    statement = "SELECT place::int * %s::int FROM generate_series(1, %s::int) AS place"
    with database.write(operator, is_pipelined=is_pipelined) as tx:
        for most in (2, 1_500, 3):
            first, second = tx.asked(statement, (10, most)), tx.asked(statement, (20, most))
            places = range(1, most + 1)
            assert second() == [(20 * place,) for place in places]
            assert first() == [(10 * place,) for place in places]


def test_a_connection_keeps_few_cursors_and_none_with_many_rows(database: Database) -> None:
    with database.read(storage.REGISTRY) as tx:
        for number in range(150):
            assert tx.rows(f"SELECT {number}") == [(number,)]
        kept = cursors_of(tx)
        assert len(kept) == 100
        statement = "SELECT generate_series(1, %s)"
        tx.rows(statement, (1_000,))
        assert statement in kept
        tx.rows(statement, (1_001,))
        assert statement not in kept


def cursors_of(tx: storage.ReadTx) -> dict[str, psycopg.Cursor[tuple[object, ...]]]:
    return tx._cursors._kept


def test_what_is_written_together_is_one_statement(
    database: Database, operator: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    execute = storage.WriteTx.execute

    def counted(tx: storage.WriteTx, sql: LiteralString, params: Params = ()) -> int:
        sent.append(sql)
        return execute(tx, sql, params)

    monkeypatch.setattr(storage.WriteTx, "execute", counted)
    with database.write(operator) as tx:
        sent.clear()
        arrays.Writing(tx).send()
        assert sent == []
        for numbers in ([1], [2, 3, 4]):
            writing = arrays.Writing(tx)
            for number in numbers:
                writing.add("INSERT INTO tally VALUES (%s, %s)", (UUID(int=number), number * 5))
            writing.send()
        assert len(sent) == 2
    assert count_of_tallies(database, operator) == [5, 10, 15, 20]


@pytest.mark.parametrize("is_pipelined", [False, True])
def test_whoever_wants_to_know_is_told_how_a_transaction_ended(
    database: Database, operator: Schema, *, is_pipelined: bool
) -> None:
    told: list[bool] = []
    with database.write(operator, is_pipelined=is_pipelined) as tx:
        tx.at_end(told.append)
        tx.at_end(told.append)
        assert told == []
    assert told == [True, True]
    for numbers, wrong in (([], ZeroDivisionError), ([1, 1], psycopg.errors.UniqueViolation)):
        with pytest.raises(wrong):
            add_tallies(database, operator, numbers, told, is_pipelined=is_pipelined)
    assert told == [True, True, False, False]


def add_tallies(
    database: Database,
    operator: Schema,
    numbers: list[int],
    told: list[bool],
    *,
    is_pipelined: bool,
) -> None:
    """In one transaction; of a pipeline, what was wrong only comes out at its end."""
    with database.write(operator, is_pipelined=is_pipelined) as tx:
        tx.at_end(told.append)
        for number in numbers:
            tx.execute("INSERT INTO tally VALUES (%s, 1)", (UUID(int=number),))
        if not numbers:
            raise ZeroDivisionError


@pytest.mark.parametrize("is_pipelined", [False, True])
def test_what_was_decided_on_is_another_by_now(
    database: Database, operator: Schema, *, is_pipelined: bool
) -> None:
    """That is no sign of a database that is not there; nothing is done."""
    with pytest.raises(storage.errors.Outdated):
        move_the_head(database, operator, is_pipelined=is_pipelined)
    assert count_of_tallies(database, operator) == []


def move_the_head(database: Database, operator: Schema, *, is_pipelined: bool) -> None:
    with database.write(operator, is_pipelined=is_pipelined) as tx:
        tx.execute("INSERT INTO tally VALUES (%s, 1)", (UUID(int=1),))
        tx.execute("SELECT head_moved()")


def count_of_tallies(database: Database, operator: Schema) -> list[int]:
    with database.read(operator) as tx:
        return [count for (count,) in tx.rows("SELECT count FROM tally ORDER BY id")]


def test_no_connection_left_is_unavailable_and_soon_said(
    database: Database, operator: Schema
) -> None:
    """faults.md C45: 503 rather than a queue without end."""
    small = Database(database.url, max_connections=1)
    began = time.monotonic()
    with small.read(operator), pytest.raises(DatabaseUnavailable), small.read(operator):
        pass
    assert time.monotonic() - began < 8
    with small.read(operator) as tx:
        assert tx.row("SELECT 1") == (1,)
    small.close()


def test_two_that_wait_for_each_other_are_told_to_ask_again(
    database: Database, operator: Schema
) -> None:
    """Nothing of ours locks twice; were it to, the answer is not a bug in the log."""
    with database.write(operator) as tx:
        insert(tx, 1)
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def lock(first: int, second: int) -> None:
        try:
            with database.write(operator) as tx:
                tx.row("SELECT pg_advisory_xact_lock(%s)", [first])
                barrier.wait(10)
                tx.row("SELECT pg_advisory_xact_lock(%s)", [second])
        except DatabaseUnavailable:
            outcomes.append("unavailable")
        else:
            outcomes.append("done")

    threads = [threading.Thread(target=lock, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "unavailable"]


def test_a_server_that_is_not_there_is_unavailable(operator: Schema) -> None:
    away = Database("postgresql:///ichimai?host=/nonexistent", max_connections=1)
    assert not away.is_ready()
    with pytest.raises(DatabaseUnavailable), away.read(operator):
        pass
    away.close()


@pytest.mark.parametrize("code", ["13116", "1311644", "13116x", "１３１１６４", "", "13116;"])
def test_a_schemas_name_is_never_made_of_anything_else(code: str) -> None:
    with pytest.raises(ValueError, match="not a local-government code"):
        storage.operator_schema(code)


ARRAYS = {
    "uuid[]": (arrays.Uuids, st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))),
    "bigint[]": (arrays.Bigints, st.integers(-(2**63), 2**63 - 1)),
    "integer[]": (arrays.Integers, st.integers(-(2**31), 2**31 - 1)),
    "smallint[]": (arrays.Smallints, st.integers(-(2**15), 2**15 - 1)),
    "timestamptz[]": (
        arrays.Instants,
        st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is given apart
    ),
    "bytea[]": (arrays.Byteas, st.binary()),
    "text[]": (arrays.Texts, st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1))),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_a_column_arrives_as_it_was_sent(database: Database, operator: Schema, kind: str) -> None:
    """Empty columns, empty values, and the ends of every range."""
    made, values = ARRAYS[kind]
    count(database, operator)  # hypothesis minds that a pool rolls dice for a new connection

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(values))
    def arrives(column: list[object]) -> None:
        with database.read(operator) as tx:
            row = tx.connection.execute(f"SELECT %s::{kind}".encode(), [made(column)]).fetchone()
        assert row == (column,)

    arrives()
