"""A little town with a server, and browsers without JavaScript."""

import copy
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ichimai.kernel.clock import ManualClock
from ichimai.registry import RegistryKey
from ichimai.storage import Database, EmbeddedServer, operator_schema
from tests import databases
from tests.acceptance.faults.proxy import Proxy, between
from tests.acceptance.little_town import PASSWORD, SECTOR, LittleTown, served
from tests.acceptance.pages import PageClient
from tests.acceptance.web.colourful import Colourful, colourful
from tests.acceptance.web.counter_pc import CounterPc, switched_on
from tests.town import START


@dataclass(frozen=True)
class Kept:
    """A town that was made once, in a database of which each test has a copy."""

    template: str
    town: LittleTown
    her: Colourful | None = None

    @classmethod
    @contextmanager
    def made(cls, server: EmbeddedServer, template: str, name: str) -> Iterator[LittleTown]:
        """Make one; nobody is connected to its database afterwards."""
        databases.run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
        with closing(Database(databases.url_of(server, name))) as database:
            town = LittleTown(
                database, operator_schema(SECTOR), ManualClock(START), RegistryKey(b"k" * 32)
            )
            town.build()
            yield town


@pytest.fixture(scope="session")
def little_town(server: EmbeddedServer, template: str) -> Kept:
    """A town with shops and staff."""
    with Kept.made(server, template, "little_town") as town:
        return Kept("little_town", town)


@pytest.fixture(scope="session")
def colourful_town(server: EmbeddedServer, template: str) -> Kept:
    """The same with programs of every kind, and her."""
    with Kept.made(server, template, "colourful_town") as town:
        return Kept("colourful_town", town, colourful(town))


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Kept:
    """The town that a test needs: she lives where there is everything."""
    is_hers = "her" in request.fixturenames
    found: Kept = request.getfixturevalue("colourful_town" if is_hers else "little_town")
    return found


@pytest.fixture
def database_url(server: EmbeddedServer, kept: Kept) -> Iterator[str]:
    """The address of a database of its own for each test."""
    with databases.copy_of(server, kept.template) as url:
        yield url


@pytest.fixture
def town(database: Database, clock: ManualClock, kept: Kept) -> LittleTown:
    """A town with shops and staff; residents come as a test asks for them."""
    clock.at, tills = kept.town.clock.at, dict(kept.town.tills)
    mine = copy.copy(kept.town)
    mine.database, mine.clock, mine.tills = database, clock, tills
    return mine


@pytest.fixture
def her(kept: Kept) -> Colourful:
    """Somebody who has something of every kind."""
    assert kept.her
    return kept.her


@pytest.fixture
def site(town: LittleTown) -> Iterator[str]:
    """The address of a server for the town."""
    with served(town) as address:
        yield address


@pytest.fixture
def network(site: str) -> Iterator[Proxy]:
    """What lies between the till and the town."""
    with between(int(site.rpartition(":")[2])) as proxy:
        yield proxy


@pytest.fixture
def browser(site: str) -> Iterator[Callable[[], PageClient]]:
    """Makes browsers, each with its own cookies."""
    opened: list[PageClient] = []

    def open_one() -> PageClient:
        opened.append(PageClient(site))
        return opened[-1]

    yield open_one
    for client in opened:
        client.close()


@pytest.fixture
def console(browser: Callable[[], PageClient]) -> Callable[[str], PageClient]:
    """Signs somebody of the town hall in."""

    def sign_in(name: str) -> PageClient:
        client = browser()
        page = client.get("/console")
        assert page.path == "/console/sign-in"
        home = client.submit(page, "/console/sign-in", {"name": name, "password": PASSWORD})
        assert home.path == "/console"
        return client

    return sign_in


@pytest.fixture
def pc(town: LittleTown, chrome: Browser, tmp_path: Path) -> Iterator[CounterPc]:
    """A counter's machine, switched on; the clerk has signed in."""
    with switched_on(town, chrome, tmp_path) as made:
        yield made
