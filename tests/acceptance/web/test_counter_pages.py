"""The counter without JavaScript: codes are typed, and each page does one thing."""

import base64
from collections.abc import Callable
from datetime import timedelta
from unittest import mock

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric import ec

from ichimai import people, programs
from ichimai.cards import phone_codes
from ichimai.kernel import ids
from ichimai.ledger import Posted
from ichimai.ledger.errors import LimitExceeded
from ichimai.people.model import StaffRole
from ichimai.programs import lists
from tests.acceptance.counter_desk import (
    HANAKO,
    MASKED,
    NUMBER,
    Desk,
    code_on,
    equip,
    links,
    looks,
    subject_of,
)
from tests.acceptance.little_town import STAFF, LittleTown
from tests.acceptance.my_numbers import MY_NUMBER
from tests.acceptance.pages import PageClient, filled
from tests.acceptance.web.residents import charge, come_in

Browser = Callable[[], PageClient]


@pytest.fixture
def desk(town: LittleTown, browser: Browser) -> Desk:
    """A clerk who has signed in."""
    equip(town)
    return Desk(town, browser()).sign_in()


def test_a_number_is_linked_with_two_taps_and_ended_with_two(town: LittleTown, desk: Desk) -> None:
    card = town.resident()
    assert desk.tap(card).path == "/counter/person"
    page = desk.ask("/counter/links", {"number": NUMBER})
    assert MASKED in page.text
    assert NUMBER not in page.text
    page = desk.confirm(page, card)
    assert page.path == "/counter/person"
    assert MASKED in page.text
    page = desk.client.submit(desk.client.get("/counter/links"), "/counter/links/end")
    assert [state for *_, state in links(town)] == ["active"]
    desk.confirm(page, card)
    assert [state for *_, state in links(town)] == ["ended"]
    page = desk.client.submit(desk.client.get("/counter/person"), "/counter/end")
    assert page.path == "/counter"
    desk.client.get("/counter/person", status=409)


def test_a_number_of_two_is_frozen_and_the_clerk_is_told_what_to_do(
    town: LittleTown, desk: Desk
) -> None:
    first, second = town.resident(), town.resident()
    desk.tap(first)
    desk.confirm(desk.ask("/counter/links", {"number": NUMBER}), first)
    desk.tap(second)
    page = desk.confirm(desk.ask("/counter/links", {"number": NUMBER}), second)
    assert "ほかの方にも登録されています" in page.text
    assert "確かめてください" in page.text
    assert NUMBER not in page.text
    assert [state for *_, state in links(town)] == ["frozen", "frozen"]


def test_somebody_new_is_enrolled_with_a_printed_card(town: LittleTown, desk: Desk) -> None:
    """Registered, named, known by the register's number: a gift by list comes to the card."""
    desk.begin()
    page = desk.client.submit(desk.client.get("/counter/enrol"), "/counter/enrol")
    code = code_on(page)
    assert "お名前はまだ登録されていません" in desk.client.get("/counter/person").text
    page = desk.ask("/counter/details", HANAKO)
    assert "トシマ" not in page.text
    page = desk.confirm(page, code)
    assert "豊島 花子" in page.text
    assert "1945年4月1日" in page.text
    fields = {"register_number": "0000123456", "document": "passport"}
    page = desk.confirm(desk.ask("/counter/register", fields), code)
    assert "*******456" in page.text
    with town.database.read(town.operator) as tx:
        assert lists.recipient(tx, "0000123456") is not None
    slip = desk.client.get("/counter/slip")
    for secret in (code, "0000123456", "豊島 花子"):
        assert secret not in slip.text
    assert "宛名番号を登録しました" in slip.text


def test_the_name_is_as_whole_as_the_purpose_needs_it(town: LittleTown, desk: Desk) -> None:
    card = town.resident()
    desk.tap(card)
    desk.confirm(desk.ask("/counter/details", HANAKO), card)
    page = desk.tap(card, "card")
    assert "豊● 花●" in page.text
    assert "花子" not in page.text
    assert "1945" not in page.text
    assert "図書館" not in page.text
    desk.client.get("/counter/links", status=403)
    page = desk.tap(card, "audit")
    assert "変更できません" in page.text
    page = desk.client.get("/counter/cards")
    assert [form.get("action") for form in page.forms()] == ["/console/sign-out", "/counter/end"]


def test_every_view_is_written_down_with_its_purpose(town: LittleTown, desk: Desk) -> None:
    """F87: the page says no more than the log does."""
    card = town.resident()
    desk.tap(card, "enquiry")
    seen = {(purpose, what) for purpose, what, _ in looks(town)}
    assert seen == {("enquiry", what) for what in ("personal", "links", "cards")}
    before = len(looks(town))
    desk.client.get("/counter/links")
    assert len(looks(town)) > before
    desk.tap(card)
    desk.confirm(desk.ask("/counter/links", {"number": NUMBER}), card)
    assert ("application", "links", True) in looks(town)


def test_twins_are_warned_of_and_never_joined(town: LittleTown, desk: Desk) -> None:
    """I4: same kana, same birthday, two people."""
    cards = town.resident(), town.resident()
    for number, card in enumerate(cards):
        desk.tap(card)
        page = desk.ask("/counter/details", HANAKO)
        assert ("別の方として扱い" in page.text) is bool(number)
        desk.confirm(page, card)
    assert subject_of(town, cards[0]) != subject_of(town, cards[1])
    desk.begin("card")
    fields = {"kana": "トシマ ハナコ", "born": "1945-04-01", "document": "passport"}
    page = desk.ask("/counter/found", fields | {"reason": "鞄ごと紛失"}, status=404)
    assert "2人以上" in page.text


def test_who_lost_every_card_is_found_with_documents_and_gets_a_new_one(
    town: LittleTown, desk: Desk
) -> None:
    card = town.resident(500)
    desk.tap(card)
    desk.confirm(desk.ask("/counter/details", HANAKO), card)
    desk.begin("card")
    fields = {"kana": "トシマ　ハナコ", "born": "S20.4.1", "document": "passport"}
    page = desk.ask("/counter/found", fields | {"reason": "鞄ごと紛失"})
    assert page.path == "/counter/person"
    assert "豊● 花●" in page.text
    desk.client.get("/counter/add-card", status=403)
    page = desk.client.submit(desk.client.get("/counter/cards"), "/counter/cards/ask")
    page = desk.client.submit(page, "/counter/cards/stop")
    page = desk.ask("/counter/print", {"document": "passport"})
    new = code_on(page)
    assert desk.client.http.get("/counter/person").status_code == 200
    assert desk.tap(card, status=404).path == "/counter/tap"
    assert desk.tap(new).path == "/counter/person"


def test_a_printed_card_is_made_once_however_often_the_page_is_loaded(
    town: LittleTown, desk: Desk
) -> None:
    desk.tap(town.resident(), "card")
    page = desk.client.get("/counter/print")
    data = filled(page.form_to("/counter/print"), {"document": "passport"})
    first = desk.client.http.post("/counter/print", data=data)
    again = desk.client.http.post("/counter/print", data=data)
    assert (first.status_code, again.status_code) == (200, 303)
    assert desk.client.get("/counter/cards").text.count("このカードを止める") == 2


def test_a_number_that_can_be_copied_adds_nothing_that_pays(town: LittleTown, desk: Desk) -> None:
    """E72: a transit card shows who somebody is; with it alone nobody gets a card or a phone."""
    page = desk.begin()
    idm = "012e4cb1a2b3c4d5".translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))
    page = desk.client.submit(page, "/counter/tap", {"felica": idm})
    assert page.heading == "登録のないカードです"
    page = desk.client.submit(page, "/counter/enrol")
    assert page.path == "/counter/person"
    for path in ("add-card", "renew", "phone", "delegates"):
        refused = desk.client.get(f"/counter/{path}", status=403)
        assert "書類を確認して印刷カード" in refused.text
    code = code_on(desk.ask("/counter/print", {"document": "passport"}))
    desk.tap(code)
    desk.client.get("/counter/add-card")


def test_a_stopped_card_is_gone_from_the_counter_at_once(town: LittleTown, desk: Desk) -> None:
    card = town.resident()
    desk.tap(card, "card")
    page = desk.client.submit(desk.client.get("/counter/cards"), "/counter/cards/ask")
    page = desk.client.submit(page, "/counter/cards/stop")
    assert page.heading == "カードを止めました"
    desk.client.get("/counter/person", status=409)
    assert "登録のないカード" in desk.tap(card, status=404).text


def test_facts_and_memberships(town: LittleTown, desk: Desk) -> None:
    card = town.resident()
    desk.tap(card)
    fields = {"kind": "disability_grade", "value": "2", "document": "disability_certificate"}
    page = desk.confirm(desk.ask("/counter/claims", fields), card)
    assert "障害者手帳の等級" in page.text
    page = desk.ask("/counter/claims", fields | {"value": "9"}, status=422)
    fields = {"number": "M-77", "until": "2030-03-31", "kind": "recipient"}
    desk.ask("/counter/memberships", fields | {"kind": "king"}, status=422)
    page = desk.ask("/counter/memberships", fields)
    assert "受給者証" in page.text
    desk.confirm(page, card)
    with town.database.read(town.operator) as tx:
        assert tx.rows("SELECT kind FROM membership") == [("recipient",)]
    assert "2030年3月31日（日）まで有効" in desk.client.get("/counter/memberships").text
    desk.tap(card, "correction")
    page = desk.client.submit(desk.client.get("/counter/claims"), "/counter/claims/end")
    desk.confirm(page, card)
    assert "障害者手帳の等級 確認した書類" not in desk.client.get("/counter/claims").text


def test_the_page_says_which_card_is_waited_for(town: LittleTown, desk: Desk) -> None:
    """And reads days out as people say them."""
    desk.tap(town.resident())
    assert desk.client.get("/counter/renew").heading == "更新したカードを置いてください"
    assert desk.client.get("/counter/add-card").heading == "追加するカードを置いてください"
    assert "1945年4月1日（昭和20年）" in desk.ask("/counter/details", HANAKO).text


def test_the_phones_code_lets_in_once(town: LittleTown, desk: Desk, browser: Browser) -> None:
    card = town.resident()
    desk.tap(card)
    page = desk.confirm(desk.ask("/counter/phone", {}), card)
    assert page.tree.find(".//div[@class='phone-picture']") is not None
    with town.database.write(town.operator) as tx:
        new = people.sessions.start(
            tx, town.clock, people.model.Audience.RESIDENT, subject_of(town, card)
        )
    phone = browser()
    page = phone.submit(phone.get("/me/from-counter"), "/me/from-counter", {"code": new.token})
    assert page.path == "/me/phone"
    other = browser()
    page = other.submit(other.get("/me/from-counter"), "/me/from-counter", {"code": new.token})
    assert page.path == "/me/sign-in"


def _add_phone(town: LittleTown, client: PageClient) -> Callable[[], str]:
    """Add a phone as its script does; what shows its codes."""
    key, device = ec.generate_private_key(ec.SECP256R1()), ids.uuid7(town.clock).bytes

    def code() -> str:
        town.clock.advance(timedelta(seconds=30))
        return phone_codes.make(key, device, town.clock.now())

    public = base64.urlsafe_b64encode(phone_codes.public_key_of(key)).rstrip(b"=").decode()
    page = client.get("/me/phone")
    page = client.submit(page, "/me/phone", {"card": code(), "public_key": public})
    assert "支払えるようになりました" in page.text
    return code


def test_a_phone_added_with_the_counters_code_has_no_new_phones_limit(
    town: LittleTown, desk: Desk, browser: Browser
) -> None:
    """One that was added by whoever holds the card pays 3,000 yen for a day (faults.md I11)."""
    card = town.resident(9_000, 9_000)
    finder = come_in(browser(), card)
    assert "最初の24時間は3,000円まで" in finder.get("/me/phone").text
    found = _add_phone(town, finder)
    assert isinstance(charge(town, found(), 3_001), LimitExceeded)
    desk.tap(card)
    with mock.patch.object(segno, "make_qr", wraps=segno.make_qr) as drawn:
        desk.confirm(desk.ask("/counter/phone", {}), card)
    token = drawn.call_args.args[0].partition("#")[2]
    phone = browser()
    page = phone.submit(phone.get("/me/from-counter"), "/me/from-counter", {"code": token})
    assert "24時間" not in page.text
    own = _add_phone(town, phone)
    assert isinstance(charge(town, own(), 3_001), Posted)
    assert isinstance(charge(town, found(), 3_001), LimitExceeded)


def test_a_register_number_is_one_persons(town: LittleTown, desk: Desk) -> None:
    first, second = town.resident(), town.resident()
    fields = {"register_number": "77", "document": "passport"}
    desk.tap(first)
    desk.confirm(desk.ask("/counter/register", fields), first)
    desk.tap(second)
    page = desk.ask("/counter/register", fields, status=409)
    assert "登録管理の担当" in page.text
    with town.database.read(town.operator) as tx:
        assert programs.lists.recipient(tx, "77") == subject_of(town, first)


@pytest.mark.parametrize(
    "path, field",
    [
        ("/counter/links", "number"),
        ("/counter/details", "name"),
        ("/counter/register", "register_number"),
        ("/counter/claims", "value"),
    ],
)
def test_a_my_number_is_refused(town: LittleTown, desk: Desk, path: str, field: str) -> None:
    desk.tap(town.resident())
    fields = {field: MY_NUMBER}
    if path == "/counter/details":
        fields = HANAKO | fields
    page = desk.ask(path, fields, status=422)
    assert MY_NUMBER not in page.text
    assert "マイナンバー" in page.text


def test_a_purpose_comes_first(town: LittleTown, desk: Desk) -> None:
    assert desk.client.get("/counter/show").path == "/counter"
    page = desk.client.get("/counter")
    for purpose, note in (("other", "abc"), ("other", MY_NUMBER), ("curiosity", "")):
        token = page.forms()[1].find(".//input[@name='form_token']")
        assert token is not None
        data = {"form_token": token.get("value", ""), "purpose": purpose, "note": note}
        assert desk.client.http.post("/counter/purpose", data=data).status_code == 422
    desk.begin("other", "落とし物のカードの確認")


def test_only_clerks_and_officers_come_here(town: LittleTown, browser: Browser) -> None:
    equip(town)
    may = {name: role is StaffRole.OFFICER for name, role in STAFF.items()}
    for name, is_allowed in may.items():
        desk = Desk(town, browser()).sign_in(name)
        desk.client.get("/counter", status=200 if is_allowed else 403)


def test_half_a_minute_of_silence_ends_it(town: LittleTown, desk: Desk) -> None:
    card = town.resident()
    desk.tap(card)
    for _ in range(3):
        town.clock.advance(timedelta(seconds=29))
        desk.client.get("/counter/person")
    town.clock.advance(timedelta(seconds=30))
    page = desk.client.get("/counter/person", status=409)
    assert page.heading == "カードがなくなりました"
