"""A card with stamps, drawn here: no script; what it shows is also said in words."""

from typing import Final

from markupsafe import Markup

MOST_DRAWN: Final = 20
"""A card of more is drawn as a bar."""

_STEP: Final = 44
_RADIUS: Final = 18
_WIDTH: Final = 1_000


def picture(stamped: int, size: int, says: str) -> Markup:
    """``stamped`` of ``size`` places of a card; ``says`` is for those who do not see it."""
    drawn = _places(stamped, size) if size <= MOST_DRAWN else _bar(stamped, size)
    return Markup('<div class="stamp-card" role="img" aria-label="{}">{}</div>').format(says, drawn)


def _places(stamped: int, size: int) -> Markup:
    columns = min(size, 5)
    rows = -(-size // columns)
    places = Markup("").join(
        _place(
            number, (number - 1) % columns, (number - 1) // columns, is_stamped=number <= stamped
        )
        for number in range(1, size + 1)
    )
    return Markup('<svg viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        columns * _STEP, rows * _STEP, places
    )


def _place(number: int, column: int, row: int, *, is_stamped: bool) -> Markup:
    x, y = column * _STEP + _STEP // 2, row * _STEP + _STEP // 2
    if is_stamped:
        return Markup(
            '<g class="stamped"><circle cx="{x}" cy="{y}" r="{r}"/>'
            '<path d="M{left} {y}l6 7 11-14" fill="none"/></g>'
        ).format(x=x, y=y, r=_RADIUS, left=x - 8)
    return Markup(
        '<g class="to-stamp"><circle cx="{x}" cy="{y}" r="{r}"/>'
        '<text x="{x}" y="{y}" dy="0.36em" text-anchor="middle">{number}</text></g>'
    ).format(x=x, y=y, r=_RADIUS, number=number)


def _bar(stamped: int, size: int) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {width} 60" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="{width}" height="60"/>'
        '<rect class="bar" width="{length}" height="60"/></svg>'
    ).format(width=_WIDTH, length=_WIDTH * stamped // size)
