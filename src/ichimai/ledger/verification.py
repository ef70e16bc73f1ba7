"""Recomputes every hash, balance, lot and hold from the transfers alone."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, LiteralString

from ichimai.kernel import errors
from ichimai.ledger import chain, chain_store, report_store, undone_store, verification_store
from ichimai.ledger.model import Block
from ichimai.storage import ReadTx


@dataclass(frozen=True, slots=True)
class Verified:
    """What was recomputed and found right. ``head`` is the last block's hash."""

    blocks: int
    transfers: int
    accounts: int
    lots: int
    head: bytes


@dataclass(eq=False)
class Discrepancy(errors.Conflict):
    """A record is not what the transfers make it."""

    code = "ledger_discrepancy"
    public = ("record", "expected", "found")

    record: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.record}: expected {self.expected}, found {self.found}"


def verify(tx: ReadTx) -> Verified:
    """Recompute the operator's ledger in one snapshot (``Database.snapshot``).

    Raises Discrepancy with the first wrong record, in this order: blocks and transfers by
    number, accounts, lots, sales, counts, holds, refunds, stops, payments after a stop.
    """
    verification_store.prepare(tx)
    with closing(chain_store.leaves(tx)) as leaves:
        head, blocks, transfers = _verify_chain(tx, leaves)
    for what, query in _CHECKS:
        wrong = tx.row(query)
        if wrong is not None:
            key, expected, found = wrong
            record = f"{what} {key}".lstrip()
            raise Discrepancy(record=record, expected=str(expected), found=str(found))
    accounts, lots = verification_store.counts(tx)
    return Verified(blocks, transfers, accounts, lots, head)


def _verify_chain(tx: ReadTx, leaves: Iterator[bytes]) -> tuple[bytes, int, int]:
    previous, number, sequence, recorded_at = chain.GENESIS, 0, 0, None
    for block in chain_store.blocks(tx):
        sequence += 1
        _expect(f"block {block.sequence}", "sequence", sequence, block.sequence)
        _expect(f"block {sequence}", "previous", previous.hex(), block.previous.hex())
        _expect(f"block {sequence}", "first_number", number + 1, block.first_number)
        _verify_block(block, leaves)
        number += block.count
        previous, recorded_at = block.hash, block.recorded_at
    extra = next(leaves, None)
    if extra is not None:
        _expect(f"transfer {_number(extra)}", "block", "one that holds it", "none")
    head = report_store.head(tx)
    _expect("ledger_head", "sequence", sequence, head.sequence)
    _expect("ledger_head", "number", number, head.number)
    _expect("ledger_head", "hash", previous.hex(), head.hash.hex())
    _expect("ledger_head", "recorded_at", recorded_at or head.recorded_at, head.recorded_at)
    return previous, sequence, number


def _verify_block(block: Block, leaves: Iterator[bytes]) -> None:
    held = list(islice(leaves, block.count))
    numbers = [_number(leaf) for leaf in held]
    if numbers != [*range(block.first_number, block.first_number + len(held))]:
        for number, found in enumerate(numbers, start=block.first_number):
            _expect(f"transfer {number}", "number", number, found)
    _expect(f"block {block.sequence}", "count", block.count, len(held))
    root = chain.levels([chain.leaf_hash(leaf) for leaf in held])[-1][0]
    where = f"block {block.sequence} (transfers {block.first_number} to {numbers[-1]})"
    _expect(where, "merkle_root", root.hex(), block.merkle_root.hex())
    digest = chain.block_hash(
        sequence=block.sequence,
        previous=block.previous,
        merkle_root=root,
        count=block.count,
        recorded_at=block.recorded_at,
    )
    _expect(where, "hash", digest.hex(), block.hash.hex())


def _number(leaf: bytes) -> int:
    return int.from_bytes(leaf[:8])


def _expect(record: str, field: str, expected: Any, found: Any) -> None:  # noqa: ANN401 - compared and shown only
    if expected != found:
        raise Discrepancy(record=f"{record} {field}", expected=str(expected), found=str(found))


_CHECKS: Final[tuple[tuple[str, LiteralString], ...]] = (
    ("id of account", verification_store.WRONG_ID),
    ("bound of account", verification_store.WRONG_BOUND),
    ("", verification_store.WRONG_VALUE),
    ("gift of lot", verification_store.WRONG_GIFT),
    ("sale, words or counts of", verification_store.WRONG_DETAIL),
    ("sale", verification_store.WRONG_SALE),
    ("tally", verification_store.WRONG_TALLY),
    ("day and units spent of account", verification_store.WRONG_SPENT),
    ("hold", verification_store.WRONG_HOLD),
    ("refunds of", undone_store.OVER_REFUNDED),
    ("units taken back of", undone_store.OVER_TAKEN_BACK),
    ("restoration of", undone_store.OVER_RESTORED),
    ("split of merge", undone_store.OVER_SPLIT),
    ("units recalled by", undone_store.OVER_RECALLED),
    ("counts of merge", undone_store.OVER_UNCOUNTED),
    ("stop of credential", verification_store.WRONG_STOP),
    ("operation after its card was stopped", verification_store.AFTER_STOP),
)
