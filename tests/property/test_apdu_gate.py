"""Whatever is asked of a card and whatever it answers, only harmless commands reach it."""

import re
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from ichimai.cards import apdu
from ichimai.cards.apdu import Gate, Place
from ichimai.cards.jpki import Card
from ichimai.kernel.errors import DomainError

SELECT_APPLICATION = "00A4040C0AD392F000260100000001"
SELECT_FILE = re.compile("00A4020C02(0006|000A|0017|0018)")
READ = re.compile("00B0[0-7][0-9A-F]{5}")
COUNT = "00200080"
VERIFY = re.compile("0020008004(3[0-9]){4}")
SIGN = re.compile("802A0080333031300D060960864801650304020105000420[0-9A-F]{64}00")

STATUSES = st.sampled_from(
    "9000 63C0 63C1 63C2 63C3 63C5 6282 6982 6983 6984 6A82 6B00 6D00 6F00".split()
)
LABELS = st.sampled_from([b"JPKIAPICCTOKEN", b"JPKIAPGPSETOKEN", b"?"])
LENGTHS = st.sampled_from([0, 1, 4, 32, 255, 256, 257, 300])
FIRST = st.sampled_from(
    [b"", b"\x30\x82\x05\x48", b"\x30\x82\x02\x00", b"\x30\x82\xff\xff", b"\x00"]
)
STEPS = st.sampled_from("label tries verify certificate sign".split())


class Judge:
    """A card that answers at random and keeps, in its own way, what is selected on it."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.file = ""
        self.last = ""
        self.tries = 0
        self.verified = 0

    def transmit(self, command: bytes) -> bytes:
        text = command.hex().upper()
        self._judge(text)
        answer = self._answer()
        self._follow(text, answer)
        return answer

    def _judge(self, text: str) -> None:
        if text == SELECT_APPLICATION:
            return
        assert self.file, "a file is selected inside the application only"
        if READ.fullmatch(text):
            assert self.file in {"0006", "000A"}
        elif text == COUNT or VERIFY.fullmatch(text):
            assert self.file == "0018"
            assert text == COUNT or (self.last == COUNT and self.tries >= 2)
        elif SIGN.fullmatch(text):
            assert self.file == "0017"
        else:
            assert SELECT_FILE.fullmatch(text), text

    def _answer(self) -> bytes:
        draw = self.data.draw
        body = draw(st.one_of(st.just(b""), LABELS, FIRST))
        length = draw(LENGTHS)
        body = body if draw(st.booleans()) else body.ljust(length, b"\x01")[:length]
        status = bytes.fromhex(draw(STATUSES))
        return draw(st.sampled_from([body + status, status, body]))

    def _follow(self, text: str, answer: bytes) -> None:
        is_ok = answer[-2:] == b"\x90\x00" and len(answer) <= 258
        if text == SELECT_APPLICATION:
            self.file = "application" if is_ok else ""
        elif len(answer) not in range(2, 259):
            self.file = ""
        elif SELECT_FILE.fullmatch(text):
            self.file = text[-4:] if is_ok else "application"
        self.last = text
        status = answer[-2:].hex().upper()
        self.tries = 3 if is_ok else int(status[-1], 16) if status.startswith("63C") else 0


@given(st.data(), st.lists(STEPS, max_size=8))
def test_whatever_a_card_answers_only_the_list_is_sent(
    data: st.DataObject, steps: list[str]
) -> None:
    """Any order of calls, any answers: each ends well or in one of our errors."""
    card = Card(Judge(data).transmit)
    for step in steps:
        with suppress(DomainError):
            _take(card, step)


def _take(card: Card, step: str) -> None:
    match step:
        case "label":
            card.label()
        case "tries":
            assert card.tries_left() in range(4)
        case "verify":
            card.verify_pin("4649")
        case "certificate":
            assert 256 < len(card.certificate()) <= 4096
        case "sign":
            assert len(card.sign(b"challenge")) == 256


@given(st.data(), st.lists(st.binary(max_size=64), max_size=20))
def test_random_commands_do_not_pass(data: st.DataObject, commands: list[bytes]) -> None:
    gate = Gate(Judge(data).transmit)
    for command in commands:
        with suppress(DomainError):
            gate.send(command)


MADE = st.sampled_from(
    [
        apdu.SELECT_APPLICATION,
        apdu.SELECT_CERTIFICATE,
        apdu.SELECT_KEY,
        apdu.SELECT_PIN,
        apdu.SELECT_LABEL,
        apdu.COUNT_TRIES,
        apdu.verify("1234"),
        apdu.sign(bytes(32)),
        apdu.read(0, 256),
    ]
)


@st.composite
def nearly_right(draw: st.DrawFn) -> bytes:
    """A command of the list with bytes changed, added or taken away."""
    command = bytearray(draw(MADE))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(command) - 1)) if command else 0
        cut = draw(st.integers(0, 1))
        command[at : at + cut] = draw(st.binary(max_size=2))
    return bytes(command)


@given(st.data(), st.lists(nearly_right(), min_size=1, max_size=30))
def test_commands_that_are_nearly_right_do_no_harm(
    data: st.DataObject, commands: list[bytes]
) -> None:
    """The judge sees every one that passes."""
    gate = Gate(Judge(data).transmit)
    for command in commands:
        with suppress(DomainError):
            gate.send(command)


@given(st.sampled_from(Place), nearly_right())
def test_nothing_but_the_list_is_allowed_anywhere(place: Place, command: bytes) -> None:
    text = command.hex().upper()
    listed = (
        text in {SELECT_APPLICATION, COUNT}
        or SELECT_FILE.fullmatch(text)
        or READ.fullmatch(text)
        or VERIFY.fullmatch(text)
        or SIGN.fullmatch(text)
    )
    assert listed or not apdu.is_allowed(place, command)
