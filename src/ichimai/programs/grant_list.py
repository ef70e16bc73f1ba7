"""Reading the list of people who shall get a gift: every row is checked, or nothing is taken.

Pure: bytes and terms in, rows or all errors out. Names and dates are checked and not kept.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO

from ichimai.kernel import text
from ichimai.programs.grant_list_model import (
    WARNINGS,
    CheckedList,
    CheckedRow,
    Column,
    ListCode,
    ListRefused,
    ListTerms,
    ReasonTerms,
    RowError,
)
from ichimai.programs.grant_list_rows import BLANKS, Report, RowChecker, letter_of, shown

__all__ = [
    "WARNINGS",
    "CheckedList",
    "CheckedRow",
    "Column",
    "ListCode",
    "ListRefused",
    "ListTerms",
    "ReasonTerms",
    "RowError",
    "read",
]


def read(data: bytes, terms: ListTerms) -> CheckedList:
    """The list in the CSV file ``data``. Raises ListRefused with every error.

    Errors of the file or of its headings are told alone: rows cannot be judged before.
    """
    report = Report()
    if len(data) > terms.max_bytes:
        raise report.refusal(RowError(code=ListCode.FILE_TOO_LARGE))
    content, encoding = _decoded(data, report)
    records = _records(content, report)
    columns = _columns(next(records, ()), report)
    rows = _checked_rows(records, RowChecker(terms, columns, report), report, terms.max_rows)
    units: Counter[str] = Counter()
    for row in rows:
        units[row.reason] += row.units
    return CheckedList(
        rows=tuple(rows),
        rows_by_reason=dict(Counter(row.reason for row in rows)),
        units_by_reason=dict(units),
        total_units=units.total(),
        windows={reason.key: reason.rule.window() for reason in terms.reasons},
        sha256=hashlib.sha256(data).digest(),
        encoding=encoding,
        warnings=tuple(report.warnings),
        total_warnings=report.total_warnings,
    )


def _decoded(data: bytes, report: Report) -> text.Decoded:
    try:
        return text.decode(data)
    except text.UndecodableText as error:
        bad = error
    row, letter = _place(data[: bad.position].decode(bad.encoding))
    byte = f"0x{bad.byte:02X}"
    raise report.refusal(
        RowError(code=ListCode.UNDECODABLE, row=row, letter=letter, value_shown=byte)
    )


def _place(sound: str) -> tuple[int | None, str | None]:
    """The row and column that come after ``sound``: those of the last cell if it went on."""
    try:
        rows = list(csv.reader(StringIO(sound + "x", newline="")))
    except csv.Error:
        return None, None
    return len(rows), letter_of(len(rows[-1]) - 1)


def _records(content: str, report: Report) -> Iterator[list[str]]:
    """The rows of cells, blank rows included so that they count."""
    if not content.strip():
        raise report.refusal(RowError(code=ListCode.EMPTY_FILE))
    row = 0
    try:
        for cells in csv.reader(StringIO(content, newline=""), strict=True):
            row += 1
            yield cells
    except csv.Error:
        report.add(RowError(code=ListCode.BROKEN_QUOTES, row=row + 1))


_HEADINGS = {column.value: column for column in Column} | {
    "宛名番号": Column.RECIPIENT_NUMBER,
    "氏名": Column.NAME,
    "カナ": Column.KANA,
    "生年月日": Column.BIRTH_DATE,
    "事由": Column.REASON,
    "婚姻日": Column.MARRIED_ON,
    "夫婦番号": Column.COUPLE_NUMBER,
    "金額": Column.AMOUNT,
}
_NEEDED = (Column.RECIPIENT_NUMBER, Column.NAME, Column.BIRTH_DATE, Column.REASON)


def _columns(headings: Sequence[str], report: Report) -> list[Column]:
    """What each cell of a row means. Raises ListRefused."""
    found = [_HEADINGS.get(heading.strip(BLANKS).casefold()) for heading in headings]
    if not any(found):
        # A file without headings begins with a person: nothing of it is shown.
        raise report.refusal(None if report.total else RowError(code=ListCode.NO_HEADER, row=1))
    columns: list[Column] = []
    for index, column in enumerate(found):
        if column is None or column in columns:
            code = ListCode.DUPLICATE_HEADER if column else ListCode.UNKNOWN_HEADER
            letter, heading = letter_of(index), shown(headings[index])
            report.add(
                RowError(code=code, row=1, column=column, letter=letter, value_shown=heading)
            )
        else:
            columns.append(column)
    for column in _NEEDED:
        if column not in columns:
            report.add(RowError(code=ListCode.MISSING_HEADER, row=1, column=column))
    if report.total:
        raise report.refusal()
    return columns


def _checked_rows(
    records: Iterator[list[str]], checker: RowChecker, report: Report, max_rows: int
) -> list[CheckedRow]:
    rows = []
    count = 0
    for row, cells in enumerate(records, start=2):
        if not "".join(cells).strip(BLANKS):
            continue
        count += 1
        if count > max_rows:
            raise report.refusal(RowError(code=ListCode.TOO_MANY_ROWS, row=row))
        checked = checker.checked(row, cells)
        if checked is not None:
            rows.append(checked)
    if not count:
        report.add(RowError(code=ListCode.NO_ROWS))
    if report.total:
        raise report.refusal()
    return rows
