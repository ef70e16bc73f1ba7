"""SQL of the journal itself: transfers, their canonical form, and the blocks that chain them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from ichimai.ledger.book import Book
from ichimai.ledger.model import Block, Kind, Transfer
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Bigints, Fixed, Prepared, Rest, RowType

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


def save_journal(tx: WriteTx | Prepared, book: Book) -> None:
    """Write the transfers that were made since this was last called."""
    new = book.made[book.written :]
    if not new:
        return
    book.written = len(book.made)
    tx.execute("INSERT INTO transfer SELECT * FROM unnest(%s::transfer[])", (_ROW.array(tx, new),))


def save_block(tx: WriteTx | Prepared, block: Block) -> None:
    """Write a block and make it the head of the chain."""
    last = block.first_number + block.count - 1
    tx.execute(
        "WITH made AS (INSERT INTO block VALUES (%s, %s, %s, %s, %s, %s, %s))"
        " UPDATE ledger_head SET sequence = %s, number = %s, hash = %s, recorded_at = %s",
        (
            *msgspec.structs.astuple(block),
            *(block.sequence, last, block.hash, block.recorded_at),
        ),
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
