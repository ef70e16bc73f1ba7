"""Which cells of a table may be shown, so that nothing of fewer than five people is. Pure.

The table has a value for each association and for each size of shop, and one for all. Beneath it
lie the parts that a shop's association and size make together; they are never shown, but who
knows the shops can add and subtract what is. In this order:

1. If fewer than five people stand behind the whole, nothing is shown.
2. A cell of fewer than five people is hidden, also one of nobody.
3. Where cells of one to four people are hidden among the associations (or the sizes), so is the
   cell with the fewest people of those that could be shown: what all shown cells leave of the
   whole is then that of two cells at least, and of five people at least.
4. While the value of a hidden cell, or of a part with fewer than five people, is a sum or
   difference of what is shown, the cell with the fewest people of those that go into it is
   hidden too.

Months do not overlap and each program has a table of its own: what can be computed of several
tables is only what each of them tells.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

FEWEST: Final = 5
"""Of so many people something may be shown."""

Part = tuple[str, str]
"""An association and a size."""

Cell = tuple[str, str]
"""``("association", "8")``, ``("size", "large")``, or ALL."""

ALL: Final[Cell] = ("all", "")
_KINDS: Final = ("association", "size")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many people stand behind each part, each cell, and all of them."""

    parts: Mapping[Part, int]
    cells: Mapping[Cell, int]

    def parts_of(self, cell: Cell) -> frozenset[Part]:
        """The parts that add up to a cell."""
        kind, key = cell
        if cell == ALL:
            return frozenset(self.parts)
        place = _KINDS.index(kind)
        return frozenset(part for part in self.parts if part[place] == key)


def shown(counted: Counted) -> frozenset[Cell]:
    """The cells that may be shown."""
    if counted.cells.get(ALL, 0) < FEWEST:
        return frozenset()
    kept = {cell for cell, people in counted.cells.items() if people >= FEWEST}
    for kind in _KINDS:
        cells = {cell for cell in counted.cells if cell[0] == kind}
        has_few = any(0 < counted.cells[cell] < FEWEST for cell in cells)
        if has_few and cells & kept:
            kept.discard(_smallest(cells & kept, counted))
    while (found := _given_away(kept, counted)) is not None:
        kept.discard(_smallest(found, counted))
    return frozenset(kept)


def _smallest(cells: Iterable[Cell], counted: Counted) -> Cell:
    """The whole goes last of cells with as many people: without it the others say little."""
    return min(cells, key=lambda cell: (counted.cells[cell], cell == ALL, cell))


def _given_away(kept: set[Cell], counted: Counted) -> set[Cell] | None:
    """The shown cells from which something hidden can be computed, if anything can."""
    secret = [counted.parts_of(cell) for cell in counted.cells if cell not in kept]
    secret += [frozenset({part}) for part, people in counted.parts.items() if people < FEWEST]
    basis = _Basis()
    for cell in sorted(kept, key=lambda cell: (-counted.cells[cell], cell)):
        basis.add(cell, counted.parts_of(cell))
    for parts in secret:
        used = basis.made_of(parts) if parts else None
        if used:
            return used
    return None


Row = dict[Part, Fraction]
Origin = dict[Cell, Fraction]


class _Basis:
    """What follows from some sums of parts, by Gaussian elimination with exact fractions."""

    def __init__(self) -> None:
        self._rows: list[tuple[Part, Row, Origin]] = []

    def add(self, cell: Cell, parts: frozenset[Part]) -> None:
        """The sum of ``parts`` is known, as ``cell``."""
        row, origin = self._reduced(parts)
        origin[cell] = origin.get(cell, Fraction(0)) + 1
        if row:
            pivot = min(row)
            size = row[pivot]
            self._rows.append(
                (
                    pivot,
                    {part: value / size for part, value in row.items()},
                    {each: value / size for each, value in origin.items()},
                )
            )

    def made_of(self, parts: frozenset[Part]) -> set[Cell] | None:
        """The cells from which the sum of ``parts`` follows; None: it does not follow."""
        row, origin = self._reduced(parts)
        return None if row else {cell for cell, value in origin.items() if value}

    def _reduced(self, parts: frozenset[Part]) -> tuple[Row, Origin]:
        """What is left of the sum of ``parts``, and minus what was taken to get there."""
        row: Row = dict.fromkeys(parts, Fraction(1))
        origin: Origin = {}
        for pivot, known, known_origin in self._rows:
            factor = row.get(pivot)
            if factor:
                _subtract(row, known, factor)
                _subtract(origin, known_origin, factor)
        return row, origin


def _subtract(
    row: dict[tuple[str, str], Fraction], other: Mapping[tuple[str, str], Fraction], times: Fraction
) -> None:
    for key, value in other.items():
        left = row.get(key, Fraction(0)) - times * value
        if left:
            row[key] = left
        else:
            row.pop(key, None)
