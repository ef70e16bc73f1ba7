"""The payments of the last 90 s, on the wallet they were taken from.

The till did not show the answer, the cashier tries again: the second of two equal payments
is asked about first (faults.md I13).
"""

import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

from ichimai.ledger.chain import microseconds

WINDOW: Final = timedelta(seconds=90)
"""Two equal payments closer than this may be one, made twice."""

KEPT: Final = 4
"""So many payments of one wallet are remembered; a row that is small is written fast."""

_ENTRY: Final = struct.Struct(">8sq16s")
_SECOND: Final = 1_000_000


def mark_of(actor: UUID, terminal: UUID, units: int) -> bytes:
    """What two equal payments have in common, in 8 bytes."""
    whole = actor.int.to_bytes(16) + terminal.int.to_bytes(16) + units.to_bytes(8)
    return blake2b(whole, digest_size=8).digest()


def earlier(recent: bytes, mark: bytes, now: datetime) -> UUID | None:
    """The recent payment with the same mark, if there is one."""
    if mark not in recent:
        return None
    for found, at, operation in _entries(recent):
        if found == mark and microseconds(now) - at < WINDOW.seconds * _SECOND:
            return UUID(bytes=operation)
    return None


def added(recent: bytes, mark: bytes, operation: UUID, now: datetime) -> bytes:
    """``recent`` with one more payment, without those that are no longer recent."""
    at = microseconds(now)
    # Entries are in order of time: what is old is in front.
    start = max(0, len(recent) - (KEPT - 1) * _ENTRY.size)
    while start < len(recent) and at - _entry_at(recent, start) >= WINDOW.seconds * _SECOND:
        start += _ENTRY.size
    return recent[start:] + _ENTRY.pack(mark, at, operation.bytes)


def _entry_at(recent: bytes, start: int) -> int:
    return int.from_bytes(recent[start + 8 : start + 16], signed=True)


def _entries(recent: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    return _ENTRY.iter_unpack(recent)
