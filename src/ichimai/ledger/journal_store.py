"""SQL of the journal itself: transfers, their canonical form, and the blocks that chain them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple

import msgspec

from ichimai.ledger.book import Book
from ichimai.ledger.model import Block, Kind, Transfer
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Bigints, Fixed, Rest, RowType

COLUMNS: Final = (
    "number, operation, leg, kind, debit, credit, units, capped, lot, occurred_at, recorded_at, "
    "expires_at, terminal, actor, reverses, detail, asset"
)
"""Those of a transfer, in the order of ``Transfer``."""

LEAF: Final = (
    "int8send(number) || uuid_send(operation) || int4send(leg) || int2send(kind)"
    " || uuid_send(debit) || uuid_send(credit) || int8send(units) || int8send(capped)"
    " || uuid_send(lot) || timestamptz_send(occurred_at) || timestamptz_send(recorded_at)"
    " || timestamptz_send(expires_at) || uuid_send(terminal) || uuid_send(actor)"
    " || uuid_send(reverses) || uuid_send(detail) || convert_to(asset, 'UTF8')"
)
"""The canonical form of a row, in SQL; ``chain.leaf_bytes`` is the same in Python."""


def transfer_of(row: tuple[Any, ...]) -> Transfer:
    """A row of ``COLUMNS``."""
    return Transfer._make((*row[:3], Kind(row[3]), *row[4:]))


_ROW: Final = RowType(
    "transfer",
    *(Fixed.BIGINT, Fixed.UUID, Fixed.INTEGER, Fixed.SMALLINT, Fixed.UUID, Fixed.UUID),
    *(Fixed.BIGINT, Fixed.BIGINT, Fixed.UUID, Fixed.INSTANT, Fixed.INSTANT, Fixed.INSTANT),
    *(Fixed.UUID, Fixed.UUID, Fixed.UUID, Fixed.UUID),
    rest=Rest.TEXT,
)


class Head(NamedTuple):
    """The end of the chain: what is decided on it is right as long as it is the same.

    ``revision`` counts changes that leave no block: kept refusals, and bounds.
    """

    sequence: int
    number: int
    hash: bytes
    recorded_at: datetime
    revision: int

    def after(self, block: Block | None, *, is_revised: bool) -> "Head":
        """The head that a batch leaves."""
        revision = self.revision + is_revised
        if block is None:
            return self._replace(revision=revision)
        last = block.first_number + block.count - 1
        return Head(block.sequence, last, block.hash, block.recorded_at, revision)


HEAD: Final = "sequence, number, hash, recorded_at, revision"
"""The columns of ``Head``."""

LOCK_HEAD: Final[LiteralString] = f"SELECT {HEAD} FROM ledger_head FOR UPDATE"


def lock_head(tx: WriteTx) -> Head:
    """Take the head lock: nobody else posts until the transaction ends."""
    return Head(*tx.rows(LOCK_HEAD)[0])


def hold(tx: WriteTx, head: Head) -> None:
    """Take the head lock, if ``head`` is still the head; else the transaction fails as Outdated.

    It is taken before anything is written: two who post never wait for each other.
    """
    tx.execute(
        "SELECT FROM ledger_head"
        " WHERE CASE WHEN hash = %s AND revision = %s THEN true ELSE head_moved() END FOR UPDATE",
        (head.hash, head.revision),
    )


def save_journal(tx: WriteTx, book: Book) -> None:
    """Write the transfers that were made."""
    if book.made:
        rows = _ROW.array(tx, book.made)
        tx.execute("INSERT INTO transfer SELECT * FROM unnest(%s::transfer[])", (rows,))


def save_head(tx: WriteTx, head: Head, block: Block | None) -> None:
    """Write ``head``, and the block that it is the end of, if that is new."""
    if block is None:
        tx.execute(_MOVE_HEAD, head)
    else:
        tx.execute(_ADD_BLOCK, (*msgspec.structs.astuple(block), *head))


_MOVE_HEAD: Final = (
    "UPDATE ledger_head SET sequence = %s, number = %s, hash = %s, recorded_at = %s, revision = %s"
)
_ADD_BLOCK: Final[LiteralString] = (
    f"WITH made AS (INSERT INTO block VALUES (%s, %s, %s, %s, %s, %s, %s)) {_MOVE_HEAD}"
)


def blocks_of(tx: ReadTx, numbers: Sequence[int]) -> list[tuple[Block, list[bytes]]]:
    """The blocks that hold some numbers, in order, each with its transfers' canonical forms."""
    if not numbers:
        return []
    blocks = [
        Block(*row)
        for row in tx.rows(
            "SELECT DISTINCT held.* FROM unnest(%s::bigint[]) AS wanted (number)"
            " CROSS JOIN LATERAL (SELECT sequence, previous, merkle_root, hash, first_number,"
            " count, recorded_at FROM block WHERE first_number <= wanted.number"
            " ORDER BY first_number DESC LIMIT 1) AS held ORDER BY sequence",
            (Bigints(numbers),),
        )
    ]
    leaves: dict[int, list[bytes]] = {block.sequence: [] for block in blocks}
    for sequence, leaf in tx.rows(
        f"SELECT sequence, {LEAF} FROM (SELECT sequence, first_number, count FROM block"
        " WHERE sequence = ANY(%s::bigint[])) AS held JOIN transfer"
        " ON number >= first_number AND number < first_number + count ORDER BY number",
        (Bigints(leaves),),
    ):
        leaves[sequence].append(bytes(leaf))
    return [(block, leaves[block.sequence]) for block in blocks]
