"""Readers without a machine: a table on which a test lays cards and lifts them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache

from ichimai.cards.emulated import Card, FelicaCard, MyNumberCard
from ichimai.cards.test_authority import TestAuthority
from ichimai.kernel.clock import ManualClock
from ichimai.reader import errors
from ichimai.reader.bridge import Bridge
from ichimai.reader.model import Event, Slot, Tap, Transmit

NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)
PIN = "4126"
LEFT, RIGHT = "Left reader", "Right reader"


@cache
def authority() -> TestAuthority:
    """One authority for all tests: its keys take time."""
    return TestAuthority.make(NOON)


def my_number_card(*, is_phone: bool = False) -> MyNumberCard:
    """A new card with a certificate of its own."""
    issued = authority().issue("TEST00000000000000000A", NOON.replace(month=11))
    return MyNumberCard(issued, pin=PIN, is_phone=is_phone)


def felica_card() -> FelicaCard:
    """A transit card."""
    return FelicaCard(bytes.fromhex("012E4CB1A2B3C4D5"))


class Mute:
    """Something on a reader that does not answer."""

    atr = b""

    def reset(self) -> None:
        """Nothing happens."""

    def answer(self, _: bytes) -> bytes:
        """Nothing comes."""
        raise errors.CardUnreadable


class TableOfReaders:
    """PC/SC's part: ``before_answer`` is called before a card answers, to disturb it.

    ``is_held``: another program keeps the card to itself.
    """

    def __init__(self, *readers: str) -> None:
        self.cards: dict[str, Card | None] = dict.fromkeys(readers)
        self.changes = dict.fromkeys(readers, 0)
        self.has_service = True
        self.is_held = False
        self.before_answer: Callable[[bytes], None] = lambda _: None
        self.sent: list[bytes] = []
        self._changed = threading.Condition()

    def lay(self, card: Card, reader: str = LEFT) -> None:
        """Put a card on a reader."""
        self._change(reader, card)

    def lift(self, reader: str = LEFT) -> None:
        """Take it away."""
        self._change(reader, None)

    def plug(self, reader: str) -> None:
        """Connect a reader."""
        self.cards[reader], self.changes[reader] = None, 0

    def unplug(self, reader: str) -> None:
        """Pull a reader out, with whatever lies on it."""
        del self.cards[reader], self.changes[reader]

    def _change(self, reader: str, card: Card | None) -> None:
        self.cards[reader] = card
        self.changes[reader] += 1

    def wait(self, timeout_seconds: float) -> Sequence[Slot] | None:
        """How the readers are; here nobody waits."""
        assert timeout_seconds > 0
        if not self.has_service:
            return None
        return [
            Slot(
                name,
                self.changes[name],
                has_card=card is not None,
                is_mute=isinstance(card, Mute),
                answer_to_reset=card.atr if card else b"",
            )
            for name, card in self.cards.items()
        ]

    @contextmanager
    def session(self, tap: Tap) -> Iterator[Transmit]:
        """A connection to the card of a tap."""

        def transmit(command: bytes) -> bytes:
            self.before_answer(command)
            self.sent.append(command)
            self._see(tap)
            card = self.cards[tap.reader]
            assert card is not None
            return card.answer(command)

        if self.is_held:
            raise errors.CardBusy
        self._see(tap)
        yield transmit
        self._see(tap)

    def _see(self, tap: Tap) -> None:
        if self.cards.get(tap.reader) is None or self.changes[tap.reader] != tap.changes:
            raise errors.CardLifted


class Desk:
    """A bridge over a table, and what it told."""

    def __init__(self, *readers: str) -> None:
        self.table = TableOfReaders(*(readers or (LEFT,)))
        self.clock = ManualClock(NOON)
        self.bridge = Bridge(self.table, self.clock)
        self.heard: list[Event] = []
        self._listening = self.bridge.listening(self.heard.append)
        self._listening.__enter__()
        self.bridge.look()
        self.heard.clear()

    def look(self) -> list[str]:
        """Let the bridge look; what it told since the last time."""
        self.bridge.look()
        told = [event.happening.value for event in self.heard]
        self.heard.clear()
        return told

    def lay(self, card: Card, reader: str = LEFT) -> Tap:
        """Lay a card down and have it recognised; its tap."""
        self.table.lay(card, reader)
        assert self.look() == ["card_present"]
        now = self.bridge.snapshot()
        assert now.tap is not None
        return self.bridge.tap(now.tap)
