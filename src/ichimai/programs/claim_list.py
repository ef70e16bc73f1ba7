"""Reading the list of facts about people: every row is checked, or nothing is taken.

Pure: bytes in, rows or all errors out. People are named by their number of the resident register;
names are not wanted.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from ichimai.people.records.claim_lists import Said
from ichimai.people.records.claims import ClaimKind
from ichimai.people.records.errors import InvalidClaim
from ichimai.programs import list_file
from ichimai.programs.grant_list_model import Column, ListCode
from ichimai.programs.list_rows import Cells, Report, Values, half_width

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_ROWS: Final = 500_000

_HEADINGS: Final = {
    "宛名番号": Column.RECIPIENT_NUMBER,
    "内容": Column.KIND,
    "値": Column.VALUE,
    "いつから": Column.FROM_ON,
    "いつまで": Column.UNTIL_ON,
}
_NEEDED: Final = (Column.RECIPIENT_NUMBER, Column.KIND, Column.VALUE)
_KINDS: Final = {kind.value: kind for kind in ClaimKind} | {
    "生年月日": ClaimKind.BIRTH_DATE,
    "住民となった日": ClaimKind.RESIDENT_SINCE,
    "障害者手帳の等級": ClaimKind.DISABILITY_GRADE,
    "在勤": ClaimKind.WORKS_IN_TOWN,
    "在学": ClaimKind.STUDIES_IN_TOWN,
    "地区": ClaimKind.DISTRICT,
}
_DAYS: Final = (ClaimKind.BIRTH_DATE, ClaimKind.RESIDENT_SINCE)
_YES_OR_NOTHING: Final = (ClaimKind.WORKS_IN_TOWN, ClaimKind.STUDIES_IN_TOWN)
_YES: Final = frozenset({"はい", "有", "○", "〇", "◯", "1", "yes"})


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """What one row says of the person with this number."""

    row: int
    number: str = field(repr=False)
    said: Said = field(repr=False)


def read(
    data: bytes, report: Report, *, check: Callable[[Said], None], districts: Collection[str]
) -> list[ClaimRow]:
    """The facts in the CSV file ``data``. Raises ListRefused with every error.

    ``check`` raises InvalidClaim for what is no fact of its kind; ``districts``: those that the
    town has, none being any.
    """
    records = list_file.records(list_file.decoded(data, report, MAX_BYTES).text, report)
    columns = list_file.columns_of(next(records, ()), _HEADINGS, _NEEDED, report)
    checker = _Checker(columns, report, check, districts)
    return list_file.checked_rows(records, checker, report, MAX_ROWS)


class _Checker(Cells):
    """Checks row after row, and remembers who was there with what."""

    def __init__(
        self,
        columns: Sequence[Column],
        report: Report,
        check: Callable[[Said], None],
        districts: Collection[str],
    ) -> None:
        super().__init__(columns, report)
        self._check = check
        self._districts = districts

    def checked(self, row: int, cells: Sequence[str]) -> ClaimRow | None:
        """The fact in this row; None if anything is wrong, which the report then has."""
        errors_before = self._report.total
        if len(cells) != len(self._columns):
            self._check_ragged(row, cells)
            return None
        values = self._values(row, cells)
        number = self._number(row, Column.RECIPIENT_NUMBER, values)
        from_on = self._day(row, Column.FROM_ON, values)
        until_on = self._day(row, Column.UNTIL_ON, values)
        kind = self._kind(row, values)
        if kind is None:
            return None
        if number is not None:
            self._check_once(row, ListCode.DUPLICATE_FACT, kind.value, number)
        value = self._value(row, kind, values)
        if number is None or self._report.total != errors_before:
            return None
        said = Said(kind, value, from_on, until_on)
        return ClaimRow(row, number, said) if self._is_fact(row, said) else None

    def _kind(self, row: int, values: Values) -> ClaimKind | None:
        written = self._filled(row, Column.KIND, values)
        if written is None:
            return None
        kind = _KINDS.get(written.casefold())
        if kind is None:
            self._add(row, Column.KIND, ListCode.UNKNOWN_KIND, written)
        return kind

    def _value(self, row: int, kind: ClaimKind, values: Values) -> str | None:
        """The value as it is kept; None: the fact counts no longer, or something is wrong."""
        if kind is ClaimKind.BIRTH_DATE:
            self._filled(row, Column.VALUE, values)
            self._check_empty(row, Column.FROM_ON, values)
            self._check_empty(row, Column.UNTIL_ON, values)
        written = values[Column.VALUE]
        if written is None:
            return None
        if not written:
            self._check_empty(row, Column.FROM_ON, values)
            return None
        if kind in _DAYS:
            day = self._day(row, Column.VALUE, values)
            return day.isoformat() if day else None
        if kind is ClaimKind.DISTRICT:
            is_one, value = not self._districts or written in self._districts, written
        elif kind in _YES_OR_NOTHING:
            is_one, value = half_width(written).casefold() in _YES, ""
        else:
            is_one, value = True, half_width(written)
        if not is_one:
            self._add(row, Column.VALUE, ListCode.INVALID_VALUE, written)
        return value

    def _check_empty(self, row: int, column: Column, values: Values) -> None:
        if values[column]:
            self._add(row, column, ListCode.UNEXPECTED_DAY, values[column])

    def _is_fact(self, row: int, said: Said) -> bool:
        try:
            self._check(said)
        except InvalidClaim as error:
            if error.field == "until_on":
                self._add(row, Column.UNTIL_ON, ListCode.ENDS_BEFORE_BEGIN)
            else:
                self._add(row, Column.VALUE, ListCode.INVALID_VALUE)
            return False
        return True
