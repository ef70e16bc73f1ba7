"""Whatever is sent to an emulated card: it answers, counts wrong PINs, and guards its key."""

from datetime import UTC, datetime
from functools import cache
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from ichimai.cards.emulated import FelicaCard, MyNumberCard
from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.test_authority import TestAuthority

NOW: Final = datetime(2026, 11, 24, tzinfo=UTC)
RIGHT: Final = bytes.fromhex("002000800434333231")
WRONG: Final = bytes.fromhex("002000800430303030")
SELECT: Final = bytes.fromhex("00A4040C0AD392F000260100000001")
SELECT_PIN: Final = bytes.fromhex("00A4020C020018")
KNOWN: Final = [
    SELECT,
    SELECT_PIN,
    RIGHT,
    WRONG,
    bytes.fromhex("00A4020C020017"),
    bytes.fromhex("00A4020C02000A"),
    bytes.fromhex("00200080"),
    bytes.fromhex("00B0000000"),
    bytes.fromhex("802A00800401020304") + b"\0",
]
COMMANDS: Final = st.one_of(
    st.sampled_from(KNOWN),
    st.binary(max_size=300),
    st.tuples(st.sampled_from(KNOWN), st.binary(max_size=3)).map(b"".join),
    st.tuples(st.sampled_from(KNOWN), st.integers(0, 14), st.integers(0, 255)).map(
        lambda of: of[0][: of[1]] + bytes([of[2]]) + of[0][of[1] + 1 :]
    ),
)


@cache
def issued() -> IssuedCertificate:
    """One certificate for all examples: making its key is slow."""
    return TestAuthority.make(NOW).issue("A" * 23, NOW)


@given(st.lists(COMMANDS, max_size=40))
def test_no_signature_without_the_pin(commands: list[bytes]) -> None:
    card = MyNumberCard(issued(), pin="4321")
    has_seen_pin = False
    for command in commands:
        before = card.tries_left
        answer = card.answer(command)
        assert len(answer) >= 2
        is_done = answer[-2:] == b"\x90\x00"
        has_seen_pin |= is_done and command[:2] == RIGHT[:2]
        if is_done and command[:2] == b"\x80\x2a":
            assert has_seen_pin
        assert card.tries_left in (before, 3) or command[:2] == WRONG[:2]
        assert before - card.tries_left <= 1


@given(st.integers(0, 6), st.lists(COMMANDS, max_size=10))
def test_wrong_pins_are_counted_whatever_else_is_sent(wrong: int, noise: list[bytes]) -> None:
    card = MyNumberCard(issued(), pin="4321")
    for command in noise:
        if command[1:2] != RIGHT[1:2]:
            card.answer(command)
    for _ in range(wrong):
        card.answer(SELECT)
        card.answer(SELECT_PIN)
        card.answer(WRONG)
        card.reset()
    assert card.tries_left == max(0, 3 - wrong)


@given(st.binary(max_size=20))
def test_a_felica_card_answers_whatever_is_sent(command: bytes) -> None:
    assert len(FelicaCard(b"\x01\x2e" + bytes(6)).answer(command)) >= 2
