"""The ways in, without JavaScript: password, app, recovery code; roles; a lying browser."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from ichimai import people
from ichimai.people.model import OrganisationKind, StaffRole
from tests.acceptance.little_town import PASSWORD, STAFF, LittleTown, served
from tests.acceptance.pages import Page, PageClient
from tests.acceptance.web.residents import come_in
from tests.passwords import cheap_hash

OFFICER, *_ = STAFF
Browser = Callable[[], PageClient]


@pytest.fixture
def strict(town: LittleTown) -> Iterator[Browser]:
    """Makes browsers of a town where a second factor is needed."""
    opened: list[PageClient] = []
    with served(town, changed=lambda s: replace(s, needs_second_factor=True)) as address:

        def open_one() -> PageClient:
            opened.append(PageClient(address))
            return opened[-1]

        yield open_one
        for client in opened:
            client.close()


def give_password(client: PageClient, name: str = OFFICER, password: str = PASSWORD) -> Page:
    fields = {"name": name, "password": password}
    return client.submit(client.get("/console"), "/console/sign-in", fields)


def app_on(page: Page) -> pyotp.TOTP:
    """An authenticator app in which the secret of a page was typed."""
    (secret,) = re.findall(r'class="secret">([A-Z2-7 ]+)<', page.response.text)
    return pyotp.TOTP(secret.replace(" ", ""))


def set_up(client: PageClient, town: LittleTown, name: str = OFFICER) -> tuple[pyotp.TOTP, Page]:
    """The app of somebody who has just set it up, and the page with the recovery codes."""
    page = give_password(client, name)
    page = client.submit(page, "/console/factors/app/begin")
    app = app_on(page)
    code = app.at(town.clock.now())
    codes = client.submit(page, "/console/factors/app", {"code": code})
    town.clock.advance(timedelta(seconds=30))
    return app, codes


def test_the_first_sign_in_leads_to_the_setting_up_and_nowhere_else(strict: Browser) -> None:
    client = strict()
    page = give_password(client)
    assert page.path == "/console/set-up"
    session = client.http.cookies["ichimai-console"]
    for path in ("/console", "/console/lists", "/console/account"):
        other = PageClient(str(client.http.base_url))
        other.http.cookies.set("ichimai-console", session)
        assert other.http.get(path).headers["location"] == "/console/sign-in", path
        other.close()


def test_an_app_is_set_up_used_and_stands_in_for_by_codes(
    town: LittleTown, strict: Browser
) -> None:
    client = strict()
    app, codes = set_up(client, town)
    assert codes.heading == "予備コード"
    assert client.get("/console").path == "/console"
    recovery = re.findall(r'class="code">([\w-]+)<', codes.response.text)
    assert len(set(recovery)) == 8

    second = strict()
    page = give_password(second)
    assert page.path == "/console/second-step"
    wrong = second.submit(page, "/console/second-step", {"code": "000000"}, status=422)
    assert "数字が違うか" in wrong.text
    home = second.submit(page, "/console/second-step", {"code": app.at(town.clock.now())})
    assert home.path == "/console"

    third = strict()
    page = give_password(third)
    assert third.submit(page, "/console/second-step", {"code": recovery[0]}).path == "/console"


def test_the_recovery_codes_are_shown_once(town: LittleTown, strict: Browser) -> None:
    client = strict()
    set_up(client, town)
    for path in ("/console/factors/app", "/console/factors/codes"):
        assert client.get(path).path == "/console/account"
    page = client.get("/console/account")
    assert "あと8個" in page.text
    renewed = client.submit(page, "/console/factors/codes")
    assert renewed.heading == "予備コード"


def test_each_step_of_a_sign_in_gives_the_browser_a_new_session(
    town: LittleTown, strict: Browser
) -> None:
    """Fixation (faults.md G107): what was known before a step is dead after it."""
    client = strict()
    app, _ = set_up(client, town)
    victim = strict()
    victim.http.cookies.set("ichimai-console", "planted-by-an-attacker", domain="127.0.0.1")
    page = victim.get("/console/sign-in")
    page = victim.submit(page, "/console/sign-in", {"name": OFFICER, "password": PASSWORD})
    half = victim.http.cookies["ichimai-console"]
    victim.submit(page, "/console/second-step", {"code": app.at(town.clock.now())})
    whole = victim.http.cookies["ichimai-console"]
    assert len({"planted-by-an-attacker", half, whole}) == 3
    attacker = strict()
    for known in ("planted-by-an-attacker", half):
        attacker.http.cookies.set("ichimai-console", known)
        assert attacker.http.get("/console").status_code == 303
        assert attacker.http.get("/console/second-step").status_code == 303


def test_guessed_codes_wait_like_guessed_passwords(town: LittleTown, strict: Browser) -> None:
    client = strict()
    set_up(client, town)
    guesser = strict()
    page = give_password(guesser)
    for guess in range(5):
        page = guesser.submit(page, "/console/second-step", {"code": f"00000{guess}"}, status=422)
    page = guesser.submit(page, "/console/second-step", {"code": "000009"}, status=429)
    assert "しばらく" in page.text or "数分" in page.text


def test_a_changed_password_ends_every_other_session(browser: Browser) -> None:
    mine, other = browser(), browser()
    give_password(mine)
    give_password(other)
    page = mine.get("/console/account")
    chosen = {"new_password": "another long password", "new_password_again": "another long"}
    action = "/console/account/password"
    mine.submit(page, action, {"password": PASSWORD, **chosen}, status=422)
    chosen["new_password_again"] = chosen["new_password"]
    mine.submit(page, action, {"password": "wrong", **chosen}, status=422)
    assert "変えました" in mine.submit(page, action, {"password": PASSWORD, **chosen}).text
    assert other.http.get("/console").status_code == 303
    assert mine.get("/console").path == "/console"
    late = browser()
    fields = {"name": OFFICER, "password": PASSWORD}
    late.submit(late.get("/console"), "/console/sign-in", fields, status=422)


def test_a_role_elsewhere_opens_nothing_of_the_towns(town: LittleTown, browser: Browser) -> None:
    """An officer of a club, who is nothing for the town (MATRIX over every page and action)."""
    with town.database.write(town.operator) as tx:
        club = people.staff.add_organisation(
            tx, town.clock, kind=OrganisationKind.CLUB, name="サッカークラブ"
        )
        member = people.staff.named(tx, OFFICER)
        for role in (StaffRole.ADMINISTRATOR,):
            people.staff.set_role(tx, town.clock, member.id, club.id, role)
    client = browser()
    page = give_password(client)
    assert page.path == "/console", "for the town first"
    before = client.http.cookies["ichimai-console"]
    account = client.get("/console/account")
    page = client.submit(account, "/console/account/organisation", {"organisation": str(club.id)})
    assert client.http.cookies["ichimai-console"] != before
    assert page.path == "/console/account"
    assert "サッカークラブ" in page.text
    for path in (
        "lists", "lists/new", "shops", "reports/share", "closings", "payouts", "cards", "proof",
        "staff",
    ):  # fmt: skip
        assert client.http.get(f"/console/{path}").status_code == 403, path


def test_nobody_acts_for_an_organisation_that_a_form_names(
    town: LittleTown, browser: Browser
) -> None:
    with town.database.write(town.operator) as tx:
        club = people.staff.add_organisation(
            tx, town.clock, kind=OrganisationKind.CLUB, name="サッカークラブ"
        )
    client = browser()
    give_password(client)
    page = client.get("/console/account")
    (token,) = {*re.findall(r'name="form_token" value="(\w+)"', page.response.text)}
    for wanted in (str(club.id), "", "x", "0" * 32):
        data = {"form_token": token, "organisation": wanted}
        answer = client.http.post("/console/account/organisation", data=data)
        assert answer.status_code == 404, wanted


def test_a_role_is_asked_for_by_one_administrator_and_approved_by_another(
    town: LittleTown, browser: Browser
) -> None:
    with town.database.write(town.operator) as tx:
        for name in ("管理 一", "管理 二"):
            people.staff.add(
                tx,
                town.clock,
                name=name,
                role=StaffRole.ADMINISTRATOR,
                password=cheap_hash(PASSWORD),
            )
    first, second, officer = browser(), browser(), browser()
    for client, name in ((first, "管理 一"), (second, "管理 二"), (officer, OFFICER)):
        give_password(client, name)
    page = first.get("/console/staff")
    wrong = {"name": "誰か", "role": "treasurer", "reason": "異動"}
    assert "いません" in first.submit(page, "/console/staff", wrong, status=422).text
    page = first.submit(page, "/console/staff", wrong | {"name": OFFICER})
    assert f"{OFFICER}さんの役割を変えます：" in page.text
    waiting = second.get("/console/staff")
    (action,) = re.findall(r'action="(/console/staff/[\w-]+/approve)"', waiting.response.text)
    assert action not in page.response.text, "who asked has no button"
    (token, *_) = re.findall(r'name="form_token" value="(\w+)"', page.response.text)
    assert first.http.post(action, data={"form_token": token}).status_code == 403
    assert officer.http.get("/console").status_code == 200
    second.submit(waiting, action)
    assert officer.http.get("/console").status_code == 303, "signed out by the new role"
    give_password(officer)
    assert officer.http.get("/console/lists/new").status_code == 403


def test_a_passkey_question_and_answer_without_a_browser(browser: Browser) -> None:
    """What is sent by hand is refused in the words of a page, in each door."""
    for start, action in (("/console/sign-in", "/console/passkey"), ("/me/sign-in", "/me/passkey")):
        client = browser()
        page = client.get(start)
        form = next(each for each in page.forms() if each.get("data-passkey"))
        assert form.get("hidden") is not None
        assert form.get("data-party") == "localhost"
        (token, *_) = re.findall(r'name="form_token" value="(\w+)"', page.response.text)
        asked = client.http.post(form.get("data-question", ""), data={"form_token": token})
        assert asked.headers["content-type"] == "application/json"
        assert asked.json()["userVerification"] == "required"
        for answer in ("", "{}", "x" * 20_000):
            told = client.http.post(action, data={"form_token": token, "answer": answer})
            assert told.status_code == 422
            assert "パスキー" in told.text


def test_without_a_provider_nobody_is_sent_to_one(browser: Browser) -> None:
    client = browser()
    page = client.get("/me/sign-in")
    assert "デジタル認証アプリ" not in page.text
    assert client.http.get("/me/digital-id/answer?state=x&code=y").status_code == 503


@pytest.mark.parametrize("query", ["", "?code=y", "?error=access_denied", "?state=x&code=y"])
def test_a_link_to_the_answers_address_signs_nobody_out(
    town: LittleTown, browser: Browser, query: str
) -> None:
    """Whoever sends somebody there, with or without what looks like an answer."""
    me = come_in(browser(), town.resident(1_000))
    answer = me.http.get(f"/me/digital-id/answer{query}")
    assert "set-cookie" not in answer.headers
    assert me.get("/me").path == "/me"
    stranger = browser()
    stranger.http.get(f"/me/digital-id/answer{query}")
    assert stranger.get("/me").path == "/me/sign-in"
