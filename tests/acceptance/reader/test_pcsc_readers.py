"""A tap's connection is to the very card of that tap, through a real card service."""

from collections.abc import Callable, Iterator

import pytest

from ichimai.cards import jpki
from ichimai.cards.emulated import PrivateDaemon
from ichimai.reader import PcscReaders, Tap
from ichimai.reader.errors import CardLifted
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
