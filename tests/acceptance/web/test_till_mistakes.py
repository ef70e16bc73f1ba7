"""What a shop did by mistake today and undoes at its till: a thing handed over, a wrong sum."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ichimai import programs
from ichimai.kernel import ids
from ichimai.ledger import OperationId
from tests.acceptance.little_town import LittleTown, served
from tests.acceptance.pages import Page, PageClient, filled
from tests.acceptance.web.colourful import Colourful
from tests.acceptance.web.residents import subject_of
from tests.acceptance.web.test_my_programs import left, told
from tests.acceptance.web.test_till_pages import enrolled, loses_first_answer, pay
from tests.acceptance.web.test_till_programs import do

Browser = Callable[[], PageClient]

MOVED = "入金したときのまま残っていないため、ここでは取り消せません（一部が使われた"


@pytest.fixture
def till(town: LittleTown, her: Colourful, browser: Browser) -> PageClient:
    """The greengrocer's till, ten minutes after what she did there before."""
    town.clock.advance(timedelta(minutes=10))
    return enrolled(browser(), town.enrolment_code(town.greengrocer))


def first_way_back(till: PageClient, words: str) -> str:
    """Where the newest line of the day's list with a button of such words leads."""
    return next(to for name, to in till.get("/shop/payments").links().items() if words in name)


def undo(page: Page, till: PageClient, amount: str = "", *, status: int = 200) -> Page:
    """Send the form that undoes it."""
    values = {"amount": amount} if amount else {}
    return till.submit(page, page.path, values, status=status)


def test_a_thing_that_was_handed_over_by_mistake_is_taken_back(
    town: LittleTown, her: Colourful, till: PageClient, browser: Browser
) -> None:
    """As a whole, with its piece of stock, and once; another shop finds nothing."""
    had = left(town, her.card, "saplings")
    do(till, "thing/saplings/plum", her.card.code)
    assert "ここの残り：1個" in till.get("/shop/tasks").text
    page = till.get(first_way_back(till, "戻す"))
    enrolled(browser(), town.enrolment_code(town.tavern)).get(page.path, status=404)
    form = filled(page.form_to(page.path), {})
    done = undo(page, till)
    assert "カードに戻りました苗木+1個" in told(done)
    assert till.http.post(page.path, data=form).headers["location"] == done.path
    assert "ここの残り：2個" in till.get("/shop/tasks").text
    assert left(town, her.card, "saplings") == had
    assert "もう戻してあります" in till.get(page.path).text
    again = till.http.post(page.path, data=form | {"id": form["id"][:-4] + "abcd"})
    assert again.status_code == 422
    assert "お渡し（戻りました）" in till.get("/shop/payments").text


def test_what_was_too_much_of_a_sum_goes_off_the_card_with_its_premium(
    town: LittleTown, her: Colourful, till: PageClient, browser: Browser
) -> None:
    """10,000 typed for 1,000; the list has both, and the day's cash is right."""
    had = left(town, her.card, "sports"), left(town, her.card, "sports-premium")
    before = told(till.get("/shop/payments"))
    do(till, "top-up/sports/-", her.card.code, amount="10,000")
    page = till.get(first_way_back(till, "直す"))
    enrolled(browser(), town.enrolment_code(town.tavern)).get(page.path, status=404)
    too_much = undo(page, till, "10,001", status=422)
    assert "残りの金額を超えています" in too_much.text
    form = filled(page.form_to(page.path), {"amount": "9,000"})
    done = undo(page, till, "9,000")
    assert "9,000円カードから引きましたお客さまからいただいていたときだけ" in told(done)
    assert till.http.post(page.path, data=form).headers["location"] == done.path
    assert "取り消した金額9,000円" in told(till.get(page.path))
    other = till.http.post(page.path, data=form | {"amount": "8,000"})
    assert other.status_code == 409
    day = till.get("/shop/payments")
    assert "お預かり（うち 9,000円 を取り消し）" in day.text
    assert "お預かりの取り消し" in day.text
    assert "お預かりした現金6,000円" in told(day)
    assert "お預かりした現金5,000円" in before
    # Of the premium 50 were left to give: of a tenth of the sum, a tenth of that.
    assert left(town, her.card, "sports") == had[0] + 1_000
    assert left(town, her.card, "sports-premium") == had[1] + 5


def test_what_was_used_or_is_of_another_day_says_what_to_do(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    """Nothing is moved then, and the shop learns nothing of the rest."""
    do(till, "top-up/sports/-", town.resident().code, amount="1,000")
    town.clock.advance(timedelta(minutes=2))
    card = town.resident()
    do(till, "top-up/sports/-", card.code, amount="1,000")
    page = till.get(first_way_back(till, "直す"))
    chosen = till.get("/shop/card?amount=300&chosen=yes&pay=sports")
    till.submit(chosen, "/shop/purchases", {"card": card.code})
    refused = undo(page, till, "1,000", status=422)
    assert MOVED in refused.text
    assert "700" not in refused.text
    assert left(town, card, "sports") == 700
    town.clock.advance(timedelta(days=1))
    assert "取り消せるのは当日だけです" in undo(page, till, "1", status=422).text
    yesterday = till.get(till.get("/shop/payments").links()["前の日"])
    assert not any("直す" in name for name in yesterday.links())


def test_what_became_somebodys_other_record_says_the_same_and_goes_back_once_they_are_apart(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    """The shop does not learn whether it was used, or how many records there were of somebody."""
    card, other = town.resident(), town.resident()
    do(till, "top-up/sports/-", card.code, amount="1,000")
    page = till.get(first_way_back(till, "直す"))
    merge, merged = OperationId(ids.uuid7(town.clock)), subject_of(town, card)
    sides = {"kept": subject_of(town, other), "merged": merged, "by": merged}
    with town.database.write(town.operator) as tx:
        programs.joining.merge(tx, town.desk, merge, **sides)
    refused = undo(page, till, "1,000", status=422)
    assert MOVED in refused.text
    assert left(town, other, "sports") == 1_000
    apart = OperationId(ids.uuid7(town.clock))
    with town.database.write(town.operator) as tx:
        programs.joining.split(tx, town.desk, apart, merge=merge, **sides)
    assert "1,000円カードから引きました" in told(undo(page, till, "1,000"))


def test_a_lost_answer_is_asked_for_again_and_taken_back_once(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    do(till, "thing/saplings/plum", her.card.code)
    address, had = first_way_back(till, "戻す"), left(town, her.card, "saplings")
    with served(town, through=loses_first_answer) as site:
        client = PageClient(site)
        client.http.cookies.update(till.http.cookies)
        unsure = undo(client.get(address), client, status=503)
        assert "二重に取り消されることはありません" in unsure.text
        assert "1円" not in unsure.text
        assert "カードに戻りました" in client.submit(unsure, address).text
        client.close()
    assert left(town, her.card, "saplings") == had + 1


def test_a_sale_is_undone_by_no_other_way(
    town: LittleTown, her: Colourful, till: PageClient
) -> None:
    """Nor is one thing another: each address takes back what it is for."""
    sale = pay(till, "500", her.card.code).path.rpartition("/")[2]
    thing = do(till, "thing/saplings/plum", her.card.code).path.rpartition("/")[2]
    money = do(till, "top-up/sports/-", her.card.code, amount="1,000").path.rpartition("/")[2]
    for path in (f"things/{sale}", f"money/{sale}", f"things/{money}", f"money/{thing}"):
        till.get(f"/shop/{path}/back", status=404)
    for path in (f"payments/{thing}/refund", f"payments/{money}/refund"):
        till.get(f"/shop/{path}", status=404)
