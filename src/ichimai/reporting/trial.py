"""What other rules would have given, beside those now, with nothing of fewer than five people.

``made`` runs a version of a program and the one in force over the same sales. Sums and cells are
shown as in the report of shares (``disclosure``): what is of few people is not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from ichimai.kernel import Asset
from ichimai.programs import whatif
from ichimai.programs.terms import Program, Version
from ichimai.programs.whatif import Outcome, PastSale
from ichimai.reporting.disclosure import ALL, FEWEST, Cell, Counted, shown

_ASSOCIATION: Final = "association"
_MONTH: Final = "size"
"""``disclosure`` knows two kinds of cells; months take the place of sizes."""


class Side(msgspec.Struct, frozen=True):
    """What one version gave; None: not shown, of fewer than five people.

    ``cost_yen``: when all of it is used. ``liability_yen``: what is still owed after the last
    sale, had nobody used any. ``cut_units``: what limits and budgets kept back.
    """

    version: int
    units: int | None
    cost_yen: int | None
    liability_yen: int | None
    cut_units: int | None
    people: int | None


class Row(msgspec.Struct, frozen=True):
    """Units of an association (its number) or a month; None: not shown."""

    key: str
    now: int | None
    then: int | None


class Trial(msgspec.Struct, frozen=True):
    """Two versions over the same sales; ``now`` None: the program is new.

    ``moved_weeks``: so much later than they were made the sales were taken to be. ``gained`` and
    ``lost``: how many people would get more and less; None: fewer than five, but somebody.
    ``asks_who``: some rules are for groups of people, which are not known here: nobody had them.
    """

    program: Asset
    from_on: date
    to_on: date
    moved_weeks: int
    sales: int
    sales_yen: int
    now: Side | None
    then: Side
    difference_yen: int | None
    gained: int | None
    lost: int | None
    by_association: tuple[Row, ...]
    by_month: tuple[Row, ...]
    asks_who: bool


def made(
    versions: Sequence[Version],
    now: Program | None,
    then: Program,
    history: Iterable[PastSale],
    *,
    from_on: date,
    to_on: date,
    begins_on: date | None = None,
) -> Trial:
    """``then`` over the sales of some days, beside ``now``; each as if it had always been so.

    ``begins_on``: the sales are moved by whole weeks to begin there: dates in the rules count.
    """
    by = whatif.weeks_until(from_on, begins_on or from_on)

    def side(program: Program) -> whatif.Trying:
        return whatif.Trying(whatif.alone(versions, program), program.key)

    old, new = side(now) if now else None, side(then)
    whatif.tried([each for each in (old, new) if each], whatif.moved(history, by))
    before, after = old.outcome if old else None, new.outcome
    compared = whatif.compared(before, after)
    first = _shown(before) if before else None
    second = _shown(after)
    sides = (_side(before) if before else None), _side(after)
    is_told = sides[1].units is not None and (sides[0] is None or sides[0].units is not None)
    return Trial(
        program=then.key,
        from_on=from_on,
        to_on=to_on,
        moved_weeks=by.days // 7,
        sales=after.sales,
        sales_yen=after.sales_yen,
        now=sides[0],
        then=sides[1],
        difference_yen=compared.difference_yen if is_told else None,
        gained=_people(compared.gained),
        lost=_people(compared.lost),
        by_association=_rows(_ASSOCIATION, before, after, first, second),
        by_month=_rows(_MONTH, before, after, first, second),
        asks_who=_asks_who(then) or (now is not None and _asks_who(now)),
    )


def _side(outcome: Outcome) -> Side:
    people = len(outcome.people)
    if 0 < people < FEWEST:
        return Side(outcome.program.version, None, None, None, None, None)
    return Side(
        outcome.program.version,
        outcome.units,
        outcome.cost_yen,
        outcome.liability_yen,
        outcome.cut_units,
        people,
    )


def _people(count: int) -> int | None:
    return count if count == 0 or count >= FEWEST else None


def _shown(outcome: Outcome) -> frozenset[Cell]:
    """The cells that may be shown, by what ``disclosure`` says of people who got something."""
    found: dict[Cell, set[int]] = {ALL: set()}
    parts: dict[tuple[str, str], int] = {}
    for (street, month), given in outcome.cells.items():
        parts[f"{street}", f"{month:%Y-%m}"] = len(given.who)
        for cell in (ALL, (_ASSOCIATION, f"{street}"), (_MONTH, f"{month:%Y-%m}")):
            found.setdefault(cell, set()).update(given.who)
    return shown(Counted(parts, {cell: len(who) for cell, who in found.items()}))


def _rows(
    kind: str,
    before: Outcome | None,
    after: Outcome,
    first: frozenset[Cell] | None,
    second: frozenset[Cell],
) -> tuple[Row, ...]:
    had, got = (_units(before, kind) if before else {}), _units(after, kind)
    found = []
    for key in sorted(had.keys() | got.keys()):
        # One of the two alone would tell of the few by whom the other differs.
        is_shown = all(
            key not in units or cells is None or (kind, key) in cells
            for units, cells in ((had, first), (got, second))
        )
        found.append(
            Row(key, had.get(key, 0) if is_shown else None, got.get(key, 0) if is_shown else None)
        )
    return tuple(found)


def _units(outcome: Outcome, kind: str) -> Mapping[str, int]:
    if kind == _MONTH:
        return {f"{month:%Y-%m}": units for month, units in outcome.by_month.items()}
    return {f"{street}": units for street, units in outcome.by_association.items()}


def _asks_who(program: Program) -> bool:
    groups = [*(each.who for each in program.earnings), *(each.who for each in program.bonuses)]
    return any(whatif.asks_who(who) for who in groups)
