"""Running the bridge: the readers, the address on this machine, and what is said of it."""

import base64
import binascii
import re
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import uvicorn
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from ichimai.kernel.clock import Clock
from ichimai.reader import errors, telling
from ichimai.reader.api import Api
from ichimai.reader.bridge import Bridge
from ichimai.reader.guard import Guard
from ichimai.reader.model import Readers
from ichimai.reader.pairing import Pairing
from ichimai.reader.problems import problem
from ichimai.reader.scans import Scans, open_store
from ichimai.reader.status import StatusPage
from ichimai.reader.store import Store
from ichimai.reader.telling import Words

_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?")
_LOCAL: Final = re.compile(r"http://(?:localhost|127\.0\.0\.1)(?::[0-9]+)?")
_DEFAULT_PORT: Final = re.compile("(http:.*):80|(https:.*):443")
_AGAIN_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """``origin``: the one whose pages may use the reader, as ``https://host[:port]``.

    ``seal_to``: the X25519 key (base64url) of the server that reads queued check-ins.
    ``shows_code``: show a pairing code although a page is paired already.
    """

    origin: str
    port: int
    folder: Path
    seal_to: str = ""
    shows_code: bool = False
    forgets_pages: bool = False


def serve(options: Options, readers: Readers, clock: Clock, say: Callable[[Words], None]) -> None:
    """Serve until a signal ends it; ``say`` tells a line to whoever sits at the machine.

    Raises InvalidReaderOption, ReaderAddressTaken, QueueNotWritten.
    """
    options = replace(options, origin=_origin(options.origin))
    seal_to = _key(options.seal_to)
    listener = _listener(options.port)
    store = open_store(options.folder, clock, lambda file: say(telling.of_damage(str(file))))
    # Whoever starts us as a service stops us by this signal: it should end as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _serve(options, listener, Scans(store, seal_to), Bridge(readers, clock), say)
    finally:
        store.close()
        listener.close()


def _serve(
    options: Options,
    listener: socket.socket,
    scans: Scans,
    bridge: Bridge,
    say: Callable[[Words], None],
) -> None:
    pairing = Pairing(
        scans.store, bridge.clock, options.origin, lambda code: say(telling.of_pairing(code))
    )
    config = uvicorn.Config(
        "",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        ws="none",
        lifespan="off",
        limit_concurrency=64,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    api = Api(bridge, pairing, scans, lambda: server.should_exit)
    config.app = application(
        api, options, lambda kind: say(telling.of_failure(kind)), listener.getsockname()[1]
    )
    is_over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(bridge, is_over, say), daemon=True)
    with bridge.listening(lambda event: say(telling.of_event(event))):
        _welcome(options, scans.store, pairing, say)
        watcher.start()
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:  # uvicorn raises the signal anew when it has stopped
            say(telling.STOPPED)
        finally:
            is_over.set()
            watcher.join()


def application(api: Api, options: Options, fail: Callable[[str], None], port: int) -> Guard:
    """All that the address answers; ``fail`` is told of what nobody expected."""
    status = StatusPage(api.bridge, api.scans.store, options.origin)

    def unknown(_: Request, __: Exception) -> Response:
        return problem(errors.NoSuchAddress())

    def failed(_: Request, __: Exception) -> Response:
        return problem(errors.ReaderFailed())

    app = Starlette(
        routes=[*api.routes(), *status.routes()],
        exception_handlers={404: unknown, 405: unknown, 500: failed},
    )
    app.router.redirect_slashes = False
    return Guard(app, origin=options.origin, port=port, fail=fail)


def _welcome(
    options: Options, store: Store, pairing: Pairing, say: Callable[[Words], None]
) -> None:
    say(telling.of_start(f"http://127.0.0.1:{options.port}/", options.origin))
    if not options.origin.startswith("https://") and not _LOCAL.fullmatch(options.origin):
        say(telling.INSECURE)
    if options.forgets_pages:
        store.forget_pages()
    if not store.pages():
        say(telling.PAIRING_WANTED)
    if options.shows_code or not store.pages():
        pairing.open()


def _watch(bridge: Bridge, is_over: threading.Event, say: Callable[[Words], None]) -> None:
    """Look at the readers until it is over, whatever one of them does."""
    while not is_over.is_set():
        try:
            bridge.look()
        except Exception as error:  # noqa: BLE001  an edge: a kiosk has nobody to start it again
            say(telling.of_failure(type(error).__name__))
            is_over.wait(_AGAIN_SECONDS)


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise errors.ReaderAddressTaken from error


def _origin(text: str) -> str:
    """As a browser writes it: lower case, without a slash or the usual port."""
    text = text.lower().removesuffix("/")
    if usual := _DEFAULT_PORT.fullmatch(text):
        text = usual[1] or usual[2]
    if not _ORIGIN.fullmatch(text):
        raise errors.InvalidReaderOption("--origin")
    return text


def _key(text: str) -> X25519PublicKey | None:
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return X25519PublicKey.from_public_bytes(raw)
    except (binascii.Error, ValueError):
        raise errors.InvalidReaderOption("--seal-to") from None
