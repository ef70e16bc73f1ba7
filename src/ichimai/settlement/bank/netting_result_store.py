"""The SQL of what banks said of nettings' files."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from ichimai.settlement.bank.model import (
    BankResult,
    BankResultId,
    NettingFile,
    NettingResult,
    Outcome,
    Reason,
    ResultFormat,
    ResultKind,
    ResultLine,
)
from ichimai.settlement.obligation_model import NettingId, ObligationId
from ichimai.storage import ReadTx, WriteTx

_RESULT: Final = "id, netting, party, kind, format, sha256, result_on, imported_by, imported_at"


def add(tx: WriteTx, result: NettingResult, again: Mapping[int, ObligationId]) -> None:
    """Write a result with its lines; ``again``: what is owed again, by the transfer's place."""
    tx.execute(
        f"INSERT INTO netting_result ({_RESULT}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            result.id,
            *result.of,
            result.kind.value,
            result.format.value,
            bytes.fromhex(result.sha256),
            result.result_on,
            result.imported_by,
            result.imported_at,
        ),
    )
    tx.copy_rows(
        "COPY netting_result_line (result, netting, place, outcome, reason, units, obligation)"
        " FROM STDIN",
        (
            (
                result.id,
                result.of.netting,
                line.payee,
                line.outcome.value,
                line.reason.value,
                line.units,
                again.get(line.payee),
            )
            for line in result.lines
        ),
    )


def result(tx: ReadTx, id_: BankResultId) -> NettingResult | None:
    """One result."""
    rows = tx.rows(f"SELECT {_RESULT} FROM netting_result WHERE id = %s", (id_,))
    found = _with_lines(tx, rows)
    return found[0] if found else None


def of_netting(tx: ReadTx, netting: NettingId) -> list[NettingResult]:
    """All that banks said of a netting's files, the first first."""
    rows = tx.rows(
        f"SELECT {_RESULT} FROM netting_result WHERE netting = %s ORDER BY imported_at, id",
        (netting,),
    )
    return _with_lines(tx, rows)


def _with_lines(tx: ReadTx, results: Iterable[tuple[Any, ...]]) -> list[NettingResult]:
    found = list(results)
    rows = tx.rows(
        "SELECT result, place, outcome, reason, units FROM netting_result_line"
        " WHERE result = ANY(%s::uuid[]) ORDER BY result, place",
        ([row[0] for row in found],),
    )
    lines = {
        result: tuple(
            ResultLine(place, Outcome(outcome), Reason(reason), units)
            for _, place, outcome, reason, units in group
        )
        for result, group in groupby(rows, key=lambda row: row[0])
    }
    return [
        BankResult(
            id=row[0],
            of=NettingFile(row[1], row[2]),
            kind=ResultKind(row[3]),
            format=ResultFormat(row[4]),
            sha256=bytes(row[5]).hex(),
            result_on=row[6],
            imported_by=row[7],
            imported_at=row[8],
            lines=lines[row[0]],
        )
        for row in found
    ]
