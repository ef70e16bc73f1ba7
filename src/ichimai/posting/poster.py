"""What the process that posts does: requests of all lines make one batch after the other."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

import structlog

from ichimai import ledger
from ichimai.kernel import errors
from ichimai.ledger.group_commit import Lanes
from ichimai.posting.wire import Frames, Outcome, asked_in, frame_of_outcomes
from ichimai.programs.model import Request

_log = structlog.get_logger("ichimai.posting")

Answer = ledger.Posted | errors.DomainError
Serve = Callable[[Sequence[Request]], list[Answer]]

_SEND_SECONDS: Final = 10
"""A server process that takes no outcome for so long is hung up on."""

_BUFFER_BYTES: Final = 1 << 20


class Poster:
    """Serves the lines of server processes, by what ``opened`` returns.

    It is opened with the first line: by then an installation has its keys.
    """

    def __init__(self, opened: Callable[[], Serve]) -> None:
        self._opened = opened
        self._lanes: Lanes[Request, _Ticket, Answer] | None = None
        self._of_lane = threading.local()

    def accept(self, listening: socket.socket) -> None:
        """Serve every line that is opened, each by a thread of its own. It never returns."""
        while True:
            line, _ = listening.accept()
            if self._lanes is None:
                self._lanes = Lanes(self._timed(self._opened()), self._deliver)
            asked = _Caller(line), self._lanes
            threading.Thread(target=_listen, args=asked, daemon=True).start()

    def close(self) -> None:
        """Answer what waits."""
        if self._lanes is not None:
            self._lanes.close()

    def _timed(self, serve: Serve) -> Serve:
        def timed(requests: Sequence[Request]) -> list[Answer]:
            self._of_lane.began = time.perf_counter()
            try:
                return serve(requests)
            except errors.Unavailable:
                raise
            except Exception:
                # The lane does it again in halves: nobody but us would ever hear of it.
                _log.exception("batch_failed", size=len(requests))
                raise

        return timed

    def _deliver(
        self, tickets: Sequence["_Ticket"], outcomes: Sequence[Answer | BaseException]
    ) -> None:
        seconds = time.perf_counter() - self._of_lane.began
        places: dict[_Caller, list[int]] = {}
        for place, (caller, _) in enumerate(tickets):
            places.setdefault(caller, []).append(place)
        size = len(tickets)
        for caller, mine in places.items():
            numbers = [tickets[place][1] for place in mine]
            told = [outcomes[place] for place in mine]
            caller.tell(frame_of_outcomes(numbers, told, size=size, seconds=seconds))
            size = 0  # a batch is told once


class _Caller:
    """A server process at the other end of a line."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._sending = threading.Lock()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        # Its reader waits as long as it takes, its writers do not: struct timeval.
        seconds = _SEND_SECONDS.to_bytes(8, sys.byteorder) + bytes(8)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)

    def bodies(self) -> Iterator[bytes]:
        """What it asks, until it hangs up."""
        frames = Frames()
        with self._line, suppress(OSError):
            while data := self._line.recv(_BUFFER_BYTES):
                yield from frames.feed(data)

    def tell(self, frame: bytes) -> None:
        """Send it outcomes; one that does not take them, or is gone, is hung up on."""
        with self._sending, suppress(OSError):
            try:
                self._line.sendall(frame)
            except OSError:
                self._line.shutdown(socket.SHUT_RDWR)


_Ticket = tuple[_Caller, int]


def _listen(caller: _Caller, lanes: Lanes[Request, _Ticket, Answer]) -> None:
    """Hand on what a caller asks, until it hangs up."""
    for body in caller.bodies():
        asked = asked_in(body)
        try:
            lanes.add(*[(each.request, (caller, each.number)) for each in asked])
        except errors.Unavailable as error:
            numbers = [each.number for each in asked]
            refused: list[Outcome] = [error] * len(asked)
            caller.tell(frame_of_outcomes(numbers, refused, size=0, seconds=0))
