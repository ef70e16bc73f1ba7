"""Somebody who was brought along: the till asks for a second card, or for none."""

from collections.abc import Callable

import pytest

from tests.acceptance.little_town import LittleTown, served
from tests.acceptance.pages import Page, PageClient
from tests.acceptance.web.colourful import Colourful
from tests.acceptance.web.test_my_programs import left, told
from tests.acceptance.web.test_till_pages import enrolled, loses_first_answer

Browser = Callable[[], PageClient]
CLASS = "/shop/tasks/event/full-card/health-class"


@pytest.fixture
def till(town: LittleTown, her: Colourful, browser: Browser) -> PageClient:
    """The greengrocer's till, in a town with a class to which people bring each other."""
    return enrolled(browser(), town.enrolment_code(town.greengrocer))


def second(till: PageClient, card: str) -> Page:
    """The page that asks for the other card, after that of who is new."""
    return till.submit(till.get(CLASS), CLASS, {"card": card})


def test_who_brought_somebody_gets_their_part_with_a_second_card(
    town: LittleTown, till: PageClient
) -> None:
    """The shop sees what its customer got, and of the other one nothing."""
    new, other = town.resident(1), town.resident(1)
    page = second(till, new.code)
    assert page.heading == "紹介した方のカードを読み取ってください"
    done = till.submit(page, CLASS, {"card": other.code})
    assert "満点カード+500" in told(done)
    assert "600" not in done.text
    assert "その方ご自身のページで" in done.text
    assert (left(town, new, "full-card"), left(town, other, "full-card")) == (500, 100)
    again = till.submit(page, CLASS, {"card": other.code})
    assert again.path == done.path
    assert left(town, other, "full-card") == 100


def test_who_came_alone_goes_on_without_a_second_card(town: LittleTown, till: PageClient) -> None:
    new = town.resident(1)
    done = till.submit(second(till, new.code), CLASS, {"alone": "yes"})
    assert "満点カード+500" in told(done)
    assert left(town, new, "full-card") == 500


def test_a_second_card_that_is_none_is_asked_for_again_in_the_same_words(
    town: LittleTown, till: PageClient
) -> None:
    """Unknown, mistyped or stopped: the shop learns what to do, and not which it is."""
    new, other, lost = town.resident(1), town.resident(1), town.resident(1)
    town.stop(lost)
    page = second(till, new.code)
    for code in (town.unissued_code(), "ABCD", lost.code):
        page = till.submit(page, CLASS, {"card": code}, status=422)
        assert "紹介した方のカードとして使えません" in page.text
        assert not any(word in page.text for word in ("停止", "見つかりません", "+500"))
    assert left(town, new, "full-card") == 0
    till.submit(page, CLASS, {"card": other.code})
    assert (left(town, new, "full-card"), left(town, other, "full-card")) == (500, 100)


def test_the_customers_own_card_is_asked_for_again_when_it_is_none(
    town: LittleTown, till: PageClient
) -> None:
    page = second(till, town.unissued_code())
    again = till.submit(page, CLASS, {"alone": "yes"}, status=422)
    assert again.heading == "お客さまご本人のカードを読み取ってください"
    assert "番号は見つかりません" in again.text


@pytest.mark.parametrize("field", ["alone", "card"])
def test_a_lost_answer_is_asked_for_again_with_the_same_cards(
    town: LittleTown, her: Colourful, field: str
) -> None:
    new, other = town.resident(1), town.resident(1)
    with served(town, through=loses_first_answer) as address:
        till = enrolled(PageClient(address), town.enrolment_code(town.greengrocer))
        said = {field: other.code if field == "card" else "yes"}
        unsure = till.submit(second(till, new.code), CLASS, said, status=503)
        assert "+500" in till.submit(unsure, CLASS).text
        till.close()
    assert left(town, new, "full-card") == 500
    assert left(town, other, "full-card") == (100 if field == "card" else 0)
