"""A measured figure, and tables of them."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from ichimai import __version__


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` and its peer's, both in ``unit``, the medians of interleaved runs.

    ``ratio`` is the median of value / peer over the pairs of runs, None without a peer.
    """

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float | None
    ratio: float | None


def paired(name: str, unit: str, peer: str, pairs: Sequence[tuple[float, float]]) -> Figure:
    """The figure of several (value, peer's value) pairs, each measured one after the other."""
    return Figure(
        name,
        round(median(value for value, _ in pairs), 3),
        unit,
        peer,
        round(median(other for _, other in pairs), 3),
        round(median(value / other for value, other in pairs), 3),
    )


def alone(name: str, unit: str, value: float, peer: str = "") -> Figure:
    """A figure that has no peer, only what it is held against, in words."""
    return Figure(name, round(value, 3), unit, peer, None, None)


def as_json(figures: Sequence[Figure]) -> str:
    """The figures as one line of JSON."""
    return json.dumps([asdict(figure) for figure in figures])


def _machine() -> str:
    where = f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}"
    return f"Ichimai {__version__}, Python {platform.python_version()}, {where}."


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"


def as_table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table, with the machine they were measured on."""
    lines = [
        _machine(),
        "",
        "| figure | value | unit | peer | peer's value | ratio |",
        "|---|---:|---|---|---:|---:|",
    ]
    for figure in figures:
        peer_value = "" if figure.peer_value is None else _shown(figure.peer_value)
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        lines.append(
            f"| `{figure.name}` | {_shown(figure.value)} | {figure.unit} | {figure.peer} "
            f"| {peer_value} | {ratio} |"
        )
    return "\n".join(lines)
