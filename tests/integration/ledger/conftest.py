"""Ledgers for the tests of a module: one database, emptied before each test."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from ichimai import storage
from tests import databases
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
