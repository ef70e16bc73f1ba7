"""A shop's till, without JavaScript: what every till can do."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ichimai import ledger, merchants
from ichimai.kernel import errors, ids
from ichimai.ledger import OperationId
from ichimai.programs.model import PaymentRequest, ReleaseRequest, Request
from ichimai.storage.errors import DatabaseUnavailable
from ichimai.web.services import Submit
from tests.acceptance.little_town import LittleTown, served
from tests.acceptance.pages import Page, PageClient, filled

Browser = Callable[[], PageClient]


@pytest.fixture
def till(town: LittleTown, browser: Browser) -> PageClient:
    """The greengrocer's till."""
    return enrolled(browser(), town.enrolment_code(town.greengrocer))


def enrolled(client: PageClient, code: str) -> PageClient:
    page = client.get("/shop")
    assert page.path == "/shop/enrol"
    assert client.submit(page, "/shop/enrol", {"code": code}).path == "/shop"
    return client


def card_page(till: PageClient, units: str) -> Page:
    page = till.submit(till.get("/shop"), "/shop/card", {"amount": units})
    assert page.path == "/shop/card"
    return page


def pay(till: PageClient, units: str, card: str, *, status: int = 200) -> Page:
    page = card_page(till, units)
    return till.submit(page, "/shop/purchases", {"card": card}, status=status)


def test_a_payment_from_1_yen_is_taken_and_says_what_was_paid(
    town: LittleTown, till: PageClient
) -> None:
    card = town.resident(10_000)
    page = pay(till, "1", card.code)
    assert page.heading == "会計が済みました"
    assert "1円" in page.text
    assert "長寿祝い" in page.text
    assert "9,999" not in page.text


def test_a_code_typed_in_small_letters_without_hyphens_is_the_same_card(
    town: LittleTown, till: PageClient
) -> None:
    card = town.resident(10_000)
    page = pay(till, "1,280", card.code.lower().replace("-", ""))
    assert "1,280円" in page.text


def test_the_same_form_sent_twice_pays_once(town: LittleTown, till: PageClient) -> None:
    """A double click, the back button (faults.md B32)."""
    card = town.resident(10_000)
    page = card_page(till, "500")
    first = till.submit(page, "/shop/purchases", {"card": card.code})
    second = till.submit(page, "/shop/purchases", {"card": card.code})
    assert first.path == second.path
    assert "1件" in till.get("/shop/payments").text


def test_a_second_purchase_of_the_same_amount_is_asked_about(
    town: LittleTown, till: PageClient
) -> None:
    card = town.resident(10_000)
    paid = pay(till, "500", card.code)
    asked = pay(till, "500", card.code, status=409)
    assert asked.heading == "もう支払い済みではありませんか"
    assert "12:00" in asked.text
    finish = asked.links()["はい、支払い済みです"]
    assert finish == paid.path
    again = till.submit(asked, "/shop/purchases")
    assert again.heading == "会計が済みました"
    assert again.path != paid.path
    today = till.get("/shop/payments")
    assert "1,000円" in today.text


def test_after_90_seconds_the_same_amount_is_not_asked_about(
    town: LittleTown, till: PageClient
) -> None:
    card = town.resident(10_000)
    pay(till, "500", card.code)
    town.clock.advance(timedelta(seconds=91))
    assert pay(till, "500", card.code).heading == "会計が済みました"


@pytest.mark.parametrize(
    "typed", ["0", "-1", "1.5", "１２３", "٣", "9223372036854775808", "NaN", "", "1e3", "0x10"]
)
def test_an_amount_that_is_no_whole_yen_is_asked_for_again(till: PageClient, typed: str) -> None:
    page = till.submit(till.get("/shop"), "/shop/card", {"amount": typed}, status=422)
    assert page.heading == "おいくらですか"
    assert "数字（半角）" in page.text


def test_a_mistyped_number_is_asked_for_again_with_the_same_amount(
    town: LittleTown, till: PageClient
) -> None:
    card = town.resident(10_000)
    wrong = card.code[:-1] + ("0" if card.code[-1] != "0" else "1")
    page = pay(till, "500", wrong, status=422)
    assert page.heading == "カードを読み取ってください"
    assert "500円" in page.text
    assert till.submit(page, "/shop/purchases", {"card": card.code}).heading == "会計が済みました"


def test_what_is_not_on_the_card_is_taken_in_cash(town: LittleTown, till: PageClient) -> None:
    page = pay(till, "8,000", town.resident(7_531).code)
    assert "現金でいただく金額469円" in page.text.replace(" ", "")
    assert "長寿祝い−7,531円" in page.text.replace(" ", "")


def test_a_stopped_card_is_not_taken(town: LittleTown, till: PageClient) -> None:
    card = town.resident(10_000)
    town.stop(card)
    page = pay(till, "500", card.code, status=409)
    assert "使えなくなっています" in page.text


def test_at_a_shop_outside_the_program_all_is_cash(town: LittleTown, browser: Browser) -> None:
    card = town.resident(10_000)
    till = enrolled(browser(), town.enrolment_code(town.tavern))
    page = pay(till, "500", card.code)
    assert "現金でいただく金額500円" in page.text.replace(" ", "")
    assert "長寿祝い" not in page.text
    assert "何で払うかを選ぶ" not in card_page(till, "500").links()


def bring_back(till: PageClient, sale: str, yen: str = "", *, status: int = 200) -> Page:
    page, fields = till.get(f"{sale}/return"), {"amount": yen} if yen else {}
    return till.submit(page, f"{sale}/returns", fields, status=status)


def test_goods_come_back_in_part_and_then_the_rest(town: LittleTown, till: PageClient) -> None:
    sale = pay(till, "1,000", town.resident(800).code).path
    done = bring_back(till, sale, "900")
    assert "現金でお返しする金額100円" in done.text.replace(" ", "")
    assert "カードに戻した長寿祝い800円" in done.text.replace(" ", "")
    too_much = bring_back(till, sale, "101", status=422)
    assert "残りの金額を超えています" in too_much.text
    rest = bring_back(till, sale)
    assert "現金でお返しする金額100円" in rest.text.replace(" ", "")
    assert not [
        form for form in till.get(f"{sale}/return").forms() if "return" in form.get("action", "")
    ]
    today = till.get("/shop/payments").text
    assert "返品 1,000円" in today
    assert "0円" in today


def test_a_return_sent_twice_is_taken_once(town: LittleTown, till: PageClient) -> None:
    sale = pay(till, "1,000", town.resident(10_000).code).path
    page = till.get(f"{sale}/return")
    first = till.submit(page, f"{sale}/returns", {"amount": "300"})
    second = till.submit(page, f"{sale}/returns", {"amount": "300"})
    assert "現金のお返しはありません" in first.text
    assert "700円" in first.text
    assert first.text == second.text


def test_a_refund_of_an_exact_payment_of_another_till(town: LittleTown, till: PageClient) -> None:
    """Tills of another make take exact payments; this one gives them back."""
    payment = town.pay(town.greengrocer, town.resident(10_000), 1_000)
    address = f"/shop/payments/{payment}"
    assert "1,000円" in till.get(address).text
    done = till.submit(till.get(f"{address}/refund"), f"{address}/refunds", {"amount": "300"})
    assert done.heading == "返金"
    assert "700円" in done.text
    page = till.get(f"{address}/refund")
    too_much = till.submit(page, f"{address}/refunds", {"amount": "701"}, status=422)
    assert "残りの金額を超えています" in too_much.text
    till.submit(page, f"{address}/refunds")
    assert "返品 1,000円" in till.get("/shop/payments").text


def test_what_was_taken_of_a_hold_is_given_back_from_the_days_list(
    town: LittleTown, till: PageClient
) -> None:
    """As the list offers it, also where the rest of the hold went back to the card."""
    town.pay(town.greengrocer, town.resident(10_000), 100)
    token = town.tills[town.greengrocer.id].token
    hold = PaymentRequest(
        id=OperationId(ids.uuid7(town.clock)),
        token=token,
        credential=town.resident(10_000).code,
        units=900,
        hold_until=town.clock.now() + timedelta(minutes=10),
    )
    post = ReleaseRequest(
        id=OperationId(ids.uuid7(town.clock)), token=token, hold=hold.id, units=640
    )
    answers = town.desk.serve([hold, post])
    assert all(isinstance(answer, ledger.Posted) for answer in answers)
    page = till.get(f"/shop/payments/{post.id}/refund")
    assert "640円" in page.text
    till.submit(page, f"/shop/payments/{post.id}/refunds", {"amount": "640"})
    assert "（うち640円返品）" in till.get("/shop/payments").text


def test_a_sale_is_no_payment_and_a_payment_no_sale(town: LittleTown, till: PageClient) -> None:
    """Goods of a sale come back by the one way that counts what they earned."""
    sale = pay(till, "1,000", town.resident(10_000).code).path.rpartition("/")[2]
    payment = town.pay(town.greengrocer, town.resident(10_000), 1_000)
    till.get(f"/shop/payments/{sale}/refund", status=404)
    till.get(f"/shop/purchases/{payment}/return", status=404)


def test_another_shops_payment_is_not_found(
    town: LittleTown, till: PageClient, browser: Browser
) -> None:
    """IDOR (faults.md G91)."""
    card = town.resident(10_000)
    paid = pay(till, "1,000", card.code)
    other = enrolled(browser(), town.enrolment_code(town.supermarket))
    other.get(paid.path, status=404)
    other.get(f"{paid.path}/return", status=404)
    data = {"form_token": "", "id": paid.path.rpartition("/")[2], "amount": "1"}
    assert other.http.post(f"{paid.path}/returns", data=data).status_code == 403
    token = filled(other.get("/shop/end").form_to("/shop/end"), {})["form_token"]
    answer = other.http.post(f"{paid.path}/returns", data=data | {"form_token": token})
    assert answer.status_code == 404
    exact = f"/shop/payments/{town.pay(town.greengrocer, card, 100)}"
    other.get(exact, status=404)
    other.get(f"{exact}/refund", status=404)


def test_the_day_is_listed_in_pages_with_its_total(town: LittleTown, till: PageClient) -> None:
    card = town.resident(10_000)
    for units in range(101, 126):
        pay(till, str(units), card.code)
    page = till.get("/shop/payments")
    assert "25件" in page.text
    assert f"{sum(range(101, 126)):,}円" in page.text
    assert "125円" in page.text
    assert "101円" not in page.text
    last = till.get(page.links()["次へ"])
    assert "101円" in last.text


def test_yesterdays_payments_can_be_looked_at_and_given_back(
    town: LittleTown, till: PageClient
) -> None:
    card = town.resident(10_000)
    pay(till, "640", card.code)
    town.clock.advance(timedelta(days=1))
    today = till.get("/shop/payments")
    assert "640円" not in today.text
    yesterday = till.get(today.links()["前の日"])
    assert "640円" in yesterday.text


def test_a_code_for_a_till_works_once_and_for_a_day(town: LittleTown, browser: Browser) -> None:
    code = town.enrolment_code(town.greengrocer)
    enrolled(browser(), code)
    client = browser()
    page = client.submit(client.get("/shop"), "/shop/enrol", {"code": code}, status=422)
    assert "使用済み" in page.text
    late = town.enrolment_code(town.greengrocer)
    town.clock.advance(timedelta(hours=24))
    client.submit(client.get("/shop"), "/shop/enrol", {"code": late}, status=422)


def test_a_device_whose_answer_was_lost_becomes_the_same_till_by_the_same_code(
    town: LittleTown, browser: Browser
) -> None:
    """By the form that it still shows, or the page opened anew; another one is refused."""
    code, shop, client = town.enrolment_code(town.tavern), town.tavern.id, browser()
    page = client.get("/shop")
    token = ""
    for _ in range(2):
        assert client.submit(page, "/shop/enrol", {"code": code}).path == "/shop"
        assert token in {"", client.http.cookies["ichimai-till"]}
        token = client.http.cookies["ichimai-till"]
        # As if the answer with the cookie had never arrived.
        client.http.cookies.delete("ichimai-till")
    assert enrolled(client, code).http.cookies["ichimai-till"] == token
    with town.database.read(town.operator) as tx:
        assert len(merchants.tills.terminals_of(tx, shop)) == 1
    other = browser()
    other.submit(other.get("/shop"), "/shop/enrol", {"code": code}, status=422)


def test_a_till_that_is_enrolled_anew_may_lose_the_answer_too(
    town: LittleTown, browser: Browser
) -> None:
    """A browser that was closed since has nothing but its old till's cookie."""
    client = enrolled(browser(), town.enrolment_code(town.tavern))
    client.http.cookies.delete("ichimai-visitor")
    old = list(client.http.cookies.jar)
    code, tokens = town.enrolment_code(town.greengrocer), set()
    for _ in range(2):
        client.submit(client.get("/shop/enrol"), "/shop/enrol", {"code": code})
        tokens.add(client.http.cookies["ichimai-till"])
        client.http.cookies.clear()
        for cookie in old:
            client.http.cookies.jar.set_cookie(cookie)
    assert len(tokens) == 1
    assert tokens != {client.http.cookies["ichimai-till"]}


def test_a_device_that_is_given_away_is_no_longer_a_till(till: PageClient) -> None:
    token = till.http.cookies["ichimai-till"]
    page = till.submit(till.get("/shop/end"), "/shop/end")
    assert page.path == "/shop/enrol"
    till.http.cookies.set("ichimai-till", token)
    assert till.get("/shop").path == "/shop/enrol"


def test_a_shop_never_sees_who_pays_or_what_is_left(town: LittleTown, till: PageClient) -> None:
    card = town.resident(7_531)
    paid = pay(till, "500", card.code)
    for path in ("/shop", paid.path, "/shop/payments", f"{paid.path}/return"):
        text = till.get(path).response.text
        assert card.code not in text
        assert "7,031" not in text
        assert "7031" not in text


def test_only_the_page_that_scans_may_use_the_camera(till: PageClient) -> None:
    scans = card_page(till, "500").response.headers
    other = till.get("/shop").response.headers
    assert "camera=(self)" in scans["permissions-policy"]
    assert "'wasm-unsafe-eval'" in scans["content-security-policy"]
    assert "camera=()" in other["permissions-policy"]
    assert "wasm" not in other["content-security-policy"]


def loses_first_answer(submit: Submit) -> Submit:
    """The desk does what it is asked, but its first answer never arrives."""
    heard = 0

    async def ask(request: Request) -> ledger.Posted | errors.DomainError:
        nonlocal heard
        answer = await submit(request)
        heard += 1
        if heard == 1:
            raise DatabaseUnavailable
        return answer

    return ask


def test_a_lost_answer_is_asked_for_again_and_paid_once(town: LittleTown) -> None:
    """The centre had committed, the till showed an error, the cashier tried again (I13)."""
    card = town.resident(10_000)
    with served(town, through=loses_first_answer) as address:
        till = enrolled(PageClient(address), town.enrolment_code(town.greengrocer))
        unsure = pay(till, "500", card.code, status=503)
        assert unsure.heading == "確認中です"
        assert "二重に支払われることはありません" in unsure.text
        assert till.submit(unsure, "/shop/purchases").heading == "会計が済みました"
        assert "1件" in till.get("/shop/payments").text
        till.close()


def test_a_lost_answer_to_a_return_is_asked_for_again_and_taken_once(town: LittleTown) -> None:
    card = town.resident(10_000)
    with served(town) as address:
        till = enrolled(PageClient(address), town.enrolment_code(town.greengrocer))
        sale, cookies = pay(till, "1,000", card.code).path, till.http.cookies
        till.close()
    with served(town, through=loses_first_answer) as address:
        till = PageClient(address)
        till.http.cookies.update(cookies)
        unsure = bring_back(till, sale, "300", status=503)
        assert "二重に返金されることはありません" in unsure.text
        assert "700円" in till.submit(unsure, f"{sale}/returns").text
        till.close()


def test_a_lost_answer_to_a_refund_is_asked_for_again_and_given_once(town: LittleTown) -> None:
    card = town.resident(10_000)
    payment = town.pay(town.greengrocer, card, 1_000)
    with served(town, through=loses_first_answer) as address:
        till = enrolled(PageClient(address), town.enrolment_code(town.greengrocer))
        path = f"/shop/payments/{payment}/refund"
        unsure = till.submit(till.get(path), f"{path}s", {"amount": "300"}, status=503)
        assert "二重に返金されることはありません" in unsure.text
        assert "700円" in till.submit(unsure, f"{path}s").text
        till.close()
