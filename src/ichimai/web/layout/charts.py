"""Bar charts made here: no script, and a table beside each says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

_WIDTH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its length in units, and how the length is written."""

    name: str
    units: int
    says: str


def bars(rows: Sequence[Bar]) -> Markup:
    """Horizontal bars, the longest across the whole width; for sighted readers only.

    The names are escaped here: they come from the town's tables. No rows: nothing at all.
    """
    if not rows:
        return Markup("")
    longest = max((row.units for row in rows), default=0) or 1
    drawn = Markup("").join(_row(row, longest) for row in rows)
    return Markup('<ul class="chart" aria-hidden="true">{}</ul>').format(drawn)


def gauge(units: int, whole: int) -> Markup:
    """How much of a whole is used up, as a bar; for sighted readers only."""
    length = round(_WIDTH * min(max(units, 0), whole) / whole) if whole > 0 else 0
    return Markup(
        '<div class="chart gauge" aria-hidden="true">'
        '<svg viewBox="0 0 {width} 10" preserveAspectRatio="none">'
        '<rect class="track" width="{width}" height="10"/>'
        '<rect class="bar" width="{length}" height="10"/></svg></div>'
    ).format(width=_WIDTH, length=length)


def _row(row: Bar, longest: int) -> Markup:
    length = round(_WIDTH * max(row.units, 0) / longest)
    return Markup(
        '<li><div class="chart-words"><span>{name}</span><span>{says}</span></div>'
        '<svg viewBox="0 0 {width} 10" preserveAspectRatio="none">'
        '<rect class="track" width="{width}" height="10"/>'
        '<rect class="bar" width="{length}" height="10"/></svg></li>'
    ).format(name=row.name, says=row.says, width=_WIDTH, length=length)
