"""My record, without JavaScript: who looked, links, consents, people who act for me, my data."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from ichimai import audit, identity, people
from ichimai.identity.model import LinkState
from ichimai.people.records.consents import DataCategory, Wanted
from ichimai.people.records.errors import NothingKnown
from ichimai.web.layout import formats
from tests.acceptance.little_town import PIN, LittleTown
from tests.acceptance.pages import PageClient
from tests.acceptance.web.residents import (
    CLERK,
    LIBRARY,
    TERMS,
    Known,
    come_in,
    linked,
    look,
    make_known,
    personal_key,
)

Browser = Callable[[], PageClient]


@pytest.fixture
def hanako(town: LittleTown, browser: Browser) -> tuple[PageClient, Known]:
    """Somebody about whom everything is entered, who has signed in."""
    card = town.resident(3_000)
    known = make_known(town, card)
    return come_in(browser(), card), known


# Who looked.


def test_every_look_is_there_with_its_reason_latest_first(
    town: LittleTown, hanako: tuple[PageClient, Known]
) -> None:
    me, known = hanako
    town.clock.advance(timedelta(minutes=1))
    why = look(audit.Purpose.ENQUIRY, "電話での問い合わせ")
    with town.database.write(town.operator) as tx:
        people.records.personal.read(tx, personal_key(town), town.clock, why, known.subject)
    page = me.get("/me/looks")
    assert page.heading == "私の情報を見た人"
    latest, first = page.text.index("電話での問い合わせ"), page.text.index("申請・届出の受付のため")
    assert latest < first
    assert "窓口、ご本人からの問い合わせのため" in page.text
    assert "書いた・変えたもの： 氏名・連絡先" in page.text
    assert str(CLERK) not in page.response.text


def test_looks_of_one_visit_are_one_and_come_in_pages(town: LittleTown, browser: Browser) -> None:
    card = town.resident()
    known, me = make_known(town, card), browser()
    for number in range(60):
        town.clock.advance(timedelta(minutes=11))
        why = look(audit.Purpose.OTHER, f"確認その{number:02}")
        with town.database.write(town.operator) as tx:
            for _ in range(2):
                people.records.claims.read(tx, personal_key(town), town.clock, why, known.subject)
    page = come_in(me, card).get("/me/looks")
    assert page.text.count("確認その59") == 1
    seen = 0
    for _ in range(10):
        seen += page.text.count("確認その")
        if "次へ" not in page.links():
            break
        page = me.get(page.links()["次へ"])
    assert seen == 60
    assert "申請・届出の受付のため" in page.text


def test_what_i_do_myself_is_no_look(town: LittleTown, hanako: tuple[PageClient, Known]) -> None:
    me, known = hanako
    with town.database.read(town.operator) as tx:
        before = audit.of_subject(tx, audit.Myself(known.subject))
    for path in ("/me/data", "/me/data/export", "/me/consents", "/me/delegates", "/me/looks"):
        assert me.http.get(path).status_code == 200
    with town.database.read(town.operator) as tx:
        assert audit.of_subject(tx, audit.Myself(known.subject)) == before


# Links.


def test_a_link_is_shown_masked_and_ended_by_its_person(
    town: LittleTown, hanako: tuple[PageClient, Known]
) -> None:
    me, known = hanako
    page = me.get("/me/links")
    assert "区立図書館 つながっています" in page.text
    assert "*****017" in page.text
    assert "12340017" not in page.response.text
    after = me.submit(me.get(f"/me/links/{known.link}"), f"/me/links/{known.link}/end")
    assert after.path == "/me/links"
    assert "終わったもの" in after.text
    with town.database.read(town.operator) as tx:
        (link,) = identity.links.links_of(tx, known.subject)
        last = identity.links.history(tx, link.id)[-1]
    assert link.state is LinkState.ENDED
    assert (last.cause, last.staff) == (identity.model.Cause.ENDED_BY_PERSON, None)


def test_a_number_that_is_two_peoples_says_so_to_both(
    town: LittleTown, hanako: tuple[PageClient, Known], browser: Browser
) -> None:
    me, _ = hanako
    other = town.resident()
    linked(town, other, "12340017")
    for client in (me, come_in(browser(), other)):
        page = client.get("/me/links")
        assert "安全のため停止中" in page.text
        assert "ほかの方にも" in page.text


# Consents.


def test_a_consent_is_read_taken_back_and_given_again(
    town: LittleTown, hanako: tuple[PageClient, Known]
) -> None:
    me, known = hanako
    page = me.get("/me/consents")
    assert TERMS.purpose in page.text
    assert "同意をお願いしていること" not in page.text
    shown = me.get(f"/me/consents/{known.consent}")
    for text in (TERMS.text, TERMS.recipient, "氏名、電話番号"):
        assert text in shown.text
    town.clock.advance(timedelta(minutes=1))
    after = me.submit(shown, f"/me/consents/{known.consent}/withdraw")
    assert "同意しているものは、ありません" in after.text
    offer = me.get(f"/me/consents/offers/{known.offer}")
    assert TERMS.text in offer.text
    again = me.submit(offer, f"/me/consents/offers/{known.offer}")
    assert "同意をお願いしていること" not in again.text
    with town.database.write(town.operator) as tx:
        found = people.records.consents.read(
            tx, town.clock, audit.Myself(known.subject), known.subject
        )
    assert [each.given_how.value for each in found] == ["counter", "my_page"]
    assert [each.withdrawn_at is None for each in found] == [False, True]


def test_what_was_handed_on_is_there_with_to_whom_and_when(
    town: LittleTown, hanako: tuple[PageClient, Known]
) -> None:
    """Among my consents, at the consent itself, and among who looked."""
    me, known = hanako
    assert "渡しました" not in me.get("/me/consents").text
    assert "まだ何もありません" in me.get(f"/me/consents/{known.consent}").text
    categories = frozenset({DataCategory.PHONE})
    with town.database.write(town.operator) as tx:
        people.records.personal.hand_over(
            tx,
            personal_key(town),
            town.clock,
            look(),
            known.subject,
            wanted=Wanted(TERMS.service, categories=categories),
        )
    at = formats.day_and_time(town.clock.now(), "ja")
    page = me.get("/me/consents").text
    assert f"{at} {TERMS.recipient}: 電話番号 {TERMS.purpose}" in page
    assert f"{at} 電話番号" in me.get(f"/me/consents/{known.consent}").text
    assert "見たもの： 同意に基づいて渡したデータ" in me.get("/me/looks").text


def test_agreeing_twice_is_one_consent(town: LittleTown, hanako: tuple[PageClient, Known]) -> None:
    """A second one would stay when the first is taken back."""
    me, known = hanako
    me.submit(me.get(f"/me/consents/{known.consent}"), f"/me/consents/{known.consent}/withdraw")
    address = f"/me/consents/offers/{known.offer}"
    page = me.get(address)
    for _ in range(3):
        me.submit(page, address)
    with town.database.write(town.operator) as tx:
        found = people.records.consents.read(
            tx, town.clock, audit.Myself(known.subject), known.subject
        )
    assert len([each for each in found if each.withdrawn_at is None]) == 1


def test_what_is_offered_no_longer_cannot_be_agreed_to(
    town: LittleTown, hanako: tuple[PageClient, Known]
) -> None:
    me, known = hanako
    address = f"/me/consents/offers/{known.offer}"
    page = me.get(address)
    with town.database.write(town.operator) as tx:
        people.records.offers.end(tx, town.clock, people.records.offers.OfferId(known.offer), CLERK)
    me.get(address, status=404)
    me.submit(page, address, status=404)


def test_what_services_asked_is_there_in_words(
    town: LittleTown, hanako: tuple[PageClient, Known]
) -> None:
    """Also what a shop asked at its till, by the shop's name."""
    me, known = hanako
    with town.database.write(town.operator) as tx:
        shop = people.predicates.by_shop(town.tavern.id)
        key = personal_key(town)
        people.predicates.ask(tx, key, town.clock, known.subject, ["age>=20"], service=shop)
    page = me.get("/me/consents")
    assert "区立図書館: 65歳以上か、区内に住んでいるか" in page.text
    assert f"{town.tavern.name}: 20歳以上か" in page.text
    assert str(town.tavern.id) not in page.text
    assert "1938" not in page.text


# People who act for me.


def test_who_acts_for_me_up_to_how_much_and_what_they_did(
    town: LittleTown, hanako: tuple[PageClient, Known]
) -> None:
    me, known = hanako
    page = me.get("/me/delegates")
    for text in ("家族", "3,000円", "20,000円", "1,200円", "受け取り、買い物"):
        assert text in page.text
    address = f"/me/delegates/{known.delegation}"
    shown = me.get(address)
    assert "1,200円" in shown.text
    after = me.submit(shown, f"{address}/end")
    assert "代わりの人は、いません" in after.text
    assert "これは終わっています" in me.get(address).text
    with town.database.write(town.operator) as tx:
        (one,) = people.records.delegates.read(
            tx, personal_key(town), town.clock, audit.Myself(known.subject), known.subject
        )
    assert one.ended_at is not None


# My data.


def test_my_data_can_be_read_and_saved_whole(
    town: LittleTown, hanako: tuple[PageClient, Known]
) -> None:
    me, known = hanako
    page = me.get("/me/data")
    for text in ("豊島 花子", "1938年3月5日（昭和13年）", "3,000円", "区立図書館"):
        assert text in page.text
    answer = me.http.get("/me/data/export")
    assert answer.headers["content-type"] == "application/json"
    assert "my-data-2026-10-01.json" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store, private"
    told = json.loads(answer.text)
    assert told["personal"]["name"] == "豊島 花子"
    assert told["claims"][0]["value"] == "1938-03-05"
    assert told["wallet"]["left_yen"] == 3_000
    assert told["links"][0]["number"] == "12340017"
    assert told["cards"][0]["status"] == "active"
    assert told["consents"][0]["record_id"] == str(known.consent)
    assert told["asked_by_services"][0]["service"] == LIBRARY.code
    assert told["looked_at_by_staff"]


def test_erasing_takes_two_steps_says_the_money_first_and_keeps_the_wallet(
    town: LittleTown, browser: Browser
) -> None:
    card = town.resident(3_000)
    known, me = make_known(town, card), come_in(browser(), card)
    explained = me.get("/me/data/erase")
    assert explained.text.index("3,000円残っています") < explained.text.index("消えるもの")
    assert "会計の記録は、法律で残す" in explained.text
    last = me.get(explained.links()["消すほうへ進む"])
    refused = me.submit(last, "/me/data/erase/last", status=422)
    assert "先に四角に印" in refused.text
    assert "豊島 花子" in me.get("/me/data").text
    done = me.submit(last, "/me/data/erase/last", {"sure": "yes"})
    assert done.heading == "消しました"
    assert "3,000円は、カードで使えます" in done.text
    assert me.get("/me").path == "/me/sign-in"
    come_in(me, card, "407192")
    page = me.get("/me/data")
    for gone in ("豊島 花子", "1938", "017"):
        assert gone not in page.text
    assert "3,000円" in me.get("/me").text
    told = json.loads(me.http.get("/me/data/export").text)
    assert (told["personal"], told["claims"]) == (None, [])
    with town.database.write(town.operator) as tx, pytest.raises(NothingKnown):
        people.records.personal.read(
            tx, personal_key(town), town.clock, audit.Myself(known.subject), known.subject
        )


def test_erasing_needs_a_sign_in_of_just_now(
    town: LittleTown, hanako: tuple[PageClient, Known]
) -> None:
    """Who finds a page open cannot erase anything."""
    me, _ = hanako
    last = me.get("/me/data/erase/last")
    town.clock.advance(timedelta(minutes=11))
    page = me.submit(last, "/me/data/erase/last", {"sure": "yes"}, status=422)
    assert "もう一度" in page.text
    assert "豊島 花子" in me.get("/me/data").text


# Sessions.


def test_where_i_am_signed_in_and_out_everywhere(town: LittleTown, browser: Browser) -> None:
    card = town.resident()
    first, second = come_in(browser(), card), come_in(browser(), card, PIN)
    page = second.get("/me/sessions")
    assert page.text.count("今の画面") >= 1
    assert page.text.count("ほかのスマホかパソコン") == 1
    assert second.submit(page, "/me/sessions/end").path == "/me/sign-in"
    assert first.get("/me").path == "/me/sign-in"
