"""My phone as a card: added in a real browser, shown on its screen, and read at a till."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.acceptance.browsers import PHONE, Watched, chromium, film_of
from tests.acceptance.little_town import LittleTown
from tests.acceptance.web.phones import add_phone, drawn, shown_code, stand_still
from tests.acceptance.web.residents import choose_pin

STEP = timedelta(seconds=30)


@pytest.fixture
def phone(town: LittleTown, site: str, chrome: Browser) -> Watched:
    """A phone whose clock is the town's."""
    window = Watched(chrome, site, PHONE)
    window.page.clock.set_fixed_time(town.clock.now())
    return window


def pay_by_typing(till: Watched, code: str) -> None:
    """A till with a reader that types."""
    till.page.goto("/shop/card?amount=500&lang=ja")
    till.page.keyboard.type(code)
    with till.page.expect_navigation():
        till.page.keyboard.press("Enter")


def a_till(town: LittleTown, site: str, browser: Browser, **options: Any) -> Watched:  # noqa: ANN401 - as Watched has them
    window = Watched(browser, site, PHONE, **options)
    window.page.goto("/shop")
    window.page.fill("#code", town.enrolment_code(town.greengrocer))
    window.page.click("main button[type=submit]")
    expect(window.page.locator("#amount")).to_be_focused()
    return window


def test_a_phone_is_added_and_what_it_draws_is_read_by_a_tills_camera(
    town: LittleTown,
    site: str,
    phone: Watched,
    playwright: Playwright,
    tmp_path: Path,
) -> None:
    """From the screen of one browser to the camera of another, and nothing is typed."""
    card = town.resident(10_000)
    choose_pin(phone.page, card.code)
    add_phone(phone.page)
    phone.page.click("text=このスマホのコードを出す")
    film = film_of(tmp_path / "phone.y4m", drawn(phone.page))
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = chromium(playwright, flags)
    till = a_till(town, site, browser, may_use_camera=True)
    till.page.goto("/shop/card?amount=500&lang=ja")
    expect(till.page.locator("h1")).to_have_text("会計が済みました")
    expect(till.page.locator(".result")).to_contain_text("500円")
    browser.close()
    phone.page.goto("/me?lang=ja")
    expect(phone.page.locator(".figure-huge")).to_have_text("9,500円")
    assert phone.faults == []


def test_a_code_is_taken_whole_where_it_is_typed_and_only_once(
    town: LittleTown, site: str, phone: Watched, chrome: Browser
) -> None:
    choose_pin(phone.page, town.resident(10_000).code)
    add_phone(phone.page)
    code = shown_code(phone.page)
    till = a_till(town, site, chrome)
    pay_by_typing(till, code)
    expect(till.page.locator("h1")).to_have_text("会計が済みました")
    pay_by_typing(till, code)
    expect(till.page.locator(".wrong")).to_contain_text("使用済み")
    expect(till.page.locator("#card")).to_have_value("")
    till.check()


def test_a_photo_of_a_code_is_of_no_use_a_minute_later(
    town: LittleTown, site: str, phone: Watched, chrome: Browser
) -> None:
    choose_pin(phone.page, town.resident(10_000).code)
    add_phone(phone.page)
    code = shown_code(phone.page)
    town.clock.advance(timedelta(seconds=75))
    till = a_till(town, site, chrome)
    pay_by_typing(till, code)
    expect(till.page.locator(".wrong")).to_contain_text("コードが古い")


def test_the_code_changes_by_itself_and_says_when(town: LittleTown, phone: Watched) -> None:
    choose_pin(phone.page, town.resident(10_000).code)
    add_phone(phone.page)
    began = town.clock.now() + timedelta(seconds=10)
    stand_still(phone, began)
    phone.page.goto("/phone?lang=ja")
    first = drawn(phone.page)
    seconds = phone.page.locator("#seconds")
    expect(seconds).to_have_text("あと 20 秒で新しくなります")
    phone.page.clock.run_for(10_000)
    expect(seconds).to_have_text("あと 10 秒で新しくなります")
    assert drawn(phone.page) == first
    phone.page.clock.run_for(12_000)
    expect(seconds).to_have_text(re.compile(r"あと 2\d 秒で新しくなります"))
    assert drawn(phone.page) != first
    assert phone.faults == []


def test_the_code_is_alphanumeric_with_an_eighth_to_spare(phone: Watched, town: LittleTown) -> None:
    """Version 6 with correction M: 41 modules a side; in bytes it would be 49."""
    choose_pin(phone.page, town.resident().code)
    add_phone(phone.page)
    phone.page.goto("/phone?lang=ja")
    assert len(drawn(phone.page)) == 41
    box = phone.page.locator("#picture svg").bounding_box()
    assert box is not None
    assert box["width"] > 0.85 * PHONE["width"]


def test_what_is_left_is_told_only_when_asked_and_only_of_whose_code_it_is(
    town: LittleTown, phone: Watched
) -> None:
    card, other = town.resident(7_777), town.resident(1_111)
    choose_pin(phone.page, card.code)
    add_phone(phone.page)
    phone.page.goto("/phone?lang=ja")
    drawn(phone.page)
    assert "7,777" not in phone.page.content()
    phone.page.click("summary")
    expect(phone.page.locator("#left-says")).to_have_text("7,777円")
    choose_pin(phone.page, other.code)
    phone.page.goto("/phone?lang=ja")
    phone.page.click("summary")
    expect(phone.page.locator("#left-says")).to_have_text("見るには、一度入ってください。")
    phone.page.context.set_offline(offline=True)
    phone.page.click("summary")
    phone.page.click("summary")
    expect(phone.page.locator("#left-says")).to_contain_text("今は電波がありません")
    phone.page.context.set_offline(offline=False)


def test_two_people_who_share_a_phone_choose_whose_code(
    town: LittleTown, site: str, phone: Watched, chrome: Browser
) -> None:
    mother, child = town.resident(1_111), town.resident(2_222)
    choose_pin(phone.page, mother.code)
    add_phone(phone.page)
    choose_pin(phone.page, child.code)
    town.clock.advance(STEP)
    phone.page.clock.set_fixed_time(town.clock.now())
    phone.page.goto("/me/phone?lang=ja")
    phone.page.fill("#called", "はなこ")
    phone.page.click("text=このスマホを追加する")
    expect(phone.page.locator(".notice-success")).to_be_visible()
    phone.page.goto("/phone?lang=ja")
    phone.check()
    expect(phone.page.locator("#people button")).to_have_text(["1 人目の方", "はなこ"])
    phone.page.click("text=はなこ")
    drawn(phone.page)
    phone.page.click("summary")
    expect(phone.page.locator("#left-says")).to_have_text("2,222円")


def test_how_people_on_a_phone_call_each_other_stays_there(
    town: LittleTown, phone: Watched
) -> None:
    sent: list[str] = []
    phone.page.on("request", lambda request: sent.append(request.post_data or ""))
    choose_pin(phone.page, town.resident().code)
    add_phone(phone.page)
    choose_pin(phone.page, town.resident().code)
    phone.page.goto("/me/phone?lang=ja")
    phone.page.fill("#called", "hanako")
    phone.page.click("text=このスマホを追加する")
    expect(phone.page.locator(".notice-success")).to_be_visible()
    assert any("public_key" in body for body in sent)
    assert not any("hanako" in body or "called" in body for body in sent)


def test_a_stopped_phone_pays_no_more_and_can_be_made_new(
    town: LittleTown, site: str, phone: Watched, chrome: Browser
) -> None:
    card = town.resident(10_000)
    choose_pin(phone.page, card.code)
    add_phone(phone.page)
    old = shown_code(phone.page)
    phone.page.click("dl.facts a:has-text('止める')")
    expect(phone.page.locator("main")).to_contain_text("スマホ（変わるQRコード）")
    phone.page.click("text=今すぐ、このカードを止める")
    expect(phone.page.locator("h1")).to_have_text("止めました")
    till = a_till(town, site, chrome)
    pay_by_typing(till, old)
    expect(till.page.locator("main")).to_contain_text("使えなくなっています")
    client = phone.page
    client.goto("/me/sign-in?lang=ja")
    client.fill("#card", card.code)
    client.fill("#pin", "280519")
    phone.follow("form[action='/me/sign-in'] button")
    client.goto("/me/phone?lang=ja")
    client.click("text=お店で使えないとき")
    expect(client.locator(".notice-error")).to_contain_text("止められています")
    client.click("text=このスマホのコードを作り直す")
    expect(client.locator(".notice-success")).to_be_visible()
    pay_by_typing(till, shown_code(client))
    expect(till.page.locator("h1")).to_have_text("会計が済みました")


def test_a_phone_whose_clock_is_wrong_is_told_so(town: LittleTown, phone: Watched) -> None:
    choose_pin(phone.page, town.resident().code)
    phone.page.clock.set_fixed_time(town.clock.now() + timedelta(minutes=5))
    phone.page.goto("/me/phone?lang=ja")
    phone.page.click("text=このスマホを追加する")
    expect(phone.page.locator(".notice-error")).to_contain_text("時計が合っていない")
