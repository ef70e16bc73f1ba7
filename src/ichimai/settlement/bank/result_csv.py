"""A bank's result as the table that banks let people download: a row a line, totals at the end.

Its columns are ours (docs/decisions/0024-bank-results.md); a bank's own table is brought into
this form by who knows that bank. A spreadsheet that dropped a leading zero is refused.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from ichimai.kernel import text
from ichimai.settlement.bank.errors import BankResultRefused
from ichimai.settlement.bank.model import (
    ParsedLine,
    ParsedResult,
    Reason,
    ResultFormat,
    ResultKind,
    Rule,
)
from ichimai.settlement.model import ControlTotal, TransferOrder

COLUMNS: Final = (
    "区分",
    "処理日",
    "委託者コード",
    "振込指定日",
    "金融機関コード",
    "支店コード",
    "預金種目",
    "口座番号",
    "受取人名",
    "振込金額",
    "顧客コード",
    "結果コード",
    "結果",
)
"""The heading of the rows of a result."""

TOTALS: Final = (
    "区分",
    "処理日",
    "合計件数",
    "合計金額",
    "振込済件数",
    "振込済金額",
    "振込不能件数",
    "振込不能金額",
)
"""The heading of the row of control totals, which is the last."""

KINDS: Final[Mapping[str, ResultKind]] = {
    "振込結果": ResultKind.ANSWER,
    "資金返却": ResultKind.RETURN,
}

REASONS: Final[Mapping[Reason, str]] = {
    Reason.DONE: "振込済",
    Reason.NO_ACCOUNT: "該当口座なし",
    Reason.NAME_DIFFERS: "受取人名相違",
    Reason.ACCOUNT_CLOSED: "口座解約済",
    Reason.KIND_DIFFERS: "預金種目相違",
    Reason.RECALLED: "組戻",
    Reason.DECLINED: "受取辞退",
    Reason.OTHER: "その他",
}
"""What the result codes are called beside them."""

_SHORTEST: Final = 4  # heading, one row, heading of the totals, totals
_SENT: Final = {
    "金融機関コード": "bank_code",
    "支店コード": "branch_code",
    "預金種目": "account_kind",
    "口座番号": "account_number",
    "受取人名": "payee_name",
    "振込金額": "yen",
    "顧客コード": "reference",
}


def sent_cells(order: TransferOrder) -> tuple[Mapping[str, str], list[Mapping[str, str]]]:
    """Header and lines of what was sent, in the cells that a result repeats."""
    header = {"payer_code": order.payer.code, "pay_on": order.pay_on.isoformat()}
    lines: list[Mapping[str, str]] = [
        {
            "bank_code": transfer.account.bank_code,
            "branch_code": transfer.account.branch_code,
            "account_kind": str(transfer.account.kind),
            "account_number": transfer.account.number,
            "payee_name": transfer.account.holder_kana,
            "yen": str(transfer.yen),
            "reference": transfer.reference,
        }
        for transfer in order.transfers
    ]
    return header, lines


def read(content: bytes) -> ParsedResult:
    """What a result file says, in UTF-8 or CP932. Raises BankResultRefused."""
    rows = _rows(content)
    if tuple(rows[0]) != COLUMNS:
        raise BankResultRefused(1, Rule.FORM, "columns")
    last = len(rows)
    if tuple(rows[-2]) != TOTALS:
        raise BankResultRefused(last - 1, Rule.FORM, "columns")
    if len(rows[-1]) != len(TOTALS):
        raise BankResultRefused(last, Rule.FORM, "columns")
    totals = dict(zip(TOTALS, rows[-1], strict=True))
    named = [_named(number, row) for number, row in enumerate(rows[1:-2], 2)]
    first = named[0]
    for number, row in enumerate(named, 2):
        for column in ("区分", "処理日", "委託者コード", "振込指定日"):
            if row[column] != first[column]:
                raise BankResultRefused(number, Rule.FORM, column)
    for column in ("区分", "処理日"):
        if totals[column] != first[column]:
            raise BankResultRefused(last, Rule.FORM, column)
    kind = KINDS.get(first["区分"])
    if kind is None:
        raise BankResultRefused(2, Rule.FORM, "区分")
    pay_on = _day(first["振込指定日"], "振込指定日")
    return ParsedResult(
        format=ResultFormat.CSV,
        kind=kind,
        result_on=_day(first["処理日"], "処理日"),
        payer_code=first["委託者コード"],
        pay_month_and_day=f"{pay_on:%m%d}",
        header_line=2,
        header={"payer_code": first["委託者コード"], "pay_on": first["振込指定日"]},
        lines=tuple(_line(number, row) for number, row in enumerate(named, 2)),
        totals_line=last,
        total=_control(last, totals, "合計件数", "合計金額"),
        done=_control(last, totals, "振込済件数", "振込済金額"),
        back=_control(last, totals, "振込不能件数", "振込不能金額"),
    )


def _rows(content: bytes) -> list[list[str]]:
    try:
        decoded = text.decode(content).text
    except text.UndecodableText as error:
        raise BankResultRefused(error.line, Rule.FORM, "encoding") from None
    if "\0" in decoded or not decoded.endswith("\n"):
        raise BankResultRefused(decoded.count("\n") + 1, Rule.FORM, "end_of_record")
    try:
        rows = list(csv.reader(io.StringIO(decoded, newline=""), strict=True))
    except csv.Error:
        raise BankResultRefused(0, Rule.FORM, "quotes") from None
    if len(rows) < _SHORTEST:
        raise BankResultRefused(len(rows), Rule.FORM, "length")
    return rows


def _named(number: int, row: Sequence[str]) -> Mapping[str, str]:
    if len(row) != len(COLUMNS):
        raise BankResultRefused(number, Rule.FORM, "columns")
    return dict(zip(COLUMNS, row, strict=True))


def _line(number: int, row: Mapping[str, str]) -> ParsedLine:
    try:
        reason = Reason(row["結果コード"])
    except ValueError:
        raise BankResultRefused(number, Rule.REASON, "結果コード") from None
    if row["結果"] != REASONS[reason]:
        raise BankResultRefused(number, Rule.REASON, "結果")
    cells = {field: row[column] for column, field in _SENT.items()}
    return ParsedLine(number, cells, reason, _number(number, row, "振込金額"))


def _control(number: int, row: Mapping[str, str], count: str, yen: str) -> ControlTotal:
    return ControlTotal(_number(number, row, count), _number(number, row, yen))


def _number(number: int, row: Mapping[str, str], column: str) -> int:
    written = row[column]
    if not (written.isascii() and written.isdigit()) or written != str(int(written)):
        raise BankResultRefused(number, Rule.FORM, column)
    return int(written)


def _day(written: str, column: str) -> date:
    try:
        found = date.fromisoformat(written)
    except ValueError:
        raise BankResultRefused(2, Rule.DAY, column) from None
    if found.isoformat() != written:
        raise BankResultRefused(2, Rule.DAY, column)
    return found
