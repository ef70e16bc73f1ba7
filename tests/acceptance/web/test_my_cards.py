"""My cards, without JavaScript: all of them, stopping one, and stopping all after a lost bag."""

from collections.abc import Callable

import pytest

from ichimai import ledger
from ichimai.ledger.errors import CredentialStopped
from ichimai.registry.model import IssuedCard
from tests.acceptance.little_town import PIN, LittleTown
from tests.acceptance.pages import Page, PageClient
from tests.acceptance.web.residents import charge, come_in, second_card

Browser = Callable[[], PageClient]


def cards_of(page: Page) -> list[str]:
    """The addresses of the cards that can be stopped."""
    hrefs = [link.get("href", "") for link in page.tree.iter("a")]
    return [href for href in hrefs if href.startswith("/me/cards/") and "stop-all" not in href]


@pytest.fixture
def two_cards(town: LittleTown) -> tuple[IssuedCard, IssuedCard]:
    """A resident with a card, and with another that came later."""
    card = town.resident(10_000)
    town.pay(town.greengrocer, card, 500)
    return card, second_card(town, card)


def test_all_my_cards_are_there_and_only_the_one_in_my_hand_has_a_number(
    two_cards: tuple[IssuedCard, IssuedCard], browser: Browser
) -> None:
    card, other = two_cards
    page = come_in(browser(), card).get("/me/cards")
    assert len(cards_of(page)) == 2
    assert page.text.count("QRコードのカード") >= 2
    assert f"番号の終わりが {card.code[-4:]}" in page.text
    for code in (card.code, other.code):
        assert code not in page.response.text
    assert other.code[-4:] not in page.text


def test_a_stopped_card_pays_no_more_from_that_moment_and_the_other_goes_on(
    town: LittleTown, two_cards: tuple[IssuedCard, IssuedCard], browser: Browser
) -> None:
    card, lost = two_cards
    me = come_in(browser(), card)
    address = cards_of(me.get("/me/cards"))[0]
    assert isinstance(charge(town, lost.code, 100), ledger.Posted)
    page = me.get(address)
    assert page.heading == "このカードを止めますか"
    assert "9,400円" in page.text
    done = me.submit(page, f"{address}/stop")
    assert done.heading == "止めました"
    assert isinstance(charge(town, lost.code, 100), CredentialStopped)
    assert isinstance(charge(town, card.code, 100), ledger.Posted)


def test_what_happens_next_and_whom_to_call_is_said(
    town: LittleTown, two_cards: tuple[IssuedCard, IssuedCard], browser: Browser
) -> None:
    me = come_in(browser(), two_cards[0])
    address = cards_of(me.get("/me/cards"))[0]
    done = me.submit(me.get(address), f"{address}/stop")
    assert "9,500円は、そのままあなたのものです" in done.text
    assert "次のものは使えます" in done.text
    assert "03-0000-0000" in done.text


def test_the_stop_is_asked_for_first_and_looking_stops_nothing(
    town: LittleTown, two_cards: tuple[IssuedCard, IssuedCard], browser: Browser
) -> None:
    me = come_in(browser(), two_cards[0])
    for address in cards_of(me.get("/me/cards")):
        me.get(address)
        assert me.http.get(f"{address}/stop").status_code == 404
    me.get("/me/cards/stop-all")
    for card in two_cards:
        assert isinstance(charge(town, card.code, 100), ledger.Posted)


def test_a_stop_ends_every_session_here_and_elsewhere(
    two_cards: tuple[IssuedCard, IssuedCard], browser: Browser
) -> None:
    """Whoever found the card may have come in with it."""
    card, _ = two_cards
    thief, me = come_in(browser(), card), come_in(browser(), card)
    address = cards_of(me.get("/me/cards"))[0]
    me.submit(me.get(address), f"{address}/stop")
    assert thief.get("/me").path == "/me/sign-in"
    assert me.get("/me").path == "/me/sign-in"


def test_a_lost_bag_stops_everything_and_says_where_a_new_card_is(
    town: LittleTown, two_cards: tuple[IssuedCard, IssuedCard], browser: Browser
) -> None:
    me = come_in(browser(), two_cards[0])
    page = me.get("/me/cards/stop-all")
    assert "9,500円" in page.text
    done = me.submit(page, "/me/cards/stop-all")
    assert "窓口で新しいカードを受け取ってください" in done.text
    for card in two_cards:
        assert isinstance(charge(town, card.code, 100), CredentialStopped)


def test_a_stopped_card_is_still_listed_as_stopped(
    town: LittleTown, two_cards: tuple[IssuedCard, IssuedCard], browser: Browser
) -> None:
    card, lost = two_cards
    town.stop(lost)
    me = come_in(browser(), card)
    page = me.get("/me/cards")
    assert "もう使わないもの" in page.text
    assert "止めました" in page.text
    assert len(cards_of(page)) == 1


def test_the_only_card_can_be_stopped_and_no_way_to_all_is_offered(
    town: LittleTown, browser: Browser
) -> None:
    me = come_in(browser(), town.resident(10_000), PIN)
    page = me.get("/me/cards")
    assert "/me/cards/stop-all" not in page.links().values()
    (address,) = cards_of(page)
    done = me.submit(me.get(address), f"{address}/stop")
    assert "ほかに使えるカードがありません" in done.text
