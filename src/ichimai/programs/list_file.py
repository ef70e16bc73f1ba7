"""Reading the file of any list: UTF-8 or CP932, a row of headings, rows of cells."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Protocol, TypeVar

from ichimai.kernel import text
from ichimai.programs.grant_list_model import Column, ListCode, RowError
from ichimai.programs.list_rows import BLANKS, Report, letter_of, shown

Checked_co = TypeVar("Checked_co", covariant=True)
"""What is left of a row."""


def decoded(data: bytes, report: Report, max_bytes: int) -> text.Decoded:
    """The text of the file. Raises ListRefused."""
    if len(data) > max_bytes:
        raise report.refusal(RowError(code=ListCode.FILE_TOO_LARGE))
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


def records(content: str, report: Report) -> Iterator[list[str]]:
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


def columns_of(
    headings: Sequence[str],
    known: Mapping[str, Column],
    needed: Sequence[Column],
    report: Report,
) -> list[Column]:
    """What each cell of a row means, ``known`` by its Japanese heading. Raises ListRefused."""
    words = {column.value: column for column in known.values()} | dict(known)
    found = [words.get(heading.strip(BLANKS).casefold()) for heading in headings]
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
    for column in needed:
        if column not in columns:
            report.add(RowError(code=ListCode.MISSING_HEADER, row=1, column=column))
    if report.total:
        raise report.refusal()
    return columns


class Checker(Protocol[Checked_co]):
    """What a row is, judged by what its list is about."""

    def checked(self, row: int, cells: Sequence[str]) -> Checked_co | None:
        """What the row says; None if anything is wrong, which the report then has."""


def checked_rows(
    records: Iterator[list[str]], checker: Checker[Checked_co], report: Report, max_rows: int
) -> list[Checked_co]:
    """The rows that are not blank. Raises ListRefused."""
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
