"""SQL that reads the whole chain in order: all blocks, and all transfers that they hold."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ichimai.ledger.journal_store import LEAF
from ichimai.ledger.model import Block
from ichimai.storage import ReadTx

PAGE: Final = 20_000
"""So many transfers are read at a time."""


def blocks(tx: ReadTx) -> Iterator[Block]:
    """All blocks, in order."""
    after = 0
    while page := tx.rows(
        "SELECT sequence, previous, merkle_root, hash, first_number, count, recorded_at"
        " FROM block WHERE sequence > %s ORDER BY sequence LIMIT 1000",
        (after,),
    ):
        yield from (Block(*row) for row in page)
        after = page[-1][0]


def leaves(tx: ReadTx) -> Generator[bytes]:
    """The canonical forms of all transfers, in order, a page of numbers at a time.

    The next page is read while the last is looked at: to be closed before the transaction ends.
    """
    with ThreadPoolExecutor(1) as reader:
        page = reader.submit(_leaves_after, tx, -1)
        while found := page.result():
            page = reader.submit(_leaves_after, tx, int.from_bytes(found[-1][:8]))
            yield from found


def _leaves_after(tx: ReadTx, number: int) -> list[bytes]:
    rows = tx.connection.execute(
        f"SELECT {LEAF} FROM transfer WHERE number > %s ORDER BY number"
        f" FETCH FIRST {PAGE} ROWS WITH TIES",
        (number,),
        binary=True,
    ).fetchall()
    return [leaf for (leaf,) in rows]
