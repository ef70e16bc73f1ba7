"""What can be sent to a card at all: a short list, and none of it reaches what is private."""

import itertools
from collections.abc import Callable

import pytest

from ichimai.cards import apdu
from ichimai.cards.apdu import Gate, Place
from ichimai.cards.errors import CardAnswerDamaged, CardCommandNotAllowed

DIGEST = bytes(range(32))
ALLOWED_FILES = {0x0006, 0x000A, 0x0017, 0x0018}

PRIVATE = {
    "signing certificate": "00A4020C020001",
    "signing authority": "00A4020C020002",
    "signing key": "00A4020C02001A",
    "signing password": "00A4020C02001B",
    "authentication authority": "00A4020C02000B",
    "card entry support: My Number, name, address": "00A4040C0AD3921000310001010408",
    "card face: photograph": "00A4040C0AD3921000310001010402",
    "common card application": "00A4040C0AD3921000310001010100",
    "resident register application": "00A4040C0AD3921000310001010401",
    "the application's first bytes": "00A4040C05D392F00026",
    "any next application": "00A4040E0AD392F000260100000001",
    "master file": "00A4000C023F00",
    "a file by short number": "00B0810004",
    "the file 0A by short number": "00B08A0000",
    "odd read binary": "00B1000A0454020000",
    "read record": "00B2010C00",
    "get data": "00CA010000",
    "contactless number": "FFCA000000",
    "signing password's tries, of the application": "00200081",
    "try of an empty PIN": "0020008000",
    "try of five digits": "00200080053132333435",
    "try of a password": "002000800841424331323334",
    "try of letters": "00200080044142434400",
    "change of a PIN": "0024018004" + "31323334",
    "unblock": "002C008004" + "31323334",
    "sign by another class": "002A008033" + "00" * 51 + "00",
    "sign a bare hash": "802A008020" + DIGEST.hex() + "00",
    "sign SHA-1": "802A0080233021300906052B0E03021A05000414" + "00" * 20 + "00",
    "decipher": "802A8086" + "00",
    "internal authenticate": "0088008020" + DIGEST.hex() + "00",
    "erase": "000E0000",
    "write": "00D6000001" + "00",
    "another logical channel": "0170000001",
    "the same on another channel": "01A4020C02000A",
    "chained": "10A4020C02000A",
    "secure messaging": "0CA4020C02000A",
    "extended length": "00B00000000400",
    "nothing": "",
    "one byte": "00",
}


def command(pattern: str) -> bytes:
    return bytes.fromhex(pattern)


def everything_allowed(place: Place) -> set[str]:
    """What is allowed at ``place``, as written in the file's own words."""
    selects = [apdu.SELECT_APPLICATION]
    if place is not Place.OUTSIDE:
        files = (apdu.SELECT_LABEL, apdu.SELECT_CERTIFICATE, apdu.SELECT_KEY, apdu.SELECT_PIN)
        selects += files
    more = {
        Place.LABEL: [apdu.read(0, 32)],
        Place.CERTIFICATE: [apdu.read(0, 256), apdu.read(256, 1)],
        Place.PIN: [apdu.COUNT_TRIES],
        Place.PIN_COUNTED: [apdu.COUNT_TRIES, apdu.verify("4649")],
        Place.KEY: [apdu.sign(DIGEST)],
    }
    return {made.hex() for made in [*selects, *more.get(place, [])]}


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("pattern", PRIVATE.values(), ids=PRIVATE)
def test_nothing_private_is_reached_from_anywhere(place: Place, pattern: str) -> None:
    """Wherever on the card we are: no command that reads or uses what is not ours."""
    assert not apdu.is_allowed(place, command(pattern))


@pytest.mark.parametrize("place", Place)
def test_of_all_65536_files_four_can_be_selected(place: Place) -> None:
    """Label, authentication certificate, its key and its PIN; and those once inside."""
    found = {
        file
        for file in range(0x10000)
        if apdu.is_allowed(place, command("00A4020C02") + file.to_bytes(2))
    }
    assert found == (set() if place is Place.OUTSIDE else ALLOWED_FILES)


@pytest.mark.parametrize("place", Place)
def test_select_has_one_form_only(place: Place) -> None:
    """No other P1 and P2 selects even an allowed file: they could mean a parent or a next one."""
    body = command("02000A")
    forms = [
        (p1, p2)
        for p1, p2 in itertools.product(range(256), repeat=2)
        if apdu.is_allowed(place, bytes([0x00, 0xA4, p1, p2]) + body)
    ]
    assert forms == ([] if place is Place.OUTSIDE else [(0x02, 0x0C)])


@pytest.mark.parametrize("place", Place)
def test_of_all_application_names_one_byte_away_none_is_selected(place: Place) -> None:
    right = apdu.SELECT_APPLICATION
    assert apdu.is_allowed(place, right)
    for at, value in itertools.product(range(len(right)), range(256)):
        near = right[:at] + bytes([value]) + right[at + 1 :]
        assert apdu.is_allowed(place, near) == (near == right)


@pytest.mark.parametrize("place", Place)
def test_of_all_headers_only_those_of_the_list_pass(place: Place) -> None:
    """Class and instruction, all 65,536, before what makes the listed ones whole."""
    allowed = everything_allowed(place)
    for first in range(0x10000):
        header = first.to_bytes(2)
        for rest in ("0080", "000000", "00800434363439", "020C02001A"):
            made = header + command(rest)
            is_read = made[:2] == b"\x00\xb0" and len(made) == 5
            if apdu.is_allowed(place, made):
                assert made.hex() in allowed or is_read


def test_reading_is_for_the_label_and_the_certificate() -> None:
    may = {place for place in Place if apdu.is_allowed(place, apdu.read(0, 256))}
    assert may == {Place.LABEL, Place.CERTIFICATE}


def test_no_offset_names_another_file() -> None:
    """With its first bit set, the offset of READ BINARY would be the short number of a file."""
    for high in range(256):
        allowed = apdu.is_allowed(Place.CERTIFICATE, bytes([0x00, 0xB0, high, 0x00, 0x00]))
        assert allowed == (high < 0x80)


def test_a_pin_is_tried_only_right_after_two_tries_were_counted() -> None:
    may = {place for place in Place if apdu.is_allowed(place, apdu.verify("4649"))}
    assert may == {Place.PIN_COUNTED}


def test_only_the_authentication_key_signs() -> None:
    may = {place for place in Place if apdu.is_allowed(place, apdu.sign(DIGEST))}
    assert may == {Place.KEY}


def answers(*statuses: str) -> tuple[Gate, list[str]]:
    """A gate to a card that gives these answers in turn, and what was sent to it."""
    sent: list[str] = []
    coming = iter(statuses)

    def transmit(made: bytes) -> bytes:
        sent.append(made.hex().upper())
        return command(next(coming))

    return Gate(transmit), sent


def test_what_is_not_allowed_is_not_sent() -> None:
    gate, sent = answers()
    for pattern in PRIVATE.values():
        with pytest.raises(CardCommandNotAllowed):
            gate.send(command(pattern))
    assert sent == []


def test_a_file_that_was_not_selected_is_not_read() -> None:
    """The card may still have the one before selected: here that was the key."""
    gate, _sent = answers("9000", "9000", "6A82")
    gate.send(apdu.SELECT_APPLICATION)
    gate.send(apdu.SELECT_KEY)
    gate.send(apdu.SELECT_CERTIFICATE)
    for lost in (apdu.read(0, 256), apdu.sign(DIGEST)):
        with pytest.raises(CardCommandNotAllowed):
            gate.send(lost)


def test_without_the_application_no_file_is_selected() -> None:
    """Another application has files of the same numbers: 0001 there is the My Number."""
    gate, _sent = answers("6A82")
    gate.send(apdu.SELECT_APPLICATION)
    assert not gate.is_open
    with pytest.raises(CardCommandNotAllowed):
        gate.send(apdu.SELECT_CERTIFICATE)


@pytest.mark.parametrize("counted", ["63C1", "63C0", "6983", "6984", "6A86", "0000"])
def test_a_gate_lets_no_pin_pass_that_might_lock_the_card(counted: str) -> None:
    gate, sent = answers("9000", "9000", counted)
    for made in (apdu.SELECT_APPLICATION, apdu.SELECT_PIN, apdu.COUNT_TRIES):
        gate.send(made)
    with pytest.raises(CardCommandNotAllowed):
        gate.send(apdu.verify("4649"))
    assert len(sent) == 3


def test_each_try_wants_its_own_count() -> None:
    """So no loop anywhere can send a PIN twice."""
    gate, _sent = answers("9000", "9000", "63C3", "63C2", "63C2", "9000")
    for made in (apdu.SELECT_APPLICATION, apdu.SELECT_PIN, apdu.COUNT_TRIES):
        gate.send(made)
    gate.send(apdu.verify("1111"))
    with pytest.raises(CardCommandNotAllowed):
        gate.send(apdu.verify("4649"))
    gate.send(apdu.COUNT_TRIES)
    assert gate.send(apdu.verify("4649")).is_ok


def broken() -> bytes:
    raise TimeoutError


def fine() -> bytes:
    return b"\x90\x00"


@pytest.mark.parametrize("fails", [broken, lambda: b"\x90", lambda: b"\x00" * 300])
def test_after_any_failure_the_application_is_selected_anew(fails: Callable[[], bytes]) -> None:
    """Nobody knows what a card did whose answer was lost."""
    coming = iter([fine, fine, fails, fine])
    gate = Gate(lambda _made: next(coming)())
    gate.send(apdu.SELECT_APPLICATION)
    gate.send(apdu.SELECT_PIN)
    with pytest.raises((TimeoutError, CardAnswerDamaged)):
        gate.send(apdu.COUNT_TRIES)
    assert not gate.is_open
    with pytest.raises(CardCommandNotAllowed):
        gate.send(apdu.SELECT_PIN)
    gate.send(apdu.SELECT_APPLICATION)
    assert gate.is_open


def test_an_error_says_nothing_of_the_command() -> None:
    """A command may hold a PIN; a log must not."""
    gate, _sent = answers()
    with pytest.raises(CardCommandNotAllowed) as refused:
        gate.send(apdu.verify("4649"))
    assert "4649" not in repr(refused.value) + str(refused.value) + repr(refused.value.args)
    assert "34363439" not in repr(refused.value)
