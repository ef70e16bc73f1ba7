"""Reading the list of people who shall get a gift: every row is checked, or nothing is taken.

Pure: bytes and terms in, rows or all errors out. Names and dates are checked and not kept.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ichimai.kernel import amount, check_digits, eras, text
from ichimai.kernel.ages import AgeRule, MarriageRule, Window
from ichimai.kernel.errors import Invalid

MAX_LISTED = 1_000
"""So many errors (and warnings) are listed; the rest are only counted."""


class Column(StrEnum):
    """A column of the list, by its English heading."""

    RECIPIENT_NUMBER = "recipient_number"
    NAME = "name"
    KANA = "kana"
    BIRTH_DATE = "birth_date"
    REASON = "reason"
    MARRIED_ON = "married_on"
    COUPLE_NUMBER = "couple_number"
    AMOUNT = "amount"


class ListCode(StrEnum):
    """What can be wrong with a list, and its English title (``meaning``)."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> "ListCode":
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    EMPTY_FILE = "empty_file", "The file is empty."
    FILE_TOO_LARGE = "file_too_large", "The file is larger than a list may be."
    TOO_MANY_ROWS = "too_many_rows", "The list has more rows than a list may have."
    UNDECODABLE = "undecodable", "This cell is neither UTF-8 nor CP932 (Windows Japanese)."
    BROKEN_QUOTES = "broken_quotes", "From this row on, quotation marks do not match."
    NO_HEADER = "no_header", "The first row does not have the headings."
    UNKNOWN_HEADER = "unknown_header", "This heading is not known."
    DUPLICATE_HEADER = "duplicate_header", "This heading is there twice."
    MISSING_HEADER = "missing_header", "The list needs this column."
    NO_ROWS = "no_rows", "There is nobody on the list."
    RAGGED_ROW = "ragged_row", "This row has more or fewer cells than the first."
    MY_NUMBER = "my_number", "This may be a My Number, which must not be here."
    FORMULA = "formula", "A spreadsheet could run this cell as a formula."
    CONTROL_CHARACTER = "control_character", "The cell has an invisible control character."
    MISSING_VALUE = "missing_value", "This cell must not be empty."
    UNEXPECTED_VALUE = "unexpected_value", "This cell must be empty for this reason."
    TOO_LONG = "too_long", "The cell has more than 100 characters."
    NOT_KANA = "not_kana", "The reading is not in kana."
    INVALID_NUMBER = "invalid_number", "The number is not 1 to 20 digits and letters."
    INVALID_DATE = "invalid_date", "This is not a date."
    UNKNOWN_DAY = "unknown_day", "The month or day is not known: decide this case by hand."
    UNKNOWN_REASON = "unknown_reason", "The program has no such reason."
    OUTSIDE_WINDOW = "outside_window", "The date is not within the days of this reason."
    MARRIED_BEFORE_BIRTH = "married_before_birth", "The marriage is earlier than the birth."
    INVALID_AMOUNT = "invalid_amount", "The amount is not a whole number in plain digits."
    AMOUNT_NOT_ALLOWED = "amount_not_allowed", "The program does not give this amount."
    DUPLICATE_RECIPIENT = "duplicate_recipient", "This person is there twice for one reason."
    DUPLICATE_COUPLE = "duplicate_couple", "This couple is there twice; the gift is for both."

    PRIVATE_CHARACTER = "private_character", "A character (外字) is known to one system only."
    LOST_CHARACTER = "lost_character", "A character seems to have been lost on the way."
    AFTER_END_OF_ERA = "after_end_of_era", "The date is written in an era that had ended."


WARNINGS = frozenset(
    {ListCode.PRIVATE_CHARACTER, ListCode.LOST_CHARACTER, ListCode.AFTER_END_OF_ERA}
)
"""These do not keep a list from being taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonTerms:
    """Who gets how much for one reason: ``key`` KIJU is written ``name`` 喜寿 in lists."""

    key: str
    name: str
    rule: AgeRule | MarriageRule
    units: int
    other_units: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTerms:
    """What a list of one program may hold."""

    reasons: tuple[ReasonTerms, ...]
    max_bytes: int = 10 * 1024 * 1024
    max_rows: int = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """One thing wrong, and where: as a spreadsheet shows it, the headings in row 1.

    ``letter`` is the spreadsheet's for the column. ``value_shown`` is for the uploader's
    eyes, never a name, never a My Number and never logged. ``first_row`` is the other row
    of a duplicate.
    """

    code: ListCode
    row: int | None = None
    column: Column | None = None
    letter: str | None = None
    value_shown: str | None = field(default=None, repr=False)
    first_row: int | None = None


@dataclass(eq=False)
class ListRefused(Invalid):
    """The list has errors; nothing of it was taken."""

    errors: tuple[RowError, ...]
    total: int
    code = "list_refused"
    public = ("errors", "total")


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One gift to be made. ``couple`` is the couple's number if the gift is for both."""

    row: int
    recipient_number: str
    reason: str
    couple: str | None
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedList:
    """A list without errors. The mappings are by the reason's key; ``windows`` has all reasons."""

    rows: tuple[CheckedRow, ...]
    rows_by_reason: Mapping[str, int]
    units_by_reason: Mapping[str, int]
    total_units: int
    windows: Mapping[str, Window]
    sha256: bytes
    encoding: text.Encoding
    warnings: tuple[RowError, ...]
    total_warnings: int


def read(data: bytes, terms: ListTerms) -> CheckedList:
    """The list in the CSV file ``data``. Raises ListRefused with every error.

    Errors of the file or its headings are told alone: rows cannot be judged before.
    """
    report = _Report()
    if len(data) > terms.max_bytes:
        report.refuse(ListCode.FILE_TOO_LARGE)
    content, encoding = _decoded(data, report)
    records = _records(content, report)
    columns = _columns(next(records, None), report)
    checker = _Checker(terms, columns, report)
    rows = _checked_rows(records, checker, terms.max_rows)
    report.raise_errors()
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


@dataclass(slots=True)
class _Report:
    """Errors and warnings as they are found; lists the first of them and counts all."""

    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)
    total: int = 0
    total_warnings: int = 0

    def add(self, error: RowError) -> None:
        if error.code in WARNINGS:
            self.total_warnings += 1
            listed = self.warnings
        else:
            self.total += 1
            listed = self.errors
        if len(listed) < MAX_LISTED:
            listed.append(error)

    def refuse(self, code: ListCode, row: int | None = None) -> None:
        """Raises ListRefused for something that cannot be read past."""
        self.add(RowError(code=code, row=row))
        self.raise_errors()

    def raise_errors(self) -> None:
        if self.total:
            raise ListRefused(tuple(self.errors), self.total)


def _decoded(data: bytes, report: _Report) -> text.Decoded:
    try:
        return text.decode(data)
    except text.UndecodableText as error:
        bad = error
    sound = data[: bad.position].decode(bad.encoding)
    # The cell is the last one of what could be read and one more character.
    cells, row = [""], 0
    for row, cells in enumerate(csv.reader(io.StringIO(sound + "x", newline="")), start=1):
        pass
    report.add(
        RowError(
            code=ListCode.UNDECODABLE,
            row=row,
            letter=_letter(len(cells) - 1),
            value_shown=f"0x{bad.byte:02X}",
        )
    )
    report.raise_errors()
    raise bad


def _records(content: str, report: _Report) -> Iterator[list[str]]:
    """The rows of cells, blank rows included so that they count."""
    if not content.strip():
        report.refuse(ListCode.EMPTY_FILE)
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            yield cells
    except csv.Error:
        report.add(RowError(code=ListCode.BROKEN_QUOTES, row=row + 1))


_BLANKS = " \u3000\u00a0"
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_HEADINGS = {column.value: column for column in Column} | {
    "宛名番号": Column.RECIPIENT_NUMBER,
    "氏名": Column.NAME,
    "カナ": Column.KANA,
    "フリガナ": Column.KANA,
    "生年月日": Column.BIRTH_DATE,
    "事由": Column.REASON,
    "婚姻日": Column.MARRIED_ON,
    "夫婦番号": Column.COUPLE_NUMBER,
    "金額": Column.AMOUNT,
}
_NEEDED = (Column.RECIPIENT_NUMBER, Column.NAME, Column.BIRTH_DATE, Column.REASON)


def _columns(headings: list[str] | None, report: _Report) -> list[Column]:
    """What each cell of a row means. Raises ListRefused."""
    found = [_HEADINGS.get(_heading(heading)) for heading in headings or ()]
    if not any(found):
        # Without headings the first row is a person: nothing of it is shown.
        report.raise_errors()
        report.refuse(ListCode.NO_HEADER, row=1)
    for index, column in enumerate(found):
        where = {"row": 1, "column": column, "letter": _letter(index)}
    ...
    return []
