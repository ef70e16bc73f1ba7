"""The counter in a real browser, with ``ichimai reader`` on a real card service."""

from playwright.sync_api import Browser, ViewportSize, expect

from ichimai.cards.emulated import FelicaCard
from tests.acceptance.browsers import SIZES, Watched
from tests.acceptance.counter_desk import CLERK, HANAKO, MASKED, NUMBER, equip, links
from tests.acceptance.little_town import PASSWORD, LittleTown
from tests.acceptance.web.counter_pc import PIN, CounterPc


def test_a_resident_is_enrolled_named_and_linked(pc: CounterPc) -> None:
    """From an unknown My Number Card to a linked number, and gone when the card is lifted."""
    page, card = pc.window.page, pc.my_number_card()
    pc.begin()
    pc.check()
    pc.lay(card)
    pc.type_pin("0000")
    expect(page.locator("[data-says]")).to_contain_text("残り回数： 2")
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
    expect(page.locator(".tag-good").first).to_have_text("ひも付け済み")
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
    pc.has_heard()
    pc.lift()
    pc.heading("ご用件は何ですか")
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
        pc.has_heard()
        pc.lift()
        pc.heading("ご用件は何ですか")
        page.go_back()
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
    pc.has_heard()
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
    pc.reader.wait_until_laid()
    pc.window.page.goto("/counter")
    pc.window.page.click("button[value=application]")
    pc.is_told("残っています")
    pc.lift()
    pc.waits()
    with pc.town.database.read(pc.town.operator) as tx:
        assert tx.rows("SELECT FROM tap") == []


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
    page.locator(".printed-card-number").wait_for()
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
    pc.is_told("残っています")
    pc.lift()
    pc.is_told("同じカード")
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
    pc.has_heard()
    pc.lift()
    pc.heading("ご用件は何ですか")
    for shown_again in (other, new):
        pc.begin("card")
        pc.lay(new)
        pc.type_pin()
        pc.heading("登録のないカードです")
        page.click("text=ほかのカードがない")
        pc.heading("書類でご本人をさがす")
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
    window.follow("button[value=application]")
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
