"""Checking the cells of any list: what all lists have in common, whatever their columns mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from ichimai.kernel import check_digits, eras, text
from ichimai.programs.grant_list_model import WARNINGS, Column, ListCode, ListRefused, RowError

MAX_LISTED = 1_000
"""So many errors (and warnings) are listed; the rest are only counted."""

BLANKS = " \u3000\u00a0"
"""What may stand around a value."""

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_NUMBER = re.compile("[0-9A-Za-z][0-9A-Za-z_/-]{0,19}")
_LINE_ENDS = re.compile("[\r\n]+")
_SIGNED = re.compile("[-+\u2212－＋][0-9０-９.,]+")
_NAMES = frozenset({Column.NAME, Column.KANA})

Values = dict[Column, str | None]
"""A row's cells without blanks around them; None where one was refused already."""


@dataclass(slots=True)
class Report:
    """Errors and warnings as they are found: the first of them are listed, all are counted."""

    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)
    total: int = 0
    total_warnings: int = 0

    def add(self, found: RowError) -> None:
        """Note an error or a warning."""
        if found.code in WARNINGS:
            self.total_warnings += 1
            listed = self.warnings
        else:
            self.total += 1
            listed = self.errors
        if len(listed) < MAX_LISTED:
            listed.append(found)

    def refusal(self, last: RowError | None = None) -> ListRefused:
        """All errors, to be raised; ``last`` is one after which nothing can be read."""
        if last is not None:
            self.add(last)
        return ListRefused(tuple(self.errors), self.total)


class Cells:
    """Checks cell after cell of the rows of one list, and tells the report what is wrong."""

    def __init__(self, columns: Sequence[Column], report: Report) -> None:
        self._columns = columns
        self._letters = {column: letter_of(index) for index, column in enumerate(columns)}
        self._report = report
        self._days: dict[str, eras.ParsedDate | ListCode] = {}
        self._first_rows: dict[tuple[ListCode, str, str], int] = {}

    def _check_ragged(self, row: int, cells: Sequence[str]) -> None:
        self._report.add(RowError(code=ListCode.RAGGED_ROW, row=row, value_shown=str(len(cells))))
        for index, cell in enumerate(cells):
            if check_digits.contains_my_number(cell):
                letter = letter_of(index)
                self._report.add(RowError(code=ListCode.MY_NUMBER, row=row, letter=letter))

    def _values(self, row: int, cells: Sequence[str]) -> Values:
        values: Values = dict.fromkeys(Column, "")
        for column, cell in zip(self._columns, cells, strict=True):
            problem = _unsafe(column, cell) if cell else None
            values[column] = cell.strip(BLANKS) if problem is None else None
            if problem is not None:
                self._add(row, column, problem)
        return values

    def _number(self, row: int, column: Column, values: Values) -> str | None:
        value = self._filled(row, column, values)
        if value is None:
            return None
        number = half_width(value)
        if _NUMBER.fullmatch(number):
            return number
        self._add(row, column, ListCode.INVALID_NUMBER, value)
        return None

    def _day(self, row: int, column: Column, values: Values) -> date | None:
        value = values[column]
        if not value:
            return None
        if value not in self._days:
            self._days[value] = _parsed_day(value)
        parsed = self._days[value]
        if isinstance(parsed, ListCode):
            self._add(row, column, parsed, value)
            return None
        if parsed.warning is eras.DateWarning.AFTER_END_OF_ERA:
            self._add(row, column, ListCode.AFTER_END_OF_ERA, value)
        return parsed.day

    def _check_once(self, row: int, code: ListCode, reason: str, number: str) -> None:
        first_row = self._first_rows.setdefault((code, reason, number), row)
        if first_row != row:
            duplicate = Column.COUPLE_NUMBER
            if code is not ListCode.DUPLICATE_COUPLE:
                duplicate = Column.RECIPIENT_NUMBER
            self._add(row, duplicate, code, number, first_row=first_row)

    def _filled(self, row: int, column: Column, values: Values) -> str | None:
        """The value of a cell that must have one."""
        value = values[column]
        if value == "":
            self._add(row, column, ListCode.MISSING_VALUE)
        return value or None

    def _add(
        self,
        row: int,
        column: Column,
        code: ListCode,
        value: str | None = None,
        first_row: int | None = None,
    ) -> None:
        found = RowError(
            code=code,
            row=row,
            column=column,
            letter=self._letters.get(column),
            value_shown=None if value is None else shown(value),
            first_row=first_row,
        )
        self._report.add(found)


def _unsafe(column: Column, cell: str) -> ListCode | None:
    """Why the cell is refused whatever its column means."""
    if check_digits.contains_my_number(cell):
        return ListCode.MY_NUMBER
    # A plain number with a sign is a wrong number, not a formula.
    if text.is_formula(cell) and (column in _NAMES or not _SIGNED.fullmatch(cell)):
        return ListCode.FORMULA
    # Names are sometimes written in two lines, and are not kept.
    lines = _LINE_ENDS.sub(" ", cell) if column in _NAMES else cell
    return ListCode.CONTROL_CHARACTER if text.has_control(lines) else None


def _parsed_day(value: str) -> eras.ParsedDate | ListCode:
    try:
        return eras.parse_date(value)
    except eras.UnknownDay:
        return ListCode.UNKNOWN_DAY
    except eras.InvalidDate:
        return ListCode.INVALID_DATE


def half_width(value: str) -> str:
    """``value`` with its full-width digits, letters and signs as ASCII."""
    return value if value.isascii() else value.translate(_HALF_WIDTH)


def shown(value: str) -> str:
    """``value`` for the uploader's eyes: short, without what could be a My Number."""
    return check_digits.redacted(value)[:40]


def letter_of(index: int) -> str:
    """The spreadsheet's letters for a column, counted from 0: A to Z, AA and on."""
    letters = ""
    while index >= 0:
        letters = chr(ord("A") + index % 26) + letters
        index = index // 26 - 1
    return letters
