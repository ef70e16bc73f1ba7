"""Reading the list of an issuer's old cards: every row is checked, or nothing is taken.

Pure: bytes in, rows or all errors out. The file has the card's number, and may have the day through
which it is valid and whatever the issuer knows its people by, which only tells whose cards are the
same person's and is not kept. Names are not wanted: nobody is ever found by one (faults.md I4).
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from io import StringIO
from typing import Final

from ichimai.cards import Shown, barcodes
from ichimai.cards.barcodes import CardScheme
from ichimai.kernel import check_digits, eras, text
from ichimai.kernel.amount import InvalidAmount, parsed_units
from ichimai.kernel.clock import end_of_day
from ichimai.kernel.codes import CodeWithMeaning
from ichimai.kernel.errors import Invalid

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_ROWS: Final = 500_000
MAX_LISTED: Final = 1_000
"""So many errors are listed; the rest are only counted."""

_WRONG: Final = -1
_BLANKS: Final = " \u3000\u00a0"
_MY_NUMBER_DIGITS: Final = 12


class Column(StrEnum):
    """A column of the list, by its English heading."""

    NUMBER = "number"
    VALID_UNTIL = "valid_until"
    PERSON = "person"
    BALANCE = "balance"


_HEADINGS: Final = {column.value: column for column in Column} | {
    "カード番号": Column.NUMBER,
    "有効期限": Column.VALID_UNTIL,
    "利用者": Column.PERSON,
    "残高": Column.BALANCE,
}


class CardListCode(CodeWithMeaning):
    """What can be wrong with a list, and its English title."""

    FILE_TOO_LARGE = "file_too_large", "The file is larger than a list may be."
    TOO_MANY_ROWS = "too_many_rows", "The list has more rows than a list may have."
    UNDECODABLE = "undecodable", "This line is neither UTF-8 nor CP932 (Windows Japanese)."
    BROKEN_QUOTES = "broken_quotes", "From this row on, quotation marks do not match."
    UNKNOWN_HEADER = "unknown_header", "This heading is not known; leave names and the like out."
    DUPLICATE_HEADER = "duplicate_header", "This heading is there twice."
    MISSING_HEADER = "missing_header", "The first row needs the heading 'number' (カード番号)."
    NO_ROWS = "no_rows", "There is no card on the list."
    RAGGED_ROW = "ragged_row", "This row has more or fewer cells than the first."
    MY_NUMBER = "my_number", "This may be a My Number, which must not be here."
    ONLY_MY_NUMBERS = "only_my_numbers", "Too many of the numbers could be My Numbers."
    MISSING_VALUE = "missing_value", "This cell must not be empty."
    INVALID_NUMBER = "invalid_number", "This is no number of these cards; a digit may be wrong."
    INVALID_DATE = "invalid_date", "This is not a date."
    INVALID_BALANCE = "invalid_balance", "This is not a whole sum of yen, such as 1,500 or 0."
    DUPLICATE_NUMBER = "duplicate_number", "This number is there twice."
    KNOWN_TO_ANOTHER = "known_to_another", "The registry knows these cards as two people's."


@dataclass(frozen=True, slots=True)
class CardRowError:
    """One thing wrong, and where: as a spreadsheet counts rows, the headings in row 1.

    The value is not told. ``first_row``: the other row of a duplicate.
    """

    code: CardListCode
    row: int | None = None
    column: Column | None = None
    first_row: int | None = None


@dataclass(eq=False)
class CardListRefused(Invalid):
    """The list of cards has errors; nothing of it was taken."""

    errors: tuple[CardRowError, ...]
    total: int
    code = "card_list_refused"
    public = ("errors", "total")


@dataclass(frozen=True, slots=True)
class CardRow:
    """One card. Rows of the same ``person`` are one person's; None: nothing is said of that.

    ``balance_units``: what was on it; None: the list does not say.
    """

    row: int
    shown: Shown
    person: str | None = field(repr=False)
    valid_until: datetime | None
    balance_units: int | None = None


def refused(errors: Sequence[CardRowError]) -> CardListRefused:
    """All ``errors``, to be raised."""
    return CardListRefused(tuple(errors[:MAX_LISTED]), len(errors))


def read(data: bytes, scheme: CardScheme) -> list[CardRow]:
    """The cards in the CSV file ``data``, UTF-8 or CP932. Raises CardListRefused."""
    if len(data) > MAX_BYTES:
        raise refused([CardRowError(CardListCode.FILE_TOO_LARGE)])
    try:
        content = text.decode(data).text
    except text.UndecodableText as error:
        raise refused([CardRowError(CardListCode.UNDECODABLE, error.line)]) from error
    errors: list[CardRowError] = []
    records = _records(content, errors)
    columns = _columns(next(records, []), errors)
    if errors:
        raise refused(errors)
    rows = _rows(records, _Checker(scheme, columns, errors))
    if not rows and not errors:
        errors.append(CardRowError(CardListCode.NO_ROWS))
    if _are_my_numbers(rows):
        errors.append(CardRowError(CardListCode.ONLY_MY_NUMBERS))
    if errors:
        raise refused(errors)
    return rows


def _records(content: str, errors: list[CardRowError]) -> Iterator[list[str]]:
    row = 0
    try:
        for cells in csv.reader(StringIO(content, newline=""), strict=True):
            row += 1
            yield cells
    except csv.Error:
        errors.append(CardRowError(CardListCode.BROKEN_QUOTES, row + 1))


def _columns(headings: Sequence[str], errors: list[CardRowError]) -> list[Column]:
    columns: list[Column] = []
    for heading in headings:
        column = _HEADINGS.get(heading.strip(_BLANKS).casefold())
        if column is None:
            errors.append(CardRowError(CardListCode.UNKNOWN_HEADER, 1))
        elif column in columns:
            errors.append(CardRowError(CardListCode.DUPLICATE_HEADER, 1, column))
        else:
            columns.append(column)
    if Column.NUMBER not in columns:
        errors.append(CardRowError(CardListCode.MISSING_HEADER, 1, Column.NUMBER))
    return columns


def _rows(records: Iterator[list[str]], checker: "_Checker") -> list[CardRow]:
    rows = []
    for row, cells in enumerate(records, start=2):
        if row > MAX_ROWS + 1:
            raise refused([CardRowError(CardListCode.TOO_MANY_ROWS, row)])
        if "".join(cells).strip(_BLANKS):
            checked = checker.checked(row, [cell.strip(_BLANKS) for cell in cells])
            if checked is not None:
                rows.append(checked)
    return rows


class _Checker:
    """Checks row after row, and remembers which numbers were there."""

    def __init__(
        self, scheme: CardScheme, columns: Sequence[Column], errors: list[CardRowError]
    ) -> None:
        self._scheme = scheme
        self._columns = columns
        self._errors = errors
        self._first_rows: dict[str, int] = {}
        self._days: dict[str, datetime | None] = {}

    def checked(self, row: int, cells: Sequence[str]) -> CardRow | None:
        """The card in this row; None if anything is wrong, which the errors then have."""
        if len(cells) != len(self._columns):
            self._wrong(CardListCode.RAGGED_ROW, row)
            return None
        values = dict(zip(self._columns, cells, strict=True))
        for column, value in values.items():
            if check_digits.contains_my_number(value) and not self._is_card_number(column):
                self._wrong(CardListCode.MY_NUMBER, row, column)
                return None
        number = self._number(row, values[Column.NUMBER])
        day = values.get(Column.VALID_UNTIL)
        ends_at = self._end(day) if day else None
        if day and ends_at is None:
            self._wrong(CardListCode.INVALID_DATE, row, Column.VALID_UNTIL)
            return None
        balance_units = self._balance(row, values.get(Column.BALANCE))
        if number is None or balance_units == _WRONG:
            return None
        shown = Shown(self._scheme.kind, number.encode(), self._scheme.name)
        return CardRow(row, shown, values.get(Column.PERSON) or None, ends_at, balance_units)

    def _is_card_number(self, column: Column) -> bool:
        """Whether a column's twelve digits can be what is printed on these cards."""
        return column is Column.NUMBER and self._scheme.length == _MY_NUMBER_DIGITS

    def _number(self, row: int, value: str) -> str | None:
        number = barcodes.read(value, self._scheme)
        if number is None:
            code = CardListCode.INVALID_NUMBER if value else CardListCode.MISSING_VALUE
            self._wrong(code, row, Column.NUMBER)
            return None
        could_be_one = check_digits.looks_like_my_number(number)
        if could_be_one and not self._is_card_number(Column.NUMBER):
            self._wrong(CardListCode.MY_NUMBER, row, Column.NUMBER)
            return None
        first_row = self._first_rows.setdefault(number, row)
        if first_row != row:
            self._wrong(CardListCode.DUPLICATE_NUMBER, row, Column.NUMBER, first_row)
            return None
        return number

    def _balance(self, row: int, value: str | None) -> int | None:
        """What was on the card; ``_WRONG`` when it is no sum."""
        if value is None:
            return None
        if not value:
            self._wrong(CardListCode.MISSING_VALUE, row, Column.BALANCE)
            return _WRONG
        try:
            return 0 if value == "0" else parsed_units(value)
        except InvalidAmount:
            self._wrong(CardListCode.INVALID_BALANCE, row, Column.BALANCE)
            return _WRONG

    def _end(self, day: str) -> datetime | None:
        if day not in self._days:
            try:
                self._days[day] = end_of_day(eras.parse_date(day).day)
            except (eras.InvalidDate, eras.UnknownDay, OverflowError):
                self._days[day] = None
        return self._days[day]

    def _wrong(
        self,
        code: CardListCode,
        row: int,
        column: Column | None = None,
        first_row: int | None = None,
    ) -> None:
        self._errors.append(CardRowError(code, row, column, first_row))


def _are_my_numbers(rows: Sequence[CardRow]) -> bool:
    """Whether far more numbers could be My Numbers than one in eleven, as chance would have it."""
    found = sum(check_digits.looks_like_my_number(row.shown.number.decode()) for row in rows)
    return found > len(rows) / 3 + 3
