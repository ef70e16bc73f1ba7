"""The chain: a canonical form for each transfer, a Merkle tree a block, a hash from block to block.

Trees and proofs are those of RFC 9162 §2.1 (Certificate Transparency) with SHA-256.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from ichimai.kernel.ids import NIL, uuid_of
from ichimai.ledger.model import Block, Counted, Inclusion, Sale, Transfer

GENESIS: Final = bytes(32)

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# number, operation, leg, kind, debit, credit, units, capped, lot, occurred_at, recorded_at,
# expires_at, terminal, actor, reverses, detail; big-endian. The asset's code follows, in UTF-8.
_LEAF: Final = struct.Struct(">q16sih16s16sqq16sqqq16s16s16s16s")
# The six ids of a sale, its yen and units, when it took place and was recorded; what was asked
# follows, in UTF-8.
_SALE: Final = struct.Struct(">16s16s16s16s16s16sqqqq")
# The leg, the tally, the units and whether they are times.
_COUNT: Final = struct.Struct(">i16sq?")


@lru_cache(maxsize=4_096)
def microseconds(at: datetime) -> int:
    """An instant as PostgreSQL sends it: microseconds since 2000-01-01 UTC."""
    return (at - _EPOCH) // _MICROSECOND


def leaf_bytes(transfer: Transfer) -> bytes:
    """The canonical form of a transfer; ``journal_store.LEAF`` is the same in SQL."""
    number, operation, leg, kind, debit, credit, units, capped, lot = transfer[:9]
    occurred_at, recorded_at, expires_at, terminal, actor, reverses, detail, asset = transfer[9:]
    return (
        _LEAF.pack(
            number,
            operation.int.to_bytes(16),
            leg,
            kind,
            debit.int.to_bytes(16),
            credit.int.to_bytes(16),
            units,
            capped,
            lot.int.to_bytes(16),
            microseconds(occurred_at),
            microseconds(recorded_at),
            microseconds(expires_at),
            terminal.int.to_bytes(16),
            actor.int.to_bytes(16),
            reverses.int.to_bytes(16),
            detail.int.to_bytes(16),
        )
        + asset.encode()
    )


def detail_of(sale: Sale | None, said: str, counted: Sequence[Counted]) -> UUID:
    """The digest of what an operation wrote besides transfers: nil, where that is nothing.

    The first 16 bytes of SHA-256 over the hashes of the sale, of what was ``said`` of anything
    else, and of all counts, by leg and tally; ``verification_store.WRONG_DETAIL`` is the same in
    SQL.
    """
    parts = b""
    if sale is not None:
        ids = [each.int.to_bytes(16) for each in sale[:6]]
        total_yen, paid_units, occurred_at, recorded_at, asked = sale[6:]
        times = microseconds(occurred_at), microseconds(recorded_at)
        whole = _SALE.pack(*ids, total_yen, paid_units, *times) + asked.encode()
        parts += sha256(b"\x03" + whole).digest()
    if said:
        parts += sha256(b"\x05" + said.encode()).digest()
    if counted:
        rows = sorted((each.leg, each.tally.int, each.units, each.is_of_times) for each in counted)
        packed = [_COUNT.pack(leg, tally.to_bytes(16), *rest) for leg, tally, *rest in rows]
        parts += sha256(b"\x04" + b"".join(packed)).digest()
    return uuid_of(int.from_bytes(sha256(parts).digest()[:16])) if parts else NIL


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a canonical form."""
    return sha256(b"\x00" + leaf).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree over at least one leaf hash, level by level; the last holds the root alone."""
    level = list(leaves)
    tree = [level]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        if len(level) % 2:
            above.append(level[-1])
        tree.append(above)
        level = above
    return tree


def inclusion(tree: Sequence[Sequence[bytes]], index: int) -> Inclusion:
    """The proof for the leaf at ``index``."""
    path = []
    position = index
    for level in tree[:-1]:
        sibling = position ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        position >>= 1
    return Inclusion(leaf=tree[0][index], index=index, path=tuple(path))


def root_of(proof: Inclusion, count: int) -> bytes:
    """The root that a proof leads to in a tree of ``count`` leaves (RFC 9162 §2.1.3.2).

    Raises ValueError when the path has the wrong length.
    """
    digest, position, last = proof.leaf, proof.index, count - 1
    path = iter(proof.path)
    while last:
        if position % 2 or position < last:
            sibling = next(path, None)
            if sibling is None:
                raise ValueError("the path is too short")
            pair = sibling + digest if position % 2 else digest + sibling
            digest = sha256(b"\x01" + pair).digest()
        position >>= 1
        last >>= 1
    if next(path, None) is not None:
        raise ValueError("the path is too long")
    return digest


def block_hash(
    *, sequence: int, previous: bytes, merkle_root: bytes, count: int, recorded_at: datetime
) -> bytes:
    """The hash that the next block names."""
    head = struct.pack(">qqq", sequence, count, microseconds(recorded_at))
    return sha256(b"\x02" + head + previous + merkle_root).digest()


def next_block(
    *, previous: bytes, sequence: int, root: bytes, first_number: int, count: int, at: datetime
) -> Block:
    """The block of ``count`` transfers from ``first_number`` on top of ``previous``."""
    digest = block_hash(
        sequence=sequence, previous=previous, merkle_root=root, count=count, recorded_at=at
    )
    return Block(sequence, previous, root, digest, first_number, count, at)
