"""A real PostgreSQL for every test that asks for one: started once, a fresh database each."""

import gc
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import settings

from ichimai import storage
from ichimai.kernel.clock import ManualClock
from tests import databases, memory

# What helpers of tests assert says what was found, too.
pytest.register_assert_rewrite("tests.acceptance", "tests.integration")

# How long an example takes says something of the machine, and nothing of a rule.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

TOSHIMA = "131164"


def pytest_configure(config: pytest.Config) -> None:
    """Before anything temporary is made; processes of xdist inherit where."""
    folder = memory.move_in()
    if folder:
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    gc.set_threshold(100_000, 20, 50)  # looking for cycles was a fifth of our time


def pytest_collection_finish() -> None:
    """The tests themselves stay until the end: nothing to look for among them."""
    gc.freeze()


@pytest.fixture(scope="session")
def server() -> Iterator[storage.EmbeddedServer]:
    """A PostgreSQL server of this test process."""
    with databases.careless_server() as started:
        yield started


@pytest.fixture(scope="session")
def template(server: storage.EmbeddedServer) -> str:
    """The name of a migrated database that tests copy."""
    name = "template_ichimai"
    databases.run(server, f"CREATE DATABASE {name}")
    url, schemas = databases.url_of(server, name), [storage.operator_schema(TOSHIMA)]
    # Few months: each is seven tables and indexes that every test's database copies.
    storage.migrate.migrate(url, schemas, START, months_ahead=2)
    return name


@pytest.fixture
def database_url(server: storage.EmbeddedServer, template: str) -> Iterator[str]:
    """The address of a fresh, migrated database; dropped afterwards."""
    with databases.copy_of(server, template) as url:
        yield url


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
