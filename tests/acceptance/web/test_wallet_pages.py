"""A resident's wallet, without JavaScript: what every phone and every library computer can do."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ichimai import people, registry
from ichimai.registry import SubjectId
from ichimai.registry.model import IssuedCard
from ichimai.storage import REGISTRY
from tests.acceptance.little_town import PIN, SECTOR, LittleTown
from tests.acceptance.pages import Page, PageClient

Browser = Callable[[], PageClient]


def sign_in(client: PageClient, card: str, pin: str, *, status: int = 200) -> Page:
    fields = {"card": card, "pin": pin}
    return client.submit(client.get("/me/sign-in"), "/me/sign-in", fields, status=status)


def first_use(client: PageClient, card: IssuedCard, pin: str = PIN) -> PageClient:
    """Sign in for the first time, choosing a PIN."""
    page = sign_in(client, card.code, "")
    assert page.path == "/me/pin"
    home = client.submit(page, "/me/pin", {"pin": pin, "pin_again": pin})
    assert home.path == "/me"
    return client


@pytest.fixture
def wallet(town: LittleTown, browser: Browser) -> PageClient:
    """The wallet of a resident with two gifts, who has signed in."""
    return first_use(browser(), town.resident(3_000, 10_000))


def test_the_wallet_says_what_is_left_and_until_when(wallet: PageClient) -> None:
    page = wallet.get("/me")
    assert page.heading == "カードの残り"
    assert "13,000円" in page.text
    assert "2027年3月29日（月）まで" in page.text
    assert "2027年9月25日（土）まで" in page.text


def test_the_history_names_the_shop(town: LittleTown, browser: Browser) -> None:
    card = town.resident(10_000)
    town.pay(town.greengrocer, card, 1_280)
    wallet = first_use(browser(), card)
    page = wallet.get("/me/history")
    assert "丸福青果" in page.text
    assert "−1,280円" in page.text
    assert "8,720円" in wallet.get("/me").text


def test_a_payment_from_two_gifts_is_one_line(town: LittleTown, browser: Browser) -> None:
    card = town.resident(500, 10_000)
    town.pay(town.greengrocer, card, 800)
    page = first_use(browser(), card).get("/me/history")
    assert "−800円" in page.text
    assert "−500円" not in page.text


def test_the_history_comes_in_pages(town: LittleTown, browser: Browser) -> None:
    card = town.resident(10_000)
    for units in range(101, 131):
        town.pay(town.greengrocer, card, units)
    wallet = first_use(browser(), card)
    page = wallet.get("/me/history")
    assert "−130円" in page.text
    assert "−101円" not in page.text
    last = wallet.get(page.links()["次へ"])
    assert "−101円" in last.text
    assert "+10,000円" in last.text


def test_the_code_to_show_is_the_cards_own_and_says_nothing_of_the_sum(
    town: LittleTown, browser: Browser
) -> None:
    card = town.resident(10_000)
    page = first_use(browser(), card).get("/me/card")
    assert card.code in page.text
    assert "10,000" not in page.text
    assert any(element.get("class") == "card-code" for element in page.tree.iter())


def test_the_next_time_the_pin_lets_in_and_another_does_not(
    town: LittleTown, browser: Browser
) -> None:
    card = town.resident(10_000)
    first_use(browser(), card)
    assert sign_in(browser(), card.code.lower(), "２８０５１９").path == "/me"
    page = sign_in(browser(), card.code, "280518", status=422)
    assert page.heading == "カードの残りを見る"
    assert "10,000" not in page.text


def test_a_card_that_does_not_exist_is_answered_like_one_that_does(
    town: LittleTown, browser: Browser
) -> None:
    """Nobody learns from the sign-in which cards there are (faults.md E73)."""
    card, nobodys = town.resident(10_000), town.unissued_code()
    first_use(browser(), card)
    for pin in ("", "280518"):
        real = sign_in(browser(), card.code, pin, status=422)
        none = sign_in(browser(), nobodys, pin, status=422)
        assert real.text == none.text


def test_a_stopped_card_is_answered_like_one_that_does_not_exist(
    town: LittleTown, browser: Browser
) -> None:
    card = town.resident(10_000)
    first_use(browser(), card)
    town.stop(card)
    page = sign_in(browser(), card.code, PIN, status=422)
    assert "組み合わせでは入れません" in page.text


def test_after_five_wrong_pins_the_right_one_waits(town: LittleTown, browser: Browser) -> None:
    card = town.resident(10_000)
    first_use(browser(), card)
    for guess in range(5):
        sign_in(browser(), card.code, f"40719{guess}", status=422)
    page = sign_in(browser(), card.code, PIN, status=429)
    assert "数分待って" in page.text
    town.clock.advance(timedelta(minutes=1))
    assert sign_in(browser(), card.code, PIN).path == "/me"


@pytest.mark.parametrize("pin, again", [("123456", "123456"), ("280519", "280518"), ("12", "12")])
def test_an_easy_or_mistyped_pin_is_asked_for_again(
    town: LittleTown, browser: Browser, pin: str, again: str
) -> None:
    client = browser()
    page = sign_in(client, town.resident(10_000).code, "")
    page = client.submit(page, "/me/pin", {"pin": pin, "pin_again": again}, status=422)
    assert page.heading == "暗証番号を決めてください"
    assert client.get("/me").path == "/me/sign-in"


def test_choosing_a_pin_makes_a_new_session(town: LittleTown, browser: Browser) -> None:
    """Session fixation (faults.md G107)."""
    client = browser()
    page = sign_in(client, town.resident(10_000).code, "")
    before = client.http.cookies["ichimai-me"]
    client.submit(page, "/me/pin", {"pin": PIN, "pin_again": PIN})
    after = client.http.cookies["ichimai-me"]
    assert after != before
    client.http.cookies.set("ichimai-me", before)
    assert client.get("/me").path == "/me/sign-in"


def test_signing_out_ends_the_session_also_for_a_copy_of_the_cookie(wallet: PageClient) -> None:
    token = wallet.http.cookies["ichimai-me"]
    assert wallet.submit(wallet.get("/me"), "/me/sign-out").path == "/me/sign-in"
    wallet.http.cookies.set("ichimai-me", token)
    assert wallet.get("/me").path == "/me/sign-in"


def test_after_fifteen_idle_minutes_the_wallet_is_closed(
    town: LittleTown, wallet: PageClient
) -> None:
    assert wallet.get("/me").response.headers["refresh"] == "900; url=/me/sign-in"
    town.clock.advance(timedelta(minutes=14))
    assert wallet.get("/me").path == "/me"
    town.clock.advance(timedelta(minutes=15))
    assert wallet.get("/me").path == "/me/sign-in"


def test_one_browser_is_in_one_wallet_at_a_time(town: LittleTown, browser: Browser) -> None:
    """The next person on a shared computer never meets the last one (faults.md I1)."""
    first, second = town.resident(1_111), town.resident(2_222)
    client = first_use(browser(), first)
    token = client.http.cookies["ichimai-me"]
    first_use(browser(), second)
    assert sign_in(client, second.code, PIN).path == "/me"
    assert "2,222円" in client.get("/me").text
    client.http.cookies.set("ichimai-me", token)
    assert client.get("/me").path == "/me/sign-in"


def test_a_forgotten_pin_is_chosen_anew(town: LittleTown, browser: Browser) -> None:
    card = town.resident(10_000)
    wallet = first_use(browser(), card)
    with town.database.read(REGISTRY) as tx:
        (found,) = registry.resolve(tx, town.key, SECTOR, [card.code])
    assert found
    assert found.subject
    with town.database.write(town.operator) as tx:
        people.sign_in.reset_pin(tx, SubjectId(found.subject))
    assert wallet.get("/me").path == "/me/sign-in"
    assert first_use(browser(), card, "407192").get("/me").path == "/me"


def test_a_resident_gets_nowhere_else(wallet: PageClient) -> None:
    assert wallet.get("/console").path == "/console/sign-in"
    assert wallet.get("/shop").path == "/shop/enrol"
    wallet.http.cookies.set("ichimai-console", wallet.http.cookies["ichimai-me"])
    assert wallet.get("/console").path == "/console/sign-in"
