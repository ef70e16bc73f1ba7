"""A tap's connection is to the very card of that tap, through a real card service."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from smartcard import scard

from ichimai.cards import jpki
from ichimai.cards.emulated import PrivateDaemon
from ichimai.reader import PcscReaders, Tap
from ichimai.reader.errors import CardBusy, CardLifted
from ichimai.reader.model import Transmit
from tests import card_daemon
from tests.card_daemon import wait_for_card
from tests.unit.reader.table_of_readers import my_number_card


class Overheard:
    """A card that remembers what it was asked."""

    def __init__(self) -> None:
        self._card = my_number_card()
        self.atr = self._card.atr
        self.asked: list[bytes] = []

    def reset(self) -> None:
        """As a card does."""
        self._card.reset()

    def answer(self, apdu: bytes) -> bytes:
        """As a card does."""
        self.asked.append(apdu)
        return self._card.answer(apdu)


@pytest.fixture
def daemon() -> Iterator[PrivateDaemon]:
    """A card service with two readers."""
    with card_daemon.running() as running:
        yield running


def session(tap: Tap, work: Callable[[Transmit], object]) -> None:
    with PcscReaders().session(tap) as transmit:
        work(transmit)


def test_another_card_on_the_same_reader_is_not_the_taps(daemon: PrivateDaemon) -> None:
    """I1: nobody looked while the cards were swapped; the second is asked nothing."""
    with daemon.insert(my_number_card()):
        tap = wait_for_card()
    wait_for_card(is_there=False)
    second = Overheard()
    with daemon.insert(second):
        wait_for_card()
        with pytest.raises(CardLifted):
            session(tap, lambda transmit: jpki.Card(transmit).verify_pin("0000"))
    assert second.asked == []


def test_a_card_lifted_within_a_session_ends_it(daemon: PrivateDaemon) -> None:
    """What was read before is not told either."""
    lying = daemon.insert(my_number_card())
    tap = wait_for_card()

    def lift_after_reading(transmit: Transmit) -> None:
        jpki.Card(transmit).certificate()
        lying.remove()
        wait_for_card(is_there=False)

    with pytest.raises(CardLifted):
        session(tap, lift_after_reading)


def test_a_card_that_falls_silent_because_it_was_lifted_is_called_so(daemon: PrivateDaemon) -> None:
    """The service itself notices some moments later; "lie it flat" would be the wrong advice."""
    lying = daemon.insert(my_number_card())
    tap = wait_for_card()

    def lift_and_ask(transmit: Transmit) -> None:
        lying.remove()
        jpki.Card(transmit).certificate()

    with pytest.raises(CardLifted):
        session(tap, lift_and_ask)


def test_a_card_swapped_within_a_session_is_not_asked(daemon: PrivateDaemon) -> None:
    """What the open connection still sends does not reach the card that came after."""
    lying = daemon.insert(my_number_card())
    tap = wait_for_card()
    second = Overheard()

    def swap(transmit: Transmit) -> None:
        lying.remove()
        wait_for_card(is_there=False)
        with daemon.insert(second):
            wait_for_card()
            jpki.Card(transmit).verify_pin("0000")

    with pytest.raises(CardLifted):
        session(tap, swap)
    assert second.asked == []


@contextmanager
def another_program(tap: Tap, share: int) -> Iterator[None]:
    """It keeps the card of a tap to itself, until it ends."""
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _, card, _ = scard.SCardConnect(context, tap.reader, share, scard.SCARD_PROTOCOL_T1)
    assert scard.SCardBeginTransaction(card) == 0
    try:
        yield
    finally:
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(context)


@pytest.mark.parametrize("share", [scard.SCARD_SHARE_SHARED, scard.SCARD_SHARE_EXCLUSIVE])
def test_a_card_that_another_program_keeps_is_busy_and_not_waited_for(
    daemon: PrivateDaemon, share: int
) -> None:
    """The first who asks waits as long as it may, the next not at all; then all is as before."""
    with daemon.insert(my_number_card()):
        tap = wait_for_card()
        readers = PcscReaders(held_seconds=2)
        with another_program(tap, share):
            for most_seconds in (20, 2):
                began_at = time.monotonic()
                with pytest.raises(CardBusy), readers.session(tap):
                    raise AssertionError
                assert time.monotonic() - began_at < most_seconds
            assert [slot.has_card for slot in readers.wait(0.1) or ()][:1] == [True]
        deadline = time.monotonic() + 10
        while True:
            try:
                with readers.session(tap) as transmit:
                    assert jpki.Card(transmit).tries_left() == 3
                break
            except CardBusy:
                assert time.monotonic() < deadline
                time.sleep(0.05)
