"""The SQL of closings and payables; that of payouts is in ``payout_store``."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final, LiteralString

from ichimai.kernel import Asset
from ichimai.merchants import ShopId
from ichimai.settlement.model import Closing, ClosingId, ClosingProgress, Payable
from ichimai.storage import ReadTx, WriteTx

_CLOSING: Final = "id, asset, closes_on, after_number, up_to_number, closed_by, closed_at"

# A payable is open while no live batch has it.
_OPEN: Final[LiteralString] = (
    "units > 0 AND NOT EXISTS (SELECT 1 FROM payout_line AS line WHERE line.is_live"
    " AND line.closing = payable.closing AND line.shop = payable.shop)"
)


def add_closing(tx: WriteTx, closing: Closing) -> None:
    """Write a closing."""
    tx.execute(
        f"INSERT INTO closing ({_CLOSING}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            closing.id,
            closing.asset,
            closing.closes_on,
            closing.after_number,
            closing.up_to_number,
            closing.closed_by,
            closing.closed_at,
        ),
    )


def add_payables(tx: WriteTx, payables: Iterable[Payable]) -> None:
    """Write what a closing owes, or what is carried, for each shop."""
    tx.copy_rows(
        "COPY payable (closing, shop, units, carried) FROM STDIN",
        ((line.closing, line.shop, line.units, line.carried) for line in payables),
    )


def closing(tx: ReadTx, id_: ClosingId) -> Closing | None:
    """One closing."""
    row = tx.row(f"SELECT {_CLOSING} FROM closing WHERE id = %s", (id_,))
    return _closing_of(row) if row else None


def last_closing(tx: ReadTx, asset: Asset) -> Closing | None:
    """The closing of a program with the latest day."""
    row = tx.row(
        f"SELECT {_CLOSING} FROM closing WHERE asset = %s ORDER BY closes_on DESC LIMIT 1",
        (asset,),
    )
    return _closing_of(row) if row else None


def closing_before(tx: ReadTx, asset: Asset, day: date) -> Closing | None:
    """The closing of a program that came before the one of ``day``."""
    row = tx.row(
        f"SELECT {_CLOSING} FROM closing WHERE asset = %s AND closes_on < %s"
        " ORDER BY closes_on DESC LIMIT 1",
        (asset, day),
    )
    return _closing_of(row) if row else None


def payables(tx: ReadTx, closing: ClosingId) -> list[Payable]:
    """What a closing owes or carries, by shop number."""
    rows = tx.rows(
        "SELECT payable.closing, payable.shop, payable.units, payable.carried"
        " FROM payable JOIN shop ON shop.id = payable.shop"
        " WHERE payable.closing = %s ORDER BY shop.number",
        (closing,),
    )
    return [Payable(*row) for row in rows]


def payable(tx: ReadTx, closing: ClosingId, shop: ShopId) -> Payable | None:
    """What a closing owes or carries for one shop; None when the shop had nothing."""
    row = tx.row(
        "SELECT closing, shop, units, carried FROM payable WHERE closing = %s AND shop = %s",
        (closing, shop),
    )
    return Payable(*row) if row else None


def closings_of(tx: ReadTx, shop: ShopId, limit: int) -> list[tuple[Closing, Payable]]:
    """The last closings in which a shop had something, the newest first."""
    rows = tx.rows(
        f"SELECT {_CLOSING}, shop, units, carried"
        " FROM payable JOIN closing ON closing.id = payable.closing"
        " WHERE shop = %s ORDER BY closes_on DESC, closed_at DESC LIMIT %s",
        (shop, limit),
    )
    return [(_closing_of(row[:7]), Payable(row[0], *row[7:])) for row in rows]


def open_payables(tx: ReadTx, asset: Asset) -> list[Payable]:
    """What is owed and in no batch, in one fixed order."""
    rows = tx.rows(
        "SELECT payable.closing, payable.shop, payable.units, payable.carried"
        " FROM payable JOIN closing ON closing.id = payable.closing"
        f" WHERE closing.asset = %s AND {_OPEN}"
        " ORDER BY closing.closes_on, payable.shop",
        (asset,),
    )
    return [Payable(*row) for row in rows]


def progress(tx: ReadTx, asset: Asset | None, limit: int) -> list[ClosingProgress]:
    """The last closings, the newest first, and how far what they owe has come."""
    rows = tx.rows(
        f"""
        WITH recent AS (
            SELECT {_CLOSING} FROM closing WHERE %s::text IS NULL OR asset = %s
            ORDER BY closes_on DESC, closed_at DESC LIMIT %s
        )
        SELECT {_CLOSING}, part.shops, part.units, part.open, part.batched, part.paid, part.carried
        FROM recent CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE units > 0) AS shops,
                   coalesce(sum(units), 0)::bigint AS units,
                   coalesce(sum(units) FILTER (WHERE state IS NULL), 0)::bigint AS open,
                   coalesce(sum(units) FILTER (WHERE state = 'made'), 0)::bigint AS batched,
                   coalesce(sum(units) FILTER (WHERE state IN ('approved', 'sent')), 0)::bigint
                       AS paid,
                   coalesce(sum(carried), 0)::bigint AS carried
            FROM (
                SELECT payable.units, payable.carried, batch.state FROM payable
                LEFT JOIN payout_line AS line ON line.closing = payable.closing
                    AND line.shop = payable.shop AND line.is_live
                LEFT JOIN payout_batch AS batch ON batch.id = line.batch
                WHERE payable.closing = recent.id
            ) AS lines
        ) AS part
        ORDER BY closes_on DESC, closed_at DESC
        """,
        (asset, asset, limit),
    )
    return [ClosingProgress(_closing_of(row[:7]), *row[7:]) for row in rows]


def _closing_of(row: tuple[Any, ...]) -> Closing:
    return Closing(*row)
