"""HTTP with an end to waiting, and one packet an answer.

A line on which nobody asks anything is hung up.

uvicorn waits for ever for a request's first and last byte, so that a few hundred silent
clients would take all lines of a server (faults.md 47, 101). After an answer, it waits 5 s.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS: Final = 10.0
"""How long a client may take to say what it asks for."""

REQUEST_SECONDS: Final = 120.0
"""How long it may take to say all of it, such as a list to upload."""

_LOOK_SECONDS: Final = 5.0


class _OneWrite:
    """A transport that sends two writes as one: uvicorn writes an answer's head, then its body.

    A write that no other follows in the same turn of the loop is sent when it turns.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether it is being hung up; asked twice an answer."""
        return self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Send ``data``, with the write before it or the one after it."""
        self._written.append(data)
        if len(self._written) > 1:
            self._send()
        else:
            self._loop.call_soon(self._send)

    def close(self) -> None:
        """Hang up when everything has been sent."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._written:
            self._transport.write(b"".join(self._written))
            self._written.clear()


class LimitedPatience(HttpToolsProtocol):
    """uvicorn's protocol, which looks now and then whether its client still says something."""

    _asking_since: float | None = None
    _has_head = False
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Wait for a first request."""
        one = _OneWrite(transport, self.loop)
        super().connection_made(one)  # type: ignore[arg-type]  # it does what a transport does
        self._asking_since = self.loop.time()
        self._look = self.loop.call_later(_LOOK_SECONDS, self._look_again)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request has begun."""
        self._asking_since = self.loop.time()
        self._has_head = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._has_head = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there: now the client waits for us."""
        self._asking_since = None
        super().on_message_complete()

    def _look_again(self) -> None:
        if self._asking_since is not None:
            limit = REQUEST_SECONDS if self._has_head else HEAD_SECONDS
            if self.loop.time() - self._asking_since > limit:
                self.transport.abort()
                return
        self._look = self.loop.call_later(_LOOK_SECONDS, self._look_again)
