"""Stopped cards as devices without a network know them: a signed list, asked for in parts.

What is signed is ``ichimai stops 1``, a NUL and the payload's own bytes, so that nobody has to
write JSON in one certain way. The key is Ed25519 and derived from the operator's identity key:
it is stored nowhere, and it is the same as long as the registry's key file is.
"""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from ichimai import ledger
from ichimai.identity import sealing
from ichimai.kernel import Clock
from ichimai.storage import ReadTx

AT_MOST: Final = 5_000
_DOMAIN: Final = b"ichimai stops 1\0"


class StopList(msgspec.Struct, frozen=True):
    """The cards stopped after the place ``after`` in the ledger's order, up to ``up_to``.

    ``stopped`` are the operator's references. ``is_all``: none is left for the next question.
    """

    operator: str
    after: int
    up_to: int
    is_all: bool
    listed_at: datetime
    stopped: list[UUID]


class SignedStops(NamedTuple):
    """A list of stops as JSON, and the operator's signature of it."""

    payload: bytes
    signature: bytes
    public_key: bytes


def signed_stops(
    tx: ReadTx, clock: Clock, key: bytes, operator: str, *, after: int, limit: int = AT_MOST
) -> SignedStops:
    """The next at most ``limit`` cards that were stopped after the place ``after``."""
    found = ledger.reports.stops(tx, after=after, limit=limit + 1)
    part = found[:limit]
    payload = msgspec.json.encode(
        StopList(
            operator=operator,
            after=after,
            up_to=part[-1].number if part else after,
            is_all=len(found) <= limit,
            listed_at=clock.now(),
            stopped=[stop.credential for stop in part],
        )
    )
    return SignedStops(payload, sealing.signature(key, _DOMAIN + payload), sealing.public_key(key))


def is_signed(signed: SignedStops, public_key: bytes) -> bool:
    """Whether a list is the operator's: what a device asks, with the key that it was given."""
    return sealing.is_signature(public_key, _DOMAIN + signed.payload, signed.signature)
