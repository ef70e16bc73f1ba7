"""Check-ins that wait on this machine, sealed so that only the town's server can read them.

A stolen kiosk tells nobody who was there (faults.md D55).
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from ichimai.kernel.clock import Clock
from ichimai.kernel.ids import uuid7
from ichimai.reader import errors
from ichimai.reader.model import Scan, Waiting
from ichimai.reader.store import FILE, Store

SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
"""How a check-in is sealed: RFC 9180, one shot; ``info`` is INFO and the check-in's id."""

INFO: Final = b"ichimai reader scan 1 "
MAX_BYTES: Final = 8_192
BATCH: Final = 100


@dataclass
class Scans:
    """The queue. ``seal_to``: the town's key for it; None: nothing is taken in."""

    store: Store
    seal_to: X25519PublicKey | None

    def append(self, scan_id: UUID, body: bytes) -> int:
        """Seal a check-in and keep it durably; its number in the queue.

        Raises NoSealKey, QueueFull, QueueNotWritten.
        """
        if self.seal_to is None:
            raise errors.NoSealKey
        return self.store.append(
            scan_id, SUITE.encrypt(body, self.seal_to, info=INFO + scan_id.bytes)
        )

    def waiting(self) -> list[Scan]:
        """The oldest of those that wait."""
        return self.store.waiting(BATCH)

    def put_aside(self) -> list[Scan]:
        """The oldest of those that a server refused."""
        return self.store.put_aside(BATCH)

    def settle(self, queue: UUID, taken: list[int], refused: dict[int, str]) -> None:
        """What the server took is forgotten, what it refused is put aside. Raises OtherQueue."""
        self.store.settle(queue, taken, refused)

    def state(self) -> Waiting:
        """How much waits."""
        return self.store.state()


def open_store(folder: Path, clock: Clock, complain: Callable[[Path], None]) -> Store:
    """The database in ``folder``; a damaged one is put aside under another name, never deleted.

    Then a new queue begins, whose other id shows the server that something is missing.
    """
    queue = uuid7(clock)
    try:
        return Store(folder, queue)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise errors.QueueNotWritten from error
    aside = f"{FILE}.damaged-{queue}"
    for part in ("", "-wal", "-shm"):
        if (folder / (FILE + part)).exists():
            (folder / (FILE + part)).rename(folder / (aside + part))
    complain(folder / aside)
    return Store(folder, queue)
