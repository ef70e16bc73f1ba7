"""Groups that are members, in the console: entered, renewed and ended, each look with a purpose."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser as Chromium

from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.web.layout import formats
from tests.acceptance.browsers import DESKTOP, PHONE
from tests.acceptance.counter_desk import Desk, equip, looks, subject_of
from tests.acceptance.little_town import STAFF, LittleTown
from tests.acceptance.my_numbers import MY_NUMBER
from tests.acceptance.pages import Page, PageClient
from tests.acceptance.web.test_bank_pages import look_at

Browser = Callable[[], PageClient]
GROUPS = "/console/groups"
CLUB = "巣鴨卓球クラブ"
NUMBER = "G-2026-0042"


@pytest.fixture
def clerk(town: LittleTown, browser: Browser) -> PageClient:
    """A clerk at the console."""
    equip(town)
    return Desk(town, browser()).sign_in().client


def entered(client: PageClient, name: str = CLUB, *, status: int = 200) -> Page:
    page = client.get(f"{GROUPS}?purpose=application")
    return client.submit(page, GROUPS, {"name": name}, status=status)


def term(town: LittleTown, first: int, last: int, grade: str) -> dict[str, str]:
    """A term that is so many days from today."""
    today: date = day_in_tokyo(town.clock.now())
    days = [(today + timedelta(days=each)).isoformat() for each in (first, last)]
    return {"from_on": days[0], "until_on": days[1], "grade": grade}


def given(client: PageClient, town: LittleTown, page: Page, *, status: int = 200) -> Page:
    fields = {"service": "library", "kind": "registration", "number": NUMBER}
    return client.submit(
        page, f"{page.path}/memberships", fields | term(town, 0, 30, "一般"), status=status
    )


def renewed(
    client: PageClient, page: Page, fields: dict[str, str] | None = None, *, status: int = 200
) -> Page:
    return client.submit(page, f"{page.path}/renewal", fields, status=status)


def test_a_group_is_given_a_membership_that_is_renewed_and_ended(
    town: LittleTown, clerk: PageClient
) -> None:
    page = entered(clerk)
    assert CLUB in page.text
    page = given(clerk, town, page)
    assert f"{'*' * 8}042" in page.text
    assert "登録証" in page.text
    for number in (NUMBER, "0042"):
        assert number not in page.response.text
    assert not [form for form in page.forms() if form.get("action", "").endswith("/memberships")]
    later = term(town, 31, 60, "高齢者")
    page = renewed(clerk, page, {name: later[name] for name in ("until_on", "grade")})
    assert "高齢者" in page.text
    until_on = formats.day(date.fromisoformat(later["until_on"]), "ja")
    assert f"{until_on}まで有効" in page.text
    page = clerk.submit(page, f"{page.path}/end")
    assert "に終了" in page.text
    actions = [form.get("action", "") for form in page.forms()]
    assert not [each for each in actions if each.endswith(("/renewal", "/end"))]
    page = clerk.get(f"{GROUPS}?purpose=list")
    assert CLUB in page.links()


def test_a_renewal_begins_after_the_term_before_and_ends_after_it_begins(
    town: LittleTown, clerk: PageClient
) -> None:
    page = given(clerk, town, entered(clerk))
    refused = renewed(clerk, page, term(town, 0, 60, "高齢者"), status=422)
    assert "有効期間の開始日：更新は、前の期間より後に" in refused.text
    # Where it went wrong is open, with what was typed.
    (opened,) = [fold for fold in refused.tree.iter("details") if "open" in fold.attrib]
    values = {each.get("name"): each.get("value") for each in opened.iter("input")}
    assert {name: values[name] for name in ("until_on", "grade")} == {
        "until_on": term(town, 0, 60, "")["until_on"],
        "grade": "高齢者",
    }
    wrong = term(town, 40, 39, "")
    for fields, named in (
        (wrong, "有効期限：開始日か、それより後の日を"),
        (wrong | {"from_on": ""}, "有効期間の開始日：初日を"),
        (wrong | {"until_on": ""}, "有効期限：開始日か、それより後の日を"),
        (term(town, 40, 50, "あ" * 41), "区分：40文字以内で"),
    ):
        assert named in renewed(clerk, page, fields, status=422).text
    with town.database.read(town.operator) as tx:
        assert tx.rows("SELECT count(*) FROM membership_term") == [(1,)]


def test_every_look_is_in_the_access_log_with_its_purpose(
    town: LittleTown, clerk: PageClient
) -> None:
    """Without a purpose nothing is shown, and nothing is written."""
    assert GROUPS in clerk.get("/counter").links().values()
    page = clerk.get(GROUPS)
    assert not page.tree.find(".//input[@name='name']")
    assert looks(town) == []
    page = given(clerk, town, entered(clerk))
    assert {each[:2] for each in looks(town)} == {("application", "memberships")}
    before = len(looks(town))
    clerk.get(f"{page.path}?purpose=enquiry")
    clerk.get(f"{GROUPS}?purpose=list")
    # The client reads each page in both languages.
    assert (
        looks(town)[before:]
        == [("enquiry", "memberships", False)] * 4 + [("list", "memberships", False)] * 2
    )
    with town.database.read(town.operator) as tx:
        assert tx.rows("SELECT DISTINCT role FROM access_entry") == [("clerk",)]
        listed = tx.rows("SELECT DISTINCT subject FROM access_entry WHERE purpose = 'list'")
    assert listed == [(NIL,)]
    assert clerk.get(page.path).path == GROUPS


def test_who_only_enquires_changes_nothing(town: LittleTown, clerk: PageClient) -> None:
    page = given(clerk, town, entered(clerk))
    reading = clerk.get(f"{page.path}?purpose=enquiry")
    assert [form.get("action") for form in reading.forms()] == ["/console/sign-out"]
    for action in ("memberships", "renewal", "end"):
        answer = clerk.http.post(
            f"{page.path}/{action}", data=token(page) | {"purpose": "enquiry", "number": "1"}
        )
        assert answer.status_code == 403
    answer = clerk.http.post(GROUPS, data=token(page) | {"purpose": "list", "name": "別の会"})
    assert answer.status_code == 403


def test_nothing_is_given_to_a_person_without_their_card(
    town: LittleTown, clerk: PageClient
) -> None:
    person = subject_of(town, town.resident())
    page = entered(clerk)
    clerk.get(f"{GROUPS}/{person}?purpose=application", status=404)
    fields = {"service": "library", "kind": "member", "number": "M-1", "purpose": "application"}
    answer = clerk.http.post(
        f"{GROUPS}/{person}/memberships",
        data=token(page) | fields | term(town, 0, 9, ""),
    )
    assert answer.status_code == 404
    with town.database.read(town.operator) as tx:
        assert tx.rows("SELECT count(*) FROM membership") == [(0,)]


def test_a_my_number_is_refused_and_a_number_is_given_once(
    town: LittleTown, clerk: PageClient
) -> None:
    assert MY_NUMBER not in entered(clerk, MY_NUMBER, status=422).response.text
    page = entered(clerk)
    fields = {"number": MY_NUMBER} | term(town, 0, 9, "")
    refused = clerk.submit(page, f"{page.path}/memberships", fields, status=422)
    assert MY_NUMBER not in refused.response.text
    given(clerk, town, page)
    other = given(clerk, town, entered(clerk, "巣鴨町会"), status=422)
    assert "すでに使われた番号" in other.text
    assert NUMBER not in other.response.text


@pytest.mark.parametrize("name", list(STAFF)[1:])
def test_it_is_for_those_who_serve_people(town: LittleTown, browser: Browser, name: str) -> None:
    equip(town)
    other = Desk(town, browser()).sign_in(name).client
    other.get(f"{GROUPS}?purpose=application", status=403)
    assert GROUPS not in other.get("/console").links().values()


def token(page: Page) -> dict[str, str]:
    """What makes a form of one's own believed."""
    found = page.tree.find(".//input[@name='form_token']")
    assert found is not None
    return {"form_token": found.get("value", "")}


def test_the_pages_hold_in_a_browser(town: LittleTown, clerk: PageClient, chrome: Chromium) -> None:
    """Nothing too wide or too small, and axe finds nothing, on a phone and on a desk."""
    page = given(clerk, town, entered(clerk))
    paths = [GROUPS, f"{GROUPS}?purpose=application", f"{page.path}?purpose=application"]
    for viewport in (PHONE, DESKTOP):
        look_at(chrome, clerk, paths, viewport, opened="details.fold summary")
