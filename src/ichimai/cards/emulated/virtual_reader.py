"""Puts an emulated card on the virtual reader of Debian's ``vsmartcard-vpcd``, and lifts it.

The reader listens on TCP. Both sides send a length of two bytes and as many bytes; one
byte alone is a control: 0 off, 1 on, 2 reset (no answer), 4 the answer to reset is wanted.
"""

import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from types import TracebackType
from typing import Final, Self

from ichimai.cards.emulated.commands import Card
from ichimai.kernel import errors

FIRST_PORT: Final = 35963
"""The port of the first of the reader's two slots; the second is the next."""

_CONNECT_SECONDS: Final = 5.0
_LENGTH: Final = struct.Struct("!H")
_OFF, _ON, _RESET, _ATR = b"\x00", b"\x01", b"\x02", b"\x04"
_QUICK_ACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)


@dataclass(eq=False)
class NoVirtualReader(errors.Unavailable):
    """No virtual card reader listens there."""

    code = "no_virtual_reader"


def insert(card: Card, host: str, port: int = FIRST_PORT) -> "Inserted":
    """Put a card on the virtual reader that listens there. Raises NoVirtualReader."""
    try:
        return Inserted(card, socket.create_connection((host, port), _CONNECT_SECONDS))
    except OSError:
        raise NoVirtualReader from None


class Inserted:
    """A card that lies on a virtual reader until it is removed or the reader goes.

    The card answers in a thread of its own. The reader looks about every 400 ms whether
    there is a card.
    """

    def __init__(self, card: Card, reader: socket.socket) -> None:
        reader.setblocking(True)
        reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.card = card
        self._reader = reader
        self._thread = Thread(target=self._serve, name="emulated-card", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    @property
    def is_there(self) -> bool:
        """Whether it still lies on the reader."""
        return self._thread.is_alive()

    def remove(self) -> None:
        """Lift the card. Once is enough; twice does no harm."""
        with suppress(OSError):  # the reader went first
            self._reader.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def wait(self) -> None:
        """Return when the reader has gone or somebody else has lifted the card."""
        self._thread.join()

    def _serve(self) -> None:
        with self._reader:
            with suppress(OSError):  # the reader went away in the middle of a word
                while (message := self._next()) is not None:
                    self._react(message)
            self.card.reset()

    def _react(self, message: bytes) -> None:
        if message == _ATR:
            self._send(self.card.atr)
        elif message in (_OFF, _ON, _RESET):
            self.card.reset()
        elif len(message) > 1:
            self._send(self.card.answer(message))

    def _next(self) -> bytes | None:
        head = self._receive(_LENGTH.size)
        return None if head is None else self._receive(*_LENGTH.unpack(head))

    def _receive(self, count: int) -> bytes | None:
        """Exactly so many bytes; None when the reader has gone."""
        received = b""
        while len(received) < count:
            # The reader sends a length, and holds its message back until that is acknowledged.
            # The kernel forgets this wish
            # with every packet. It makes 2 ms of the 570 ms of a challenge and its answer.
            if _QUICK_ACK is not None:
                self._reader.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
            piece = self._reader.recv(count - len(received))
            if not piece:
                return None
            received += piece
        return received

    def _send(self, message: bytes) -> None:
        self._reader.sendall(_LENGTH.pack(len(message)) + message)
