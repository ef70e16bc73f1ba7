"""The SQL of what banks said of nettings' files."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, LiteralString

from ichimai.settlement.bank.model import BankResultId, NettingFile, NettingResult
from ichimai.settlement.bank.result_store import COLUMNS, as_results, columns_of
from ichimai.settlement.obligation_model import NettingId, ObligationId
from ichimai.storage import ReadTx, WriteTx

_RESULT: Final[LiteralString] = f"{COLUMNS}, netting, party"


def add(tx: WriteTx, result: NettingResult, again: Mapping[int, ObligationId]) -> None:
    """Write a result with its lines; ``again``: what is owed again, by the transfer's place."""
    tx.execute(
        f"INSERT INTO netting_result ({_RESULT}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (*columns_of(result), *result.of),
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
    lines = tx.rows(
        "SELECT result, place, outcome, reason, units FROM netting_result_line"
        " WHERE result = ANY(%s::uuid[]) ORDER BY result, place",
        ([row[0] for row in found],),
    )
    return as_results(found, lines, NettingFile)
