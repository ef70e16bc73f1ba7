"""A till in a town with every kind of program: earn and pay at once, stamps, things, money."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import pytest

from ichimai import ledger
from ichimai.kernel import Asset, ids
from ichimai.ledger import OperationId
from ichimai.programs import lists
from ichimai.programs.model import PurchaseRequest, RefundRequest
from ichimai.programs.terms import Earning, Exchange, Program, ProgramKind, Trigger, Where
from tests.acceptance.little_town import STAFF, LittleTown, served
from tests.acceptance.pages import Page, PageClient, filled
from tests.acceptance.web.colourful import Colourful, ask
from tests.acceptance.web.residents import come_in, make_known
from tests.acceptance.web.test_console_programs import sign_in
from tests.acceptance.web.test_my_programs import left, told
from tests.acceptance.web.test_till_pages import card_page, enrolled, loses_first_answer, pay

Browser = Callable[[], PageClient]
LANTERN: Final = Program(
    key=Asset("lantern"),
    kind=ProgramKind.STAMPS,
    name_ja="ちょうちんカード",
    name_en="Lantern card",
    unit_yen=0,
    card_units=2,
    earnings=(
        Earning(
            key="visit",
            name_ja="来店",
            name_en="A visit",
            trigger=Trigger.STAMP,
            where=Where(associations=(8,)),
        ),
    ),
    exchanges=(
        Exchange(
            key="gift",
            name_ja="交換",
            name_en="Exchange",
            take=2,
            to=Asset("longevity-gift"),
            give=500,
        ),
    ),
)


@pytest.fixture
def till(town: LittleTown, her: Colourful, browser: Browser) -> PageClient:
    """The greengrocer's till."""
    return enrolled(browser(), town.enrolment_code(town.greengrocer))


def do(till: PageClient, task: str, card: str, *, amount: str = "", status: int = 200) -> Page:
    """One of the till's other tasks."""
    address = f"/shop/tasks/{task}"
    page = till.get(address)
    if amount:
        page = till.submit(page, address, {"amount": amount}, status=200)
    return till.submit(page, address, {"card": card}, status=status)


def test_somebody_elses_pass_is_answered_yes_or_no_on_both_pages(
    town: LittleTown, her: Colourful, till: PageClient, browser: Browser
) -> None:
    """And nothing else of the person is on the till's page: no age, no name."""
    wallet, task = come_in(browser(), her.card), "check/bus-pass/-"
    assert "お持ちではありません" in wallet.get("/me/programs/bus-pass").text
    assert do(till, task, her.card.code).heading == "いいえ"
    make_known(town, her.card)
    assert "お持ちです" in wallet.get("/me/programs/bus-pass").text
    page = do(till, task, her.card.code)
    assert page.heading == "はい"
    assert not any(word in page.text for word in ("花子", "1938", "昭和"))
    assert "番号は見つかりません" in do(till, task, town.unissued_code(), status=422).text


def test_one_scan_pays_and_earns(town: LittleTown, her: Colourful, till: PageClient) -> None:
    """What pays by itself is 11,920; 8,080 in cash are worth 80 points, 50 of them a day."""
    page = pay(till, "20,000", her.card.code)
    assert "現金でいただく金額8,080円地蔵ポイント+50ポイント" in told(page)
    assert "お会計20,000円長寿祝い−11,720円スポーツ上乗せ−200円現金8,080円" in told(page)
    assert left(town, her.card, "street-points") == 50


def test_the_customer_says_what_to_pay_with_and_how_much_of_it(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    page = till.get(card_page(till, "1,500").links()["何で払うかを選ぶ"])
    boxes = {
        box.get("value"): box.get("checked") is not None
        for box in page.tree.iter("input")
        if box.get("name") == "pay"
    }
    assert boxes == {
        "full-card": False,
        "longevity-gift": True,
        "sports": False,
        "sports-premium": True,
        "street-points": False,
    }
    chosen = till.get("/shop/card?amount=1500&chosen=yes&pay=sports&most-sports=1000")
    assert "使うもの： スポーツ （1,000円まで）" in chosen.text
    done = till.submit(chosen, "/shop/purchases", {"card": her.card.code})
    assert "現金でいただく金額500円" in told(done)
    assert left(town, her.card, "sports") == 1_000
    assert left(town, her.card, "longevity-gift") == 11_720


def test_with_nothing_chosen_the_card_only_collects(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    page = till.get("/shop/card?amount=1500&chosen=yes")
    assert "使わずに、ためるだけ" in page.text
    done = till.submit(page, "/shop/purchases", {"card": her.card.code})
    assert "現金でいただく金額1,500円地蔵ポイント+15ポイント" in told(done)
    assert left(town, her.card, "longevity-gift") == 11_720


def test_a_part_that_is_no_number_is_asked_for_again(till: PageClient) -> None:
    page = till.get("/shop/card?amount=1500&chosen=yes&pay=sports&most-sports=all", status=422)
    assert page.heading == "何で払いますか"
    ticked = [box for box in page.tree.iter("input") if box.get("checked") is not None]
    assert [box.get("value") for box in ticked] == ["sports"]


def test_the_same_id_with_another_choice_is_a_mix_up(her: Colourful, till: PageClient) -> None:
    page = till.get("/shop/card?amount=1500&chosen=yes")
    till.submit(page, "/shop/purchases", {"card": her.card.code})
    other = filled(page.form_to("/shop/purchases"), {"card": her.card.code}) | {"pay": "sports"}
    answer = till.http.post("/shop/purchases", data=other)
    assert answer.status_code == 409
    assert "金額の入力からやり直して" in answer.text


def test_goods_that_come_back_take_back_what_they_earned(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    sale = pay(till, "16,920", her.card.code).path
    assert left(town, her.card, "street-points") == 50
    page = till.submit(till.get(f"{sale}/return"), f"{sale}/returns", {"amount": "16,920"})
    text = told(page)
    assert "現金でお返しする金額5,000円" in text
    assert "カードに戻した長寿祝い11,720円" in text
    assert "取り消した地蔵ポイント−50ポイント" in text
    assert left(town, her.card, "street-points") == 0


def test_the_day_says_what_was_sold_paid_by_programs_and_given(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    pay(till, "14,920", her.card.code)
    do(till, "thing/saplings/plum", her.card.code)
    text = told(till.get("/shop/payments"))
    # With 1,280 yen that she paid before, and 2,000 yen that she paid in with the deposit of 3,000.
    assert "16,200円2件" in text
    assert (
        "現金3,000円お預かりした現金5,000円長寿祝いでの支払い13,000円スポーツ上乗せでの支払い200円"
        in text
    )
    assert "つけた地蔵ポイント30ポイント" in text
    assert "苗木での支払い" not in text
    assert "お渡し苗木1個" in text
    assert "12:26お預かり5,000円" in text


def test_a_stamp_is_one_button(town: LittleTown, her: Colourful, till: PageClient) -> None:
    links = till.get("/shop").links()
    assert links["スタンプ：スマイルカード"] == "/shop/tasks/stamp/smile/-"
    page = do(till, "stamp/smile/-", her.card.code)
    assert "スマイルカード+1個" in told(page)
    assert left(town, her.card, "smile") == 5


def test_a_stamp_that_is_sent_twice_is_stamped_once(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    address = "/shop/tasks/stamp/smile/-"
    page = till.get(address)
    first = till.submit(page, address, {"card": her.card.code})
    assert till.submit(page, address, {"card": her.card.code}).path == first.path
    assert left(town, her.card, "smile") == 5


def test_a_shop_where_there_is_no_stamp_has_no_button(
    town: LittleTown, her: Colourful, browser: Browser
) -> None:
    till = enrolled(browser(), town.enrolment_code(town.tavern))
    assert "スタンプ：スマイルカード" not in till.get("/shop").links()
    till.get("/shop/tasks/stamp/smile/-", status=404)


def test_a_refusal_tells_the_shop_what_to_do_and_nothing_of_the_resident(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    page = do(till, "stamp/rally/-", her.card.code, status=409)
    assert page.heading == "できませんでした"
    assert "お客様ご自身のページか区でわかります" in page.text
    assert "スタンプラリー" in page.text
    assert "limit" not in page.text


def test_a_mistyped_card_is_asked_for_again_for_the_same_task(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    page = do(till, "stamp/smile/-", "ABCD", status=422)
    assert "スタンプ：スマイルカード" in page.text
    again = till.submit(page, "/shop/tasks/stamp/smile/-", {"card": her.card.code})
    assert "+1個" in again.text


def test_things_are_handed_over_as_long_as_there_are_any(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    assert "ここの残り：2個" in till.get("/shop/tasks").text
    page = do(till, "thing/saplings/plum", her.card.code)
    assert "お渡しください梅" in told(page)
    assert "ここの残り：1個" in till.get("/shop/tasks").text
    empty = do(till, "thing/saplings/plum", her.card.code, status=409)
    assert "全額を別の方法で" not in empty.text
    # One that comes back is there again, and is no yen.
    town.pay(town.greengrocer, town.resident(10), 10)
    done = OperationId(UUID(page.path.rpartition("/")[2]))
    till_of_another_make = town.tills[town.greengrocer.id].token
    request = RefundRequest(
        id=OperationId(ids.uuid7(town.clock)), token=till_of_another_make, payment=done, units=1
    )
    (answer,) = town.desk.serve([request])
    assert isinstance(answer, ledger.Posted)
    assert "ここの残り：2個" in till.get("/shop/tasks").text
    day = till.get("/shop/payments").text
    assert day.partition("返品 苗木")[2].split()[:2] == ["1個", "12:28"]


def test_things_that_an_officer_has_brought_can_be_had_at_the_till(
    town: LittleTown, till: PageClient, browser: Browser
) -> None:
    """The same form again brings no more; a till's own staff and auditors bring nothing."""
    sato, _, _, tanaka = STAFF
    officer, address = sign_in(browser(), sato), "/console/programs/saplings/deliveries"
    links = officer.get("/console/programs/saplings").links()
    page = officer.get(links["在庫と納品"])
    assert "丸福青果 残り2個" in page.text
    wrong = officer.submit(page, address, {"pieces": "五"}, status=422)
    assert "半角数字" in wrong.text
    form = filled(wrong.form_to(address), {"pieces": "5"})
    for _ in range(2):
        assert officer.http.post(address, data=form).status_code == 303
    assert "残り7個" in officer.get(address).text
    assert "ここの残り：7個" in till.get("/shop/tasks").text
    elsewhere = form | {"place": "27-003"}
    assert officer.http.post(address, data=elsewhere).status_code == 422
    auditor = sign_in(browser(), tanaka)
    assert "納品を記録する" not in auditor.get(address).text
    assert (
        "数を数えて渡すものはありません" in auditor.get("/console/programs/diapers/deliveries").text
    )


def test_a_full_card_is_given_up_for_its_thing(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    early = do(till, "gift/smile/book", her.card.code, status=409)
    assert early.heading == "できませんでした"
    for _ in range(6):
        do(till, "stamp/smile/-", her.card.code)
    page = do(till, "gift/smile/book", her.card.code)
    assert "お渡しください絵本1冊" in told(page)
    assert left(town, her.card, "smile") == 0


def test_a_full_card_is_exchanged_for_yen_of_another_program(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    """Once however often it is sent; before it is full, the shop is told to go on collecting."""
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, LANTERN)
    task, had = "exchange/lantern/gift", left(town, her.card, "longevity-gift")
    assert till.get("/shop/tasks").links()["満点カードと交換：長寿祝いちょうちんカード"]
    do(till, "stamp/lantern/-", her.card.code)
    early = do(till, task, her.card.code, status=409)
    assert "まだ満点ではありません。このまま続けてためてください" in early.text
    do(till, "stamp/lantern/-", her.card.code)
    page = till.get(f"/shop/tasks/{task}")
    done = till.submit(page, f"/shop/tasks/{task}", {"card": her.card.code})
    assert "長寿祝い+500円カードに入りました。" in told(done)
    assert "ちょうちんカード−2" in told(done)
    assert till.submit(page, f"/shop/tasks/{task}", {"card": her.card.code}).path == done.path
    assert left(town, her.card, "lantern") == 0
    assert left(town, her.card, "longevity-gift") == had + 500


def test_money_is_paid_in_and_back(town: LittleTown, her: Colourful, till: PageClient) -> None:
    page = do(till, "top-up/sports/-", her.card.code, amount="1,000")
    # 200 of the premium's 250 were given before.
    assert "お預かり1,000円スポーツ上乗せ+50円" in told(page)
    wrong = do(till, "top-up/sports/-", her.card.code, amount="1,001", status=409)
    assert "最低額と単位を確かめる" in wrong.text
    back = do(till, "cash-out/sports/-", her.card.code, amount="3,000")
    assert "現金でお渡しする金額3,000円" in told(back)
    assert left(town, her.card, "sports") == 0
    till.get("/shop/tasks/top-up/sports/-?amount=x", status=422)


def test_another_shop_sees_nothing_of_it(
    town: LittleTown, her: Colourful, till: PageClient, browser: Browser
) -> None:
    sale = pay(till, "500", her.card.code).path
    stamped = do(till, "stamp/rally/-", town.resident().code).path
    other = enrolled(browser(), town.enrolment_code(town.tavern))
    for address in (sale, f"{sale}/return", stamped):
        other.get(address, status=404)
    # Nor is one task's result another's.
    till.get(stamped.replace("stamp/rally", "stamp/smile"), status=404)


def test_no_page_of_the_till_says_what_is_left_on_a_card(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    sale = pay(till, "500", her.card.code).path
    stamped = do(till, "stamp/smile/-", her.card.code).path
    for path in ("/shop", sale, f"{sale}/return", stamped, "/shop/payments", "/shop/tasks"):
        text = till.get(path).response.text
        assert her.card.code not in text
        assert "11,220" not in text
        assert "5個" not in text


def test_a_lost_answer_to_a_stamp_is_asked_for_again_and_stamped_once(
    town: LittleTown, her: Colourful
) -> None:
    with served(town, through=loses_first_answer) as address:
        till = enrolled(PageClient(address), town.enrolment_code(town.greengrocer))
        unsure = do(till, "stamp/smile/-", her.card.code, status=503)
        assert "二重になることはありません" in unsure.text
        assert "+1個" in till.submit(unsure, "/shop/tasks/stamp/smile/-").text
        till.close()
    assert left(town, her.card, "smile") == 5


def test_a_choice_survives_a_lost_answer_and_a_second_look(
    town: LittleTown, her: Colourful
) -> None:
    ask(town, PurchaseRequest, credential=her.card.code, total_yen=500)
    with served(town, through=loses_first_answer) as address:
        till = enrolled(PageClient(address), town.enrolment_code(town.greengrocer))
        page = till.get("/shop/card?amount=500&chosen=yes&pay=sports")
        unsure = till.submit(page, "/shop/purchases", {"card": her.card.code}, status=503)
        assert "スポーツ−500円" in told(till.submit(unsure, "/shop/purchases"))
        page = till.get("/shop/card?amount=500&chosen=yes&pay=sports")
        repeat = till.submit(page, "/shop/purchases", {"card": her.card.code}, status=409)
        assert "スポーツ−500円" in told(till.submit(repeat, "/shop/purchases"))
        till.close()
    assert left(town, her.card, "sports") == 1_000
