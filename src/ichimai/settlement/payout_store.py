"""The SQL of payers, payout batches and the files handed over."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.merchants import BankAccount, ShopId, ShopSize
from ichimai.settlement.model import (
    Batch,
    BatchId,
    BatchState,
    ClosingId,
    HeldFor,
    HeldPayee,
    Payable,
    Payee,
    Payer,
    PayerId,
    PayoutOfPayable,
)
from ichimai.storage import ReadTx, WriteTx

ACCOUNT: Final = (
    "bank_code, bank_name, branch_code, branch_name, account_kind, account_number, account_holder"
)
_BATCH: Final = (
    "id, programs, sizes, payer, pay_on, state, shops, units, sha256, made_by, made_at, decided_by,"
    " decided_at, (SELECT count(*) FROM payout_file_copy AS copy"
    " WHERE copy.batch = payout_batch.id), taken_back_by, taken_back_at"
)


def add_payer(tx: WriteTx, payer: Payer, entered_by: UUID, at: datetime) -> None:
    """Write the account from which batches made from now on are paid, unless its id is there."""
    tx.execute(
        f"INSERT INTO payer (id, code, {ACCOUNT}, entered_by, entered_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
        (payer.id, payer.code, *account_row(payer.account), entered_by, at),
    )


def payer(tx: ReadTx, id_: PayerId | None = None) -> Payer | None:
    """One payer; None: the one entered last."""
    row = tx.row(
        f"SELECT id, code, {ACCOUNT} FROM payer WHERE %s::uuid IS NULL OR id = %s"
        " ORDER BY entered_at DESC, id DESC LIMIT 1",
        (id_, id_),
    )
    return Payer(row[0], row[1], BankAccount(*row[2:])) if row else None


def usual_maxima(tx: ReadTx, since: datetime) -> dict[ShopId, int]:
    """The most yen that each shop was paid by one batch approved since then."""
    rows = tx.rows(
        """
        SELECT shop, max(yen)::bigint FROM (
            SELECT line.batch, line.shop, sum(payable.yen) AS yen
            FROM payout_batch AS batch
            JOIN payout_line AS line ON line.taker = batch.id
            JOIN payable ON payable.closing = line.closing AND payable.shop = line.shop
            WHERE batch.state IN ('approved', 'sent') AND batch.decided_at >= %s
            GROUP BY line.batch, line.shop
        ) AS paid GROUP BY shop
        """,
        (since,),
    )
    return dict(rows)


def add_batch(tx: WriteTx, batch: Batch) -> bool:
    """Write a batch just made; False when its id is taken."""
    written = tx.execute(
        "INSERT INTO payout_batch (id, programs, sizes, payer, pay_on, state, shops, units,"
        " sha256, made_by, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (id) DO NOTHING",
        (
            batch.id,
            list(batch.programs),
            [size.value for size in ShopSize if size in batch.sizes],
            batch.payer,
            batch.pay_on,
            batch.state.value,
            batch.shops,
            batch.units,
            bytes.fromhex(batch.sha256),
            batch.made_by,
            batch.made_at,
        ),
    )
    return written == 1


def add_payees(tx: WriteTx, batch: BatchId, payees: Iterable[Payee]) -> None:
    """Write the shops of a batch with their accounts."""
    tx.copy_rows(
        f"COPY payee (batch, shop, shop_number, {ACCOUNT}) FROM STDIN",
        ((batch, payee.shop, payee.shop_number, *account_row(payee.account)) for payee in payees),
    )


def take_payables(tx: WriteTx, batch: BatchId, payables: Sequence[Payable]) -> int:
    """Put payables into a batch; how many were still free.

    Waits for a batch being made at the same time: callers bring payables in one fixed order.
    """
    return tx.execute(
        "INSERT INTO payout_line (taker, batch, closing, shop, is_live)"
        " SELECT %s, %s, taken.closing, taken.shop, true"
        " FROM unnest(%s::uuid[], %s::uuid[]) AS taken (closing, shop)"
        " ON CONFLICT (closing, shop) WHERE is_live DO NOTHING",
        (batch, batch, [line.closing for line in payables], [line.shop for line in payables]),
    )


def worth(tx: ReadTx) -> dict[Asset, int]:
    """How many yen a unit of each program is, as it was closed."""
    return dict(tx.rows("SELECT DISTINCT asset, unit_yen FROM closing"))


def add_holds(tx: WriteTx, batch: BatchId, held: Iterable[HeldPayee]) -> None:
    """Write which shops were left out of a batch."""
    tx.copy_rows(
        "COPY payout_hold (batch, shop, units, reason) FROM STDIN",
        ((batch, payee.shop, payee.units, payee.reason.value) for payee in held),
    )


def lock_batch(tx: WriteTx, id_: BatchId) -> None:
    """Wait for whoever is deciding on a batch, and let nobody else until we end."""
    tx.row("SELECT 1 FROM payout_batch WHERE id = %s FOR UPDATE", (id_,))


def batch(tx: ReadTx, id_: BatchId) -> Batch | None:
    """One batch."""
    row = tx.row(f"SELECT {_BATCH} FROM payout_batch WHERE id = %s", (id_,))
    return _batch_of(row) if row else None


def batches(tx: ReadTx, asset: Asset | None, limit: int) -> list[Batch]:
    """The last batches, the newest first: those that pay ``asset`` (None: any program)."""
    rows = tx.rows(
        f"SELECT {_BATCH} FROM payout_batch WHERE %s::text IS NULL OR programs = '{{}}'"
        " OR %s = ANY(programs)"
        " ORDER BY made_at DESC, id DESC LIMIT %s",
        (asset, asset, limit),
    )
    return [_batch_of(row) for row in rows]


def payees(tx: ReadTx, batch: BatchId) -> list[Payee]:
    """The shops of a batch by number, with what each is paid."""
    rows = tx.rows(
        f"SELECT payee.shop, shop_number, line.yen, {ACCOUNT}"
        " FROM payee JOIN ("
        "  SELECT payout_line.shop, sum(payable.yen)::bigint AS yen"
        "  FROM payout_line CROSS JOIN LATERAL (SELECT yen FROM payable"
        "   WHERE payable.closing = payout_line.closing AND payable.shop = payout_line.shop"
        "   OFFSET 0) AS payable"
        "  WHERE payout_line.taker = %s GROUP BY payout_line.shop"
        " ) AS line ON line.shop = payee.shop"
        " WHERE payee.batch = %s ORDER BY shop_number",
        (batch, batch),
    )
    return [
        Payee(shop=row[0], shop_number=row[1], units=row[2], account=BankAccount(*row[3:]))
        for row in rows
    ]


def holds(tx: ReadTx, batch: BatchId) -> list[HeldPayee]:
    """The shops left out of a batch, by number."""
    rows = tx.rows(
        "SELECT hold.shop, hold.units, hold.reason"
        " FROM payout_hold AS hold JOIN shop ON shop.id = hold.shop"
        " WHERE hold.batch = %s ORDER BY shop.number, hold.reason",
        (batch,),
    )
    return [HeldPayee(shop, units, HeldFor(reason)) for shop, units, reason in rows]


def payouts_of(tx: ReadTx, shop: ShopId, closings: Sequence[ClosingId]) -> list[PayoutOfPayable]:
    """Which live batches pay what some closings owe one shop."""
    rows = tx.rows(
        "SELECT line.closing, batch.id, batch.state, batch.pay_on,"
        f" (sum(payable.yen) OVER (PARTITION BY batch.id))::bigint, {ACCOUNT}"
        " FROM payout_line AS line JOIN payout_batch AS batch ON batch.id = line.batch"
        " JOIN payee ON payee.batch = line.batch AND payee.shop = line.shop"
        " JOIN payable ON payable.closing = line.closing AND payable.shop = line.shop"
        " WHERE line.is_live AND line.shop = %s AND line.closing = ANY(%s::uuid[])",
        (shop, list(closings)),
    )
    return [
        PayoutOfPayable(row[0], row[1], BatchState(row[2]), row[3], row[4], BankAccount(*row[5:]))
        for row in rows
    ]


def decide(tx: WriteTx, id_: BatchId, state: BatchState, by: UUID, at: datetime) -> None:
    """Write who approved or rejected a batch."""
    tx.execute(
        "UPDATE payout_batch SET state = %s, decided_by = %s, decided_at = %s WHERE id = %s",
        (state.value, by, at, id_),
    )


def take_back(tx: WriteTx, id_: BatchId, by: UUID, at: datetime) -> None:
    """Write who took an approved batch back."""
    tx.execute(
        "UPDATE payout_batch SET state = 'taken_back', taken_back_by = %s, taken_back_at = %s"
        " WHERE id = %s",
        (by, at, id_),
    )


def give_back(tx: WriteTx, batch: BatchId) -> None:
    """Make the payables of a batch free for another."""
    tx.execute("UPDATE payout_line SET is_live = false WHERE taker = %s", (batch,))


def add_copy(tx: WriteTx, batch: BatchId, number: int, handed_to: UUID, at: datetime) -> None:
    """Write that a batch's file is handed over, and that the batch counts as sent."""
    tx.execute(
        "INSERT INTO payout_file_copy (batch, copy_number, handed_to, handed_at)"
        " VALUES (%s, %s, %s, %s)",
        (batch, number, handed_to, at),
    )
    tx.execute("UPDATE payout_batch SET state = 'sent' WHERE id = %s", (batch,))


def account_row(account: BankAccount) -> tuple[Any, ...]:
    """An account as the columns of ``ACCOUNT``."""
    return (
        account.bank_code,
        account.bank_name,
        account.branch_code,
        account.branch_name,
        account.kind,
        account.number,
        account.holder_kana,
    )


def _batch_of(row: tuple[Any, ...]) -> Batch:
    return Batch(
        id=row[0],
        programs=tuple(row[1]),
        sizes=frozenset(map(ShopSize, row[2])),
        payer=row[3],
        pay_on=row[4],
        state=BatchState(row[5]),
        shops=row[6],
        units=row[7],
        sha256=bytes(row[8]).hex(),
        made_by=row[9],
        made_at=row[10],
        decided_by=row[11],
        decided_at=row[12],
        copies=row[13],
        taken_back_by=row[14],
        taken_back_at=row[15],
    )
