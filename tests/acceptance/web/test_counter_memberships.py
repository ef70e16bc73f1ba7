"""Memberships at the counter: renewed and ended with two taps; a number checked at a door."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from ichimai.audit import Look, Purpose
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.people.records import memberships
from ichimai.people.records.memberships import GroupId, MembershipId, MembershipKind, Term
from tests.acceptance.browsers import DESKTOP, PHONE
from tests.acceptance.counter_desk import Desk, equip, looks, subject_of
from tests.acceptance.little_town import STAFF, LittleTown, services_of
from tests.acceptance.my_numbers import MY_NUMBER
from tests.acceptance.pages import Page, PageClient
from tests.acceptance.web.test_bank_pages import kept, look_at, watched

Browser = Callable[[], PageClient]
CHECK = "/counter/check"
LOOK = Look(NIL, "clerk", Purpose.APPLICATION)


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
    assert "2026年11月1日（令和8年）" in page.text
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


def test_the_page_of_memberships_holds_in_a_browser(
    town: LittleTown, desk: Desk, chrome: Chromium
) -> None:
    """Nothing too wide or too small, and axe finds nothing, with all that can be done open.

    A door's page with its answer too.
    """
    card, path = town.resident(), "/counter/memberships"
    desk.tap(card)
    desk.confirm(
        desk.ask(path, {"number": "M-2026-77", "until": "2026-10-31", "grade": "一般"}), card
    )
    for viewport in (PHONE, DESKTOP):
        look_at(chrome, desk.client, [path, CHECK], viewport, opened="details.fold summary")
        door = watched(chrome, desk.client, viewport)
        door.page.goto(CHECK)
        for number, heading in (("M-2026-77", "本日有効"), ("M-1", "有効ではありません")):
            # A scanner types, and presses Enter.
            expect(door.page.locator("#number")).to_be_focused()
            door.page.keyboard.type(number)
            door.page.keyboard.press("Enter")
            expect(door.page.locator("h1")).to_have_text(heading)
            door.check()
            kept(door, f"door-{number}", viewport)


def test_a_door_learns_until_when_and_of_which_grade(town: LittleTown, desk: Desk) -> None:
    """Of persons and of groups alike; with nobody at the counter, and no look at anybody."""
    card = town.resident()
    desk.tap(card)
    fields = {"number": "M-77", "until": "2026-10-31", "grade": "一般"}
    desk.confirm(desk.ask("/counter/memberships", fields), card)
    grouped(town)
    before = looks(town)
    for number, words in (("ｍ-77", "10月31日（土）まで有効"), ("g-1", "10月2日（金）まで有効")):
        page = checked(desk, number)
        assert page.heading == "本日有効"
        assert words in page.text
        assert "一般" in page.text
        assert "77" not in page.text
        assert "巣鴨" not in page.text
    assert looks(town) == before
    assert CHECK in desk.client.get("/counter").links().values()


def test_what_is_not_valid_gets_one_answer_to_the_letter(town: LittleTown, desk: Desk) -> None:
    """Ended, run out, not begun, of another service, never given."""
    soon = timedelta(days=9)
    ended = grouped(town, "G-0")
    grouped(town, "G-OVER", -soon)
    grouped(town, "G-SOON", soon)
    with town.database.write(town.operator) as tx:
        key, (group, id_) = services_of(town).personal_key, ended
        memberships.end(tx, key, town.clock, LOOK, group, membership=id_)
    pages = [checked(desk, number) for number in ("G-0", "G-OVER", "G-SOON", "X", "' OR 1=1")]
    assert {page.heading for page in pages} == {"有効ではありません"}
    assert len({page.text for page in pages}) == 1
    assert checked(desk, MY_NUMBER, status=422).heading != pages[0].heading


@pytest.mark.parametrize("name", list(STAFF)[1:])
def test_a_door_is_kept_by_those_who_serve_people(
    town: LittleTown, browser: Browser, name: str
) -> None:
    equip(town)
    Desk(town, browser()).sign_in(name).client.get(CHECK, status=403)


def checked(desk: Desk, number: str, *, status: int = 200) -> Page:
    return desk.ask(CHECK, {"number": number}, status=status)


def grouped(
    town: LittleTown, number: str = "G-1", later: timedelta = timedelta()
) -> tuple[GroupId, MembershipId]:
    """A group that is a member of the library for two days; from when."""
    key, first = services_of(town).personal_key, day_in_tokyo(town.clock.now()) + later
    with town.database.write(town.operator) as tx:
        group = memberships.add_group(tx, key, town.clock, LOOK, "巣鴨卓球クラブ")
        made = memberships.add(
            tx,
            key,
            town.clock,
            LOOK,
            group,
            service="library",
            kind=MembershipKind.REGISTRATION,
            number=number,
            term=Term(first, first + timedelta(days=1), "一般"),
        )
    return group, made


def terms(town: LittleTown) -> int:
    """How many terms all memberships have."""
    with town.database.read(town.operator) as tx:
        ((count,),) = tx.rows("SELECT count(*) FROM membership_term")
    return int(count)
