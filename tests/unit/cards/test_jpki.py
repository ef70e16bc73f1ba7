"""Reading a My Number Card: its label, certificate, tries, PIN and signature."""

from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from ichimai.cards import errors
from ichimai.cards.emulated import MyNumberCard
from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.jpki import Card
from ichimai.cards.model import Kind
from ichimai.kernel.errors import DomainError
from tests.unit.cards.municipal_office import NONCE, PIN, card_key, issue
from tests.unit.cards.scripted_card import Watched

SELECT_ANY = "00A4020C02...."
SELECT_KEY = "00A4020C020017"
COUNT = "00200080"
VERIFY = "0020008004.*"
SIGN = "802A0080.*"
READ = "00B0.*"
FIRST_READ = "00B0000000"
READ_LABEL = "00B0000020"


@cache
def issued() -> IssuedCertificate:
    return issue()


def on_reader(instead: dict[str, str] | None = None, *, is_phone: bool = False) -> Watched:
    return Watched(MyNumberCard(issued(), pin=PIN, is_phone=is_phone).answer, instead)


def whole_tap(card: Card) -> None:
    card.verify_pin(PIN)
    card.certificate()
    card.sign(NONCE)


def test_a_card_is_read_verified_and_signs() -> None:
    """The certificate comes whole without a PIN; after the PIN the card signs our challenge."""
    watched = on_reader()
    card = Card(watched.transmit)
    assert card.label() is Kind.MY_NUMBER_CARD
    assert card.certificate() == issued().certificate
    assert watched.count(VERIFY) == 0
    card.verify_pin(PIN)
    signature = card.sign(NONCE)
    card_key().public_key().verify(signature, NONCE, padding.PKCS1v15(), hashes.SHA256())


def test_a_phone_gives_its_certificate_only_after_the_pin() -> None:
    watched = on_reader(is_phone=True)
    card = Card(watched.transmit)
    assert card.label() is Kind.PHONE_CERTIFICATE
    with pytest.raises(errors.CardPinRequired):
        card.certificate()
    assert watched.count("00A4020C02000A") == 0
    card.verify_pin(PIN)
    assert card.certificate() == issued().certificate
    assert len(card.sign(NONCE)) == 256


@pytest.mark.parametrize("label", ["JPKIAPICCTOKEN", "JPKIAPICCTOKEN" + " " * 18])
def test_a_label_may_be_padded_to_its_32_bytes(label: str) -> None:
    watched = on_reader({READ_LABEL: label.encode().hex() + "9000"})
    assert Card(watched.transmit).label() is Kind.MY_NUMBER_CARD


def test_a_label_may_come_with_a_warning_that_the_file_is_short() -> None:
    watched = on_reader({READ_LABEL: b"JPKIAPGPSETOKEN".hex() + "6282"})
    assert Card(watched.transmit).label() is Kind.PHONE_CERTIFICATE


@pytest.mark.parametrize("label", ["", "JPKIAPICCTOKEN2", "jpkiapicctoken", " JPKIAPICCTOKEN"])
def test_another_label_is_another_card(label: str) -> None:
    watched = on_reader({READ_LABEL: label.encode().hex() + "9000"})
    with pytest.raises(errors.CardNotRecognised):
        Card(watched.transmit).label()


def test_a_card_without_the_application_is_not_recognised() -> None:
    """A resident card, a bank card or a FeliCa card has no JPKI application."""
    watched = Watched(lambda _command: bytes.fromhex("6A82"))
    with pytest.raises(errors.CardNotRecognised):
        Card(watched.transmit).certificate()
    assert len(watched.sent) == 1


def test_asking_for_tries_costs_none() -> None:
    watched = on_reader()
    card = Card(watched.transmit)
    assert [card.tries_left() for _ in range(10)] == [3] * 10
    assert watched.count(VERIFY) == 0


def test_a_wrong_pin_is_told_with_the_tries_left_and_not_tried_again() -> None:
    watched = on_reader()
    with pytest.raises(errors.WrongCardPin) as wrong:
        Card(watched.transmit).verify_pin("0000")
    assert wrong.value.tries_left == 2
    assert watched.count(VERIFY) == 1


def test_with_one_try_left_the_program_stops() -> None:
    """Two wrong PINs are all that a card ever gets from us, even were the third right."""
    watched = on_reader()
    card = Card(watched.transmit)
    for wrong in ("0000", "1111"):
        with pytest.raises(errors.WrongCardPin):
            card.verify_pin(wrong)
    for another in (card, Card(watched.transmit), Card(watched.transmit)):
        with pytest.raises(errors.LastCardPinTry) as stopped:
            another.verify_pin(PIN)
        assert stopped.value.tries_left == 1
    assert watched.count(VERIFY) == 2
    assert card.tries_left() == 1


def test_the_right_pin_gives_all_tries_back() -> None:
    watched = on_reader()
    card = Card(watched.transmit)
    with pytest.raises(errors.WrongCardPin):
        card.verify_pin("0000")
    card.verify_pin(PIN)
    assert card.tries_left() == 3


@pytest.mark.parametrize("status", ["63C0", "6983", "6984"])
def test_a_blocked_pin_is_not_tried(status: str) -> None:
    """Each of the three ways in which a card may say that it is blocked."""
    watched = on_reader({COUNT: status})
    card = Card(watched.transmit)
    assert card.tries_left() == 0
    with pytest.raises(errors.CardPinBlocked):
        card.verify_pin(PIN)
    assert watched.count(VERIFY) == 0


@pytest.mark.parametrize("status", ["6983", "6984"])
def test_a_card_that_blocks_at_the_try_says_so(status: str) -> None:
    with pytest.raises(errors.CardPinBlocked):
        Card(on_reader({VERIFY: status}).transmit).verify_pin(PIN)


def test_a_card_that_has_verified_its_pin_already_has_all_tries() -> None:
    assert Card(on_reader({COUNT: "9000"}).transmit).tries_left() == 3


@pytest.mark.parametrize("status", ["63C4", "63C5", "63CF"])
def test_more_tries_than_this_pin_has_are_not_believed(status: str) -> None:
    """Five tries would be the signing password's: then we are not where we think."""
    watched = on_reader({COUNT: status})
    with pytest.raises(errors.CardAnswerDamaged):
        Card(watched.transmit).verify_pin(PIN)
    assert watched.count(VERIFY) == 0


@pytest.mark.parametrize(
    "pin", ["", "123", "12345", "12 4", "abcd", "１２３４", "٣٣٣٣", "1234\n", "-123", "²²²²"]
)
def test_what_is_not_four_digits_is_never_shown_to_the_card(pin: str) -> None:
    """A slip of the finger costs no try; nor does a digit that is none in ASCII."""
    watched = on_reader()
    with pytest.raises(errors.MalformedCardPin):
        Card(watched.transmit).verify_pin(pin)
    assert watched.sent == []


def test_nothing_is_signed_without_the_pin() -> None:
    watched = on_reader()
    with pytest.raises(errors.CardPinRequired):
        Card(watched.transmit).sign(NONCE)
    assert watched.count(SIGN) == 0


def test_a_wrong_pin_takes_back_what_a_right_one_gave() -> None:
    watched = on_reader()
    card = Card(watched.transmit)
    card.verify_pin(PIN)
    with pytest.raises(errors.WrongCardPin):
        card.verify_pin("0000")
    with pytest.raises(errors.CardPinRequired):
        card.sign(NONCE)
    assert watched.count(SIGN) == 0


def test_a_card_without_a_certificate_is_told_from_a_broken_one() -> None:
    """Nobody is obliged to have the certificate on the card."""
    for answer in ({"00A4020C02000A": "6A82"}, {FIRST_READ: "00" * 256 + "9000"}):
        with pytest.raises(errors.CertificateAbsent):
            Card(on_reader(answer).transmit).certificate()


DAMAGED = {
    "no status": "",
    "half a status": "90",
    "one byte too many": "00" * 257 + "9000",
    "far too many": "30820800" + "00" * 60000 + "9000",
    "empty": "9000",
    "cut short": "30820548" + "00" * 251 + "9000",
    "no sequence": "31820548" + "00" * 252 + "9000",
    "a short length": "30810548" + "00" * 252 + "9000",
    "smaller than one answer": "308200FB" + "00" * 252 + "9000",
    "larger than any certificate": "30820FFD" + "00" * 252 + "9000",
    "as large as can be": "3082FFFF" + "00" * 252 + "9000",
}


@pytest.mark.parametrize("answer", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_first_answer_is_told(answer: str) -> None:
    watched = on_reader({FIRST_READ: answer})
    with pytest.raises(errors.CardAnswerDamaged):
        Card(watched.transmit).certificate()
    assert watched.count(READ) <= 2


@pytest.mark.parametrize("data", ["", "00", "00" * 255, "00" * 256 + "00"])
def test_a_later_answer_of_another_length_is_damaged(data: str) -> None:
    """Bytes that are missing or too many would shift all that follow."""
    with pytest.raises(errors.CardAnswerDamaged):
        Card(on_reader({"00B0010000": data + "9000"}).transmit).certificate()


@pytest.mark.parametrize("size", [0, 1, 128, 255])
def test_a_signature_of_another_length_is_damaged(size: int) -> None:
    card = Card(on_reader({SIGN: "00" * size + "9000"}).transmit)
    card.verify_pin(PIN)
    with pytest.raises(errors.CardAnswerDamaged):
        card.sign(NONCE)


@pytest.mark.parametrize(
    "status,error",
    [
        ("6982", errors.CardPinRequired),
        ("6983", errors.CardPinBlocked),
        ("6984", errors.CardPinBlocked),
        ("6700", errors.CardRefused),
        ("6A86", errors.CardRefused),
        ("6B00", errors.CardRefused),
        ("6D00", errors.CardRefused),
        ("6E00", errors.CardRefused),
        ("6F00", errors.CardRefused),
        ("6282", errors.CardRefused),
        ("6C10", errors.CardRefused),
        ("6110", errors.CardRefused),
        ("0000", errors.CardRefused),
    ],
)
@pytest.mark.parametrize("where", [SELECT_ANY, COUNT, VERIFY, SELECT_KEY, SIGN, READ, "00A4040C.*"])
def test_every_status_word_becomes_one_of_our_errors(
    where: str, status: str, error: type[DomainError]
) -> None:
    """Whatever a card answers at whatever step, it is told, and told once."""
    if (where, status) in {(COUNT, "6983"), (COUNT, "6984"), (READ, "6282")}:
        error = DomainError
    with pytest.raises(error) as told:
        whole_tap(Card(on_reader({where: status}).transmit))
    if isinstance(told.value, errors.CardRefused):
        assert told.value.status == int(status, 16)


def test_a_card_that_was_lifted_must_show_its_pin_again() -> None:
    """After a failure on the way nothing that was known of the card still counts."""
    watched = on_reader()
    card = Card(watched.transmit)
    card.verify_pin(PIN)
    watched.instead = {SELECT_KEY: "90"}
    with pytest.raises(errors.CardAnswerDamaged):
        card.sign(NONCE)
    watched.instead = {}
    with pytest.raises(errors.CardPinRequired):
        card.sign(NONCE)
    assert watched.count(SIGN) == 0
    card.verify_pin(PIN)
    assert len(card.sign(NONCE)) == 256


def test_what_the_reader_raises_passes_and_nothing_is_sent_twice() -> None:
    """A card lifted in the middle of a PIN may or may not have counted it: never again."""
    sent: list[bytes] = []

    def lifted(command: bytes) -> bytes:
        sent.append(command)
        if len(command) == 9:
            raise ConnectionError("card removed")
        return answer(command)

    answer = on_reader().transmit
    with pytest.raises(ConnectionError):
        Card(lifted).verify_pin(PIN)
    assert [command for command in sent if len(command) == 9] == sent[-1:]


def test_nothing_that_is_kept_shows_the_pin_or_the_certificate() -> None:
    card = Card(on_reader().transmit)
    card.verify_pin(PIN)
    card.certificate()
    shown = repr(card) + repr(vars(card)) + repr(vars(card._gate))
    assert PIN not in shown
    assert "MIIF" not in shown
    assert not any(isinstance(kept, bytes) for kept in vars(card).values())
