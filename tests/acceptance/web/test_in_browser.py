"""The pages in a real browser, at the sizes of a phone, a desk and twice the letters."""

from pathlib import Path

from playwright.sync_api import Browser, Playwright, ViewportSize, expect

from tests.acceptance.browsers import (
    DESKTOP,
    PHONE,
    SIZES,
    Watched,
    camera_film,
    chromium,
)
from tests.acceptance.little_town import PASSWORD, PIN, STAFF, LittleTown


def enrol(window: Watched, town: LittleTown) -> None:
    window.page.goto("/shop")
    window.page.fill("#code", town.enrolment_code(town.greengrocer))
    window.page.click("main button[type=submit]")
    expect(window.page.locator("#amount")).to_be_focused()


def press(window: Watched, keys: str) -> None:
    for key in keys:
        window.page.click(f"button[data-key='{key}']")


def type_card(window: Watched, code: str) -> None:
    window.page.fill("#card", code)
    window.follow("#card-form button[type=submit]")


@SIZES
def test_the_tills_pages_have_no_fault(
    town: LittleTown, site: str, chrome: Browser, size: ViewportSize
) -> None:
    window, card = Watched(chrome, site, size), town.resident(10_000)
    window.page.goto("/shop")
    window.check()
    enrol(window, town)
    window.check()
    window.page.goto("/shop/card?amount=abc")
    window.check()
    window.page.goto("/shop/card?amount=1280")
    window.check()
    type_card(window, "ABCD")
    window.check()
    type_card(window, card.code)
    window.check()
    window.page.goto("/shop/card?amount=1280")
    type_card(window, card.code)
    expect(window.page.locator("h1")).to_have_text("もう支払い済みではありませんか")
    window.check()
    window.page.goto("/shop/card?amount=99999")
    type_card(window, card.code)
    window.check()
    for path in ("/shop/payments", "/shop/payments?lang=en", "/shop/end"):
        window.page.goto(path)
        window.check()
    window.page.goto("/shop/payments?lang=ja")
    window.follow("text=返品を受ける >> nth=0")
    window.check()
    window.follow("main button[type=submit]")
    window.check()


@SIZES
def test_the_wallets_pages_have_no_fault(
    town: LittleTown, site: str, chrome: Browser, size: ViewportSize
) -> None:
    window, card = Watched(chrome, site, size), town.resident(3_000, 10_000)
    town.pay(town.greengrocer, card, 1_280)
    for path in ("/", "/nowhere", "/me/sign-in?lang=en", "/me/sign-in?lang=ja"):
        window.page.goto(path)
        window.check()
    window.page.fill("#card", card.code)
    window.follow("main button[type=submit]")
    window.check()
    window.page.fill("#pin", "111111")
    window.page.fill("#pin_again", "111111")
    window.follow("main button[type=submit]")
    window.check()
    window.page.fill("#pin", PIN)
    window.page.fill("#pin_again", PIN)
    window.follow("main button[type=submit]")
    addresses = ("/me", "/me/card", "/me/history", "/me/notices", "/me?lang=en", "/me/card?lang=en")
    for path in addresses:
        window.page.goto(path)
        window.check()


@SIZES
def test_the_consoles_pages_have_no_fault(
    town: LittleTown, site: str, chrome: Browser, size: ViewportSize
) -> None:
    window, card = Watched(chrome, site, size), town.resident(10_000)
    town.pay(town.greengrocer, card, 1_280)
    window.page.goto("/console")
    window.check()
    window.page.fill("#name", next(iter(STAFF)))
    window.page.fill("#password", PASSWORD)
    window.follow("form[action='/console/sign-in'] button[type=submit]")
    for path in (
        "",
        "/lists",
        "/lists/new",
        "/notices",
        "/shops",
        "/reports/share",
        "/closings",
        "/payouts",
    ):
        for language in ("ja", "en"):
            window.page.goto(f"/console{path}?lang={language}")
            window.check()
    window.page.goto(f"/console/shops/{town.greengrocer.id}")
    window.check()
    for path in ("/cards", "/proof"):
        window.page.goto(f"/console{path}")
        window.check()
    window.page.goto("/console/lists/new?lang=ja")
    wrong = "宛名番号,氏名,カナ,生年月日,事由\n1,豊島,トシマ,1900-01-01,喜寿\n"
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": wrong.encode()}
    window.page.set_input_files("#list", file)  # type: ignore[arg-type]  # a FilePayload
    window.page.click("button[value=check]")
    expect(window.page.locator("table")).to_contain_text("対象期間の外")
    window.check()


def test_the_pad_and_the_camera_take_a_payment(
    town: LittleTown, site: str, playwright: Playwright, tmp_path: Path
) -> None:
    """Amount by the keys, card by the camera, nothing typed."""
    card = town.resident(10_000)
    film = camera_film(tmp_path / "card.y4m", card.code)
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = chromium(playwright, flags)
    window = Watched(browser, site, PHONE, may_use_camera=True)
    enrol(window, town)
    press(window, "1280")
    expect(window.page.locator("#amount")).to_have_value("1,280")
    window.page.click("main button[type=submit]")
    # The camera was allowed before: it starts by itself.
    expect(window.page.locator(".result")).to_contain_text("1,280円")
    expect(window.page.locator("h1")).to_have_text("会計が済みました")
    assert window.faults == []
    browser.close()


def test_without_a_camera_the_number_is_typed(town: LittleTown, site: str, chrome: Browser) -> None:
    window = Watched(chrome, site, PHONE)
    enrol(window, town)
    window.page.goto("/shop/card?amount=500")
    window.page.click("#scan-start")
    expect(window.page.locator("#scan-says")).to_contain_text("カメラが使えません")
    type_card(window, town.resident(10_000).code)
    expect(window.page.locator("h1")).to_have_text("会計が済みました")


def test_the_pad_writes_only_digits_and_erases_one(
    town: LittleTown, site: str, chrome: Browser
) -> None:
    window = Watched(chrome, site, PHONE)
    enrol(window, town)
    amount = window.page.locator("#amount")
    press(window, "0")
    expect(amount).to_have_value("")
    press(window, "12")
    window.page.click("button[data-key='00']")
    expect(amount).to_have_value("1,200")
    window.page.click("button[data-key=erase]")
    expect(amount).to_have_value("120")
    amount.fill("３，４５６円")
    expect(amount).to_have_value("3,456")


def test_a_double_click_pays_once_and_back_shows_the_same_result(
    town: LittleTown, site: str, chrome: Browser
) -> None:
    window, card = Watched(chrome, site, PHONE), town.resident(10_000)
    enrol(window, town)
    window.page.goto("/shop/card?amount=500")
    window.page.fill("#card", card.code)
    window.page.locator("#card-form button[type=submit]").dblclick()
    expect(window.page.locator("h1")).to_have_text("会計が済みました")
    window.page.go_back()
    window.page.go_forward()
    expect(window.page.locator("h1")).to_have_text("会計が済みました")
    window.page.goto("/shop/payments")
    expect(window.page.locator(".balance")).to_contain_text("500円")
    expect(window.page.locator(".balance")).to_contain_text("1件")


def wait_without_focus(window: Watched) -> None:
    """Until the page listens, and nothing on it has the focus."""
    expect(window.page.locator("#scanner")).to_be_visible()
    window.page.wait_for_function("document.activeElement === document.body")


def test_a_tablets_reader_that_types_is_heard_without_focus_and_over_what_was_refused(
    town: LittleTown, site: str, chrome: Browser
) -> None:
    window, card = Watched(chrome, site, PHONE, is_touched=True), town.resident(10_000)
    enrol(window, town)
    window.page.goto("/shop/card?amount=500")
    wait_without_focus(window)
    window.page.keyboard.type("ABCD-")
    window.page.keyboard.press("Enter")
    expect(window.page.locator(".wrong")).to_be_visible()
    wait_without_focus(window)
    window.page.keyboard.type(card.code)
    window.page.keyboard.press("Enter")
    expect(window.page.locator("h1")).to_have_text("会計が済みました")


def test_everything_but_the_camera_works_without_javascript(
    town: LittleTown, site: str, chrome: Browser
) -> None:
    window = Watched(chrome, site, PHONE, has_script=False)
    enrol(window, town)
    expect(window.page.locator("#keypad")).to_be_hidden()
    window.page.fill("#amount", "1280")
    window.page.click("main button[type=submit]")
    expect(window.page.locator("#scanner")).to_be_hidden()
    type_card(window, town.resident(10_000).code)
    expect(window.page.locator("h1")).to_have_text("会計が済みました")


def test_the_keyboard_alone_is_enough(town: LittleTown, site: str, chrome: Browser) -> None:
    """A barcode reader that types works like a keyboard."""
    window, card = Watched(chrome, site, DESKTOP), town.resident(10_000)
    enrol(window, town)
    window.page.keyboard.type("1280")
    window.page.keyboard.press("Enter")
    expect(window.page.locator("#card")).to_be_focused()
    window.page.keyboard.type(card.code)
    window.page.keyboard.press("Enter")
    expect(window.page.locator("h1")).to_have_text("会計が済みました")
