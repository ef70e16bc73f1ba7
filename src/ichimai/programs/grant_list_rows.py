"""Checking the rows of a list of gifts, one by one and against each other."""

import re
from collections.abc import Sequence
from datetime import date

from ichimai.kernel import amount, text
from ichimai.kernel.ages import AgeRule
from ichimai.programs.grant_list_model import (
    CheckedRow,
    Column,
    ListCode,
    ListTerms,
    ReasonTerms,
)
from ichimai.programs.list_rows import Cells, Report, Values

_NOT_KANA = re.compile(
    "[0-9０-９々〆〇\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_LOST = re.compile(r"[?\ufffd〓]|U\+[0-9A-F]{4}")
_LONGEST_NAME = 100


class RowChecker(Cells):
    """Checks row after row, and remembers who was there."""

    def __init__(self, terms: ListTerms, columns: Sequence[Column], report: Report) -> None:
        super().__init__(columns, report)
        self._reasons = {reason.name: reason for reason in terms.reasons} | {
            reason.key.casefold(): reason for reason in terms.reasons
        }
        self._windows = {reason.key: reason.rule.window() for reason in terms.reasons}

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

    def _check_names(self, row: int, values: Values) -> None:
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

    def _reason(self, row: int, values: Values) -> ReasonTerms | None:
        value = self._filled(row, Column.REASON, values)
        if value is None:
            return None
        reason = self._reasons.get(value) or self._reasons.get(value.casefold())
        if reason is None:
            self._add(row, Column.REASON, ListCode.UNKNOWN_REASON, value)
        return reason

    def _units(self, row: int, reason: ReasonTerms, values: Values) -> int:
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
        self, row: int, reason: ReasonTerms, values: Values, birth: date | None
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
        self, row: int, column: Column, values: Values, day: date | None, reason: ReasonTerms
    ) -> None:
        value = self._filled(row, column, values)
        if day is not None and day not in self._windows[reason.key]:
            self._add(row, column, ListCode.OUTSIDE_WINDOW, value)
