"""Programs of every kind in a real browser: no fault at any size, and impatient fingers."""

from playwright.sync_api import Browser, ViewportSize, expect

from tests.acceptance.browsers import PHONE, SIZES, Watched
from tests.acceptance.little_town import LittleTown
from tests.acceptance.web.colourful import Colourful
from tests.acceptance.web.residents import choose_pin
from tests.acceptance.web.test_in_browser import enrol, type_card
from tests.acceptance.web.test_my_programs import left

MINE = [
    "",
    "/history",
    "/order",
    "/programs",
    "/programs/longevity-gift",
    "/programs/full-card",
    "/programs/smile",
    "/programs/saplings",
    "/programs/miles/exchanges/to-points",
    "/programs/miles/exchanges/to-points/confirm?times=2",
    "/programs/miles/exchanges/to-points/confirm?times=9",
    "/programs/miles/exchanges/closed",
    "/programs/smile/pass-on",
    "/programs/smile/pass-on/confirm?amount=9",
    "/programs/street-points/pass-on",
]
SHOPS = [
    "",
    "/choose?amount=1500",
    "/card?amount=1500&chosen=yes&pay=sports&most-sports=500",
    "/card?amount=1500&chosen=yes&pay=sports&most-sports=x",
    "/tasks",
    "/tasks/stamp/smile/-",
    "/tasks/top-up/sports/-",
    "/tasks/top-up/sports/-?amount=1000",
]


@SIZES
def test_my_pages_of_programs_have_no_fault(
    town: LittleTown, her: Colourful, site: str, chrome: Browser, size: ViewportSize
) -> None:
    window = Watched(chrome, site, size)
    choose_pin(window.page, her.card.code)
    for address in MINE:
        for language in ("en", "ja"):
            window.page.goto(f"/me{address}{'&' if '?' in address else '?'}lang={language}")
            window.check()
    window.page.goto("/me/programs/miles/exchanges/to-points/confirm?times=2")
    window.page.click("main form[method=post] button")
    expect(window.page.locator("h1")).to_have_text("交換しました")
    window.check()
    window.page.goto("/me/programs/smile/pass-on")
    window.page.fill("#amount", "1")
    window.follow("main button[type=submit]")
    window.check()
    window.page.click("main form[method=post] button")
    expect(window.page.locator("h1")).to_have_text("分けました")
    window.check()
    window.page.goto("/me/order")
    window.follow("button:has-text('自動で使う') >> nth=0")
    window.check()


@SIZES
def test_the_tills_pages_of_programs_have_no_fault(
    town: LittleTown, her: Colourful, site: str, chrome: Browser, size: ViewportSize
) -> None:
    window = Watched(chrome, site, size)
    enrol(window, town)
    for address in SHOPS:
        for language in ("en", "ja"):
            window.page.goto(f"/shop{address}{'&' if '?' in address else '?'}lang={language}")
            window.check()
    window.page.goto("/shop/card?amount=20000")
    type_card(window, her.card.code)
    expect(window.page.locator("h1")).to_have_text("会計が済みました")
    window.check()
    window.follow("text=返品を受ける")
    window.check()
    window.follow("main button[type=submit]")
    window.check()
    for task in ("stamp/smile/-", "stamp/rally/-", "thing/saplings/plum", "top-up/sports/-"):
        window.page.goto(f"/shop/tasks/{task}?amount=1000")
        type_card(window, her.card.code)
        window.check()
    for language in ("en", "ja"):
        window.page.goto(f"/shop/payments?lang={language}")
        window.check()
    for undone in ("直す", "戻す"):
        window.page.goto("/shop/payments")
        window.follow(f"a.button:has-text('{undone}') >> nth=0")
        window.check()
        if undone == "直す":
            window.page.fill("#amount", "500")
        window.follow("main button[type=submit]")
        expect(window.page.locator(".result")).to_contain_text("カード")
        window.check()


def test_an_impatient_finger_stamps_exchanges_and_passes_on_once(
    town: LittleTown, her: Colourful, site: str, chrome: Browser
) -> None:
    window = Watched(chrome, site, PHONE)
    enrol(window, town)
    window.page.goto("/shop/tasks/stamp/smile/-")
    window.page.fill("#card", her.card.code)
    window.page.locator("#card-form button[type=submit]").dblclick()
    expect(window.page.locator(".result")).to_contain_text("+1個")
    # The way back leads to the same stamp, whoever scans the card again.
    window.page.go_back()
    type_card(window, her.card.code)
    expect(window.page.locator(".result")).to_contain_text("+1個")
    assert left(town, her.card, "smile") == 5
    choose_pin(window.page, her.card.code)
    for address, program, words in (
        ("miles/exchanges/to-points", "miles", "交換しました"),
        ("smile/pass-on", "smile", "分けました"),
    ):
        before = left(town, her.card, program)
        window.page.goto(f"/me/programs/{address}")
        window.page.fill("input.money", "1")
        window.page.click("main button[type=submit]")
        window.page.locator("main form[method=post] button").dblclick()
        expect(window.page.locator("h1")).to_have_text(words)
        after = left(town, her.card, program)
        assert before - after == (100 if program == "miles" else 1)
        window.page.go_back()
        expect(window.page.locator("h1")).to_have_text(words)
        assert left(town, her.card, program) == after


def test_a_sale_from_the_back_button_asks_whether_it_is_the_same(
    town: LittleTown, her: Colourful, site: str, chrome: Browser
) -> None:
    window = Watched(chrome, site, PHONE)
    enrol(window, town)
    window.page.goto("/shop/card?amount=500")
    type_card(window, her.card.code)
    expect(window.page.locator("h1")).to_have_text("会計が済みました")
    window.page.go_back()
    type_card(window, her.card.code)
    expect(window.page.locator("h1")).to_have_text("もう支払い済みではありませんか")
    assert left(town, her.card, "longevity-gift") == 11_220


def test_everything_works_without_javascript(
    town: LittleTown, her: Colourful, site: str, chrome: Browser
) -> None:
    window = Watched(chrome, site, PHONE, has_script=False)
    enrol(window, town)
    window.page.goto("/shop/choose?amount=500")
    window.page.uncheck("#pay-longevity-gift")
    window.page.check("#pay-sports")
    window.page.click("main button[type=submit]")
    type_card(window, her.card.code)
    expect(window.page.locator(".facts")).to_contain_text("スポーツ")
    choose_pin(window.page, her.card.code)
    window.page.goto("/me/order")
    window.page.click("text=下へ")
    expect(window.page.locator("ol.order li").first).to_contain_text("スポーツ上乗せ")
    window.page.click("text=はじめの順番に戻す")
    expect(window.page.locator("ol.order li").first).to_contain_text("長寿祝い")
