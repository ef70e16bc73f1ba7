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
from ichimai.programs.terms import Bonus, Earning, Exchange, Program, Version
from ichimai.programs.whatif import Outcome, Past
from ichimai.reporting.disclosure import ALL, FEWEST, Cell, Counted, shown

_ASSOCIATION: Final = "association"
_MONTH: Final = "size"
"""``disclosure`` knows two kinds of cells; months take the place of sizes."""


class Side(msgspec.Struct, frozen=True):
    """What one version gave; None: not shown, of fewer than five people.

    ``exchanges``: how often units were given up for something else, and ``exchange_yen`` what is
    owed for the units of other programs that were given for them.

    ``cost_yen``: when all of it is used. ``liability_yen``: what is still owed after the last
    sale, had nobody used any. ``cut_units``: what limits and budgets kept back.
    """

    version: int
    units: int | None
    cost_yen: int | None
    liability_yen: int | None
    cut_units: int | None
    people: int | None
    exchanges: int | None
    exchange_yen: int | None


class Row(msgspec.Struct, frozen=True):
    """Units of an association (its number) or a month; None: not shown."""

    key: str
    now: int | None
    then: int | None


class Trial(msgspec.Struct, frozen=True):
    """Two versions over the same sales; ``now`` None: the program is new.

    ``moved_weeks``: so much later than they were made the sales were taken to be. ``gained`` and
    ``lost``: how many people would get more and less; None: fewer than five, but somebody.
    ``occasions``: how many events and stamps were among it.

    ``asks_who``: some rules are for groups of people, and who belongs is not looked up. Then
    ``belonging_percent`` of 100 people are taken to belong to each; None: nobody is, and
    ``now_most``, ``then_most`` and ``difference_most_yen`` say what it is if everybody does.
    """

    program: Asset
    from_on: date
    to_on: date
    moved_weeks: int
    sales: int
    sales_yen: int
    occasions: int
    now: Side | None
    then: Side
    difference_yen: int | None
    gained: int | None
    lost: int | None
    by_association: tuple[Row, ...]
    by_month: tuple[Row, ...]
    asks_who: bool
    belonging_percent: int | None
    now_most: Side | None
    then_most: Side | None
    difference_most_yen: int | None


def made(
    versions: Sequence[Version],
    now: Program | None,
    then: Program,
    history: Iterable[Past],
    *,
    from_on: date,
    to_on: date,
    begins_on: date | None = None,
    belonging_percent: int | None = None,
) -> Trial:
    """``then`` over what took place on some days, beside ``now``; each as if it always was so.

    ``begins_on``: it is all moved by whole weeks to begin there: dates in the rules count.
    ``belonging_percent``: 0 to 100, as of ``Trial``.
    """
    by = whatif.weeks_until(from_on, begins_on or from_on)

    asks_who = _asks_who(then) or (now is not None and _asks_who(now))
    old, new = _pair(versions, now, then, belonging_percent or 0)
    is_range = asks_who and belonging_percent is None
    most = _pair(versions, now, then, 100) if is_range else (None, None)
    whatif.tried([each for each in (old, new, *most) if each], whatif.moved(history, by))
    before, after = old.outcome if old else None, new.outcome
    compared = whatif.compared(before, after)
    first = _shown(before) if before else None
    second = _shown(after)
    shown_now, shown_then = (_side(before) if before else None), _side(after)
    now_most, then_most = [_side(each.outcome) if each else None for each in most]
    return Trial(
        program=then.key,
        from_on=from_on,
        to_on=to_on,
        moved_weeks=by.days // 7,
        sales=after.sales,
        sales_yen=after.sales_yen,
        occasions=after.occasions,
        now=shown_now,
        then=shown_then,
        difference_yen=_difference(shown_now, shown_then),
        gained=_people(compared.gained),
        lost=_people(compared.lost),
        by_association=_rows(_ASSOCIATION, before, after, first, second),
        by_month=_rows(_MONTH, before, after, first, second),
        asks_who=asks_who,
        belonging_percent=belonging_percent if asks_who else None,
        now_most=now_most,
        then_most=then_most,
        difference_most_yen=_difference(now_most, then_most) if then_most else None,
    )


def _pair(
    versions: Sequence[Version], now: Program | None, then: Program, percent: int
) -> tuple[whatif.Trying | None, whatif.Trying]:
    """Both versions to be tried, where so many of 100 people belong to groups."""

    def side(program: Program) -> whatif.Trying:
        known = whatif.assumed(percent)
        return whatif.Trying(whatif.alone(versions, program), program.key, known=known)

    return side(now) if now else None, side(then)


def _difference(now: Side | None, then: Side) -> int | None:
    """What it costs more, with exchanges; None: one of them is not shown."""
    before, after = 0 if now is None else _cost(now), _cost(then)
    return None if before is None or after is None else after - before


def _cost(side: Side) -> int | None:
    if side.cost_yen is None or side.exchange_yen is None:
        return None
    return side.cost_yen + side.exchange_yen


def _side(outcome: Outcome) -> Side:
    people = _people(len(outcome.people))
    is_told, is_exchange_told = people is not None, _people(len(outcome.exchangers)) is not None
    return Side(
        version=outcome.program.version,
        units=outcome.units if is_told else None,
        cost_yen=outcome.cost_yen if is_told else None,
        liability_yen=outcome.liability_yen if is_told else None,
        cut_units=outcome.cut_units if is_told else None,
        people=people,
        exchanges=outcome.exchanges if is_exchange_told else None,
        exchange_yen=outcome.exchange_yen if is_exchange_told else None,
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
    parts: tuple[Earning | Bonus | Exchange, ...] = (
        *program.earnings,
        *program.bonuses,
        *program.exchanges,
    )
    return any(whatif.asks_who(each.who) for each in parts)
