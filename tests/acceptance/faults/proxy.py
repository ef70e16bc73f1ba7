"""A small TCP proxy between a till and its server that loses, delays and doubles what passes."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_BREATH_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request and its answer; by default nothing.

    ``request_bytes``, ``answer_bytes``: how many get through before the line is cut; None: all.
    ``late_seconds``: how long the request is on its way. ``copies``: how often it arrives.
    ``is_reset``: the line is cut with a reset instead of an end.
    """

    request_bytes: int | None = None
    answer_bytes: int | None = None
    late_seconds: float = 0.0
    copies: int = 1
    is_reset: bool = False


@dataclass
class Proxy:
    """Listens on a port of its own; serves each connection for one request.

    ``fault`` is for the requests to come. ``requests``, ``answers``: what tills and the server
    wrote, whole.
    """

    server_port: int
    fault: Fault = Fault()
    requests: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    @property
    def port(self) -> int:
        """Where tills connect to."""
        port: int = self._listener.getsockname()[1]
        return port

    def settle(self) -> None:
        """Wait until all that was on its way has arrived."""
        for thread in self._threads:
            thread.join(_BREATH_SECONDS)
        self._threads.clear()

    def close(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        self.settle()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            carrying = threading.Thread(target=self._carry, args=(client, self.fault))
            self._threads.append(carrying)
            carrying.start()

    def _carry(self, client: socket.socket, fault: Fault) -> None:
        with client:
            client.settimeout(_BREATH_SECONDS)
            request = message_from(client)
            self.requests.append(request)
            time.sleep(fault.late_seconds)
            answers = self._delivered(request[: fault.request_bytes], fault)
            if fault.is_reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                for answer in answers[:1]:
                    client.sendall(answer[: fault.answer_bytes])
            except OSError:
                return  # the till has hung up already

    def _delivered(self, request: bytes, fault: Fault) -> list[bytes]:
        if not request:
            return []
        lines = [
            socket.create_connection(("127.0.0.1", self.server_port), _BREATH_SECONDS)
            for _ in range(fault.copies)
        ]
        for line in lines:
            line.sendall(request)
        if fault.request_bytes is not None:
            for line in lines:
                line.close()
            return []
        answers = [message_from(line) for line in lines]
        for line in lines:
            line.close()
        self.answers += answers
        return answers


def message_from(line: socket.socket) -> bytes:
    """One whole HTTP message with a Content-Length; what there is, when the line ends before."""
    received = b""
    while not _is_whole(received):
        chunk = line.recv(65_536)
        if not chunk:
            break
        received += chunk
    return received


def _is_whole(message: bytes) -> bool:
    head, separator, body = message.partition(b"\r\n\r\n")
    if not separator:
        return False
    lengths = [
        int(header.partition(b":")[2])
        for header in head.split(b"\r\n")
        if header.lower().startswith(b"content-length:")
    ]
    return len(body) >= sum(lengths)


@contextmanager
def between(server_port: int) -> Iterator[Proxy]:
    """A proxy before a server."""
    proxy = Proxy(server_port)
    try:
        yield proxy
    finally:
        proxy.close()
