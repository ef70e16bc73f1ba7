"""Ledgers for the tests of a module: one database, emptied before each test."""

import itertools
import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import conninfo

from ichimai import storage
from tests.journals.database_books import DatabaseBooks

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def shared_database(server: storage.EmbeddedServer, template: str) -> Iterator[storage.Database]:
    """A migrated database that the tests of one module share."""
    name = f"ledger_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    opened = storage.Database(conninfo.make_conninfo(server.url, dbname=name), max_connections=80)
    yield opened
    opened.close()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def books(shared_database: storage.Database, operator: storage.Schema) -> DatabaseBooks:
    """An empty ledger."""
    found = DatabaseBooks(shared_database, operator)
    found.empty()
    return found
