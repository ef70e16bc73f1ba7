"""SQL of what tills rang up, as the ledger wrote it down; nothing is written here."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Sale
from ichimai.storage import ReadTx
from ichimai.storage.arrays import Uuids


class Moved(NamedTuple):
    """What one operation moved of one kind and program, over all lots, and where in the order."""

    number: int
    operation: OperationId
    kind: Kind
    asset: Asset
    units: int


def rung_up(tx: ReadTx, shop: UUID, *, since: datetime, until: datetime) -> list[Sale]:
    """The sales and returns of goods of a shop, recorded from ``since`` until before ``until``."""
    rows = tx.rows(
        "SELECT operation, returns, wallet, payee, terminal, actor, total_yen, paid_units,"
        " occurred_at, recorded_at, asked FROM sale"
        " WHERE payee = %s AND recorded_at >= %s AND recorded_at < %s",
        (shop, since, until),
    )
    return [Sale._make(row) for row in rows]


def brought_back(tx: ReadTx, sales: Sequence[UUID]) -> dict[UUID, int]:
    """For how many yen goods of some sales have come back so far."""
    rows = tx.rows(
        "SELECT returns, -sum(total_yen)::bigint FROM sale WHERE returns = ANY(%s::uuid[])"
        " AND returns <> '00000000-0000-0000-0000-000000000000' GROUP BY returns",
        (Uuids(sales),),
    )
    return dict(rows)


def undone(tx: ReadTx, operations: Sequence[OperationId]) -> dict[UUID, int]:
    """How much has come back so far of some payments, things and sums that were paid in."""
    if not operations:
        return {}
    rows = tx.rows(
        "SELECT reverses, sum(units)::bigint FROM transfer WHERE reverses = ANY(%s::uuid[])"
        f" AND reverses <> '{NIL}' AND kind IN ({Kind.REFUND.value}, {Kind.CASH_OUT.value})"
        " GROUP BY reverses",
        (Uuids(operations),),
    )
    return dict(rows)


def moved(tx: ReadTx, operations: Sequence[OperationId]) -> list[Moved]:
    """What some operations moved, in the order in which it was written."""
    if not operations:
        return []
    rows = tx.rows(
        "SELECT min(number), operation, kind, asset, sum(units)::bigint FROM transfer"
        " WHERE operation = ANY(%s::uuid[]) AND operation BETWEEN %s AND %s"
        " GROUP BY operation, kind, asset ORDER BY 1",
        (Uuids(operations), min(operations), max(operations)),
    )
    return [Moved(row[0], row[1], Kind(row[2]), Asset(row[3]), row[4]) for row in rows]


def shops_of(tx: ReadTx, terminals: Sequence[UUID]) -> dict[UUID, str]:
    """The name of the shop or place in which each of some tills stands."""
    rows = tx.rows(
        "SELECT terminal.id, shop.name FROM terminal JOIN shop ON shop.id = terminal.shop"
        " WHERE terminal.id = ANY(%s::uuid[])",
        (Uuids(terminals),),
    )
    return dict(rows)
