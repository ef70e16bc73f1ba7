"""``ichimai reader`` as a process, on a card service of its own, and pages that talk to it."""

import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx

from ichimai import web
from ichimai.cards import emulated
from tests.acceptance.faults.town import ICHIMAI, environment, free_port
from tests.acceptance.pages import PLAIN

START_SECONDS: Final = 30.0
_SCRIPT: Final = Path(web.__file__).parent / "static" / "reader.js"
_PAGE: Final = """<!doctype html><html lang="ja"><title>窓口</title><h1>窓口</h1>
<script type="module" src="/page.js"></script></html>"""
_PAGE_SCRIPT: Final = """
import { pair, connect } from "/reader.js";
window.heard = [];
window.begin = (pairing) => {
  window.reader = connect(pairing);
  for (const name of ["connected", "disconnected", "unpaired", "reader_added", "reader_gone",
                      "card_present", "card_lifted", "card_unreadable", "one_card_only"]) {
    reader.addEventListener(name, ({ detail }) => heard.push({ name, ...detail }));
  }
};
window.pair = async (address, code) => {
  try { return { pairing: await pair(address, code) }; }
  catch (error) { return { code: error.code }; }
};
window.ask = async (what, ...given) => {
  try {
    const found = await reader[what](...given);
    return { found: found?.signature ? { signature: [...found.signature],
                                         certificate: [...found.certificate] }
                  : found instanceof Uint8Array ? [...found] : found };
  } catch (error) { return { code: error.code, problem: error.problem }; }
};
"""


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        script = {"/reader.js": _SCRIPT.read_text(encoding="utf-8"), "/page.js": _PAGE_SCRIPT}
        text = script.get(self.path, _PAGE)
        self.send_response(200)
        kind = "text/javascript" if self.path in script else "text/html; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def pages() -> Iterator[str]:
    """A town's server, as far as a page with the script needs one: its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@dataclass
class ReaderProcess:
    """The command, and all that it ever said."""

    folder: Path
    card_service: Path
    origin: str
    options: list[str] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    said: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *more: str) -> None:
        """Start it, and wait until it answers."""
        self.begin(*more)
        try:
            wait_until(self.is_there, within_seconds=START_SECONDS)
        except AssertionError:
            self.kill()
            raise

    def begin(self, *more: str) -> None:
        """Start it."""
        where = ["--origin", self.origin, "--port", str(self.port), "--folder", str(self.folder)]
        self._process = subprocess.Popen(
            [ICHIMAI, "reader", *where, *self.options, *more],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(
                PYTHONUNBUFFERED="1", **{emulated.SOCKET_SETTING: str(self.card_service)}
            ),
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            self.said += (line.decode() for line in lines)

    def is_there(self) -> bool:
        """Whether it answers."""
        assert self._process.poll() is None, self.text
        try:
            return _get(self.address).status_code == 200
        except httpx.TransportError:
            return False

    def wait_until_lifted(self) -> None:
        """Wait until it has seen that no card lies there."""
        wait_until(lambda: "なし" in _get(self.address).text)

    def wait_until_laid(self) -> None:
        """Wait until it has seen that a card lies there."""
        wait_until(lambda: "なし" not in _get(self.address).text)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()
        self._listener.join()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Stop it as whoever sits there does; its exit code."""
        self._process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        """Its exit code, when it has ended."""
        code = self._process.wait(START_SECONDS)
        self._listener.join()
        return code

    @property
    def text(self) -> str:
        """All that it said."""
        return "".join(self.said)

    def code(self) -> str:
        """The newest pairing code that it showed."""
        pattern = r"pairing code, to be typed in the page: (\S+)"
        wait_until(lambda: bool(re.search(pattern, self.text)), within_seconds=START_SECONDS)
        return re.findall(pattern, self.text)[-1]  # type: ignore[no-any-return]  # of one group

    def pair(self) -> dict[str, str]:
        """Pair as a page of the right origin; the headers of its requests."""
        body = {"code": self.code()}
        headers = {"Origin": self.origin}
        token = httpx.post(f"{self.address}/v1/pairings", json=body, headers=headers).json()
        return headers | {"Authorization": f"Bearer {token['token']}"}


def _get(address: str) -> httpx.Response:
    return httpx.get(address, timeout=5, verify=PLAIN)


def wait_until(happened: Callable[[], bool], *, within_seconds: float = 15) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + within_seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {within_seconds} s"
        time.sleep(0.01)
