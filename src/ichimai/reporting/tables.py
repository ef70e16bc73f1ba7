"""Reports, and what people agreed to hand over, as tables that a spreadsheet opens.

No cell is a formula, and no character is silently replaced.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import singledispatch
from typing import Final

from ichimai.kernel import text
from ichimai.people.records.consents import DataCategory
from ichimai.reporting.labels import (
    AGES,
    CLASSES,
    COLUMNS,
    ENDS,
    HIDDEN,
    INSTRUMENTS,
    MONEY,
    Language,
    said,
)
from ichimai.reporting.model import (
    ExpiredReport,
    LiabilityReport,
    ProgramName,
    ShareCell,
    ShareReport,
    UnusedReport,
)
from ichimai.settlement.statements import csv_bytes

Report = UnusedReport | ExpiredReport | LiabilityReport | ShareReport
Say = Callable[[tuple[str, str]], str]
Table = tuple[Sequence[str], list[Sequence[str]]]

_AGREED: Final[Mapping[DataCategory, str]] = {
    category: "person" if category is DataCategory.NAME else category.value
    for category in DataCategory
}
"""In this order; the column ``name`` of other reports is a program's."""


def as_csv(
    report: Report,
    language: Language = "ja",
    encoding: text.Encoding = text.Encoding.UTF_8_BOM,
) -> bytes:
    """A report as a CSV file. Raises text.UnmappableText for CP932."""
    header, rows = as_table(report, language)
    return csv_bytes(header, rows, encoding)


def as_table(report: Report, language: Language) -> Table:
    """The header and the rows of a report, as texts."""
    columns, rows = _table(report, lambda words: said(words, language))
    return [said(COLUMNS[column], language) for column in columns], rows


@singledispatch
def _table(report: Report, say: Say) -> Table:
    raise TypeError(f"no table of {type(report)} {say}")


@_table.register
def _unused(report: UnusedReport, say: Say) -> Table:
    columns = (
        *("day", "program", "name", "version", "issuer", "instrument", "units", "yen"),
        *("long_yen", "counted_yen", "deposit_yen", "due_on", "reason", "deciding_law"),
    )
    day = report.day_on.isoformat()
    rows: list[Sequence[str]] = [
        (
            *(day, row.program.key, _called(row.program, say), str(row.version), row.issuer),
            *(say(INSTRUMENTS[row.instrument]), str(row.units), str(row.yen)),
            *(str(row.long_yen), str(row.counted_yen), "", ""),
            *(say((row.reason_ja, row.reason_en)), row.deciding_law),
        )
        for row in report.rows
    ]
    due = "" if report.due_on is None else report.due_on.isoformat()
    rows += [
        (
            *(day, "", say(CLASSES["issuer"]), "", each.issuer, "", "", "", ""),
            *(str(each.counted_yen), str(each.deposit_yen)),
            *(due if each.is_above_threshold else "", "", ""),
        )
        for each in report.issuers
    ]
    return columns, rows


@_table.register
def _expired(report: ExpiredReport, say: Say) -> Table:
    columns = (
        *("from_on", "to_on", "program", "name", "party", "money", "units", "yen", "early_yen"),
    )
    rows: list[Sequence[str]] = [
        (
            *(report.from_on.isoformat(), report.to_on.isoformat(), row.program.key),
            *(_called(row.program, say), row.party, say(MONEY[row.money])),
            *(str(row.units), str(row.yen), str(row.early_yen)),
        )
        for row in report.rows
    ]
    return columns, rows


@_table.register
def _liability(report: LiabilityReport, say: Say) -> Table:
    columns = ("day", "program", "name", "party", "money", "age", "end", "units", "yen")
    rows: list[Sequence[str]] = [
        (
            *(report.day_on.isoformat(), row.program.key, _called(row.program, say), row.party),
            *(say(MONEY[row.money]), say(AGES[row.age]), say(ENDS[row.end])),
            *(str(row.units), str(row.yen)),
        )
        for row in report.rows
    ]
    return columns, rows


@_table.register
def _share(report: ShareReport, say: Say) -> Table:
    columns = (
        *("month", "program", "name", "class", "key", "class_name"),
        *("units", "yen", "people", "share"),
    )
    program = report.program.key, _called(report.program, say)
    rows: list[Sequence[str]] = []
    for month in report.months:
        on = f"{month.month_on:%Y-%m}", *program
        whole = _shown(month.units, report.unit_yen, month.people, 1_000, say)
        rows.append((*on, say(CLASSES["all"]), "", "", *whole))
        for kind, cells in (("association", month.by_association), ("size", month.by_size)):
            rows += [
                (
                    *(*on, say(CLASSES[kind]), cell.key, _class(cell, say)),
                    *_shown(cell.units, report.unit_yen, cell.people, cell.per_mille, say),
                )
                for cell in cells
            ]
    return columns, rows


def _shown(
    units: int | None, unit_yen: int, people: int | None, per_mille: int | None, say: Say
) -> Sequence[str]:
    if units is None or per_mille is None:
        return [say(HIDDEN)] * 4
    share = f"{per_mille // 10}.{per_mille % 10}"
    return str(units), str(units * unit_yen), str(people), share


def _class(cell: ShareCell, say: Say) -> str:
    return say(CLASSES[cell.name]) if cell.name in CLASSES else cell.name


def _called(program: ProgramName, say: Say) -> str:
    return say((program.name_ja, program.name_en))


class PeopleTable:
    """A file that grows: a line for each person, the categories of the consent, and no number."""

    def __init__(
        self,
        categories: Collection[DataCategory],
        language: Language = "ja",
        encoding: text.Encoding = text.Encoding.UTF_8_BOM,
    ) -> None:
        self._categories = [category for category in _AGREED if category in categories]
        self._header = [said(COLUMNS[_AGREED[each]], language) for each in self._categories]
        self._encoding = encoding
        self.head = csv_bytes(self._header, [], encoding)

    def lines(self, people: Iterable[Mapping[DataCategory, object]]) -> bytes:
        """The lines of some people. Raises text.UnmappableText for CP932."""
        rows = [[_cell(data[each]) for each in self._categories] for data in people]
        return csv_bytes(self._header, rows, self._encoding)[len(self.head) :]


def _cell(value: object) -> str:
    """A value in words; what is not known is empty, memberships are ``service number``."""
    if isinstance(value, list):
        return "; ".join(f"{each['service']} {each['number']}" for each in value)
    return "" if value is None else str(value)
