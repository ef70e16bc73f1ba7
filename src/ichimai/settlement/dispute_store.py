"""The SQL of disputes."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from ichimai.merchants import ShopId
from ichimai.settlement import store
from ichimai.settlement.model import BatchId, Closing, Payable
from ichimai.settlement.obligation_model import (
    Dispute,
    DisputeId,
    DisputeState,
    NettingId,
    Obligation,
    ObligationId,
    Why,
)
from ichimai.storage import ReadTx, WriteTx

_DISPUTE: Final = (
    "id, closing, shop, obligation, claimed, reason, opened_by, opened_at, state, units, finding,"
    " proposed_by, decided_by, decided_at"
)
_WIDTH: Final = 14


def add(tx: WriteTx, dispute: Dispute) -> bool:
    """Write a dispute; False when its id is taken, or its line is disputed already."""
    written = tx.execute(
        "INSERT INTO dispute (id, closing, shop, obligation, claimed, reason, opened_by, opened_at,"
        " state) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'open') ON CONFLICT DO NOTHING",
        (
            dispute.id,
            dispute.closing,
            dispute.shop,
            dispute.obligation,
            dispute.claimed,
            dispute.reason,
            dispute.opened_by,
            dispute.opened_at,
        ),
    )
    return written == 1


def lock(tx: WriteTx, id_: DisputeId) -> None:
    """Wait for whoever is deciding on a dispute."""
    tx.row("SELECT 1 FROM dispute WHERE id = %s FOR UPDATE", (id_,))


def dispute(tx: ReadTx, id_: DisputeId) -> Dispute | None:
    """One dispute."""
    row = tx.row(f"SELECT {_DISPUTE} FROM dispute WHERE id = %s", (id_,))
    return _dispute_of(row) if row else None


def of_lines(
    tx: ReadTx, shop: ShopId | None, limit: int
) -> list[tuple[Dispute, Closing, Payable, date | None]]:
    """Disputes of shops, those not decided first, with the closing that has the correction."""
    rows = tx.rows(
        f"SELECT dispute.*, closing.*, {store.PAYABLE}, (SELECT min(later.closes_on)"
        "  FROM closing AS later WHERE dispute.units <> 0 AND later.asset = closing.asset"
        "  AND later.closed_at > dispute.decided_at)"
        f" FROM (SELECT {_DISPUTE} FROM dispute) AS dispute"
        f" JOIN (SELECT {store.CLOSING} FROM closing) AS closing ON closing.id = dispute.closing"
        " JOIN payable ON payable.closing = dispute.closing AND payable.shop = dispute.shop"
        " WHERE %s::uuid IS NULL OR dispute.shop = %s"
        " ORDER BY state = 'decided', opened_at DESC, dispute.id LIMIT %s",
        (shop, shop, limit),
    )
    line_at = _WIDTH + store.CLOSING_WIDTH
    return [
        (
            _dispute_of(row[:_WIDTH]),
            store.closing_of(row[_WIDTH:line_at]),
            Payable(*row[line_at:-1]),
            row[-1],
        )
        for row in rows
    ]


def of_obligations(
    tx: ReadTx, closed_from: datetime, only: ObligationId | None, limit: int
) -> list[tuple[Obligation, date, datetime, Dispute | None]]:
    """Obligations of runs closed from then on, and all that were ever disputed (or ``only`` one).

    With when their run was closed, and the last dispute of each; those not decided first.
    """
    rows = tx.rows(
        "SELECT owed.id, run, owed.closing, debtor, creditor, yen, why, closes_on, closed_at,"
        " last.*"
        " FROM obligation AS owed JOIN closing_run ON closing_run.id = run"
        f" LEFT JOIN LATERAL (SELECT {_DISPUTE} FROM dispute"
        "  WHERE dispute.obligation = owed.id ORDER BY opened_at DESC, id DESC LIMIT 1"
        " ) AS last ON true"
        " WHERE owed.id = %s OR (%s::uuid IS NULL AND (closed_at >= %s"
        "  OR owed.id IN (SELECT obligation FROM dispute)))"
        " ORDER BY coalesce(last.state, 'decided') = 'decided', closed_at DESC, debtor, creditor,"
        " owed.id LIMIT %s",
        (only, only, closed_from, limit),
    )
    return [
        (
            Obligation._make((*row[:6], Why(row[6]))),
            row[7],
            row[8],
            _dispute_of(row[9:]) if row[9] else None,
        )
        for row in rows
    ]


def count_in_batch(tx: ReadTx, batch: BatchId) -> int:
    """How many lines of a batch somebody disputes."""
    rows = tx.rows(
        "SELECT dispute.id FROM payout_line AS line JOIN dispute USING (closing, shop)"
        " WHERE line.taker = %s AND state <> 'decided'",
        (batch,),
    )
    return len(rows)


def count_in_netting(tx: ReadTx, netting: NettingId) -> int:
    """How many obligations of a netting somebody disputes."""
    rows = tx.rows(
        "SELECT dispute.id FROM netting_line AS line JOIN dispute USING (obligation)"
        " WHERE line.netting = %s AND state <> 'decided'",
        (netting,),
    )
    return len(rows)


def propose(tx: WriteTx, id_: DisputeId, units: int, finding: str, by: UUID) -> None:
    """Write what somebody would decide."""
    tx.execute(
        "UPDATE dispute SET state = 'proposed', units = %s, finding = %s, proposed_by = %s"
        " WHERE id = %s",
        (units, finding, by, id_),
    )


def decide(tx: WriteTx, id_: DisputeId, by: UUID, at: datetime) -> None:
    """Write that what was proposed is decided."""
    tx.execute(
        "UPDATE dispute SET state = 'decided', decided_by = %s, decided_at = %s WHERE id = %s",
        (by, at, id_),
    )


def _dispute_of(row: tuple[Any, ...]) -> Dispute:
    id_, closing, shop, obligation, claimed, reason, opened_by, opened_at, *rest = row
    state, units, finding, proposed_by, decided_by, decided_at = rest
    return Dispute(
        id=id_,
        closing=closing,
        shop=shop,
        obligation=obligation,
        claimed=claimed,
        reason=reason,
        opened_by=opened_by,
        opened_at=opened_at,
        state=DisputeState(state),
        units=units,
        finding=finding,
        proposed_by=proposed_by,
        decided_by=decided_by,
        decided_at=decided_at,
    )
