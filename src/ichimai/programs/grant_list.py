"""Reading the list of people who shall get a gift: every row is checked, or nothing is taken.

Pure: bytes and terms in, rows or all errors out. Names and dates are checked and not kept.
"""

import hashlib
from collections import Counter

from ichimai.programs import list_file
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
from ichimai.programs.grant_list_rows import RowChecker
from ichimai.programs.list_rows import Report

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
    content, encoding = list_file.decoded(data, report, terms.max_bytes)
    records = list_file.records(content, report)
    columns = list_file.columns_of(next(records, ()), _HEADINGS, _NEEDED, report)
    checker = RowChecker(terms, columns, report)
    rows = list_file.checked_rows(records, checker, report, terms.max_rows)
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


_HEADINGS = {
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
