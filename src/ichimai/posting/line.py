"""A server process's end of the line to the process that posts."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, cast

from ichimai import ledger
from ichimai.kernel import errors
from ichimai.ledger.errors import Overloaded
from ichimai.posting.wire import Asked, Frames, Outcome, frame_of, outcomes_in, outcomes_of
from ichimai.programs.model import Request

Answer = ledger.Posted | errors.DomainError
Told = Callable[[Sequence[Request], Sequence[Outcome], int, float], None]

MAX_WAITING: Final = 20_000
_PATIENCE_SECONDS: Final = 3.0
"""How long a request waits for a line before it is told to ask again."""


class Line(asyncio.Protocol):
    """Hands requests on, all of one turn of the loop together, and brings outcomes back.

    ``told``: called with requests and their outcomes, and the size and seconds of their batch
    (0: told before).

    When the line breaks, whoever waits is told to ask again with the same id, as when the
    database does; the next request opens another.
    """

    def __init__(self, path: str, told: Told) -> None:
        self._path = path
        self._told = told
        self._waiting: dict[int, tuple[Request, asyncio.Future[Answer]]] = {}
        self._unsent: list[Asked] = []
        self._transport: asyncio.WriteTransport | None = None
        self._opening: asyncio.Task[None] | None = None
        self._frames = Frames()
        self._number = 0
        self._is_closed = False

    def submit(self, request: Request) -> asyncio.Future[Answer]:
        """The answer to ``request``, once it has been committed.

        Raises Overloaded when too many wait, Unavailable after ``close``; the answer raises
        Unavailable, and PostingFailed.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise Overloaded
        if self._is_closed:
            raise errors.Unavailable
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._number += 1
        self._waiting[self._number] = request, future
        self._unsent.append(Asked(self._number, request))
        if len(self._unsent) == 1:
            loop.call_soon(self._send)
        return future

    def close(self) -> None:
        """Hang up; whoever still waits is told to ask again."""
        self._is_closed = True
        if self._transport is not None:
            self._transport.abort()
        self._give_up()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what waits for the line."""
        self._transport = cast("asyncio.WriteTransport", transport)
        if self._is_closed:
            self._transport.abort()
            return
        self._frames = Frames()
        self._send()

    def data_received(self, data: bytes) -> None:
        """Bring outcomes to whoever waits for them."""
        for body in self._frames.feed(data):
            told = outcomes_in(body)
            numbers, outcomes = zip(*outcomes_of(told), strict=True)
            requests, futures = zip(*[self._waiting.pop(each) for each in numbers], strict=True)
            ledger.group_commit.resolve(futures, outcomes)
            self._told(requests, outcomes, told.size, told.seconds)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """The process that posts is gone; what it did of what it was asked is not known."""
        self._transport = None
        self._give_up()

    def _send(self) -> None:
        if not self._unsent:
            return
        if self._transport is not None:
            self._transport.write(frame_of(self._unsent))
            self._unsent.clear()
        elif self._opening is None or self._opening.done():
            self._opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await loop.create_unix_connection(lambda: self, self._path)
        except OSError:  # a TimeoutError is one
            self._give_up()

    def _give_up(self) -> None:
        futures = [future for _, future in self._waiting.values()]
        self._waiting.clear()
        self._unsent.clear()
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            ledger.group_commit.resolve(futures, [errors.Unavailable()] * len(futures))
