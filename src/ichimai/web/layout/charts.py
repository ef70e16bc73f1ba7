"""Bar charts as SVG made here: no script, and a table beside each says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

_WIDTH: Final = 640
_ROW: Final = 44
_BAR: Final = 16
_LABEL_AT: Final = 15
_BAR_AT: Final = 21


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its length in units, and its share of the whole as it is written."""

    name: str
    units: int
    says: str


def bars(rows: Sequence[Bar]) -> Markup:
    """Horizontal bars, the longest across the whole width; for sighted readers only.

    The names are escaped here: they come from the town's tables.
    """
    longest = max((row.units for row in rows), default=0) or 1
    height = max(len(rows), 1) * _ROW
    drawn = Markup("").join(_row(row, number * _ROW, longest) for number, row in enumerate(rows))
    return Markup(
        '<svg class="chart" viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false">'
        "{drawn}</svg>"
    ).format(width=_WIDTH, height=height, drawn=drawn)


def _row(row: Bar, top: int, longest: int) -> Markup:
    length = max(round(_WIDTH * max(row.units, 0) / longest), 1)
    return Markup(
        '<text x="0" y="{label}" font-size="15">{name}</text>'
        '<text x="{width}" y="{label}" font-size="15" text-anchor="end">{says}</text>'
        '<rect class="track" x="0" y="{y}" width="{width}" height="{bar}" rx="3"/>'
        '<rect class="bar" x="0" y="{y}" width="{length}" height="{bar}" rx="3"/>'
    ).format(
        label=top + _LABEL_AT,
        name=row.name,
        says=row.says,
        width=_WIDTH,
        y=top + _BAR_AT,
        length=length,
        bar=_BAR,
    )
