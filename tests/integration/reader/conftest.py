"""The reader's application over a table of readers, without a network."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from starlette.types import ASGIApp

from ichimai.kernel.ids import NIL
from ichimai.reader.api import Api
from ichimai.reader.pairing import Pairing
from ichimai.reader.scans import Scans
from ichimai.reader.serving import Options, application
from ichimai.reader.store import Store
from tests.unit.reader.table_of_readers import LEFT, RIGHT, Desk

ORIGIN = "https://card.city.example"
PORT = 8_790
BASE = f"http://127.0.0.1:{PORT}"


@dataclass(frozen=True)
class Client:
    """Asks an application without a network, from outside of its loop."""

    app: ASGIApp

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Ask, and wait for the answer."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                return await client.request(method, path, **sent)

        return asyncio.run(ask())


@dataclass
class Site:
    """A reader's address, what it said on its terminal, and the page's side of it."""

    desk: Desk
    store: Store
    server: X25519PrivateKey
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pairing = Pairing(self.store, self.desk.clock, ORIGIN, self.said.append)
        scans = Scans(self.store, self.server.public_key())
        self.api = Api(self.desk.bridge, self.pairing, scans, lambda: False)
        options = Options(ORIGIN, PORT, Path())
        self.client = Client(application(self.api, options, self.said.append, PORT))
        self.headers = {"Origin": ORIGIN}

    def pair(self) -> None:
        """Let the page be paired."""
        self.pairing.open()
        token = self.post("/v1/pairings", {"code": self.said[-1]}).json()["token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: object) -> httpx.Response:
        """Ask as the page does."""
        return self.client.request("POST", path, json=body, headers=self.headers)

    def get(self, path: str) -> httpx.Response:
        """Look something up as the page does."""
        return self.client.request("GET", path, headers=self.headers)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A reader with two readers, not paired."""
    store = Store(tmp_path, NIL)
    yield Site(Desk(LEFT, RIGHT), store, X25519PrivateKey.generate())
    store.close()


@pytest.fixture
def paired(site: Site) -> Site:
    """The same, and the page is paired."""
    site.pair()
    return site
