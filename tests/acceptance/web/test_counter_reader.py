"""The counter in a real browser, with ``ichimai reader`` on a real card service."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, ViewportSize, expect, sync_playwright

from ichimai.cards.emulated import Card, FelicaCard, MyNumberCard, PrivateDaemon
from ichimai.cards.test_authority import TestAuthority
from ichimai.identity import Trust
from tests.acceptance.browsers import DESKTOP, PHONE, ZOOMED, Watched, chromium
from tests.acceptance.counter_desk import CLERK, HANAKO, MASKED, NUMBER, equip, links
from tests.acceptance.little_town import PASSWORD, LittleTown, served
from tests.acceptance.reader.site import ReaderProcess

PIN = "4126"

SECONDS = 8_000
SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP, ZOOMED], ids=["phone", "desk", "zoomed"])


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
        expect(page.locator("[data-pair-says]")).to_contain_text("つながりました", timeout=SECONDS)

    def begin(self, purpose: str = "application") -> None:
        """Choose why; the page waits for a card."""
        self.window.page.goto("/counter")
        self.window.page.click(f"button[value={purpose}]")
        self.waits()

    def waits(self) -> None:
        """The page has heard of its reader."""
        expect(self.window.page.locator("[data-says]")).to_contain_text("置いて", timeout=SECONDS)

    def type_pin(self, pin: str = PIN) -> None:
        """The person enters the PIN."""
        self.window.page.locator("#card-pin").wait_for(timeout=SECONDS)
        self.window.page.fill("#card-pin", pin)
        self.window.page.press("#card-pin", "Enter")

    def again(self, card: Card) -> None:
        """The second tap, on the page that waits for it."""
        expect(self.window.page.locator("[data-says]")).to_contain_text("取って", timeout=SECONDS)
        self.lift()
        self.window.page.wait_for_timeout(700)
        self.lay(card)
        if isinstance(card, MyNumberCard):
            self.type_pin()

    def go(self, action: str) -> None:
        """Follow one of the person's links."""
        self.window.page.click(f"a[href='/counter/{action}']")

    def heading(self, text: str) -> None:
        """Wait for a page."""
        expect(self.window.page.locator("h1")).to_have_text(text, timeout=SECONDS)

    def check(self) -> None:
        """Find fault with the page; the reader's own address is no fault."""
        faults = self.window.faults
        faults[:] = [fault for fault in faults if self.reader.address not in fault]
        self.window.check()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chrome(playwright: Playwright) -> Iterator[Browser]:
    """A browser."""
    opened = chromium(playwright)
    yield opened
    opened.close()


@pytest.fixture
def pc(town: LittleTown, chrome: Browser, tmp_path: Path) -> Iterator[CounterPc]:
    """A counter's machine, switched on; the clerk has signed in."""
    equip(town)
    authority = TestAuthority.make(town.clock.now())
    trust = Trust(authority.authorities, authority.revocation(town.clock))
    folder = Path(tempfile.mkdtemp(prefix="ichimai-pc-"))
    with (
        served(town, changed=lambda services: replace(services, trust=trust)) as site,
        PrivateDaemon(folder) as service,
    ):
        reader = ReaderProcess(tmp_path / "reader", service.address, site)
        reader.start()
        window = Watched(chrome, site, DESKTOP)
        made = CounterPc(town, authority, service, reader, window)
        made.sign_in()
        yield made
        window.page.context.close()
        assert reader.stop() == 0, reader.text
    shutil.rmtree(folder)


def test_a_resident_is_enrolled_named_and_linked(pc: CounterPc) -> None:
    """From an unknown My Number Card to a linked number, and gone when the card is lifted."""
    page, card = pc.window.page, pc.my_number_card()
    pc.begin()
    pc.check()
    pc.lay(card)
    pc.type_pin("0000")
    expect(page.locator("[data-says]")).to_contain_text("残り回数： 2", timeout=SECONDS)
    pc.check()
    pc.type_pin()
    pc.heading("登録のないカードです")
    pc.check()
    page.click("text=新しい方をこのカードで登録する")
    pc.heading("窓口にいらっしゃる方")
    pc.check()
    pc.go("details")
    for name in ("name", "kana", "born", "phone"):
        page.fill(f"#{name}", HANAKO[name])
    page.select_option("#document", "driving_licence")
    pc.check()
    page.click("main .narrow form button[type=submit]")
    pc.heading("読み上げて、同じカードをもう一度")
    pc.check()
    pc.again(card)
    pc.heading("窓口にいらっしゃる方")
    expect(page.locator(".person-name")).to_contain_text("豊島 花子")
    pc.go("links")
    page.fill("#number", NUMBER)
    page.press("#number", "Enter")
    pc.heading("読み上げて、同じカードをもう一度")
    expect(page.locator("main")).to_contain_text(MASKED)
    pc.again(card)
    expect(page.locator(".tag-good").first).to_have_text("ひも付け済み", timeout=SECONDS)
    assert [(number, state) for _, number, state in links(pc.town)] == [(NUMBER, "active")]
    pc.check()
    pc.lift()
    pc.heading("ご用件は何ですか")
    page.goto("/counter/person")
    pc.heading("カードがなくなりました")
    assert PIN not in pc.reader.text


def test_a_lifted_card_ends_every_page_and_the_way_back_shows_nothing(pc: CounterPc) -> None:
    page, card = pc.window.page, FelicaCard(bytes.fromhex("012E4CB1A2B3C4D5"))
    pc.begin()
    pc.lay(card)
    pc.heading("登録のないカードです")
    page.click("text=新しい方をこのカードで登録する")
    for path in ("", "links", "details", "cards"):
        if not pc.lying:
            pc.begin()
            pc.lay(card)
        pc.heading("窓口にいらっしゃる方")
        if path:
            pc.go(path)
            page.wait_for_url(f"**/counter/{path}")
        expect(page.locator("[data-person]")).to_be_visible()
        page.wait_for_timeout(700)
        pc.lift()
        pc.heading("ご用件は何ですか")
        page.go_back()
        page.wait_for_timeout(700)
        expect(page.locator("[data-person]")).to_have_count(0)


def test_the_next_card_is_a_new_beginning(pc: CounterPc) -> None:
    """A card laid down beside A's, and B's card under A's confirmation: neither becomes A's."""
    page = pc.window.page
    a = FelicaCard(bytes.fromhex("012E4CB1A2B3C4D5"))
    b = FelicaCard(bytes.fromhex("012E4CB1A2B3C4D6"))
    pc.begin()
    pc.lay(a)
    pc.heading("登録のないカードです")
    page.click("text=新しい方をこのカードで登録する")
    pc.heading("窓口にいらっしゃる方")
    page.wait_for_timeout(700)
    pc.lay(b, 1)
    pc.heading("ご用件は何ですか")
    pc.lift(1)
    pc.lift()
    pc.begin()
    pc.lay(a)
    pc.heading("窓口にいらっしゃる方")
    pc.go("links")
    page.fill("#number", NUMBER)
    page.press("#number", "Enter")
    pc.heading("読み上げて、同じカードをもう一度")
    pc.again(b)
    pc.heading("できませんでした")
    assert [state for *_, state in links(pc.town)] == ["pending"]


def test_what_lay_there_before_must_be_lifted_first(pc: CounterPc) -> None:
    """The last person forgot the card: it is not taken for the next one's."""
    pc.lay(FelicaCard(bytes.fromhex("012E4CB1A2B3C4D5")))
    pc.window.page.wait_for_timeout(2_000)
    pc.window.page.goto("/counter")
    pc.window.page.click("button[value=application]")
    expect(pc.window.page.locator("[data-says]")).to_contain_text("残っています", timeout=SECONDS)
    pc.window.page.wait_for_timeout(1_000)
    pc.heading("カードを置いてください")
    pc.lift()


def test_a_renewed_card_takes_the_place_of_the_old_one(pc: CounterPc) -> None:
    """Enrolled, a printed card beside it, renewed with the printed card as the proof."""
    page, old, new = pc.window.page, pc.my_number_card(), pc.my_number_card()
    pc.begin()
    pc.lay(old)
    pc.type_pin()
    pc.heading("登録のないカードです")
    page.click("text=新しい方をこのカードで登録する")
    pc.heading("窓口にいらっしゃる方")
    pc.go("print")
    page.select_option("#document", "passport")
    page.click("main .narrow form button[type=submit]")
    pc.check()
    code = page.locator(".printed-card-number").inner_text()
    pc.lift()
    pc.heading("ご用件は何ですか")
    pc.begin("card")
    page.fill("#card", code)
    page.press("#card", "Enter")
    pc.heading("窓口にいらっしゃる方")
    pc.go("renew")
    pc.waits()
    pc.lay(new)
    pc.type_pin()
    pc.heading("読み上げて、同じカードをもう一度")
    pc.lift()
    page.wait_for_timeout(1_500)
    page.fill("#card", code)
    page.press("#card", "Enter")
    pc.heading("窓口にいらっしゃる方")
    expect(page.locator(".notice-success")).to_contain_text("更新したカードに切り替えました")
    page.click("#end button")
    pc.heading("ご用件は何ですか")
    pc.begin("card")
    pc.lay(new)
    pc.type_pin()
    pc.heading("窓口にいらっしゃる方")
    pc.lift()
    pc.heading("ご用件は何ですか")
    pc.begin("card")
    pc.lay(old)
    pc.type_pin()
    pc.heading("登録のないカードです")
    pc.lift()


def test_a_renewed_card_without_another_one_is_bound_with_documents(pc: CounterPc) -> None:
    """The new card is shown twice, with its PIN; a stranger's in between is refused."""
    page, old, new, other = pc.window.page, *(pc.my_number_card() for _ in range(3))
    pc.begin()
    pc.lay(old)
    pc.type_pin()
    page.click("text=新しい方をこのカードで登録する")
    pc.heading("窓口にいらっしゃる方")
    pc.go("details")
    for name in ("name", "kana", "born"):
        page.fill(f"#{name}", HANAKO[name])
    page.select_option("#document", "passport")
    page.press("#name", "Enter")
    pc.again(old)
    pc.heading("窓口にいらっしゃる方")
    page.wait_for_timeout(700)
    pc.lift()
    pc.heading("ご用件は何ですか")
    for shown_again in (other, new):
        pc.begin("card")
        pc.lay(new)
        pc.type_pin()
        pc.heading("登録のないカードです")
        page.click("text=ほかのカードがない")
        pc.heading("書類で方をさがす")
        for name in ("kana", "born"):
            page.fill(f"#{name}", HANAKO[name])
        page.select_option("#document", "passport")
        page.fill("#reason", "更新のため")
        page.press("#reason", "Enter")
        pc.heading("読み上げて、同じカードをもう一度")
        expect(page.locator("main")).to_contain_text("豊● 花●")
        pc.check()
        pc.again(shown_again)
        if shown_again is other:
            pc.heading("できませんでした")
            pc.lift()
    pc.heading("窓口にいらっしゃる方")
    expect(page.locator(".notice-success")).to_contain_text("更新したカードに切り替えました")
    pc.lift()


@SIZES
def test_the_counters_pages_have_no_fault(
    town: LittleTown, site: str, chrome: Browser, size: ViewportSize
) -> None:
    """At each size, with a code that is typed."""
    equip(town)
    window, card = Watched(chrome, site, size), town.resident(500)
    page = window.page
    page.goto("/console/sign-in")
    page.fill("#name", CLERK)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.locator("h1")).to_have_text("ご用件は何ですか")
    window.check()
    page.click("button[value=application]")
    window.check()
    page.fill("#card", card.code)
    page.press("#card", "Enter")
    expect(page.locator("h1")).to_have_text("窓口にいらっしゃる方")
    window.check()
    for path in PATHS:
        page.goto(f"/counter/{path}")
        window.check()
    page.goto("/counter/details?lang=en")
    window.check()
    page.goto("/counter/person?lang=en")
    window.check()


PATHS = (
    "details",
    "register",
    "links",
    "cards",
    "print",
    "add-card",
    "renew",
    "phone",
    "claims",
    "memberships",
    "delegates",
    "slip",
    "found",
    "reader",
)
