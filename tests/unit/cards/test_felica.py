"""What readers tell of FeliCa cards, and what is no FeliCa card."""

import pytest

from ichimai.cards import Kind, Shown, felica
from ichimai.cards.felica import Idm, InvalidIdm

NUMBER = bytes.fromhex("012E4CE1A2B3C4D5")
PMM = bytes.fromhex("100B4B428485D0FF")


def test_an_idm_is_eight_bytes() -> None:
    assert felica.parse_idm(NUMBER) == Idm(NUMBER)
    assert Idm(NUMBER).shown == Shown(Kind.FELICA, NUMBER)


@pytest.mark.parametrize(
    "number", [b"", NUMBER[:7], NUMBER + b"\0", bytes(8), b"\xff" * 8], ids=bytes.hex
)
def test_what_is_no_idm_is_refused(number: bytes) -> None:
    """A reader without a card, a card of another kind, or a field of zeros."""
    for refuse in (felica.parse_idm, lambda told: felica.parse_answer(told + b"\x90\x00")):
        with pytest.raises(InvalidIdm):
            refuse(number)


@pytest.mark.parametrize("first", ["01FE", "02FE", "03FE"])
def test_an_idm_that_a_program_chose_is_known_as_such(first: str) -> None:
    idm = felica.parse_idm(bytes.fromhex(first) + NUMBER[2:])
    assert idm.is_volatile


def test_of_other_idms_nothing_is_known_against_them() -> None:
    assert not felica.parse_idm(NUMBER).is_volatile
    assert not felica.parse_idm(bytes.fromhex("01FD") + NUMBER[2:]).is_volatile


@pytest.mark.parametrize(
    "text",
    ["012E4CE1A2B3C4D5", "012e4ce1a2b3c4d5\r\n", "01:2E:4C:E1:A2:B3:C4:D5", "012e 4ce1-a2b3c4d5"],
)
def test_an_idm_is_read_as_reader_programs_write_it(text: str) -> None:
    assert felica.parse_hex(text) == Idm(NUMBER)


@pytest.mark.parametrize(
    "text", ["", "012E4CE1A2B3C4D", "012E4CE1A2B3C4DG", "0" * 16, "１" * 16, " " * 99]
)
def test_other_text_is_no_idm(text: str) -> None:
    with pytest.raises(InvalidIdm):
        felica.parse_hex(text)


@pytest.mark.parametrize("requested", [b"", b"\x00\x03"], ids=["plain", "with system code"])
def test_a_polled_card_tells_its_idm(requested: bytes) -> None:
    payload = b"\x01" + NUMBER + PMM + requested
    framed = bytes([len(payload) + 1]) + payload
    for response in (payload, framed):
        polled = felica.parse_polling(response)
        assert (polled.idm, polled.pmm, polled.requested) == (Idm(NUMBER), PMM, requested)


def test_a_damaged_answer_to_polling_is_refused() -> None:
    """Cut at every place, a wrong length byte, another command's answer, one byte too many."""
    whole = b"\x12\x01" + NUMBER + PMM
    cut = [whole[:end] for end in range(len(whole)) if end]
    wrong = [b"\x13" + whole[1:], b"\x12\x07" + whole[2:], whole + b"\0", b"", whole + bytes(300)]
    for response in [*cut, *wrong]:
        with pytest.raises(InvalidIdm):
            felica.parse_polling(response)


def test_a_readers_answer_is_an_idm_and_a_status_of_success() -> None:
    assert felica.parse_answer(NUMBER + b"\x90\x00") == Idm(NUMBER)
    for response in (b"", b"\x90\x00", b"\x6a\x81", b"\x63\x00", NUMBER, NUMBER + b"\x6a\x81"):
        with pytest.raises(InvalidIdm):
            felica.parse_answer(response)


def test_the_uid_of_another_kind_of_card_is_no_idm() -> None:
    for uid in ("04A1B2C3", "04A1B2C3D4E5F6", "04A1B2C3D4E5F6A7B8C9"):
        with pytest.raises(InvalidIdm):
            felica.parse_answer(bytes.fromhex(uid) + b"\x90\x00")


def test_a_felica_card_is_told_from_others_by_its_answer_to_reset() -> None:
    """A vicinity card has eight bytes too: only the standard in the ATR tells them apart."""
    historical = "3B8F8001804F0CA000000306{standard}{name}00000000{check}"
    of = {
        "FeliCa": historical.format(standard="11", name="003B", check="42"),
        "ISO 14443 A": historical.format(standard="03", name="0001", check="6A"),
        "ISO 15693": historical.format(standard="0B", name="0014", check="77"),
        "JPKI": "3BE000FF81312FFE4514",
        "nothing": "",
    }
    found = {name: felica.is_felica(bytes.fromhex(atr)) for name, atr in of.items()}
    assert [name for name, is_felica in found.items() if is_felica] == ["FeliCa"]


def test_no_number_is_printed_with_the_objects() -> None:
    polled = felica.parse_polling(b"\x12\x01" + NUMBER + PMM)
    assert "e1" not in repr(polled).lower()
    assert repr(Idm(NUMBER)) == "Idm()"
