"""What ends is said on the owner's first page, kept in a list, and written to those who need it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from ichimai import jobs
from ichimai.kernel.clock import start_of_day
from ichimai.programs import lists
from ichimai.registry.model import IssuedCard
from tests.acceptance.little_town import PASSWORD, STAFF, LittleTown
from tests.acceptance.pages import PageClient, check_page
from tests.acceptance.web.residents import come_in, subject_of

Browser = Callable[[], PageClient]
OFFICER, APPROVER, TREASURER, AUDITOR = STAFF
LAST = date(2027, 3, 29)
"""The last whole day of residents' first gifts."""


def told(town: LittleTown, *, days_before: int) -> None:
    """The round of a morning before the end."""
    town.clock.at = start_of_day(LAST - timedelta(days=days_before)) + timedelta(hours=9)
    jobs.run_once(town.desk)


def staff(client: PageClient, name: str) -> PageClient:
    page = client.get("/console/sign-in")
    client.submit(page, "/console/sign-in", {"name": name, "password": PASSWORD})
    return client


def in_english(client: PageClient, path: str) -> str:
    text = check_page(client.http.get(f"{path}?lang=en")).text
    client.http.cookies.delete("ichimai-lang")
    return text


@pytest.fixture
def card(town: LittleTown) -> IssuedCard:
    """Somebody with 3,000 yen that end first, and 10,000 later, whom the gift list calls 00017."""
    made = town.resident(3_000, 10_000)
    with town.database.write(town.operator) as tx:
        lists.link(tx, [("00017", subject_of(town, made))])
    return made


def test_the_first_page_says_what_ends_when_and_how_much_is_left(
    town: LittleTown, browser: Browser, card: IssuedCard
) -> None:
    told(town, days_before=61)
    assert "お早めに" not in come_in(browser(), card).get("/me").text
    told(town, days_before=60)
    me = come_in(browser(), card)
    assert "長寿祝いの3,000円が、2027年3月29日（月）で終わります。" in me.get("/me").text
    town.pay(town.greengrocer, card, 1_280)
    assert "長寿祝いの1,720円が、2027年3月29日（月）で終わります。" in me.get("/me").text
    english = in_english(me, "/me")
    assert "¥1,720 (Longevity gift) can be used until Mon 29 Mar 2027, and then ends." in english
    town.pay(town.greengrocer, card, 1_720)
    assert "お早めに" not in me.get("/me").text


def test_what_one_was_told_stays_to_be_read_by_nobody_else(
    town: LittleTown, browser: Browser, card: IssuedCard
) -> None:
    told(town, days_before=60)
    town.pay(town.greengrocer, card, 1_000)
    told(town, days_before=14)
    me = come_in(browser(), card)
    page = me.get(me.get("/me").links()["お知らせをすべて見る"])
    assert page.text.index("2027年3月15日") < page.text.index("2027年1月28日")
    for units in ("2,000円", "3,000円"):
        assert f"長寿祝いの{units}が、2027年3月29日（月）で終わります。" in page.text
    assert "¥2,000" in in_english(me, "/me/notices")
    (first, second) = me.http.get("/me/data/export").json()["wallet"]["notices"]
    assert (first["units"], second["units"], second["days_before"]) == (2_000, 3_000, 60)
    other = come_in(browser(), town.resident(500))
    assert "期限のお知らせはありません。" in other.get("/me/notices").text


def test_officers_write_letters_to_those_whose_number_is_known(
    town: LittleTown, browser: Browser, card: IssuedCard
) -> None:
    town.resident(700)
    officer = staff(browser(), OFFICER)
    assert "手紙を待っている方は、いまはいません。" in officer.get("/console/notices").text
    told(town, days_before=14)
    officer, auditor = staff(browser(), OFFICER), staff(browser(), AUDITOR)
    assert len(auditor.get("/console/notices").forms()) == 1, "an auditor signs out, and no more"
    page = officer.submit(officer.get("/console/notices"), "/console/notices")
    assert "まだ発送していません" in page.text
    (file, sent) = [
        form.get("action", "") for form in page.forms() if "-" in form.get("action", "")
    ][-2:]
    token = page.form_to(file).find(".//input[@name='form_token']")
    assert token is not None
    form = {"form_token": token.get("value", "")}
    answer = officer.http.post(file, data=form)
    assert answer.content.decode("utf-8-sig").splitlines()[1:] == [
        "00017,longevity-gift,長寿祝い,3000,3000,2027-03-29,14日前,2027-03-15"
    ]
    page = officer.submit(page, sent)
    assert "発送済" in page.text
    assert "Posted:" in in_english(officer, "/console/notices")
    assert "手紙でもお知らせ" in come_in(browser(), card).get("/me/notices").text
    for name in (APPROVER, AUDITOR):
        client = staff(browser(), name)
        token = (
            client.get("/console/notices")
            .form_to("/console/sign-out")
            .find(".//input[@name='form_token']")
        )
        assert token is not None
        form = {"form_token": token.get("value", "")}
        for address in ("/console/notices", file, sent):
            assert client.http.post(address, data=form).status_code == 403
