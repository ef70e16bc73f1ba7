"""The SQL of nettings."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ichimai.settlement.obligation_model import (
    Debt,
    Netting,
    NettingId,
    NettingState,
    Obligation,
    Why,
)
from ichimai.storage import ReadTx, WriteTx

_NETTING: Final = "id, obligations, yen, pay_on, made_by, made_at, state, decided_by, decided_at"


def open_obligations(tx: ReadTx, closed_before: datetime) -> list[Obligation]:
    """Those of runs closed before then in no netting or open dispute, of no bill being paid.

    What a bank sent back is of no run, and at once to be netted again.
    """
    rows = tx.rows(
        "SELECT obligation.id, obligation.run, closing, debtor, creditor, yen, why"
        " FROM obligation LEFT JOIN closing_run ON closing_run.id = obligation.run"
        " WHERE (run IS NULL OR closed_at < %s) AND NOT EXISTS (SELECT 1 FROM netting_line AS line"
        "  WHERE line.obligation = obligation.id AND line.is_live)"
        " AND NOT EXISTS (SELECT 1 FROM dispute"
        "  WHERE dispute.obligation = obligation.id AND state <> 'decided')"
        " AND NOT EXISTS (SELECT 1 FROM bill"
        "  WHERE bill.id = obligation.id AND (paid_at IS NOT NULL OR EXISTS"
        "   (SELECT 1 FROM bill_payment WHERE bill_payment.bill = bill.id)))"
        " ORDER BY obligation.id",
        (closed_before,),
    )
    return [Obligation._make((*row[:6], Why(row[6]))) for row in rows]


def add_netting(tx: WriteTx, netting: Netting) -> bool:
    """Write a netting just made, with its transfers; False when its id is taken."""
    written = tx.execute(
        f"INSERT INTO netting ({_NETTING}) VALUES (%s, %s, %s, %s, %s, %s, %s, NULL, NULL)"
        " ON CONFLICT (id) DO NOTHING",
        (
            netting.id,
            netting.obligations,
            netting.yen,
            netting.pay_on,
            netting.made_by,
            netting.made_at,
            netting.state.value,
        ),
    )
    if written:
        tx.copy_rows(
            "COPY netting_transfer (netting, place, debtor, creditor, yen) FROM STDIN",
            ((netting.id, place, *debt) for place, debt in enumerate(netting.transfers, 1)),
        )
    return written == 1


def take_obligations(tx: WriteTx, netting: NettingId, obligations: Sequence[Obligation]) -> int:
    """Put obligations into a netting; how many were still free. In one fixed order, as batches."""
    return tx.execute(
        "INSERT INTO netting_line (netting, obligation, is_live)"
        " SELECT %s, taken, true FROM unnest(%s::uuid[]) AS taken"
        " ON CONFLICT (obligation) WHERE is_live DO NOTHING",
        (netting, [obligation.id for obligation in obligations]),
    )


def lock(tx: WriteTx, id_: NettingId) -> None:
    """Wait for whoever is deciding on a netting."""
    tx.row("SELECT 1 FROM netting WHERE id = %s FOR UPDATE", (id_,))


def netting(tx: ReadTx, id_: NettingId) -> Netting | None:
    """One netting."""
    row = tx.row(f"SELECT {_NETTING} FROM netting WHERE id = %s", (id_,))
    return _netting_of(row, _transfers(tx, [id_])) if row else None


def nettings(tx: ReadTx, limit: int) -> list[Netting]:
    """The last nettings, the newest first."""
    rows = tx.rows(
        f"SELECT {_NETTING} FROM netting ORDER BY made_at DESC, id DESC LIMIT %s", (limit,)
    )
    transfers = _transfers(tx, [row[0] for row in rows])
    return [_netting_of(row, transfers) for row in rows]


def netted(tx: ReadTx, id_: NettingId) -> list[Obligation]:
    """The obligations that a netting settles."""
    rows = tx.rows(
        "SELECT obligation.id, run, closing, debtor, creditor, yen, why"
        " FROM netting_line JOIN obligation ON obligation.id = netting_line.obligation"
        " WHERE netting = %s ORDER BY obligation.id",
        (id_,),
    )
    return [Obligation._make((*row[:6], Why(row[6]))) for row in rows]


def decide(tx: WriteTx, id_: NettingId, state: NettingState, by: UUID, at: datetime) -> None:
    """Write who approved or rejected a netting; a rejected one gives its obligations back."""
    tx.execute(
        "UPDATE netting SET state = %s, decided_by = %s, decided_at = %s WHERE id = %s",
        (state.value, by, at, id_),
    )
    if state is NettingState.REJECTED:
        tx.execute("UPDATE netting_line SET is_live = false WHERE netting = %s", (id_,))


def _transfers(tx: ReadTx, ids: Iterable[UUID]) -> dict[UUID, list[Debt]]:
    found: dict[UUID, list[Debt]] = {}
    for netting_id, *debt in tx.rows(
        "SELECT netting, debtor, creditor, yen FROM netting_transfer"
        " WHERE netting = ANY(%s::uuid[]) ORDER BY netting, place",
        (list(ids),),
    ):
        found.setdefault(netting_id, []).append(Debt._make(debt))
    return found


def _netting_of(row: tuple[Any, ...], transfers: dict[UUID, list[Debt]]) -> Netting:
    id_, obligations, yen, pay_on, made_by, made_at, state, *decided = row
    return Netting(
        id=id_,
        obligations=obligations,
        yen=yen,
        pay_on=pay_on,
        made_by=made_by,
        made_at=made_at,
        state=NettingState(state),
        decided_by=decided[0],
        decided_at=decided[1],
        transfers=tuple(transfers.get(id_, ())),
    )
