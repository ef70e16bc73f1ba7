"""A card service (pcscd) with a virtual reader, out of reach of everybody else.

Debian's virtual reader listens on every address of the machine without asking who comes,
so it is given a network of its own, in which there is nothing but itself. Programs reach
the service by its Unix socket: ``PCSCLITE_CSOCK_NAME`` tells libpcsclite where.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ichimai.cards.emulated.commands import Card
from ichimai.cards.emulated.virtual_reader import FIRST_PORT, Inserted
from ichimai.kernel import errors

SOCKET_SETTING: Final = "PCSCLITE_CSOCK_NAME"

_NEEDED: Final = ("unshare", "nsenter", "ip", "mount", "pcscd")
_DRIVER: Final = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
_SEARCHED: Final = f"{os.defpath}:/usr/sbin:/sbin"
_START_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 10.0

_READER: Final = f"""\
FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:{FIRST_PORT:#x}
LIBPATH {_DRIVER}
CHANNELID {FIRST_PORT:#x}
"""

# It ends when its standard input does, and so with whoever started it, however that ends.
_RUN: Final = """\
set -e
ip link set lo up
mount --bind "$1" /run
pcscd --foreground --config "$1/readers" >"$1/log" 2>&1 &
cat >/dev/null || :
kill "$!" 2>/dev/null || :
wait
"""

_CONNECT: Final = """\
import socket, sys
with socket.socket(fileno=int(sys.argv[1])) as asker:
    with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as reader:
        socket.send_fds(asker, [b"."], [reader.fileno()])
"""


@dataclass(eq=False)
class DaemonNotStarted(errors.Unavailable):
    """The card service with the virtual reader could not be started."""

    code = "card_daemon_not_started"

    reason: str

    def __str__(self) -> str:
        return self.reason


class PrivateDaemon:
    """A card service of our own, running while this context is open.

    Linux with Debian's ``pcscd``, ``vsmartcard-vpcd`` and ``iproute2``; as root, or where
    people may make user namespaces. Raises DaemonNotStarted.

    ``folder`` has to exist and to have a short path, for the sake of the socket in it; it is
    kept, so that a service can come back at the same address. By default it is made and removed.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder
        self._user = [] if os.geteuid() == 0 else ["--map-root-user"]

    @property
    def address(self) -> Path:
        """Where programs reach the service: the value of ``PCSCLITE_CSOCK_NAME``."""
        return self._folder / "pcscd" / "pcscd.comm"

    def __enter__(self) -> Self:
        unshare = _program("unshare")
        self._folder = self._given or Path(tempfile.mkdtemp(prefix="ichimai-card-"))
        (self._folder / "readers").write_text(_READER, encoding="ascii")
        no_usb = self._folder / "no-usb"
        no_usb.mkdir(exist_ok=True)
        # Readers on USB belong to the machine's own card service.
        settings = {"PATH": _SEARCHED, "PCSCLITE_HP_DROPDIR": str(no_usb)}
        alone = [unshare, "--net", "--mount", *self._user]
        with (self._folder / "errors").open("wb") as complaints:
            self._process = subprocess.Popen(
                [*alone, "sh", "-c", _RUN, "sh", str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                env=settings,
                start_new_session=True,  # Ctrl-C is for us, who then stop it
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def insert(self, card: Card, slot: int = 0) -> Inserted:
        """Put a card on the reader; ``slot`` 0 or 1, each of which is a reader to programs."""
        return Inserted(card, self._connection(FIRST_PORT + slot))

    def _connection(self, port: int) -> socket.socket:
        """A connection that was made inside the service's network, and handed out."""
        into = [_program("nsenter"), f"--target={self._process.pid}", "--net"]
        if self._user:
            into += ["--user", "--preserve-credentials"]
        ours, theirs = socket.socketpair()
        with ours, theirs:
            python = [sys.executable, "-I", "-S", "-c", _CONNECT, str(theirs.fileno()), str(port)]
            done = subprocess.run(
                [*into, *python],
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                pass_fds=[theirs.fileno()],
            )
            if done.returncode:
                raise DaemonNotStarted(_last_line(done.stderr.decode()))
            _, files, _, _ = socket.recv_fds(ours, 1, 1)
        return socket.socket(fileno=files[0])

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        said = [self._folder / name for name in ("errors", "log")]
        lines = [_last_line(file.read_text("utf-8", "replace")) for file in said if file.exists()]
        raise DaemonNotStarted(next((line for line in lines if line), "it does not answer"))

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.address)) == 0

    def _stop(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._given is None:
            shutil.rmtree(self._folder)


def _program(name: str) -> str:
    """Where a program of ours lies; all that are needed must be there."""
    missing = [needed for needed in _NEEDED if not shutil.which(needed, path=_SEARCHED)]
    if not Path(_DRIVER).exists():
        missing.append("vsmartcard-vpcd")
    if missing:
        raise DaemonNotStarted(f"missing: {' '.join(missing)}")
    return shutil.which(name, path=_SEARCHED) or name


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
