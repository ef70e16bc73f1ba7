"""A town with a history that several tests read, and an empty one to write in."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.storage import Database, EmbeddedServer, Schema, operator_schema
from tests import databases

from .world import BEGIN, World


@pytest.fixture(scope="module", params=[1, 2])
def lived(request: pytest.FixtureRequest, server: EmbeddedServer, template: str) -> Iterator[World]:
    """A town in which 400 things happened; nobody writes in it any more."""
    with databases.copy_of(server, template) as url, closing(Database(url)) as opened:
        town = World(opened, operator_schema("131164"), ManualClock(BEGIN), seed=request.param)
        yield town.build().live(400, has_gifts=request.param == 1)


@pytest.fixture(scope="module")
def shopping(server: EmbeddedServer, template: str) -> Iterator[World]:
    """A town that shopped for four months, in shops of many customers and of few."""
    with databases.copy_of(server, template) as url, closing(Database(url)) as opened:
        town = World(opened, operator_schema("131164"), ManualClock(BEGIN))
        yield town.build().shop_for(4)


@pytest.fixture
def world(database: Database, operator: Schema, clock: ManualClock) -> World:
    """A town in which nothing has happened yet."""
    return World(database, operator, clock).build()
