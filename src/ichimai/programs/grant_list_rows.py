"""Checking the rows of a list of gifts, one by one and against each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from ichimai.kernel import amount, check_digits, eras, text
from ichimai.kernel.ages import AgeRule
from ichimai.programs.grant_list_model import (
    WARNINGS,
    CheckedRow,
    Column,
    ListCode,
    ListRefused,
    ListTerms,
    ReasonTerms,
    RowError,
)

MAX_LISTED = 1_000
"""So many errors (and warnings) are listed; the rest are only counted."""

BLANKS = " \u3000\u00a0"
"""What may stand around a value."""

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_NUMBER = re.compile("[0-9A-Za-z][0-9A-Za-z_/-]{0,19}")
_NOT_KANA = re.compile(
    "[0-9０-９々〆〇\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_LOST = re.compile(r"[?\ufffd〓]|U\+[0-9A-F]{4}")
_LINE_ENDS = re.compile("[\r\n]+")
_SIGNED = re.compile("[-+\u2212－＋][0-9０-９.,]+")
_LONGEST_NAME = 100
_NAMES = frozenset({Column.NAME, Column.KANA})

_Values = dict[Column, str | None]
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


class RowChecker:
    """Checks row after row, and remembers who was there."""

    def __init__(self, terms: ListTerms, columns: Sequence[Column], report: Report) -> None:
        self._columns = columns
        self._letters = {column: letter_of(index) for index, column in enumerate(columns)}
        self._report = report
        self._reasons = {reason.name: reason for reason in terms.reasons} | {
            reason.key.casefold(): reason for reason in terms.reasons
        }
        self._windows = {reason.key: reason.rule.window() for reason in terms.reasons}
        self._days: dict[str, eras.ParsedDate | ListCode] = {}
        self._first_rows: dict[tuple[ListCode, str, str], int] = {}

    def checked(self, row: int, cells: Sequence[str]) -> CheckedRow | None:
        """The gift in this row; None if anything is wrong, which the report then has."""
        errors_before = self._report.total
        if len(cells) != len(self._columns):
            self._check_ragged(row, cells)
            return None
        values = self._values(row, cells)
        number = self._number(row, Column.RECIPIENT_NUMBER, values)
        self._check_names(row, values)
        birth = self._day(row, Column.BIRTH_DATE, values)
        reason = self._reason(row, values)
        if reason is None:
            return None
        units = self._units(row, reason, values)
        couple = self._occasion(row, reason, values, birth)
        if number is not None:
            self._check_once(row, ListCode.DUPLICATE_RECIPIENT, reason.key, number)
        if couple is not None:
            self._check_once(row, ListCode.DUPLICATE_COUPLE, reason.key, couple)
        if number is None or self._report.total != errors_before:
            return None
        return CheckedRow(row, number, reason.key, couple, units)

    def _check_ragged(self, row: int, cells: Sequence[str]) -> None:
        self._report.add(RowError(code=ListCode.RAGGED_ROW, row=row, value_shown=str(len(cells))))
        for index, cell in enumerate(cells):
            if check_digits.contains_my_number(cell):
                letter = letter_of(index)
                self._report.add(RowError(code=ListCode.MY_NUMBER, row=row, letter=letter))

    def _values(self, row: int, cells: Sequence[str]) -> _Values:
        values: _Values = dict.fromkeys(Column, "")
        for column, cell in zip(self._columns, cells, strict=True):
            problem = _unsafe(column, cell) if cell else None
            values[column] = cell.strip(BLANKS) if problem is None else None
            if problem is not None:
                self._add(row, column, problem)
        return values

    def _number(self, row: int, column: Column, values: _Values) -> str | None:
        value = self._filled(row, column, values)
        if value is None:
            return None
        number = value if value.isascii() else value.translate(_HALF_WIDTH)
        if _NUMBER.fullmatch(number):
            return number
        self._add(row, column, ListCode.INVALID_NUMBER, value)
        return None

    def _check_names(self, row: int, values: _Values) -> None:
        self._filled(row, Column.NAME, values)
        if _NOT_KANA.search(values[Column.KANA] or ""):
            self._add(row, Column.KANA, ListCode.NOT_KANA)
        for column in (Column.NAME, Column.KANA):
            value = values[column] or ""
            if len(value) > _LONGEST_NAME and text.visible_length(value) > _LONGEST_NAME:
                self._add(row, column, ListCode.TOO_LONG)
            if text.has_private_use(value):
                self._add(row, column, ListCode.PRIVATE_CHARACTER)
            if _LOST.search(value):
                self._add(row, column, ListCode.LOST_CHARACTER)

    def _day(self, row: int, column: Column, values: _Values) -> date | None:
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

    def _reason(self, row: int, values: _Values) -> ReasonTerms | None:
        value = self._filled(row, Column.REASON, values)
        if value is None:
            return None
        reason = self._reasons.get(value) or self._reasons.get(value.casefold())
        if reason is None:
            self._add(row, Column.REASON, ListCode.UNKNOWN_REASON, value)
        return reason

    def _units(self, row: int, reason: ReasonTerms, values: _Values) -> int:
        value = values[Column.AMOUNT]
        if not value:
            return reason.units
        try:
            units = amount.parsed_units(value)
        except amount.InvalidAmount:
            self._add(row, Column.AMOUNT, ListCode.INVALID_AMOUNT, value)
            return 0
        if units != reason.units and units not in reason.other_units:
            self._add(row, Column.AMOUNT, ListCode.AMOUNT_NOT_ALLOWED, value)
        return units

    def _occasion(
        self, row: int, reason: ReasonTerms, values: _Values, birth: date | None
    ) -> str | None:
        """Check the day that the gift is for; the couple's number if it is for two."""
        if isinstance(reason.rule, AgeRule):
            self._check_within(row, Column.BIRTH_DATE, values, birth, reason)
            for column in (Column.MARRIED_ON, Column.COUPLE_NUMBER):
                if values[column]:
                    self._add(row, column, ListCode.UNEXPECTED_VALUE, values[column])
            return None
        married = self._day(row, Column.MARRIED_ON, values)
        self._check_within(row, Column.MARRIED_ON, values, married, reason)
        if birth is not None and married is not None and married < birth:
            self._add(row, Column.MARRIED_ON, ListCode.MARRIED_BEFORE_BIRTH)
        return self._number(row, Column.COUPLE_NUMBER, values)

    def _check_within(
        self, row: int, column: Column, values: _Values, day: date | None, reason: ReasonTerms
    ) -> None:
        value = self._filled(row, column, values)
        if day is not None and day not in self._windows[reason.key]:
            self._add(row, column, ListCode.OUTSIDE_WINDOW, value)

    def _check_once(self, row: int, code: ListCode, reason: str, number: str) -> None:
        first_row = self._first_rows.setdefault((code, reason, number), row)
        if first_row != row:
            duplicate = Column.COUPLE_NUMBER
            if code is ListCode.DUPLICATE_RECIPIENT:
                duplicate = Column.RECIPIENT_NUMBER
            self._add(row, duplicate, code, number, first_row=first_row)

    def _filled(self, row: int, column: Column, values: _Values) -> str | None:
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
