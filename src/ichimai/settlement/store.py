"""The SQL of closings and payables; that of payouts is in ``payout_store``."""

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from datetime import date
from operator import attrgetter
from typing import Any, Final, LiteralString
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.merchants import ShopId, ShopSize
from ichimai.programs.terms import Charging
from ichimai.settlement.model import (
    Closing,
    ClosingId,
    ClosingProgress,
    OpenLine,
    Payable,
    RunId,
)
from ichimai.settlement.obligation_model import ClosingRun, Policy
from ichimai.storage import ReadTx, WriteTx

CLOSING: Final = (
    "id, asset, closes_on, after_number, up_to_number, closed_by, closed_at, run, charging,"
    " unit_yen, fee_basis_points"
)
CLOSING_WIDTH: Final = 11
_NEWEST: Final = "closes_on DESC, closed_at DESC, asset"
_ROW: Final = attrgetter(*(part.name for part in fields(Payable)))
_PARTS: Final = "closing, shop, units, carried, accepted, issued, due, fee_yen, yen, carried_before"
PAYABLE: Final[LiteralString] = (
    "payable.closing, payable.shop, payable.units, payable.carried, payable.accepted,"
    " payable.issued, payable.due, payable.fee_yen, payable.yen, payable.carried_before"
)

# A payable is open while no live batch or bill has it.
_OPEN: Final[LiteralString] = (
    "(payable.units > 0 OR payable.due <> 0) AND NOT EXISTS (SELECT 1 FROM payout_line AS line"
    " WHERE line.is_live AND line.closing = payable.closing AND line.shop = payable.shop)"
)

# One that was put right waits for the closing that has what was put right.
_DISPUTED: Final[LiteralString] = (
    "EXISTS (SELECT 1 FROM dispute WHERE dispute.closing = payable.closing"
    " AND dispute.shop = payable.shop AND (dispute.state <> 'decided' OR dispute.units <> 0"
    " AND NOT EXISTS (SELECT 1 FROM closing AS later WHERE later.asset = closing.asset"
    " AND later.closed_at > dispute.decided_at)))"
)


def add_run(tx: WriteTx, run: ClosingRun) -> None:
    """Write a cut-off of several programs."""
    tx.execute(
        "INSERT INTO closing_run (id, closes_on, programs, closed_by, closed_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        (run.id, run.closes_on, list(run.programs), run.closed_by, run.closed_at),
    )


def run(tx: ReadTx, id_: RunId) -> ClosingRun | None:
    """One cut-off of several programs."""
    row = tx.row(
        "SELECT id, closes_on, programs, closed_by, closed_at FROM closing_run WHERE id = %s",
        (id_,),
    )
    return ClosingRun(row[0], row[1], tuple(row[2]), row[3], row[4]) if row else None


def closings_of_run(tx: ReadTx, id_: RunId) -> list[Closing]:
    """What a cut-off means for each of its programs, by key."""
    rows = tx.rows(f"SELECT {CLOSING} FROM closing WHERE run = %s ORDER BY asset", (id_,))
    return [closing_of(row) for row in rows]


def add_closings(tx: WriteTx, closings: Iterable[Closing]) -> None:
    """Write closings."""
    tx.copy_rows(
        f"COPY closing ({CLOSING}) FROM STDIN",
        (
            (
                *(one.id, one.asset, one.closes_on, one.after_number, one.up_to_number),
                *(one.closed_by, one.closed_at, one.run, one.charging.value),
                *(one.unit_yen, one.fee_basis_points),
            )
            for one in closings
        ),
    )


def add_payables(tx: WriteTx, payables: Iterable[Payable]) -> None:
    """Write what closings mean for each shop."""
    tx.copy_rows(f"COPY payable ({_PARTS}) FROM STDIN", map(_ROW, payables))


def closing(tx: ReadTx, id_: ClosingId) -> Closing | None:
    """One closing."""
    row = tx.row(f"SELECT {CLOSING} FROM closing WHERE id = %s", (id_,))
    return closing_of(row) if row else None


def last_closing(tx: ReadTx, asset: Asset) -> Closing | None:
    """The closing of a program with the latest day."""
    row = tx.row(
        f"SELECT {CLOSING} FROM closing WHERE asset = %s ORDER BY closes_on DESC LIMIT 1",
        (asset,),
    )
    return closing_of(row) if row else None


def closing_before(tx: ReadTx, asset: Asset, day: date) -> Closing | None:
    """The closing of a program that came before the one of ``day``."""
    row = tx.row(
        f"SELECT {CLOSING} FROM closing WHERE asset = %s AND closes_on < %s"
        " ORDER BY closes_on DESC LIMIT 1",
        (asset, day),
    )
    return closing_of(row) if row else None


def payables(tx: ReadTx, closing: ClosingId) -> list[Payable]:
    """What a closing owes or carries, by shop number."""
    rows = tx.rows(
        f"SELECT {PAYABLE} FROM payable JOIN shop ON shop.id = payable.shop"
        " WHERE payable.closing = %s ORDER BY shop.number",
        (closing,),
    )
    return [Payable(*row) for row in rows]


def payable(tx: ReadTx, closing: ClosingId, shop: ShopId) -> Payable | None:
    """What a closing owes or carries for one shop; None when the shop had nothing."""
    row = tx.row(
        f"SELECT {PAYABLE} FROM payable WHERE closing = %s AND shop = %s",
        (closing, shop),
    )
    return Payable(*row) if row else None


def closings_of(tx: ReadTx, shop: ShopId, limit: int) -> list[tuple[Closing, Payable]]:
    """The last closings in which a shop had something, the newest first."""
    rows = tx.rows(
        f"SELECT closing.*, {PAYABLE} FROM payable"
        f" JOIN (SELECT {CLOSING} FROM closing) AS closing ON closing.id = payable.closing"
        " WHERE shop = %s ORDER BY closes_on DESC, closed_at DESC LIMIT %s",
        (shop, limit),
    )
    return [(closing_of(row[:CLOSING_WIDTH]), Payable(*row[CLOSING_WIDTH:])) for row in rows]


def open_lines(tx: ReadTx, assets: Collection[Asset] = ()) -> list[OpenLine]:
    """What is in no batch or bill, of some programs (none: of all), in one fixed order."""
    rows = tx.rows(
        f"""
        WITH closing AS (
            SELECT id, asset, closes_on, unit_yen, closed_at,
                   row_number() OVER (PARTITION BY asset ORDER BY closes_on DESC) - 1 AS later
            FROM closing WHERE %s OR asset = ANY(%s::text[])
        )
        SELECT {PAYABLE}, closing.asset, closing.closes_on, closing.unit_yen, shop.size,
               shop.association, (closing.later + payable.carried_before)::integer, {_DISPUTED}
        FROM payable JOIN closing ON closing.id = payable.closing
        JOIN shop ON shop.id = payable.shop
        WHERE {_OPEN}
        ORDER BY closing.closes_on, closing.asset, payable.shop
        """,
        (not assets, list(assets)),
    )
    return [
        OpenLine(Payable(*row[:10]), row[10], row[11], row[12], ShopSize(row[13]), *row[14:])
        for row in rows
    ]


def carried_before(tx: ReadTx, asset: Asset) -> dict[UUID, int]:
    """For how many closings running each shop has carried what it owes."""
    rows = tx.rows(
        "SELECT shop, (carried_before + 1)::integer FROM payable WHERE carried > 0 AND closing ="
        " (SELECT id FROM closing WHERE asset = %s ORDER BY closes_on DESC LIMIT 1)",
        (asset,),
    )
    return dict(rows)


def policy(tx: ReadTx) -> Policy:
    """What of settling is the operator's own to say."""
    row = tx.row("SELECT dispute_days, carry_closings, bill_days FROM settlement_policy")
    return Policy(*row) if row else Policy()


def set_policy(tx: WriteTx, policy: Policy) -> None:
    """Write what of settling is the operator's own to say."""
    tx.execute(
        "INSERT INTO settlement_policy VALUES (true, %s, %s, %s) ON CONFLICT (is_policy) DO UPDATE"
        " SET dispute_days = excluded.dispute_days, carry_closings = excluded.carry_closings,"
        " bill_days = excluded.bill_days",
        policy,
    )


def contracts(tx: ReadTx) -> dict[int, int]:
    """For how many closings the shops of some associations may carry what they owe."""
    return dict(tx.rows("SELECT association, carry_closings FROM association_contract"))


def set_contract(tx: WriteTx, association: int, carry_closings: int) -> None:
    """Write for how many closings an association's shops may carry what they owe."""
    tx.execute(
        "INSERT INTO association_contract VALUES (%s, %s) ON CONFLICT (association)"
        " DO UPDATE SET carry_closings = excluded.carry_closings",
        (association, carry_closings),
    )


def closing_ids(tx: ReadTx, asset: Asset | None, limit: int) -> list[ClosingId]:
    """The last closings of a program (None: of all), the newest first."""
    rows = tx.rows(
        f"SELECT id FROM closing WHERE %s::text IS NULL OR asset = %s ORDER BY {_NEWEST} LIMIT %s",
        (asset, asset, limit),
    )
    return [ClosingId(id_) for (id_,) in rows]


def progress(tx: ReadTx, closings: Collection[ClosingId]) -> list[ClosingProgress]:
    """Some closings, the newest first, and how far what they owe has come."""
    rows = tx.rows(
        f"""
        SELECT {CLOSING}, part.shops, part.units, part.open, part.batched, part.paid, part.carried
        FROM (SELECT {CLOSING} FROM closing WHERE id = ANY(%s::uuid[])) AS recent
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE units > 0) AS shops,
                   coalesce(sum(units), 0)::bigint AS units,
                   coalesce(sum(units) FILTER (WHERE state IS NULL), 0)::bigint AS open,
                   coalesce(sum(units) FILTER (WHERE state = 'made'), 0)::bigint AS batched,
                   coalesce(sum(units) FILTER (WHERE state IN ('approved', 'sent')), 0)::bigint
                       AS paid,
                   coalesce(sum(carried), 0)::bigint AS carried
            FROM (
                SELECT payable.units, payable.carried, coalesce(batch.state,
                       CASE WHEN bill.paid_at IS NOT NULL THEN 'approved'
                            WHEN bill.id IS NOT NULL THEN 'made' END) AS state
                FROM payable
                LEFT JOIN payout_line AS line ON line.closing = payable.closing
                    AND line.shop = payable.shop AND line.is_live
                LEFT JOIN payout_batch AS batch ON batch.id = line.batch
                LEFT JOIN bill ON bill.id = line.bill
                WHERE payable.closing = recent.id
            ) AS lines
        ) AS part
        ORDER BY {_NEWEST}
        """,
        (list(closings),),
    )
    return [ClosingProgress(closing_of(row[:CLOSING_WIDTH]), *row[CLOSING_WIDTH:]) for row in rows]


def closing_of(row: tuple[Any, ...]) -> Closing:
    """The closing in a row of ``CLOSING``."""
    charging, unit_yen, fee_basis_points = row[8:]
    return replace(
        Closing(*row[:8]),
        charging=Charging(charging),
        unit_yen=unit_yen,
        fee_basis_points=fee_basis_points,
    )
