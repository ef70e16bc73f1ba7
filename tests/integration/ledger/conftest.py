"""Ledgers for the tests of a module: one database, emptied before each test."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from ichimai import storage
from tests import databases
from tests.integration.ledger.attic import NAMES, Attic
from tests.integration.ledger.day import DAY, PROGRAMS
from tests.integration.ledger.lanes import Lanes
from tests.journals.database_books import DatabaseBooks


@pytest.fixture(scope="module")
def shared_database(server: storage.EmbeddedServer, template: str) -> Iterator[storage.Database]:
    """A migrated database that the tests of one module share."""
    with (
        databases.copy_of(server, template) as url,
        closing(storage.Database(url, max_connections=80)) as opened,
    ):
        yield opened


@pytest.fixture
def books(shared_database: storage.Database, operator: storage.Schema) -> DatabaseBooks:
    """An empty ledger."""
    found = DatabaseBooks(shared_database, operator)
    found.empty()
    return found


@pytest.fixture
def attic(books: DatabaseBooks) -> Iterator[Attic]:
    """A ledger in which everything has happened and is right, and nothing guards it."""
    books.programs = PROGRAMS
    answers = books.say(*DAY)
    assert answers == [*["posted"] * (len(DAY) - 1), "insufficient_balance"]
    with books.as_owner() as connection:
        for table, name in connection.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE connamespace = current_schema()::regnamespace AND conparentid = 0"
            " AND coninhcount = 0 AND (contype = 'c' AND conrelid::regclass::text = ANY(%s)"
            " OR contype = 'p' AND conrelid::regclass::text IN ('transfer', 'block'))",
            [[*NAMES]],
        ).fetchall():
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
        found = Attic(connection)
        assert found.finding() is None
        yield found
        assert found.finding() is None
        connection.rollback()


@pytest.fixture
def lanes(books: DatabaseBooks) -> Lanes:
    """A ledger on which two lanes of one process meet."""
    return Lanes(books)
