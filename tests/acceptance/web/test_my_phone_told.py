"""What a phone may tell when it is added: its own key, just now, and nobody else's phone."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ichimai.cards import Kind, phone_codes
from ichimai.registry.model import IssuedCard
from tests.acceptance.little_town import LittleTown
from tests.acceptance.pages import Page, PageClient
from tests.acceptance.web.residents import come_in, phones_of

NewClient = Callable[[], PageClient]
DEVICE = bytes(range(16))


def fields_of(
    town: LittleTown, key: ec.EllipticCurvePrivateKey, device: bytes = DEVICE
) -> dict[str, str]:
    """What the script of a phone fills in."""
    return {
        "card": phone_codes.make(key, device, town.clock.now()),
        "public_key": encoded(phone_codes.public_key_of(key)),
    }


def send(client: PageClient, fields: dict[str, str], status: int = 422) -> Page:
    """The page after that form."""
    return client.submit(client.get("/me/phone"), "/me/phone", fields, status=status)


def encoded(public_key: bytes) -> str:
    return urlsafe_b64encode(public_key).decode().rstrip("=")


def a_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def me(town: LittleTown, browser: NewClient) -> tuple[PageClient, IssuedCard]:
    """A resident who has just signed in."""
    card = town.resident(10_000)
    return come_in(browser(), card), card


def test_a_phone_that_somebody_has_is_nobody_elses(
    town: LittleTown, me: tuple[PageClient, IssuedCard], browser: NewClient
) -> None:
    """Not with its own key, and not with another's: whoever was first has it."""
    client, card = me
    key, other_card = a_key(), town.resident(1_000)
    send(client, fields_of(town, key), 200)
    other = come_in(browser(), other_card)
    for offered in (key, a_key()):
        assert "ほかの方のもの" in send(other, fields_of(town, offered)).text
    # Nor may its owner change the key behind it.
    assert "ほかの方のもの" in send(client, fields_of(town, a_key())).text
    assert phones_of(town, card) == {Kind.PHONE: 1}
    assert phones_of(town, other_card) == {}


def test_adding_the_same_phone_again_changes_nothing(
    town: LittleTown, me: tuple[PageClient, IssuedCard]
) -> None:
    client, card = me
    key = a_key()
    for _ in range(3):
        assert "支払えるようになりました" in send(client, fields_of(town, key), 200).text
    assert phones_of(town, card) == {Kind.PHONE: 1}


def test_a_key_that_the_phone_does_not_hold_is_not_believed(
    town: LittleTown, me: tuple[PageClient, IssuedCard]
) -> None:
    """Somebody else's public key, a text that is no key, a code that is none."""
    client, card = me
    key, other = a_key(), a_key()
    code = phone_codes.make(key, DEVICE, town.clock.now())
    public_key = phone_codes.public_key_of(key)
    wrong = [
        (code, encoded(phone_codes.public_key_of(other))),
        (code, encoded(b"\4" + bytes(64))),
        (code, encoded(public_key[:-1])),
        (code, encoded(b"\2" + public_key[1:33])),
        (code, "%%%"),
        (code, ""),
        (code[:-1] + ("0" if code[-1] != "0" else "1"), encoded(public_key)),
        (card.code, encoded(public_key)),
        ("", encoded(public_key)),
    ]
    for told, told_key in wrong:
        fields = {"card": told, "public_key": told_key}
        page = send(client, fields)
        assert "読み取れませんでした" in page.text
    assert phones_of(town, card) == {}


def test_a_page_that_somebody_left_open_adds_no_phone(
    town: LittleTown, me: tuple[PageClient, IssuedCard]
) -> None:
    """A new device needs a sign-in of just now (faults.md I11)."""
    client, card = me
    page = client.get("/me/phone")
    town.clock.advance(timedelta(minutes=11))
    client.submit(page, "/me/phone", fields_of(town, a_key()), status=422)
    assert "もう一度入ってから" in client.get("/me/phone").text
    assert phones_of(town, card) == {}


def test_five_phones_are_enough(town: LittleTown, me: tuple[PageClient, IssuedCard]) -> None:
    client, card = me
    for number in range(5):
        send(client, fields_of(town, a_key(), bytes(range(number + 1, number + 17))), 200)
    assert "5台" in send(client, fields_of(town, a_key())).text
    assert phones_of(town, card) == {Kind.PHONE: 5}


def test_without_javascript_the_page_says_that_the_card_works(
    me: tuple[PageClient, IssuedCard],
) -> None:
    for path in ("/phone", "/me/phone"):
        (noscript,) = me[0].get(path).tree.iter("noscript")
        assert "カードはそのまま使えます" in "".join(noscript.itertext())
