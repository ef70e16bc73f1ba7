"""Tables that a town accountant can read, as the cases of a test (STYLE 20).

The first line names the columns; cells are two spaces or more apart; ``-`` is an empty cell.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pytest

EMPTY = "-"

Test = TypeVar("Test", bound=Callable[..., object])


@dataclass(frozen=True)
class Row:
    """One line of a table: its cells by column. ``number``: of the line, the header being 0."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def __contains__(self, column: str) -> bool:
        return self.cells.get(column, EMPTY) != EMPTY

    def units(self, column: str) -> int:
        """An amount such as ``1,000 JPY``; an empty cell is 0."""
        return int(self[column].split()[0].replace(",", "")) if column in self else 0

    def __str__(self) -> str:
        return " | ".join(f"{column}: {cell}" for column, cell in self.cells.items())


def rows(table: str) -> list[Row]:
    """The lines of a table.

    Raises ValueError for a line that has not as many cells as there are columns.
    """
    lines = [line.strip() for line in table.strip().splitlines() if line.strip()]
    columns, *found = [re.split(r" {2,}", line) for line in lines]
    for cells in found:
        if len(cells) != len(columns):
            raise ValueError(f"{len(cells)} cells under {len(columns)} columns: {cells}")
    return [Row(n, dict(zip(columns, cells, strict=True))) for n, cells in enumerate(found, 1)]


def each(table: str) -> Callable[[Test], Test]:
    """Run the decorated test for each line of ``table``, which it gets as ``row``."""
    return pytest.mark.parametrize("row", list(_cases(table)))


def _cases(table: str) -> Iterator[object]:
    for row in rows(table):
        words = re.sub(r"[^\w.,:-]+", "_", "-".join(row.cells.values()))
        yield pytest.param(row, id=f"{row.number}-{words}")
