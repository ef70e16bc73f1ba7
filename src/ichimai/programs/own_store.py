"""SQL of what a person has had of something, as the ledger counted it."""

from collections.abc import Sequence
from uuid import UUID

from ichimai.storage import ReadTx
from ichimai.storage.arrays import Uuids


def tallies(tx: ReadTx, ids: Sequence[UUID]) -> dict[UUID, int]:
    """What is counted under some keys; what was never counted is not there."""
    if not ids:
        return {}
    return dict(tx.rows("SELECT id, count FROM tally WHERE id = ANY(%s::uuid[])", (Uuids(ids),)))
