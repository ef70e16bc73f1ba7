"""A counter's machine in a real browser, with ``ichimai reader`` on a real card service."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, expect

from ichimai.cards.emulated import Card, MyNumberCard, PrivateDaemon
from ichimai.cards.test_authority import TestAuthority
from ichimai.identity import Trust
from tests.acceptance.browsers import DESKTOP, Watched
from tests.acceptance.counter_desk import CLERK, equip
from tests.acceptance.little_town import PASSWORD, LittleTown, served
from tests.acceptance.reader.site import ReaderProcess

PIN = "4126"


@dataclass
class CounterPc:
    """A counter's machine: its browser's window, its reader, and the cards that lie there."""

    town: LittleTown
    authority: TestAuthority
    service: PrivateDaemon
    reader: ReaderProcess
    window: Watched
    lying: dict[int, object] = field(default_factory=dict)

    def my_number_card(self) -> MyNumberCard:
        """Somebody's new card."""
        end = datetime(self.town.clock.now().year + 2, 1, 31, tzinfo=UTC)
        return MyNumberCard(self.authority.issue("TESTCARD" + "0" * 15, end), pin=PIN)

    def lay(self, card: Card, slot: int = 0) -> None:
        """Put a card on a reader."""
        self.lying[slot] = self.service.insert(card, slot)

    def lift(self, slot: int = 0) -> None:
        """Take it away."""
        self.lying.pop(slot).remove()  # type: ignore[attr-defined]  # what insert gives

    def sign_in(self) -> None:
        """The clerk comes in, and pairs the machine's reader with the page."""
        page = self.window.page
        page.goto("/console/sign-in")
        page.fill("#name", CLERK)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        self.heading("ご用件は何ですか")
        page.goto("/counter/reader")
        page.fill("#port", str(self.reader.port))
        page.fill("#pairing", self.reader.code())
        page.click("[data-pair] button")
        expect(page.locator("[data-pair-says]")).to_contain_text("つながりました")

    def begin(self, purpose: str = "application") -> None:
        """Choose why; the page waits for a card."""
        self.window.page.goto("/counter")
        self.window.page.click(f"button[value={purpose}]")
        self.waits()

    def waits(self) -> None:
        """The page has heard of its reader, and asks for a card."""
        self.is_told("置いて")

    def is_told(self, words: str) -> None:
        """The page says so, and has heard of its reader: until then a card is an old one to it."""
        expect(self.window.page.locator("[data-says]")).to_contain_text(words)
        self.has_heard()

    def has_heard(self) -> None:
        """The page knows which card lies on its reader, and shows itself."""
        expect(self.window.page.locator("html.waits-for-reader")).to_have_count(0)

    def type_pin(self, pin: str = PIN) -> None:
        """The person enters the PIN."""
        self.window.page.locator("#card-pin").wait_for()
        self.window.page.fill("#card-pin", pin)
        self.window.page.press("#card-pin", "Enter")

    def again(self, card: Card) -> None:
        """The second tap, on the page that waits for it."""
        self.is_told("取って")
        self.lift()
        self.reader.wait_until_lifted()
        self.lay(card)
        if isinstance(card, MyNumberCard):
            self.type_pin()

    def go(self, action: str) -> None:
        """Follow one of the person's links."""
        self.window.page.click(f"a[href='/counter/{action}']")

    def heading(self, text: str) -> None:
        """Wait for a page."""
        expect(self.window.page.locator("h1")).to_have_text(text)

    def check(self) -> None:
        """Find fault with the page, once it shows itself."""
        self.has_heard()
        self.window.check()


@contextmanager
def switched_on(town: LittleTown, chrome: Browser, folder: Path) -> Iterator[CounterPc]:
    """A counter's machine, switched on; the clerk has signed in."""
    equip(town)
    authority = TestAuthority.make(town.clock.now())
    trust = Trust(authority.authorities, authority.revocation(town.clock))
    service_folder = Path(tempfile.mkdtemp(prefix="ichimai-pc-"))
    with (
        served(town, changed=lambda services: replace(services, trust=trust)) as site,
        PrivateDaemon(service_folder) as service,
    ):
        reader = ReaderProcess(folder / "reader", service.address, site)
        reader.start()
        window = Watched(chrome, site, DESKTOP, may_reach=reader.address)
        made = CounterPc(town, authority, service, reader, window)
        made.sign_in()
        yield made
        window.page.context.close()
        assert reader.stop() == 0, reader.text
    shutil.rmtree(service_folder)
