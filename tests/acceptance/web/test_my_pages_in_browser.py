"""My pages in a real browser, at the sizes of a phone, a desk and twice the letters: no fault."""

from datetime import timedelta

from playwright.sync_api import Browser, ViewportSize, expect

from tests.acceptance.browsers import PHONE, SIZES, Watched
from tests.acceptance.little_town import LittleTown
from tests.acceptance.web.residents import choose_pin, make_known, second_card

PAGES = "menu cards cards/stop-all phone looks links consents delegates sessions data".split()
FOR_ONE = "links/{link} consents/{consent} consents/offers/{offer} delegates/{delegation}".split()
ERASING = ["data/erase", "data/erase/last"]


@SIZES
def test_my_pages_have_no_fault_in_both_languages(
    town: LittleTown, site: str, chrome: Browser, size: ViewportSize
) -> None:
    card = town.resident(3_000, 10_000)
    known = make_known(town, card)
    town.stop(second_card(town, card))
    second_card(town, card)
    window = Watched(chrome, site, size)
    choose_pin(window.page, card.code)
    addresses = [*PAGES, *(path.format(**vars(known)) for path in FOR_ONE), *ERASING]
    for address in addresses:
        for language in ("en", "ja"):
            window.page.goto(f"/me/{address}?lang={language}")
            window.check()
    window.page.goto("/phone?lang=ja")
    expect(window.page.locator("#code-none")).to_be_visible()
    window.check()
    window.page.goto("/me/cards")
    window.follow("text=なくした・止める >> nth=0")
    window.check()
    window.page.click("text=今すぐ、このカードを止める")
    expect(window.page.locator("h1")).to_have_text("止めました")
    window.check()


@SIZES
def test_the_page_with_the_code_has_no_fault(
    town: LittleTown, site: str, chrome: Browser, size: ViewportSize
) -> None:
    window = Watched(chrome, site, size)
    window.page.clock.set_fixed_time(town.clock.now())
    choose_pin(window.page, town.resident(10_000).code)
    window.page.goto("/me/phone?lang=ja")
    window.check()
    window.page.click("text=このスマホを追加する")
    expect(window.page.locator(".notice-success")).to_be_visible()
    window.check()
    for language in ("en", "ja"):
        window.page.goto(f"/phone?lang={language}")
        expect(window.page.locator("#picture svg")).to_be_visible()
        window.page.click("summary")
        window.check()
    town.clock.advance(timedelta(minutes=11))
    window.page.goto("/me/phone?lang=ja")
    window.check()


def test_the_bar_at_the_foot_covers_nothing_at_the_end_of_a_page(
    town: LittleTown, site: str, chrome: Browser
) -> None:
    window = Watched(chrome, site, PHONE)
    choose_pin(window.page, town.resident(10_000).code)
    for address in ("", *(f"/{path}" for path in (*PAGES, *ERASING))):
        window.page.goto(f"/me{address}?lang=ja")
        # A page may still grow: the phone's code is made there.
        window.page.wait_for_function(_END_IS_SEEN)
        bar = window.page.locator("nav.dock").bounding_box()
        assert bar is not None
        assert bar["y"] + bar["height"] <= PHONE["height"] + 1, address


_END_IS_SEEN = """() => {
    scrollTo(0, document.body.scrollHeight);
    const [bar, end] = ["nav.dock", "footer.bottom"].map((name) => document.querySelector(name));
    return end.getBoundingClientRect().bottom <= bar.getBoundingClientRect().top + 1;
}"""


def test_an_impatient_finger_stops_a_card_once_and_sees_that_it_did(
    town: LittleTown, site: str, chrome: Browser
) -> None:
    window = Watched(chrome, site, PHONE)
    choose_pin(window.page, town.resident(10_000).code)
    window.page.goto("/me/cards?lang=ja")
    window.page.click("text=なくした・止める")
    window.page.locator("text=今すぐ、このカードを止める").dblclick()
    expect(window.page.locator("h1")).to_have_text("止めました")
