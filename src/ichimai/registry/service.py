"""What the registry does: know holders, and tell sectors whom they have before them."""

import os
from collections.abc import Sequence
from uuid import UUID

from ichimai.kernel import Clock, ids
from ichimai.registry import rules, store
from ichimai.registry.errors import WrongRegistryKey
from ichimai.registry.key import RegistryKey
from ichimai.registry.model import HolderId, Resolved, SubjectId
from ichimai.storage import ReadTx, WriteTx


def confirm_key(tx: WriteTx, key: RegistryKey) -> None:
    """Make sure that ``key`` is the one that this registry was first written with.

    For start-up: with another key, every card would be unknown. Raises WrongRegistryKey.
    """
    digest = rules.key_check(key)
    store.keep_key_digest(tx, digest)
    if store.key_digest(tx) != digest:
        raise WrongRegistryKey


def new_holders(tx: WriteTx, clock: Clock, count: int) -> list[HolderId]:
    """``count`` new holders, without cards."""
    holders = [HolderId(ids.uuid7(clock)) for _ in range(count)]
    store.add_holders(tx, holders, clock.now())
    return holders


def subjects(
    tx: WriteTx, clock: Clock, sector: str, holders: Sequence[HolderId]
) -> list[SubjectId]:
    """By what ``sector`` knows each of ``holders``, in their order; made at the first use."""
    known = store.subjects(tx, sector, holders)
    missing = sorted(set(holders) - known.keys())
    if missing:
        pairs = [(holder, _new_subject()) for holder in missing]
        store.add_subjects(tx, sector, pairs, clock.now())
        known |= store.subjects(tx, sector, missing)
    return [known[holder] for holder in holders]


def resolve(
    tx: ReadTx, key: RegistryKey, sector: str, codes: Sequence[str]
) -> list[Resolved | None]:
    """Whom and what each of ``codes`` means to ``sector``; None: no card of ours.

    One query for all. A code that is unknown, malformed or another system's takes the same
    way as a good one.
    """
    hashes = rules.number_hashes(key, codes)
    known = store.known_as(tx, sector, hashes)
    rows = [known.get(hash_) for hash_ in hashes]
    references = rules.references(key, sector, [row[1] if row else ids.NIL for row in rows])
    return [
        Resolved(row[3], reference, row[2]) if row else None
        for row, reference in zip(rows, references, strict=True)
    ]


def _new_subject() -> SubjectId:
    """A UUIDv4: a time in it would let two sectors guess that they mean the same person."""
    return SubjectId(UUID(bytes=os.urandom(16), version=4))
