"""Stopped cards as devices without a network know them: a signed list, asked for in parts.

A device keeps the operator's key and how far it has heard. It takes what goes on from there, and
refuses what somebody else signed, what leaves stops out, and what is older than it knows.

What is signed is ``ichimai stops 1``, a NUL and the payload's own bytes, so that nobody has to
write JSON in one certain way. The key is Ed25519 and derived from the operator's identity key:
it is stored nowhere, and it is the same as long as the registry's key file is.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, Self
from uuid import UUID

import msgspec

from ichimai import ledger
from ichimai.identity import sealing
from ichimai.identity.errors import InvalidStops, StopsMissing, StopsNotSigned, StopsOutdated
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


class SignedStops(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of stops as JSON, and the operator's signature of it; bytes are base 64 in a file."""

    payload: bytes
    signature: bytes
    public_key: bytes


class HeardStops(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device knows: the operator's key, all cards that are stopped, up to where and when."""

    public_key: bytes
    up_to: int
    listed_at: datetime
    stopped: list[UUID]

    @classmethod
    def nothing(cls, public_key: bytes) -> Self:
        """What a device knows that has the operator's key and no list yet."""
        return cls(public_key, 0, datetime.min.replace(tzinfo=UTC), [])


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


def parts(tx: ReadTx, clock: Clock, key: bytes, operator: str, after: int) -> Iterator[SignedStops]:
    """All cards that were stopped after a place, in as many lists as it takes; one at least."""
    while True:
        part = signed_stops(tx, clock, key, operator, after=after)
        yield part
        told = msgspec.json.decode(part.payload, type=StopList)
        if told.is_all:
            return
        after = told.up_to


def taken(heard: HeardStops, signed: Sequence[SignedStops]) -> HeardStops:
    """What a device knows after it was told ``signed``, the parts of one file in their order.

    The same again changes nothing. Raises StopsNotSigned, InvalidStops, StopsMissing,
    StopsOutdated, in this order.
    """
    if not all(is_signed(each, heard.public_key) for each in signed):
        raise StopsNotSigned
    lists = [_read(each.payload) for each in signed]
    if not lists:
        raise InvalidStops
    first, last = lists[0], lists[-1]
    is_whole = last.is_all and all(one.up_to == next_.after for one, next_ in pairwise(lists))
    if not is_whole or first.after > heard.up_to:
        raise StopsMissing(after=heard.up_to)
    if last.up_to < heard.up_to or last.listed_at < heard.listed_at:
        raise StopsOutdated(heard_at=heard.listed_at)
    known = dict.fromkeys(heard.stopped)
    known |= dict.fromkeys(card for each in lists for card in each.stopped)
    return HeardStops(heard.public_key, last.up_to, last.listed_at, list(known))


def _read(payload: bytes) -> StopList:
    try:
        return msgspec.json.decode(payload, type=StopList)
    except msgspec.DecodeError as error:
        raise InvalidStops from error


def is_signed(signed: SignedStops, public_key: bytes) -> bool:
    """Whether a list is the operator's: what a device asks, with the key that it was given."""
    return sealing.is_signature(public_key, _DOMAIN + signed.payload, signed.signature)
