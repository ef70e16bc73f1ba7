"""The SQL of obligations, of bills, and of what a closing means for associations."""

from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.merchants import ShopId, ShopSize
from ichimai.settlement.model import ClosingId, OpenLine, Payable, RunId
from ichimai.settlement.obligation_model import (
    AssociationClosing,
    Bill,
    BillLine,
    BillPayment,
    BillPaymentId,
    Obligation,
    ObligationId,
    Why,
)
from ichimai.storage import ReadTx, WriteTx

_OBLIGATION: Final = "id, run, closing, debtor, creditor, yen, why"
_BILL: Final = (
    "id, run, association, shops, yen, due_on, paid_by, paid_at,"
    " (SELECT coalesce(sum(paid.yen), 0)::bigint FROM bill_payment AS paid"
    "  WHERE paid.bill = bill.id),"
    " EXISTS (SELECT 1 FROM netting_line AS line WHERE line.obligation = bill.id AND line.is_live)"
)
_PAYMENT: Final = "id, bill, yen, received_on, noted_by, noted_at"
_ASSOCIATION: Final = "closing, association, issued, outstanding, accepted, elsewhere, from_others"


def add_obligations(tx: WriteTx, obligations: Iterable[Obligation]) -> None:
    """Write who owes whom."""
    tx.copy_rows(f"COPY obligation ({_OBLIGATION}) FROM STDIN", obligations)


def obligations(tx: ReadTx, run: RunId) -> list[Obligation]:
    """Who owes whom because of a run."""
    rows = tx.rows(
        f"SELECT {_OBLIGATION} FROM obligation WHERE run = %s"
        " ORDER BY closing, debtor, creditor, why",
        (run,),
    )
    return [_obligation_of(row) for row in rows]


def obligation(tx: ReadTx, id_: ObligationId) -> Obligation | None:
    """One obligation."""
    row = tx.row(f"SELECT {_OBLIGATION} FROM obligation WHERE id = %s", (id_,))
    return _obligation_of(row) if row else None


def add_associations(tx: WriteTx, rows: Iterable[AssociationClosing]) -> None:
    """Write what closings mean for associations."""
    tx.copy_rows(f"COPY association_closing ({_ASSOCIATION}) FROM STDIN", rows)


def associations(tx: ReadTx, closing: ClosingId) -> list[AssociationClosing]:
    """What a closing means for each association, by number."""
    rows = tx.rows(
        f"SELECT {_ASSOCIATION} FROM association_closing WHERE closing = %s ORDER BY association",
        (closing,),
    )
    return [AssociationClosing(*row) for row in rows]


def of_association(
    tx: ReadTx, association: int, limit: int
) -> list[tuple[Asset, bool, AssociationClosing]]:
    """What the last ``limit`` closings of each program mean for an association, the newest first.

    With the program, and whether it is its last closing of all.
    """
    rows = tx.rows(
        f"SELECT asset, place = 1, {_ASSOCIATION}"
        " FROM (SELECT id, asset, closes_on, row_number() OVER"
        "  (PARTITION BY asset ORDER BY closes_on DESC) AS place FROM closing) AS recent"
        " JOIN association_closing ON closing = recent.id AND association = %s"
        " WHERE place <= %s ORDER BY asset, closes_on DESC",
        (association, limit),
    )
    return [(Asset(asset), is_last, AssociationClosing(*row)) for asset, is_last, *row in rows]


def add_bills(tx: WriteTx, bills: Iterable[Bill]) -> None:
    """Write bills; their obligations are there."""
    tx.copy_rows(
        "COPY bill (id, run, association, shops, yen, due_on) FROM STDIN",
        ((one.id, one.run, one.association, one.shops, one.yen, one.due_on) for one in bills),
    )


def take_lines(tx: WriteTx, bill: ObligationId, lines: Iterable[Payable]) -> None:
    """Put what shops owe and are owed into a bill: no batch pays it any more."""
    tx.copy_rows(
        "COPY payout_line (taker, closing, shop, bill, is_live) FROM STDIN",
        ((bill, line.closing, line.shop, bill, True) for line in lines),
    )


def lock_bills(tx: WriteTx, ids: Iterable[ObligationId]) -> None:
    """Wait for whoever notes that one of these bills is paid, or nets it."""
    tx.rows("SELECT 1 FROM bill WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE", (list(ids),))


def bill(tx: ReadTx, id_: ObligationId) -> Bill | None:
    """One bill."""
    row = tx.row(f"SELECT {_BILL} FROM bill WHERE id = %s", (id_,))
    return Bill(*row) if row else None


def bills(tx: ReadTx, run: RunId | None, limit: int, association: int | None = None) -> list[Bill]:
    """The bills of a run (None: of all), or of one association: those that are open first.

    Then of the last run first, by association.
    """
    rows = tx.rows(
        f"SELECT {_BILL} FROM bill WHERE (%s::uuid IS NULL OR run = %s)"
        " AND (%s::smallint IS NULL OR association = %s)"
        " ORDER BY paid_at IS NOT NULL, run DESC, association LIMIT %s",
        (run, run, association, association, limit),
    )
    return [Bill(*row) for row in rows]


def add_payment(tx: WriteTx, payment: BillPayment) -> None:
    """Write that money came in, unless its id is there."""
    tx.execute(
        f"INSERT INTO bill_payment ({_PAYMENT}) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (id) DO NOTHING",
        astuple(payment),
    )


def payment(tx: ReadTx, id_: BillPaymentId) -> BillPayment | None:
    """One payment of a bill."""
    row = tx.row(f"SELECT {_PAYMENT} FROM bill_payment WHERE id = %s", (id_,))
    return BillPayment(*row) if row else None


def payments(tx: ReadTx, bill: ObligationId) -> list[BillPayment]:
    """What came in for a bill, the first first."""
    rows = tx.rows(
        f"SELECT {_PAYMENT} FROM bill_payment WHERE bill = %s ORDER BY received_on, id", (bill,)
    )
    return [BillPayment(*row) for row in rows]


def pay_bill(tx: WriteTx, id_: ObligationId, by: UUID, at: datetime) -> None:
    """Write that a bill is paid."""
    tx.execute("UPDATE bill SET paid_by = %s, paid_at = %s WHERE id = %s", (by, at, id_))


# OFFSET 0 keeps PostgreSQL at one look-up a line: it would else read payables whole, each time.
_TAKEN: Final[LiteralString] = (
    "FROM payout_line AS line CROSS JOIN LATERAL (SELECT * FROM payable"
    " WHERE payable.closing = line.closing AND payable.shop = line.shop OFFSET 0) AS payable"
    " JOIN closing ON closing.id = line.closing JOIN shop ON shop.id = line.shop"
)


def bill_lines(tx: ReadTx, bill: ObligationId) -> list[BillLine]:
    """What each shop owes in a bill, by number."""
    rows = tx.rows(
        f"SELECT shop.id, shop.number, -sum(payable.yen)::bigint {_TAKEN}"
        " WHERE line.bill = %s GROUP BY shop.id, shop.number ORDER BY shop.number",
        (bill,),
    )
    return [BillLine(ShopId(shop), number, yen) for shop, number, yen in rows]


def taken_lines(tx: ReadTx, taker: UUID) -> list[OpenLine]:
    """The payables that a batch or a bill has, in one fixed order."""
    rows = tx.rows(
        "SELECT payable.closing, payable.shop, payable.units, payable.carried, payable.accepted,"
        " payable.issued, payable.due, payable.fee_yen, payable.yen, payable.carried_before,"
        f" closing.asset, closing.closes_on, closing.unit_yen, shop.size, shop.association {_TAKEN}"
        " WHERE line.taker = %s ORDER BY closing.closes_on, closing.asset, payable.shop",
        (taker,),
    )
    return [
        OpenLine._make((Payable(*row[:10]), *row[10:13], ShopSize(row[13]), row[14], 0, False))
        for row in rows
    ]


def _obligation_of(row: tuple[Any, ...]) -> Obligation:
    return Obligation._make((*row[:6], Why(row[6])))
