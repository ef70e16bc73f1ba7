"""A town with a server, and callers of its API."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from ichimai.kernel.clock import ManualClock
from ichimai.storage import Database, EmbeddedServer, Schema
from tests.acceptance.browsers import Driver, chromium
from tests.acceptance.callers import Caller
from tests.acceptance.pages import PLAIN
from tests.town import Town, served, shared_town

As = Callable[[str], Caller]


@pytest.fixture(scope="module")
def town(server: EmbeddedServer, template: str) -> Iterator[Town]:
    """One town for all tests of a module, where each can bear what the others leave."""
    with shared_town(server, template) as made:
        yield made


@pytest.fixture(scope="module")
def address(town: Town) -> Iterator[str]:
    """The address of its server."""
    with served(town) as at:
        yield at


@pytest.fixture
def api_town(database: Database, operator: Schema, clock: ManualClock) -> Town:
    """A town with shops, tills, cards and staff."""
    return Town(database, operator, clock).build()


@pytest.fixture
def api_site(api_town: Town) -> Iterator[str]:
    """The address of a server for the town."""
    with served(api_town) as address:
        yield address


@pytest.fixture
def http(api_site: str) -> Iterator[httpx.Client]:
    """Connections to that server."""
    with httpx.Client(base_url=f"{api_site}/api/v1", timeout=30, verify=PLAIN) as client:
        yield client


@pytest.fixture
def as_(http: httpx.Client, api_town: Town) -> As:
    """Makes callers: a till by its shop, staff by what they are."""
    return lambda who: Caller(http, api_town, who)


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """What drives the browsers of this process; started by the first test that wants one."""
    with sync_playwright() as playwright:
        started = Driver(playwright, chromium(playwright))
        started.rest()
        yield started
        started.wake()
        started.chrome.close()


@pytest.fixture
def playwright(driver: Driver) -> Iterator[Playwright]:
    """To start a Chromium with arguments of its own."""
    driver.wake()
    yield driver.playwright
    driver.rest()


@pytest.fixture
def chrome(driver: Driver, playwright: Playwright) -> Browser:
    """The Chromium of all tests, in which each opens windows of its own."""
    return driver.chrome
