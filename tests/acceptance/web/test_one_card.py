"""One card from the first tap to the renewal, as a person lives it and the tutorial tells it.

Real are the town (``ichimai demo`` as a process), the card services with emulated cards on them,
``ichimai reader``, Chromium, and at the end ``ichimai verify``.
"""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from ichimai import merchants
from ichimai.kernel import ids
from tests.acceptance.browsers import PHONE
from tests.acceptance.commands import right
from tests.acceptance.demo_ward import CARD_PIN, Card, Ward, open_ward

MY_PIN: Final = "280519"
HANAKO: Final = {"name": "豊島 花子", "kana": "としま はなこ", "born": "昭和24年4月1日"}
HER_NUMBER: Final = "9900417"
"""Of the resident register (宛名番号)."""

GIFT_LIST: Final = (
    "宛名番号,氏名,カナ,生年月日,事由\r\n"
    f"{HER_NUMBER},{HANAKO['name']},{HANAKO['kana']},{HANAKO['born']},喜寿\r\n"
).encode("cp932")


@pytest.fixture
def ward(tmp_path: Path, chrome: Browser) -> Iterator[Ward]:
    """The town, in which nobody ever writes down a PIN, a name or a number."""
    with open_ward(tmp_path, chrome) as opened:
        yield opened
        for secret in (CARD_PIN, MY_PIN, *HANAKO.values(), HER_NUMBER):
            assert secret not in opened.told()


def test_one_card_keeps_every_number_and_yen(ward: Ward) -> None:
    """Enrolled, linked, given, spent three ways, stopped, renewed: one person all the time."""
    counter, old = ward.sign_in("clerk"), ward.new_card("hanako")
    library_number = ward.demo["library_cards"][0]
    linked = [("library", library_number, "active")]
    pair_the_reader(ward, counter)

    enrol(ward, counter, old)
    hanako = ward.subject_of(old.shown)
    assert hanako is not None
    assert (ward.left(hanako), ward.links(hanako)) == (0, [])

    join_the_register(ward, counter, old)
    assert ward.recipient(HER_NUMBER) == hanako
    link_the_library_card(ward, counter, old, library_number)
    assert ward.links(hanako) == linked
    printed = print_a_card(ward, counter)
    assert ward.subject_of(printed) == hanako

    give_by_list(ward)
    assert ward.left(hanako) == 10_000

    phone = add_the_phone(ward, printed)
    till = enrol_the_till(ward)
    pay_at_the_till(till, printed, yen=1_200)
    assert ward.left(hanako) == 8_800
    assert pay_by_tap(ward, old, yen=2_300) == "paid"
    assert ward.left(hanako) == 6_500
    pay_at_the_till(till, code_on(phone), yen=500)
    assert ward.left(hanako) == 6_000
    sees_left(phone, "6,000円")

    stop_the_card(ward, counter, printed)
    assert ward.subject_of(old.shown) is None
    assert pay_by_tap(ward, old, yen=100) == "card_not_taken"
    makes_nobody_new(ward, counter, old)
    assert ward.subject_of(printed) == hanako
    assert (ward.left(hanako), ward.links(hanako)) == (6_000, linked)

    new = renewed(ward)
    assert ward.subject_of(new.shown) is None
    renew(ward, counter, new, printed)
    assert ward.subject_of(new.shown) == hanako
    assert ward.subject_of(old.shown) is None
    assert (ward.left(hanako), ward.links(hanako)) == (6_000, linked)
    assert pay_by_tap(ward, old, yen=100) == "certificate_revoked"
    assert pay_by_tap(ward, new, yen=900) == "paid"
    assert ward.left(hanako) == 5_100

    sees_the_same_person(ward, counter, new, library_number)
    is_given_nothing_twice(ward)
    assert (ward.left(hanako), ward.links(hanako)) == (5_100, linked)
    assert ward.recipient(HER_NUMBER) == hanako
    sees_it_all_at_home(ward, printed, library_number)
    ward.check_windows()
    assert right("verify", "--json", data=ward.town.folder).last["verified"] is True


# At the counter


def pair_the_reader(ward: Ward, page: Page) -> None:
    """Once for each machine."""
    page.goto("/counter/reader")
    page.fill("#port", str(ward.reader.port))
    page.fill("#pairing", ward.reader.code())
    page.click("[data-pair] button")
    expect(page.locator("[data-pair-says]")).to_contain_text("つながりました")


def begin(page: Page, purpose: str) -> None:
    """The clerk says why; the page waits for a card."""
    page.goto("/counter")
    page.click(f"button[value={purpose}]")
    says(page, "置いて")


def enrol(ward: Ward, page: Page, card: Card) -> None:
    """A card that nobody knows becomes somebody's, and she has a name."""
    begin(page, "application")
    lay(ward, page, card)
    headed(page, "登録のないカードです")
    page.click("text=新しい方をこのカードで登録する")
    at_person(page)
    page.click("a[href='/counter/details']")
    for name, value in HANAKO.items():
        page.fill(f"#{name}", value)
    page.select_option("#document", "driving_licence")
    go_on(page)
    lay_again(ward, page, card)
    expect(page.locator(".person-name")).to_contain_text(HANAKO["name"])


def join_the_register(ward: Ward, page: Page, card: Card) -> None:
    """Gift lists with her number mean her from now."""
    page.click("a[href='/counter/register']")
    page.fill("#register_number", HER_NUMBER)
    page.select_option("#document", "driving_licence")
    go_on(page)
    lay_again(ward, page, card)


def link_the_library_card(ward: Ward, page: Page, card: Card, number: str) -> None:
    """The old card's number is read out masked, and counts from the second tap."""
    page.click("a[href='/counter/links']")
    page.select_option("#service", "library")
    page.fill("#number", number)
    page.press("#number", "Enter")
    headed(page, "読み上げて、同じカードをもう一度")
    assert number not in page.content()
    lay_again(ward, page, card)
    expect(page.locator(".tag-good").first).to_have_text("ひも付け済み")


def print_a_card(ward: Ward, page: Page) -> str:
    """A second way to pay, for the day when the first one is lost; then she leaves."""
    page.click("a[href='/counter/print']")
    page.select_option("#document", "driving_licence")
    go_on(page)
    expect(page.locator(".printed-card-number")).to_be_visible()
    code = page.locator(".printed-card-number").inner_text()
    lift(ward)
    headed(page, "ご用件は何ですか")
    return code


def stop_the_card(ward: Ward, page: Page, printed: str) -> None:
    """She lost the My Number Card, and comes with the printed one."""
    begin(page, "card")
    type_code(page, printed)
    at_person(page)
    page.click("a[href='/counter/cards']")
    page.get_by_role("button", name=re.compile("マイナンバーカード")).click()
    headed(page, "このカードを止めますか")
    page.click("text=いますぐ止める")
    at_person(page)
    expect(page.locator(".notice-success")).to_be_visible()


def makes_nobody_new(ward: Ward, page: Page, stopped: Card) -> None:
    """Whoever found the card and knows its PIN learns nothing, and cannot begin anew with it."""
    begin(page, "card")
    lay(ward, page, stopped)
    headed(page, "登録のないカードです")
    page.click("text=新しい方をこのカードで登録する")
    headed(page, "できませんでした")
    lift(ward)


def renewed(ward: Ward) -> Card:
    """Her municipality revokes the old certificate and gives her a card with a new one."""
    right("authority", "revoke", str(ward.authority), "--name", "hanako")
    return ward.new_card("hanako-renewed")


def renew(ward: Ward, page: Page, new: Card, printed: str) -> None:
    """The new card takes the old one's place; the printed one proves who she is, twice."""
    begin(page, "card")
    type_code(page, printed)
    at_person(page)
    page.click("a[href='/counter/renew']")
    says(page, "置いて")
    lay(ward, page, new)
    headed(page, "読み上げて、同じカードをもう一度")
    says(page, "残っています")
    lift(ward)
    says(page, "同じカード")
    type_code(page, printed)
    at_person(page)
    expect(page.locator(".notice-success")).to_contain_text("更新したカードに切り替えました")


def sees_the_same_person(ward: Ward, page: Page, card: Card, number: str) -> None:
    """Whoever lays the renewed card down is the person of before, with name and number."""
    begin(page, "application")
    lay(ward, page, card)
    at_person(page)
    expect(page.locator(".person-name")).to_contain_text(HANAKO["name"])
    expect(page.locator("main")).to_contain_text(number[-3:])
    lift(ward)
    headed(page, "ご用件は何ですか")


def lay(ward: Ward, page: Page, card: Card) -> None:
    """A card on the counter's reader, and its PIN."""
    ward.lying = ward.counter_service.insert(card.card)
    page.locator("#card-pin").wait_for()
    page.fill("#card-pin", CARD_PIN)
    page.press("#card-pin", "Enter")


def lay_again(ward: Ward, page: Page, card: Card) -> None:
    """The second tap of the same card."""
    headed(page, "読み上げて、同じカードをもう一度")
    says(page, "取って")
    lift(ward)
    ward.reader.wait_until_lifted()
    lay(ward, page, card)
    at_person(page)


def lift(ward: Ward) -> None:
    """No card on the counter's reader."""
    ward.lying.remove()


def type_code(page: Page, code: str) -> None:
    """A printed card, as a scanner that types reads it."""
    page.fill("#card", code)
    page.press("#card", "Enter")


def go_on(page: Page) -> None:
    """Send the form of the page."""
    page.click("main .narrow form button[type=submit]")


def says(page: Page, words: str) -> None:
    """What the page says of its reader, once it has heard of it."""
    expect(page.locator("[data-says]")).to_contain_text(words)
    expect(page.locator("html.waits-for-reader")).to_have_count(0)


def headed(page: Page, words: str) -> None:
    """Wait for a page."""
    expect(page.locator("h1")).to_have_text(words)


def at_person(page: Page) -> None:
    """Wait for the person's page."""
    headed(page, "窓口にいらっしゃる方")


# In the town hall


def give_by_list(ward: Ward) -> None:
    """One officer submits the list, another approves it, and the server posts it by itself."""
    officer, approver = ward.sign_in("officer"), ward.sign_in("approver")
    upload(officer)
    expect(officer.locator("main .tag")).to_have_text("承認待ち")
    approver.goto(officer.url)
    approver.click("form[action$='/approve'] button")
    expect(approver.locator("main .tag")).to_have_text("付与済み")


def is_given_nothing_twice(ward: Ward) -> None:
    """Her name on another list, after the renewal."""
    officer = ward.sign_in("officer")
    upload(officer)
    expect(officer.locator("main")).to_contain_text("何も登録していません")


def upload(page: Page) -> None:
    """Put the list before another person."""
    page.goto("/console/lists/new")
    page.set_input_files("#list", {"name": "喜寿.csv", "mimeType": "text/csv", "buffer": GIFT_LIST})
    page.click("button[value=submit]")


# At the shop


def enrol_the_till(ward: Ward) -> Page:
    """A shop's tablet becomes its till, with the code that the town hall gave it."""
    parts, page = ward.town.installation, ward.window(PHONE)
    shop, _ = ward.till()
    with parts.database.write(parts.operator) as tx:
        code = merchants.tills.new_enrolment(tx, parts.clock, shop.shop)
    page.goto("/shop")
    page.fill("#code", code)
    page.click("main button[type=submit]")
    expect(page.locator("#amount")).to_be_focused()
    return page


def pay_at_the_till(page: Page, code: str, *, yen: int) -> None:
    """The code of a printed card or of a phone, as a scanner that types reads it."""
    page.goto(f"/shop/card?amount={yen}")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    headed(page, "会計が済みました")
    expect(page.locator(".result")).to_contain_text(f"{yen:,}円")


def pay_by_tap(ward: Ward, card: Card, *, yen: int) -> str:
    """The My Number Card on the till's own reader signs a challenge: ``paid``, or why not."""
    headers = {"Authorization": f"Bearer {ward.till()[1]}"}
    with httpx.Client(base_url=f"{ward.site}/api/v1", headers=headers) as shop:
        asked = shop.post("/challenges").json()
        signed = ward.signed(card, base64.b64decode(asked["nonce"]))
        tap = shop.post("/taps", json={"challenge": asked["id"], **signed})
        if tap.status_code != 201:
            return str(tap.json()["code"])
        assert UUID(tap.json()["subject"]) == ward.subject_of(card.shown)
        operation = str(ids.uuid7(ward.town.installation.clock))
        payment = {"id": operation, "credential": tap.json()["tap"], "amount": yen}
        paid = shop.post("/payments", json=payment)
        return "paid" if paid.status_code == 201 else str(paid.json()["code"])


# At home


def come_in(ward: Ward, printed: str) -> Page:
    """My page, with the printed card; the first time she chooses a PIN."""
    page = ward.window(PHONE)
    page.goto("/me/sign-in")
    page.fill("#card", printed)
    return page


def add_the_phone(ward: Ward, printed: str) -> Page:
    """Her phone becomes one more card of hers."""
    page = come_in(ward, printed)
    page.click("form[action='/me/sign-in'] button")
    page.fill("#pin_again", MY_PIN)  # only the next page has this one
    page.fill("#pin", MY_PIN)
    page.click("main button[type=submit]")
    page.wait_for_url("**/me")
    page.goto("/me/phone")
    page.click("text=このスマホを追加する")
    expect(page.locator(".notice-success")).to_contain_text("支払えるようになりました")
    return page


def code_on(page: Page) -> str:
    """The text in the QR code that the phone shows now."""
    page.goto("/phone")
    expect(page.locator("#picture svg")).to_be_visible()
    code: str = page.evaluate(
        """async () => {
          const address = document.querySelector("script[src*='phone']").src;
          const phone = await import(address.replace(/phone[.]js$/, "phone-code.js"));
          const [{ name }] = await phone.people();
          return phone.codeAt(name, Date.now());
        }"""
    )
    return code


def sees_left(page: Page, yen: str) -> None:
    """My page says what is left."""
    page.goto("/me")
    expect(page.locator(".figure-huge")).to_have_text(yen)


def sees_it_all_at_home(ward: Ward, printed: str, number: str) -> None:
    """The gift's remainder and the library's number, after all that."""
    page = come_in(ward, printed)
    page.fill("#pin", MY_PIN)
    page.click("form[action='/me/sign-in'] button")
    page.wait_for_url("**/me")
    sees_left(page, "5,100円")
    page.goto("/me/links")
    expect(page.locator("main li")).to_contain_text(number[-3:])
