"""The SQL of what banks said."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final, LiteralString

from ichimai.merchants import ShopId
from ichimai.settlement.bank.model import (
    BankResult,
    BankResultId,
    Of,
    Outcome,
    PayoutResult,
    Reason,
    ResultFormat,
    ResultKind,
    ResultLine,
    SentBack,
)
from ichimai.settlement.model import BatchId
from ichimai.storage import ReadTx, WriteTx

COLUMNS: Final = "id, kind, format, sha256, result_on, imported_by, imported_at"
_RESULT: Final[LiteralString] = f"{COLUMNS}, batch"


def candidates(
    tx: ReadTx, payer_code: str, month_and_day: str, around: date, days: int
) -> list[BatchId]:
    """The batches that were handed over for a payer and a pay day (MMDD) near ``around``."""
    rows = tx.rows(
        "SELECT batch.id FROM payout_batch AS batch JOIN payer ON payer.id = batch.payer"
        " WHERE batch.state = 'sent' AND payer.code = %s AND to_char(batch.pay_on, 'MMDD') = %s"
        " AND batch.pay_on BETWEEN %s::date - %s AND %s::date + %s"
        " ORDER BY batch.made_at, batch.id",
        (payer_code, month_and_day, around, days, around, days),
    )
    return [id_ for (id_,) in rows]


def handed_on(tx: ReadTx, batch: BatchId) -> date | None:
    """The day, in Tokyo, on which the first copy of a batch's file was handed over."""
    row = tx.row(
        "SELECT (min(handed_at) AT TIME ZONE 'Asia/Tokyo')::date FROM payout_file_copy"
        " WHERE batch = %s",
        (batch,),
    )
    return row[0] if row else None


def add(tx: WriteTx, result: PayoutResult) -> None:
    """Write a result with its lines."""
    tx.execute(
        f"INSERT INTO bank_result ({_RESULT}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (*columns_of(result), result.of),
    )
    tx.copy_rows(
        "COPY bank_result_line (result, batch, shop, outcome, reason, units) FROM STDIN",
        (
            (
                result.id,
                result.of,
                line.payee,
                line.outcome.value,
                line.reason.value,
                line.units,
            )
            for line in result.lines
        ),
    )


def give_back(tx: WriteTx, batch: BatchId, shops: Sequence[ShopId]) -> None:
    """Make what a batch was to pay some shops free for another batch."""
    tx.execute(
        "UPDATE payout_line SET is_live = false WHERE batch = %s AND shop = ANY(%s::uuid[])",
        (batch, list(shops)),
    )


def result(tx: ReadTx, id_: BankResultId) -> PayoutResult | None:
    """One result."""
    rows = tx.rows(f"SELECT {_RESULT} FROM bank_result WHERE id = %s", (id_,))
    found = _with_lines(tx, rows)
    return found[0] if found else None


def of_batch(tx: ReadTx, batch: BatchId) -> list[PayoutResult]:
    """All that the bank said of a batch, the first first."""
    rows = tx.rows(
        f"SELECT {_RESULT} FROM bank_result WHERE batch = %s ORDER BY imported_at, id", (batch,)
    )
    return _with_lines(tx, rows)


def sent_back(tx: ReadTx, shop: ShopId | None, limit: int) -> list[SentBack]:
    """What banks last sent back and no later batch pays, the newest first; None: of all shops.

    Whether the account is still the same is compared with the account in the batch.
    """
    rows = tx.rows(
        """
        SELECT line.batch, line.shop, line.outcome, line.reason, line.units, result.result_on,
            (shop.bank_code, shop.branch_code, shop.account_kind, shop.account_number,
                shop.account_holder)
            = (payee.bank_code, payee.branch_code, payee.account_kind, payee.account_number,
                payee.account_holder)
        FROM bank_result_line AS line
        JOIN bank_result AS result ON result.id = line.result
        JOIN payee ON payee.batch = line.batch AND payee.shop = line.shop
        JOIN shop ON shop.id = line.shop
        WHERE line.outcome <> 'done' AND (%s::uuid IS NULL OR line.shop = %s)
            AND EXISTS (
                SELECT 1 FROM payout_line AS paid
                JOIN payout_batch AS batch ON batch.id = paid.batch
                WHERE paid.batch = line.batch AND paid.shop = line.shop AND NOT EXISTS (
                    SELECT 1 FROM payout_line AS later
                    JOIN payout_batch AS next ON next.id = later.batch
                    WHERE later.closing = paid.closing AND later.shop = paid.shop
                        AND (later.is_live
                            OR next.state = 'sent' AND next.made_at > batch.made_at)
                )
            )
        ORDER BY result.result_on DESC, result.id DESC, shop.number LIMIT %s
        """,
        (shop, shop, limit),
    )
    return [SentBack(row[0], row[1], Outcome(row[2]), Reason(row[3]), *row[4:]) for row in rows]


def refused_shops(tx: ReadTx) -> set[ShopId]:
    """The shops whose present account a bank refused and has not paid into since."""
    rows = tx.rows(
        """
        WITH told AS (
            SELECT line.shop, line.outcome, result.result_on, result.imported_at
            FROM bank_result_line AS line
            JOIN bank_result AS result ON result.id = line.result
            JOIN payee ON payee.batch = line.batch AND payee.shop = line.shop
            JOIN shop ON shop.id = line.shop
            WHERE (shop.bank_code, shop.branch_code, shop.account_kind, shop.account_number,
                    shop.account_holder)
                = (payee.bank_code, payee.branch_code, payee.account_kind, payee.account_number,
                    payee.account_holder)
        )
        SELECT DISTINCT shop FROM told AS refused
        WHERE outcome <> 'done' AND NOT EXISTS (
            SELECT 1 FROM told AS paid
            WHERE paid.shop = refused.shop AND paid.outcome = 'done'
                AND paid.result_on > refused.result_on
        )
        """
    )
    return {shop for (shop,) in rows}


def _with_lines(tx: ReadTx, results: Iterable[tuple[Any, ...]]) -> list[PayoutResult]:
    found = list(results)
    lines = tx.rows(
        "SELECT line.result, line.shop, line.outcome, line.reason, line.units"
        " FROM bank_result_line AS line JOIN payee"
        " ON payee.batch = line.batch AND payee.shop = line.shop"
        " WHERE line.result = ANY(%s::uuid[]) ORDER BY line.result, payee.shop_number",
        ([row[0] for row in found],),
    )
    return as_results(found, lines, BatchId)


def columns_of(result: BankResult[Any, Any]) -> tuple[object, ...]:
    """The values of ``COLUMNS``."""
    return (
        result.id,
        result.kind.value,
        result.format.value,
        bytes.fromhex(result.sha256),
        result.result_on,
        result.imported_by,
        result.imported_at,
    )


def as_results(
    rows: Iterable[tuple[Any, ...]], lines: Iterable[tuple[Any, ...]], of: Callable[..., Of]
) -> list[BankResult[Of, Any]]:
    """Rows of ``COLUMNS``, after which comes what ``of`` makes a file of, with their lines.

    ``lines``, in order: the result's id, who is paid, outcome, reason and units.
    """
    by_result = {
        result: tuple(
            ResultLine(payee, Outcome(outcome), Reason(reason), units)
            for _, payee, outcome, reason, units in group
        )
        for result, group in groupby(lines, key=lambda row: row[0])
    }
    return [
        BankResult(
            id=id_,
            of=of(*whose),
            kind=ResultKind(kind),
            format=ResultFormat(format_),
            sha256=bytes(sha256).hex(),
            result_on=result_on,
            imported_by=by,
            imported_at=at,
            lines=by_result[id_],
        )
        for id_, kind, format_, sha256, result_on, by, at, *whose in rows
    ]
