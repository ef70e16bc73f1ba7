"""A real PostgreSQL for every test that asks for one: started once, a fresh database each."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from ichimai import storage
from ichimai.kernel.clock import ManualClock

TOSHIMA = "131164"
_NUMBERS = itertools.count(1)

_CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""These databases live as long as a test; what must survive a crash has tests of its own."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it has a name that nobody can guess
_ROOM_BYTES = 4 << 30
"""What the databases of some test processes never fill."""


@pytest.fixture(scope="session")
def server() -> Iterator[storage.EmbeddedServer]:
    """A PostgreSQL server of this test process."""
    folder = Path(tempfile.mkdtemp(prefix="ichimai-test-", dir=_memory()))
    with storage.EmbeddedServer(folder, _CARELESS) as started:
        sockets = started.sockets
        yield started
    shutil.rmtree(sockets)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(server: storage.EmbeddedServer) -> str:
    """The name of a migrated database that tests copy."""
    _execute(server, "CREATE DATABASE template_ichimai")
    url = conninfo.make_conninfo(server.url, dbname="template_ichimai")
    # Few months: each is seven tables and indexes that every test's database copies.
    storage.migrate.migrate(url, [storage.operator_schema(TOSHIMA)], START, months_ahead=2)
    return "template_ichimai"


@pytest.fixture
def database_url(server: storage.EmbeddedServer, template: str) -> Iterator[str]:
    """The address of a fresh, migrated database; dropped afterwards."""
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield conninfo.make_conninfo(server.url, dbname=name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[storage.Database]:
    """A fresh, migrated database."""
    opened = storage.Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def operator() -> storage.Schema:
    """Toshima's schema."""
    return storage.operator_schema(TOSHIMA)


START = datetime(2026, 10, 1, 3, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at noon of 1 October 2026 in Tokyo until a test moves it."""
    return ManualClock(START)


def _memory() -> Path | None:
    """A disk in memory, if there is one with room: a database is 750 files, made and removed."""
    has_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    return _MEMORY if has_room and os.access(_MEMORY, os.W_OK) else None


def _execute(server: storage.EmbeddedServer, statement: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement.encode())
