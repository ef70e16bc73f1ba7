"""Memberships at the counter: renewed and ended with two taps; a number checked at a door."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import sync_playwright

from tests.acceptance.browsers import DESKTOP, PHONE, chromium
from tests.acceptance.counter_desk import Desk, equip, looks, subject_of
from tests.acceptance.little_town import LittleTown
from tests.acceptance.pages import PageClient
from tests.acceptance.web.test_bank_pages import look_at

Browser = Callable[[], PageClient]


@pytest.fixture
def desk(town: LittleTown, browser: Browser) -> Desk:
    """A clerk who has signed in."""
    equip(town)
    return Desk(town, browser()).sign_in()


def test_a_membership_is_renewed_and_ended_with_two_taps(town: LittleTown, desk: Desk) -> None:
    """A renewal goes on where the last term ends, and its grade is shown from then on."""
    card, path = town.resident(), "/counter/memberships"
    desk.tap(card)
    fields = {"number": "M-2026-77", "until": "2026-10-31", "grade": "一般"}
    desk.confirm(desk.ask(path, fields), card)
    assert "一般" in desk.client.get(path).text
    renewal = {"until": "2027-03-31", "grade": "高齢者"}
    for wrong in ("2026-10-31", "今度"):
        page = desk.client.get(path)
        page = desk.client.submit(page, f"{path}/renewal", renewal | {"until": wrong}, status=422)
    page = desk.client.submit(desk.client.get(path), f"{path}/renewal", renewal)
    assert "2026-11-01" in page.text
    assert "******-77" in page.text
    assert "M-2026" not in page.response.text
    assert terms(town) == 1
    assert "更新しました" in desk.confirm(page, card).text
    assert terms(town) == 2
    assert ("application", "memberships", True) in looks(town)
    town.clock.advance(timedelta(days=40))
    desk.sign_in()
    desk.tap(card)
    page = desk.client.get(path)
    assert "2027年3月31日（水）まで有効 高齢者" in page.text
    page = desk.client.submit(page, f"{path}/end")
    assert "まで有効" in desk.client.get(path).text
    assert "終了しました" in desk.confirm(page, card).text
    page = desk.client.get(path)
    assert "まで有効" not in page.text
    assert not [form for form in page.forms() if form.get("action") == f"{path}/renewal"]


def test_nobody_renews_what_is_somebody_elses(town: LittleTown, desk: Desk) -> None:
    first, second, path = town.resident(), town.resident(), "/counter/memberships"
    for card, number in ((first, "M-1"), (second, "M-2")):
        desk.tap(card)
        desk.confirm(desk.ask(path, {"number": number, "until": "2026-10-31"}), card)
    with town.database.read(town.operator) as tx:
        subject = subject_of(town, first)
        ((other,),) = tx.rows("SELECT id FROM membership WHERE member = %s", [subject])
    for verb, fields in (("end", {}), ("renewal", {"until": "2027-03-31"})):
        page = desk.client.get(path)
        taken = fields | {"membership": str(other)}
        refused = desk.client.submit(page, f"{path}/{verb}", taken, status=404)
        assert "終了しています" in refused.text
    assert terms(town) == 2


def test_the_page_of_memberships_holds_in_a_browser(town: LittleTown, desk: Desk) -> None:
    """Nothing too wide or too small, and axe finds nothing, with all that can be done open."""
    card, path = town.resident(), "/counter/memberships"
    desk.tap(card)
    desk.confirm(desk.ask(path, {"number": "M-2026-77", "until": "2026-10-31"}), card)
    with sync_playwright() as playwright:
        window = chromium(playwright)
        for viewport in (PHONE, DESKTOP):
            look_at(window, desk.client, [path], viewport, opened="details.fold summary")
        window.close()


def terms(town: LittleTown) -> int:
    """How many terms all memberships have."""
    with town.database.read(town.operator) as tx:
        ((count,),) = tx.rows("SELECT count(*) FROM membership_term")
    return int(count)
