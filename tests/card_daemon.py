"""A real card service with emulated cards on its virtual reader, for one test or a module.

    with card_daemon.running() as daemon, daemon.insert(card):
        card_daemon.wait_for_card()

Everything in this process and its children that uses PC/SC then uses that service alone. It
ends with the context, and with this process however that ends; nobody else's is touched.
"""

import atexit
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from ichimai.cards import Kind, certificates, jpki
from ichimai.cards.emulated import SOCKET_SETTING, MyNumberCard, PrivateDaemon
from ichimai.cards.test_authority import TestAuthority
from ichimai.kernel import ids
from ichimai.kernel.clock import SystemClock
from ichimai.reader import PcscReaders, Tap

PIN: Final = "4321"
FIRST, SECOND = "Virtual PCD 00 00", "Virtual PCD 00 01"
"""The virtual reader's slots, as programs see them."""

_SECONDS: Final = 10.0


@cache
def _place() -> Path:
    """One folder for every service of this process: libpcsclite looks only once where to go."""
    folder = Path(tempfile.mkdtemp(prefix="ichimai-card-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def running() -> Iterator[PrivateDaemon]:
    """A card service that this process and its children find."""
    before = os.environ.get(SOCKET_SETTING)
    with PrivateDaemon(_place()) as daemon:
        os.environ[SOCKET_SETTING] = str(daemon.address)
        try:
            yield daemon
        finally:
            if before is None:
                del os.environ[SOCKET_SETTING]
            else:
                os.environ[SOCKET_SETTING] = before


def new_card(
    authority: TestAuthority, *, expires_at: datetime | None = None, pin: str = PIN
) -> MyNumberCard:
    """A My Number Card of somebody, valid now unless it is said otherwise."""
    ends_at = expires_at or datetime(SystemClock().now().year + 2, 1, 31, tzinfo=UTC)
    return MyNumberCard(authority.issue("TESTCARD" + "0" * 15, ends_at), pin=pin)


def wait_for_card(reader: str = FIRST, *, is_there: bool = True) -> Tap:
    """The card's stay on the reader, once the service has noticed it; or that it was lifted."""
    readers = PcscReaders()
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        for slot in readers.wait(0.1) or ():
            if slot.reader == reader and slot.has_card == is_there:
                id_ = ids.uuid7(SystemClock())
                return Tap(id_, slot.reader, slot.changes, slot.answer_to_reset)
    raise TimeoutError(reader)


def run(*command: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a program of the machine, such as OpenSC's, against the service."""
    return subprocess.run(command, check=False, input=given, capture_output=True, timeout=60)


def processes(word: str, program: str = "") -> list[int]:
    """The processes of ``program`` that were started with ``word`` in one of their words."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if any(word in one for one in words) and program in words[0]:
                found.append(int(entry.name))
    return found


def challenge_milliseconds(tap: Tap, rounds: int) -> list[float]:
    """How long each of some challenges took: PIN, signature and certificate, through pcscd."""
    taken = []
    with PcscReaders().session(tap) as transmit:
        for _ in range(rounds):
            started_at = time.perf_counter()
            card = jpki.Card(transmit)
            assert card.label() is Kind.MY_NUMBER_CARD
            card.verify_pin(PIN)
            card.sign(os.urandom(32))
            card.certificate()
            taken.append((time.perf_counter() - started_at) * 1_000)
    return taken


def check_milliseconds(authority: TestAuthority, tap: Tap, rounds: int) -> list[float]:
    """How long each full check of an answer took: signature, chain, validity, revocation."""
    clock, nonce = SystemClock(), os.urandom(32)
    with PcscReaders().session(tap) as transmit:
        card = jpki.Card(transmit)
        card.verify_pin(PIN)
        signature, certificate = card.sign(nonce), card.certificate()
    trusted, revocation, taken = authority.authorities, authority.revocation(clock), []
    for _ in range(rounds):
        started_at = time.perf_counter()
        certificates.check(
            certificate,
            nonce=nonce,
            signature=signature,
            authorities=trusted,
            now=clock.now(),
            revocation=revocation,
        )
        taken.append((time.perf_counter() - started_at) * 1_000)
    return taken


def bench(rounds: int = 50) -> None:
    """Print how long a challenge with its answer takes, and how long the check of one."""
    authority = TestAuthority.make(SystemClock().now())
    with running() as daemon, daemon.insert(new_card(authority)):
        tap = wait_for_card()
        measured = {
            "challenges": challenge_milliseconds(tap, rounds),
            "full checks": check_milliseconds(authority, tap, rounds),
        }
    for what, taken in measured.items():
        print(f"{rounds} {what}: median {statistics.median(taken):.2f} ms, max {max(taken):.2f} ms")  # noqa: T201  this is its result


if __name__ == "__main__":
    bench()
