"""A town as ``make demo`` gives it, a counter with its reader, and a shop with its own."""

import base64
import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from playwright.sync_api import Browser, Page, ViewportSize

from ichimai import identity, merchants, programs, registry
from ichimai.cards import Kind, Shown, certificates, emulated, jpki
from ichimai.cards.emulated import MyNumberCard, PrivateDaemon
from ichimai.merchants import ShopSize
from ichimai.merchants.model import TerminalAtShop
from ichimai.reader import PcscReaders
from ichimai.registry import SubjectId
from ichimai.storage import REGISTRY
from tests import card_daemon
from tests.acceptance.browsers import DESKTOP, Watched
from tests.acceptance.faults.servers import is_healthy, wait_until
from tests.acceptance.faults.town import ICHIMAI, Town, environment, free_port
from tests.acceptance.reader.site import ReaderProcess

SECTOR: Final = "131164"
CARD_PIN: Final = "4126"


@dataclass
class Card:
    """A card on which a test knows whom it should mean."""

    shown: Shown
    card: MyNumberCard


@dataclass
class Ward:
    """The town with its demo, and everybody's windows on it."""

    town: Town
    site: str
    chrome: Browser
    counter_service: PrivateDaemon
    reader: ReaderProcess
    shop_service: PrivateDaemon
    log: Path
    windows: list[Watched] = field(default_factory=list)
    lying: Any = None

    @property
    def authority(self) -> Path:
        """The demo's own test authority, in whose cards its server believes."""
        return self.town.folder / "authority"

    @property
    def demo(self) -> dict[str, Any]:
        """What the demo tells those who want to try it."""
        text = (self.town.folder / "demo.json").read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)
        return found

    def window(self, size: ViewportSize = DESKTOP) -> Page:
        """A new browser window, with cookies of its own."""
        self.windows.append(Watched(self.chrome, self.site, size))
        return self.windows[-1].page

    def sign_in(self, name: str) -> Page:
        """Somebody of the town hall comes in."""
        page = self.window()
        password = next(one["password"] for one in self.demo["staff"] if one["name"] == name)
        page.goto("/console/sign-in")
        page.fill("#name", name)
        page.fill("#password", password)
        page.press("#password", "Enter")
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        return page

    def new_card(self, name: str) -> Card:
        """A My Number Card as ``ichimai card emulate`` makes it."""
        parts = self.town.installation
        now, kind = parts.clock.now(), Kind.MY_NUMBER_CARD
        issued = emulated.load_or_issue(self.authority, name, now, kind)
        verified = certificates.check(
            issued.certificate,
            nonce=None,
            signature=None,
            authorities=certificates.Authorities.load(self.authority),
            now=now,
            revocation=certificates.CrlFile(self.authority / "authority.crl"),
        )
        return Card(verified.shown, MyNumberCard(issued, pin=CARD_PIN))

    def till(self) -> tuple[TerminalAtShop, str]:
        """The till of a small shop that takes gifts, and its token."""
        parts = self.town.installation
        with parts.database.read(parts.operator) as tx:
            known = merchants.tills.terminals(tx, self.town.tokens)
        return next(
            (till, token)
            for till, token in zip(known, self.town.tokens, strict=True)
            if till is not None and till.size is ShopSize.SMALL
        )

    def signed(self, card: Card, nonce: bytes) -> dict[str, str]:
        """Certificate and signature of a card on the shop's reader, in base 64."""
        lying = self.shop_service.insert(card.card)
        try:
            with PcscReaders().session(card_daemon.wait_for_card()) as transmit:
                reading = jpki.Card(transmit)
                reading.verify_pin(CARD_PIN)
                found = {"signature": reading.sign(nonce), "certificate": reading.certificate()}
        finally:
            lying.remove()
            card_daemon.wait_for_card(is_there=False)
        return {name: base64.b64encode(data).decode() for name, data in found.items()}

    def subject_of(self, shown: Shown | str) -> SubjectId | None:
        """Whom a card that works means; None: nobody, any more or yet."""
        parts = self.town.installation
        with parts.database.read(REGISTRY) as tx:
            if isinstance(shown, str):
                (found,) = registry.resolve(tx, parts.key, SECTOR, [shown])
            else:
                (found,) = registry.resolve_shown(tx, parts.key, parts.clock, SECTOR, [shown])
        return found.subject if found and not found.is_stopped else None

    def left(self, subject: UUID) -> int:
        """The yen in somebody's wallet."""
        parts = self.town.installation
        with parts.database.read(parts.operator) as tx:
            return programs.wallets.wallet(tx, parts.clock, subject).total_units

    def links(self, subject: SubjectId) -> list[tuple[str, str, str]]:
        """Somebody's links: service, number, state."""
        parts = self.town.installation
        key = identity.sealing.operator_key(parts.key.secret, SECTOR)
        with parts.database.read(parts.operator) as tx:
            return [
                (link.service, identity.links.number_in(key, link) or "", link.state.value)
                for link in identity.links.links_of(tx, subject)
            ]

    def recipient(self, number: str) -> UUID | None:
        """Whom gift lists mean by a number."""
        parts = self.town.installation
        with parts.database.read(parts.operator) as tx:
            return programs.lists.recipient(tx, number)

    def told(self) -> str:
        """All that the server and the reader ever said."""
        return self.log.read_text(encoding="utf-8") + self.reader.text

    def check_windows(self) -> None:
        """No window met with an error, or asked anybody but the town and its own reader."""
        for window in self.windows:
            faults = [fault for fault in window.faults if self.reader.address not in fault]
            assert faults == []


@contextmanager
def open_ward(scratch: Path, chrome: Browser) -> Iterator[Ward]:
    """The town from the morning to the evening; what its programs say goes into ``scratch``."""
    folder, port = Path(tempfile.mkdtemp(prefix="ichimai-demo-")), free_port()
    log = scratch / "demo.log"
    with log.open("wb") as said, PrivateDaemon() as counter:
        server = _demo(folder, port, said)
        site = f"http://127.0.0.1:{port}"
        reader = ReaderProcess(scratch / "reader", counter.address, site)
        try:
            wait_until(lambda: is_healthy(port), within_seconds=90)
            reader.start()
            town = Town(folder, port)
            with card_daemon.running() as shop:
                yield Ward(town, site, chrome, counter, reader, shop, log)
            town.reconnect()  # our connections go before its database
            assert reader.stop() == 0, reader.text
        finally:
            server.terminate()
            status = server.wait(60)
    Town(folder, port).remove()
    written = log.read_text(encoding="utf-8")
    assert status == 0, written
    assert "Traceback" not in written, written


def _demo(folder: Path, port: int, said: IO[bytes]) -> "subprocess.Popen[bytes]":
    """A small one: the card is the same in it as in a large one."""
    words = ["demo", "--data", str(folder), "--port", str(port), "--residents", "60", "--days", "1"]
    return subprocess.Popen(
        [ICHIMAI, *words], stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment()
    )
