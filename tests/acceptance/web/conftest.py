"""A little town with a server, and browsers without JavaScript."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ichimai.kernel.clock import ManualClock
from ichimai.registry import RegistryKey
from ichimai.storage import Database, Schema
from tests.acceptance.little_town import PASSWORD, LittleTown, served
from tests.acceptance.pages import PageClient
from tests.acceptance.web.counter_pc import CounterPc, switched_on


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> LittleTown:
    """A town with shops and staff; residents come as a test asks for them."""
    built = LittleTown(database, operator, clock, RegistryKey(b"k" * 32))
    built.build()
    return built


@pytest.fixture
def site(town: LittleTown) -> Iterator[str]:
    """The address of a server for the town."""
    with served(town) as address:
        yield address


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
