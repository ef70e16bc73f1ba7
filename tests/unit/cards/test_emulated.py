"""What the emulated cards answer, command by command."""

import hashlib
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ichimai.cards import felica, jpki
from ichimai.cards.emulated import FelicaCard, MyNumberCard
from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.model import Kind
from ichimai.cards.test_authority import TestAuthority
from tests.at_once import at_once

NOW: Final = datetime(2026, 11, 24, tzinfo=UTC)
PIN: Final = "4321"
NUMBER: Final = "01 2E 4C D1 99 08 77 45"

SELECT: Final = "00A4040C 0A D392F000260100000001"
VERIFY: Final = "00200080 04 34333231"
WRONG: Final = "00200080 04 30303030"
TRIES: Final = "00200080"
DIGEST_INFO: Final = "3031300d060960864801650304020105000420"
SIGN: Final = f"802A0080 33 {DIGEST_INFO} {hashlib.sha256(b'challenge').hexdigest()} 00"


def select(file: str) -> str:
    """Select a file of the application."""
    return f"00A4020C 02 {file}"


READ_ALL: Final = [SELECT, select("000A"), "00B0000000"]
SIGN_ALL: Final = [SELECT, select("0018"), VERIFY, select("0017"), SIGN]


@dataclass
class Talk:
    """A card, and what it answers to commands in hexadecimal digits."""

    card: MyNumberCard | FelicaCard

    def __call__(self, *commands: str) -> str:
        """The answer to the last of the commands, in hexadecimal digits."""
        answers = [self.card.answer(bytes.fromhex(command)) for command in commands]
        return answers[-1].hex().upper()


@pytest.fixture(scope="module")
def issued() -> IssuedCertificate:
    """A certificate with its key."""
    return TestAuthority.make(NOW).issue("A" * 23, NOW.replace(month=12))


@pytest.fixture
def card(issued: IssuedCertificate) -> MyNumberCard:
    """A new card."""
    return MyNumberCard(issued, pin=PIN)


@pytest.fixture
def talk(card: MyNumberCard) -> Talk:
    """Commands to it."""
    return Talk(card)


@pytest.fixture
def phone(issued: IssuedCertificate) -> Talk:
    """Commands to a phone that stands for a card."""
    return Talk(MyNumberCard(issued, pin=PIN, is_phone=True))


@pytest.mark.parametrize(
    "commands,status",
    [
        # right ones
        ([SELECT], "9000"),
        ([SELECT, select("0018"), TRIES], "63C3"),
        ([SELECT, select("0018"), f"{TRIES} 00"], "63C3"),
        ([SELECT, select("0018"), WRONG], "63C2"),
        ([SELECT, select("0018"), WRONG, WRONG, WRONG], "63C0"),
        ([SELECT, select("0018"), WRONG, WRONG, WRONG, VERIFY], "6983"),
        ([SELECT, select("0018"), WRONG, WRONG, WRONG, TRIES], "63C0"),
        ([SELECT, select("0018"), WRONG, VERIFY, TRIES], "63C3"),
        # lengths that contradict each other, or are not what the command wants
        ([""], "6700"),
        (["00"], "6700"),
        (["00A404"], "6700"),
        (["00A4040C"], "6700"),
        (["00A4040C 0B D392F000260100000001"], "6700"),
        (["00A4040C 0A D392F000260100000001 0000"], "6700"),
        (["00A4040C 00 0000"], "6700"),
        (["00A4040C 00 00"], "6700"),
        ([SELECT, "00A4020C 03 00000A"], "6700"),
        ([SELECT, select("000A"), "00B00000"], "6700"),
        ([SELECT, select("000A"), "00B00000 01 00 00"], "6700"),
        ([SELECT, select("000A"), "00B00000 000000 0003"], "6700"),
        ([*SIGN_ALL[:-1], "802A0080 00"], "6700"),
        ([*SIGN_ALL[:-1], SIGN[:-3]], "6700"),
        ([*SIGN_ALL[:-1], "802A0080 F6" + "00" * 0xF6 + "00"], "6700"),
        # classes, instructions and parameters that it does not know
        (["01A4040C 0A D392F000260100000001"], "6E00"),
        (["90A4040C 0A D392F000260100000001"], "6E00"),
        ([SELECT, "00240180 04 31313131"], "6D00"),
        ([SELECT, "80B0000000"], "6D00"),
        ([SELECT, SIGN.replace("802A", "002A")], "6D00"),
        (["00A40000 02 3F00"], "6A86"),
        ([SELECT, select("0018"), "00200000 04 34333231"], "6A86"),
        ([*SIGN_ALL[:-1], SIGN.replace("802A0080", "802A9E9A")], "6A86"),
        ([SELECT, "00B0 8A00 00"], "6A86"),
        # what is not there
        (["00A4040C 0A D3921000310001010408"], "6A82"),
        (["00A4040C 0A D3921000310001010402"], "6A82"),
        ([select("000A")], "6A82"),
        ([SELECT, select("0001")], "6A82"),
        ([SELECT, select("0002")], "6A82"),
        ([SELECT, select("001A")], "6A82"),
        ([SELECT, select("000A"), "00B0 7FFF 00"], "6B00"),
        ([SELECT, "00B0000000"], "6986"),
        ([SELECT, VERIFY], "6986"),
        ([SELECT, SIGN], "6986"),
        ([SELECT, select("0017"), "00B0000000"], "6981"),
        ([SELECT, select("0018"), "00B0000000"], "6981"),
        ([SELECT, select("0017"), VERIFY], "6981"),
        # a signature needs the PIN, in this session
        ([SELECT, select("0017"), SIGN], "6982"),
        ([SELECT, select("0018"), WRONG, select("0017"), SIGN], "6982"),
        ([SELECT, select("0018"), VERIFY, WRONG, select("0017"), SIGN], "6982"),
        ([*SIGN_ALL, SELECT, select("0017"), SIGN], "6982"),
        ([*SIGN_ALL[:3], SIGN], "6981"),
        # the password of the signing certificate can be asked about, and never tried
        ([SELECT, select("001B"), TRIES], "63C0"),
        ([SELECT, select("001B"), "00200080 06 414243313233"], "6983"),
        ([SELECT, select("001B"), VERIFY, select("0017"), SIGN], "6982"),
    ],
)
def test_a_card_answers_with_the_right_status_word(
    talk: Talk, commands: list[str], status: str
) -> None:
    assert talk(*commands) == status


def test_its_certificates_can_be_read_in_pieces_without_a_pin(
    talk: Talk, issued: IssuedCertificate
) -> None:
    for file, content in (("000A", issued.certificate), ("000B", issued.authority_certificate)):
        talk(SELECT, select(file))
        read = b""
        while (piece := bytes.fromhex(talk(f"00B0{len(read):04X}00")))[-2:] == b"\x90\x00":
            read += piece[:-2]
        assert piece == b"\x6b\x00"
        assert read == content


def test_an_extended_length_reads_the_whole_file(talk: Talk, issued: IssuedCertificate) -> None:
    assert talk(SELECT, select("000A"), "00B00000 000000") == issued.certificate.hex().upper() + (
        "9000"
    )
    assert talk("00B00000 000003") == issued.certificate[:3].hex().upper() + "9000"
    assert talk("00A4020C 000002 0018") == "9000"
    assert talk("00200080 000004 34333231") == "9000"


def test_a_signature_is_the_keys_over_what_was_given(talk: Talk, issued: IssuedCertificate) -> None:
    answer = bytes.fromhex(talk(*SIGN_ALL))
    assert answer[-2:] == b"\x90\x00"
    key = x509.load_der_x509_certificate(issued.certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(answer[:-2], b"challenge", padding.PKCS1v15(), hashes.SHA256())


def test_what_was_recorded_is_of_no_use_after_the_card_was_lifted(
    talk: Talk, card: MyNumberCard
) -> None:
    """A session replayed from its middle, or after a reset, gets no signature."""
    assert talk(*SIGN_ALL).endswith("9000")
    card.reset()
    assert talk(SIGN) == "6986"
    assert talk(select("0017")) == "6A82"
    assert talk(SELECT, select("0017"), SIGN) == "6982"


@pytest.mark.parametrize("whole", [READ_ALL, SIGN_ALL, [SELECT, select("0018"), VERIFY]])
def test_a_truncated_command_does_nothing(card: MyNumberCard, whole: list[str]) -> None:
    """Every beginning of a command is refused or counts tries; none costs one, or gives data."""
    *before, last = (bytes.fromhex(command) for command in whole)
    for length in range(len(last)):
        card.reset()
        assert all(card.answer(command) == b"\x90\x00" for command in before)
        answer = card.answer(last[:length])
        assert answer in (b"\x67\x00", b"\x63\xc3"), last[:length].hex()
    assert card.tries_left == 3


def test_wrong_pins_at_once_count_exactly(issued: IssuedCertificate) -> None:
    """Eight threads, which the interpreter interrupts as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-9)
    try:
        for _ in range(50):
            card = MyNumberCard(issued, pin=PIN)
            Talk(card)(SELECT, select("0018"))
            ask = partial(card.answer, bytes.fromhex(WRONG))
            answers = [answer.hex() for answer in at_once(*[ask] * 8) if isinstance(answer, bytes)]
            assert sorted(answers) == ["63c0", "63c1", "63c2", *["6983"] * 5]
            assert card.tries_left == 0
    finally:
        sys.setswitchinterval(interval)


def test_tries_survive_a_reset_and_the_right_pin_gives_them_back(
    talk: Talk, card: MyNumberCard
) -> None:
    talk(SELECT, select("0018"), WRONG, WRONG)
    card.reset()
    assert talk(SELECT, select("0018"), TRIES) == "63C1"
    assert talk(VERIFY) == "9000"
    assert card.tries_left == 3


def test_the_number_of_a_my_number_cards_activation_says_nothing(
    talk: Talk, card: MyNumberCard
) -> None:
    """It is random each time, and too short to be taken for an IDm (ISO/IEC 14443-3, PUPI)."""
    first = talk("FFCA000000")
    card.reset()
    second = talk("FFCA000000")
    assert first != second
    assert len(first) == len(second) == len("00112233" + "9000")
    with pytest.raises(felica.InvalidIdm):
        felica.parse_answer(bytes.fromhex(first))


def test_a_phone_says_so_and_wants_its_pin_for_the_certificate(phone: Talk) -> None:
    label = bytes.fromhex(phone(SELECT, select("0006"), "00B0000020"))
    assert label == b"JPKIAPGPSETOKEN".ljust(32) + b"\x90\x00"
    assert phone(*READ_ALL) == "6982"
    assert phone(SELECT, select("0018"), VERIFY, *READ_ALL[1:]).startswith("3082")
    assert phone(SELECT, select("000B"), "00B0000000").startswith("3082")


def test_our_own_reader_takes_them_for_real(
    card: MyNumberCard, phone: Talk, issued: IssuedCertificate
) -> None:
    real = jpki.Card(card.answer)
    assert real.label() is Kind.MY_NUMBER_CARD
    assert real.certificate() == issued.certificate
    real.verify_pin(PIN)
    assert len(real.sign(b"nonce")) == 256
    assert jpki.Card(phone.card.answer).label() is Kind.PHONE_CERTIFICATE


def test_a_felica_card_tells_its_idm_and_nothing_else() -> None:
    card = FelicaCard(bytes.fromhex(NUMBER))
    talk = Talk(card)
    assert felica.is_felica(card.atr)
    assert felica.parse_answer(card.answer(felica.GET_IDM)).number == bytes.fromhex(NUMBER)
    assert talk("FFCA0000 08") == NUMBER.replace(" ", "") + "9000"
    assert talk("FFCA0000 04") == "6C08"
    assert talk("FFCA0000") == "6700"
    assert talk("FFCA0100 00") == "6A81"
    assert talk("FF00000000") == "6D00"
    assert talk(SELECT) == "6E00"
    assert talk("FFCA") == "6700"


def test_an_answer_to_reset_carries_its_own_check_byte(card: MyNumberCard) -> None:
    """All bytes after the first, one XOR the other, are zero (ISO/IEC 7816-3, 8.2.5)."""
    for atr in (card.atr, FelicaCard(bytes.fromhex(NUMBER)).atr):
        check = 0
        for byte in atr[1:]:
            check ^= byte
        assert check == 0


@pytest.mark.parametrize("pin", ["", "123", "12345", "abcd", "12 4", "１２３４"])
def test_a_pin_has_four_digits(issued: IssuedCertificate, pin: str) -> None:
    with pytest.raises(ValueError, match="four digits"):
        MyNumberCard(issued, pin=pin)


def test_other_keys_and_numbers_are_not_put_on_a_card(issued: IssuedCertificate) -> None:
    long = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    with pytest.raises(ValueError, match="2048 bits"):
        MyNumberCard(replace(issued, private_key=long), pin=PIN)
    with pytest.raises(ValueError, match="eight bytes"):
        FelicaCard(bytes(7))
