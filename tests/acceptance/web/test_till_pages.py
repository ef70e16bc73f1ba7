"""A shop's till, without JavaScript: what every till can do."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ichimai import ledger
from ichimai.kernel import errors
from ichimai.programs.model import Request
from ichimai.storage.errors import DatabaseUnavailable
from ichimai.web.services import Submit
from tests.acceptance.little_town import LittleTown, served
from tests.acceptance.pages import Page, PageClient

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
    return till.submit(page, "/shop/payments", {"card": card}, status=status)


def test_a_payment_from_1_yen_is_taken_and_says_what_was_paid(
    town: LittleTown, till: PageClient
) -> None:
    card = town.resident(10_000)
    page = pay(till, "1", card.code)
    assert page.heading == "お支払い完了"
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
    first = till.submit(page, "/shop/payments", {"card": card.code})
    second = till.submit(page, "/shop/payments", {"card": card.code})
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
    again = till.submit(asked, "/shop/payments")
    assert again.heading == "お支払い完了"
    assert again.path != paid.path
    today = till.get("/shop/payments")
    assert "1,000円" in today.text


def test_after_90_seconds_the_same_amount_is_not_asked_about(
    town: LittleTown, till: PageClient
) -> None:
    card = town.resident(10_000)
    pay(till, "500", card.code)
    town.clock.advance(timedelta(seconds=91))
    assert pay(till, "500", card.code).heading == "お支払い完了"


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
    assert till.submit(page, "/shop/payments", {"card": card.code}).heading == "お支払い完了"


def test_too_little_left_tells_the_shop_what_to_do_and_not_how_much_there_is(
    town: LittleTown, till: PageClient
) -> None:
    card = town.resident(7_531)
    page = pay(till, "8,000", card.code, status=409)
    assert page.heading == "お支払いできませんでした"
    assert "全額を別の方法で" in page.text
    assert "7,531" not in page.response.text
    assert "balance" not in page.response.text.replace("class=", "")


def test_a_stopped_card_is_not_taken(town: LittleTown, till: PageClient) -> None:
    card = town.resident(10_000)
    town.stop(card)
    page = pay(till, "500", card.code, status=409)
    assert "使えなくなっています" in page.text


def test_a_shop_outside_the_program_is_told_so(town: LittleTown, browser: Browser) -> None:
    card = town.resident(10_000)
    till = enrolled(browser(), town.enrolment_code(town.tavern))
    page = pay(till, "500", card.code, status=409)
    assert "このお店では使えません" in page.text


def test_a_refund_of_a_part_and_then_of_the_rest(town: LittleTown, till: PageClient) -> None:
    card = town.resident(10_000)
    paid = pay(till, "1,000", card.code)
    address = f"{paid.path}/refund"
    done = till.submit(till.get(address), f"{address}s", {"amount": "300"})
    assert done.heading == "返金"
    assert "700円" in done.text
    too_much = till.submit(till.get(address), f"{address}s", {"amount": "701"}, status=422)
    assert "まだ返金していない金額まで" in too_much.text
    rest = till.submit(till.get(address), f"{address}s")
    assert "1,000円" in rest.text
    assert not [form for form in till.get(address).forms() if "refund" in form.get("action", "")]
    today = till.get("/shop/payments")
    assert today.text.count("返金") >= 3


def test_a_refund_sent_twice_is_given_once(town: LittleTown, till: PageClient) -> None:
    card = town.resident(10_000)
    address = f"{pay(till, '1,000', card.code).path}/refund"
    page = till.get(address)
    first = till.submit(page, f"{address}s", {"amount": "300"})
    second = till.submit(page, f"{address}s", {"amount": "300"})
    assert "700円" in first.text
    assert first.text == second.text


def test_another_shops_payment_is_not_found(
    town: LittleTown, till: PageClient, browser: Browser
) -> None:
    """IDOR (faults.md G91)."""
    card = town.resident(10_000)
    paid = pay(till, "1,000", card.code)
    other = enrolled(browser(), town.enrolment_code(town.supermarket))
    other.get(paid.path, status=404)
    other.get(f"{paid.path}/refund", status=404)
    data = {"form_token": "", "id": paid.path.rpartition("/")[2], "amount": "1"}
    assert other.http.post(f"{paid.path}/refunds", data=data).status_code == 403


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


def test_a_device_that_is_given_away_is_no_longer_a_till(till: PageClient) -> None:
    token = till.http.cookies["ichimai-till"]
    page = till.submit(till.get("/shop/end"), "/shop/end")
    assert page.path == "/shop/enrol"
    till.http.cookies.set("ichimai-till", token)
    assert till.get("/shop").path == "/shop/enrol"


def test_a_shop_never_sees_who_pays_or_what_is_left(town: LittleTown, till: PageClient) -> None:
    card = town.resident(7_531)
    paid = pay(till, "500", card.code)
    for path in ("/shop", paid.path, "/shop/payments", f"{paid.path}/refund"):
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
        assert till.submit(unsure, "/shop/payments").heading == "お支払い完了"
        assert "1件" in till.get("/shop/payments").text
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
