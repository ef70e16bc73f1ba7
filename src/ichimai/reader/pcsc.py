"""The machine's PC/SC service: which readers there are, and talking to a card on one of them.

It may be absent, come later, die and come back; readers come and go while we wait.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Final, NamedTuple

from ichimai.kernel.errors import DomainError
from ichimai.reader import errors
from ichimai.reader.model import HELD_SECONDS, Slot, Tap, Transmit

try:
    from smartcard import scard
except ImportError:  # an extra, for machines with a card reader: pip compiles it
    scard = None

_NEWS: Final = "\\\\?PnP?\\Notification"
"""The reader that is no reader: its state changes when readers come and go."""

_OK: Final = 0
_CHANGES_SHIFT: Final = 16
"""The upper half of a state counts insertions and removals (pcsc-lite, WinSCard)."""

_COUNT_MASK: Final = 0xFFFF
_UNKNOWN: Final = (0, b"")
_NOTICED_MILLISECONDS: Final = 1_000
"""The service looks whether a card still lies there about twice a second (pcsc-lite: 400 ms)."""

_VERIFY: Final = 0x20
_HEADER_BYTES: Final = 4


class PcscReaders:
    """The readers of this machine. One thread waits; another may hold a session meanwhile.

    Raises CardSupportMissing.
    """

    def __init__(self, held_seconds: float = HELD_SECONDS) -> None:
        if scard is None:
            raise errors.CardSupportMissing
        self._held_seconds = held_seconds
        self._turn: _Turn | None = None
        self._context: int | None = None
        self._known: dict[str, tuple[int, bytes]] = {}

    def wait(self, timeout_seconds: float) -> Sequence[Slot] | None:
        """Each reader, as soon as one has changed, or after the time; None: no PC/SC service."""
        if self._context is None and not self._open():
            time.sleep(timeout_seconds)
            return None
        names = _names(self._context)
        if names is None:
            self._close()
            return None
        self._known = {name: self._known.get(name, _UNKNOWN) for name in names}
        wanted = [(_NEWS, len(names) << _CHANGES_SHIFT)]
        wanted += [(name, state) for name, (state, _) in self._known.items()]
        milliseconds = int(timeout_seconds * 1000)
        result, states = scard.SCardGetStatusChange(self._context, milliseconds, wanted)
        if result not in (_OK, scard.SCARD_E_TIMEOUT, scard.SCARD_E_UNKNOWN_READER):
            self._close()
            return None
        if result == _OK:
            self._known = {
                name: (state & ~scard.SCARD_STATE_CHANGED, bytes(atr))
                for name, state, atr in states
                if name != _NEWS
            }
        return [_slot(name, *seen) for name, seen in self._known.items()]

    def _open(self) -> bool:
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        self._context = context if result == _OK else None
        self._known = {}
        return self._context is not None

    def _close(self) -> None:
        scard.SCardReleaseContext(self._context)
        self._context = None

    @contextmanager
    def session(self, tap: Tap) -> Iterator[Transmit]:
        """A connection to the very card of a tap, which forgets a PIN that it was shown.

        While another program keeps the card longer than it may, this is CardBusy at once.
        """
        if self._turn is not None and self._turn.is_alive():
            raise errors.CardBusy
        self._turn = _Turn(tap)
        connection = self._turn.come(self._held_seconds)
        try:
            with _connected(connection, tap) as transmit:
                yield transmit
        finally:
            scard.SCardReleaseContext(connection.context)


class _Connection(NamedTuple):
    context: int
    card: int
    protocol: int


class _Turn(threading.Thread):
    """Waits until other programs let a card go; PC/SC has no way to wait for a while only.

    Whoever gives up leaves the connection to this thread, which ends it once it has its turn.
    """

    def __init__(self, tap: Tap) -> None:
        super().__init__(name="card-turn", daemon=True)
        self._tap = tap
        self._connection: _Connection | None = None
        self._error: DomainError | None = None
        self._is_given_up = False
        self._state = threading.Lock()

    def run(self) -> None:
        """Wait, and end it all if nobody waits any more."""
        try:
            connection = _connect(self._tap)
        except DomainError as error:
            self._error = error
            return
        with self._state:
            self._connection = connection
            if self._is_given_up:
                scard.SCardDisconnect(connection.card, scard.SCARD_LEAVE_CARD)
                scard.SCardReleaseContext(connection.context)

    def come(self, seconds: float) -> _Connection:
        """Have the card for us alone. Raises CardBusy, CardLifted, CardUnreadable."""
        self.start()
        self.join(seconds)
        with self._state:
            self._is_given_up = self._connection is None
        if self._error is not None:
            raise self._error
        if self._connection is None:
            raise errors.CardBusy
        return self._connection


def _connect(tap: Tap) -> _Connection:
    """A connection during which other programs wait: none uses a PIN that was given to us."""
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _must(result)
    protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    try:
        result, card, protocol = scard.SCardConnect(
            context, tap.reader, scard.SCARD_SHARE_SHARED, protocols
        )
        _must(result)
        _must(scard.SCardBeginTransaction(card))
    except DomainError:
        # With the context, what was connected in it ends.
        scard.SCardReleaseContext(context)
        raise
    return _Connection(context, card, protocol)


@contextmanager
def _connected(connection: _Connection, tap: Tap) -> Iterator[Transmit]:
    context, card, protocol = connection
    has_seen_pin = False

    def transmit(command: bytes) -> bytes:
        nonlocal has_seen_pin
        has_seen_pin |= command[1] == _VERIFY and len(command) > _HEADER_BYTES
        result, response = scard.SCardTransmit(card, protocol, list(command))
        if result not in _lifted() | {_OK}:
            _see_it_lifted(context, tap)
        _must(result)
        return bytes(byte & 0xFF for byte in response)

    try:
        _see_the_same_card(context, tap)
        yield transmit
        _see_the_same_card(context, tap)
    finally:
        end = scard.SCARD_RESET_CARD if has_seen_pin else scard.SCARD_LEAVE_CARD
        scard.SCardDisconnect(card, end)


def _see_the_same_card(context: int, tap: Tap) -> None:
    """Raise CardLifted unless no card was put there or lifted since the tap began."""
    result, states = scard.SCardGetStatusChange(context, 0, [(tap.reader, 0)])
    _must(result)
    slot = _slot(*states[0])
    if not slot.has_card or slot.changes != tap.changes:
        raise errors.CardLifted


def _see_it_lifted(context: int, tap: Tap) -> None:
    """A card that is silent may have gone: raise CardLifted if the service is about to notice."""
    seen = tap.changes << _CHANGES_SHIFT | scard.SCARD_STATE_PRESENT
    scard.SCardGetStatusChange(context, _NOTICED_MILLISECONDS, [(tap.reader, seen)])
    _see_the_same_card(context, tap)


def _names(context: int | None) -> list[str] | None:
    result, names = scard.SCardListReaders(context, [])
    if result == scard.SCARD_E_NO_READERS_AVAILABLE:
        return []
    return sorted(names) if result == _OK else None


def _slot(name: str, state: int, answer_to_reset: Sequence[int]) -> Slot:
    return Slot(
        reader=name,
        changes=state >> _CHANGES_SHIFT & _COUNT_MASK,
        has_card=bool(state & scard.SCARD_STATE_PRESENT),
        is_mute=bool(state & scard.SCARD_STATE_MUTE),
        answer_to_reset=bytes(answer_to_reset),
    )


def _must(result: int) -> None:
    if result in _lifted():
        raise errors.CardLifted
    if result == scard.SCARD_E_SHARING_VIOLATION:
        raise errors.CardBusy
    if result != _OK:
        raise errors.CardUnreadable


@cache
def _lifted() -> frozenset[int]:
    """The results that mean that the card, or what it lay on, is gone."""
    return frozenset(
        {
            scard.SCARD_W_REMOVED_CARD,
            scard.SCARD_E_NO_SMARTCARD,
            scard.SCARD_E_UNKNOWN_READER,
            scard.SCARD_E_READER_UNAVAILABLE,
            scard.SCARD_E_NO_SERVICE,
            scard.SCARD_E_SERVICE_STOPPED,
            scard.SCARD_E_INVALID_HANDLE,
        }
    )
