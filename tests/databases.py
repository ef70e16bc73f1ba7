"""PostgreSQL as most tests want it: careless, and a fresh copy of one database each."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import conninfo

from ichimai.storage import EmbeddedServer

_NUMBERS: Final = itertools.count(1)

_CARELESS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",  # all of them are looked through when a database is dropped
}
"""These databases live as long as a test; what must survive a crash has tests of its own."""


@contextmanager
def careless_server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL server; gone without a trace at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ichimai-test-"))
    with EmbeddedServer(folder, _CARELESS) as started:
        sockets = started.sockets
        yield started
    shutil.rmtree(sockets)
    shutil.rmtree(folder)


@contextmanager
def copy_of(server: EmbeddedServer, template: str) -> Iterator[str]:
    """The address of a copy of a database to which nobody is connected; dropped afterwards."""
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    # Copied as files: through PostgreSQL's buffers, this template costs four times as much.
    run(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield url_of(server, name)
    finally:
        run(server, f"DROP DATABASE {name} WITH (FORCE)")


def url_of(server: EmbeddedServer, name: str) -> str:
    """The address of a database of the server."""
    return conninfo.make_conninfo(server.url, dbname=name)


def run(server: EmbeddedServer, statement: str) -> None:
    """Run what no transaction may hold."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement.encode())
