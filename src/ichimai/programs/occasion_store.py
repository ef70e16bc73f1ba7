"""SQL of what people did without a sale."""

from collections.abc import Sequence
from datetime import datetime

from ichimai.programs.occasions import Occasion, OccasionKind
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Instants, Integers, Smallints, Texts, Uuids


def insert(tx: WriteTx, new: Sequence[Occasion]) -> None:
    """Write what took place, each once."""
    tx.execute(
        "INSERT INTO occasion SELECT * FROM unnest(%s::uuid[], %s::smallint[], %s::uuid[],"
        " %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::integer[], %s::timestamptz[],"
        " %s::timestamptz[])",
        (
            Uuids(each.operation for each in new),
            Smallints(each.kind for each in new),
            Uuids(each.wallet for each in new),
            Uuids(each.other for each in new),
            Uuids(each.place for each in new),
            Texts(each.program for each in new),
            Texts(each.item for each in new),
            Integers(each.times for each in new),
            Instants(each.counted_at for each in new),
            Instants(each.recorded_at for each in new),
        ),
    )


def between(tx: ReadTx, since: datetime, until: datetime) -> list[Occasion]:
    """What was recorded from ``since`` until before ``until``, in that order."""
    rows = tx.rows(
        "SELECT operation, kind, wallet, other, place, program, item, times, counted_at,"
        " recorded_at FROM occasion WHERE recorded_at >= %s AND recorded_at < %s"
        " ORDER BY recorded_at, operation",
        (since, until),
    )
    return [Occasion(row[0], OccasionKind(row[1]), *row[2:]) for row in rows]
