"""A town with a history that several tests read, and an empty one to write in."""

import itertools
import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import conninfo

from ichimai.kernel.clock import ManualClock
from ichimai.storage import Database, EmbeddedServer, Schema, operator_schema

from .world import BEGIN, World

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", params=[1, 2])
def lived(request: pytest.FixtureRequest, server: EmbeddedServer, template: str) -> Iterator[World]:
    """A town in which 260 things happened; nobody writes in it any more."""
    name = f"reporting_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    opened = Database(conninfo.make_conninfo(server.url, dbname=name))
    world = World(opened, operator_schema("131164"), ManualClock(BEGIN), seed=request.param)
    yield world.build().live(260)
    opened.close()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def world(database: Database, operator: Schema, clock: ManualClock) -> World:
    """A town in which nothing has happened yet."""
    return World(database, operator, clock).build()
