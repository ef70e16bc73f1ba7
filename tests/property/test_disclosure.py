"""Somebody who knows every shop tries to compute what a table of shares hides.

The attacker has the published tables, sums included, and linear algebra modulo a prime: nothing
of how ``disclosure`` decides. That the attack has teeth is shown on tables that hide too little.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ichimai.kernel import Asset
from ichimai.programs.terms import Program
from ichimai.reporting import shares
from ichimai.reporting.disclosure import ALL, FEWEST, Cell
from ichimai.reporting.model import ShareCell, ShareMonth, Spent

PRIME: Final = 2**61 - 1
STREETS: Final = ("1", "2", "3", "4", "5")
SIZES: Final = ("small", "medium", "large")
PROGRAM: Final = Program(key=Asset("gift"), name_ja="祝い", name_en="Gift")
NAMES: Final[Mapping[Cell, str]] = {
    **{("association", street): f"street {street}" for street in STREETS},
    **{("size", size): size for size in SIZES},
}
Part = tuple[str, str]
Visits = Mapping[Part, frozenset[int]]
"""Who bought something in the shops of a street and size."""

Sums = list[frozenset[tuple[int, Part]]]
"""What is known to the attacker: of which parts of which months sums are published."""

_PEOPLE = st.frozensets(st.integers(1, 12), max_size=9)
_VISITS = st.dictionaries(
    st.tuples(st.sampled_from(STREETS), st.sampled_from(SIZES)), _PEOPLE, max_size=9
).map(lambda found: {part: people for part, people in found.items() if people})


def people_of(visits: Visits, cell: Cell) -> frozenset[int]:
    return frozenset().union(*(visits[part] for part in parts_of(visits, cell)))


def parts_of(visits: Visits, cell: Cell) -> frozenset[Part]:
    return frozenset(part for part in visits if cell == ALL or cell[1] in part)


def published(visits: Visits, month: date) -> ShareMonth:
    """The table of a month in which everybody spent 100 yen at each place where they were."""
    spent = [Spent(int(a), b, 100 * len(people), len(people)) for (a, b), people in visits.items()]
    for cell in (*NAMES, ALL):
        parts, people = parts_of(visits, cell), people_of(visits, cell)
        if parts:
            units = 100 * sum(len(visits[part]) for part in parts)
            street = int(cell[1]) if cell[0] == "association" else None
            spent.append(Spent(street, cell[1] if cell[0] == "size" else None, units, len(people)))
    return shares.month_of(month, spent, NAMES)


def kept_in(table: ShareMonth) -> set[Cell]:
    kept = {ALL} if table.units is not None else set()
    for kind, cells in (("association", table.by_association), ("size", table.by_size)):
        kept |= {(kind, cell.key) for cell in cells if cell.units is not None}
    return kept


def rank(rows: Sequence[frozenset[tuple[int, Part]]]) -> int:
    """The rank of 0/1 rows modulo a prime."""
    columns = sorted(frozenset().union(*rows))
    table = [[int(column in row) for column in columns] for row in rows]
    found = 0
    for place in range(len(columns)):
        pivot = next((row for row in table[found:] if row[place]), None)
        if pivot is None:
            continue
        table.remove(pivot)
        inverse = pow(pivot[place], -1, PRIME)
        pivot = [value * inverse % PRIME for value in pivot]
        table = [
            [(a - row[place] * b) % PRIME for a, b in zip(row, pivot, strict=True)] for row in table
        ]
        table.insert(0, pivot)
        found += 1
    return found


def given_away(known: Sums, months: Sequence[tuple[Visits, set[Cell]]]) -> list[object]:
    """The hidden cells, and parts of fewer than five, that follow from what is known."""
    wanted: list[tuple[object, frozenset[tuple[int, Part]]]] = []
    for number, (visits, kept) in enumerate(months):
        for cell in (*NAMES, ALL):
            parts = parts_of(visits, cell)
            if cell not in kept and parts:
                wanted.append(((number, cell), frozenset((number, part) for part in parts)))
        for part, people in visits.items():
            if len(people) < FEWEST:
                wanted.append(((number, part), frozenset({(number, part)})))
    known = [row for row in known if row]
    whole = rank(known) if known else 0
    return [what for what, row in wanted if known and rank([*known, row]) == whole]


def sums_of(number: int, visits: Visits, kept: set[Cell]) -> Sums:
    return [frozenset((number, part) for part in parts_of(visits, cell)) for cell in kept]


@settings(max_examples=400, deadline=None)
@given(_VISITS)
def test_no_hidden_cell_follows_from_those_that_are_shown(visits: Visits) -> None:
    kept = kept_in(published(visits, date(2026, 1, 1)))
    assert all(len(people_of(visits, cell)) >= FEWEST for cell in kept)
    assert given_away(sums_of(0, visits, kept), [(visits, kept)]) == []


@settings(max_examples=400, deadline=None)
@given(_VISITS)
@example(
    {
        ("1", "medium"): frozenset({1}),
        ("1", "large"): frozenset(range(1, 7)),
        ("2", "small"): frozenset(range(1, 6)),
    }
)
def test_what_the_shown_cells_leave_is_of_five_people_or_of_nobody(visits: Visits) -> None:
    kept = kept_in(published(visits, date(2026, 1, 1)))
    if ALL not in kept:
        assert kept == set()
        return
    for kind in ("association", "size"):
        left = [
            people_of(visits, cell)
            for cell in NAMES
            if cell[0] == kind and cell not in kept and parts_of(visits, cell)
        ]
        together = frozenset[int]().union(*left)
        assert not together or (len(together) >= FEWEST and len(left) > 1) or not kept - {ALL}


@settings(max_examples=100, deadline=None)
@given(st.tuples(_VISITS, _VISITS, _VISITS))
def test_two_periods_that_overlap_tell_no_more_than_their_months(
    lives: tuple[Visits, Visits, Visits],
) -> None:
    """January and February, and February and March: tables, sums, and their differences."""
    tables = [published(visits, date(2026, 1 + place, 1)) for place, visits in enumerate(lives)]
    months = [(visits, kept_in(table)) for visits, table in zip(lives, tables, strict=True)]
    known: Sums = []
    for first, last in ((0, 1), (1, 2)):
        report = shares.report_of(PROGRAM, tables[first : last + 1])
        for number in range(first, last + 1):
            known += sums_of(number, *months[number])
        for place, cell in enumerate((*report.by_association, *report.by_size)):
            shown = [
                number
                for number in (first, last)
                if _cells(tables[number])[place].units is not None
            ]
            assert cell.units == sum(_cells(tables[number])[place].units or 0 for number in shown)
            known.append(_over(cell.key, shown, lives))
    assert given_away(known, months) == []


def _cells(table: ShareMonth) -> Sequence[ShareCell]:
    return (*table.by_association, *table.by_size)


def _over(key: str, numbers: Sequence[int], lives: Sequence[Visits]) -> frozenset[tuple[int, Part]]:
    return frozenset((number, part) for number in numbers for part in lives[number] if key in part)


MANY: Final = frozenset(range(1, 9))


def test_the_attack_succeeds_where_only_the_small_cell_is_hidden() -> None:
    visits = {("1", "small"): MANY, ("2", "small"): MANY, ("3", "small"): frozenset({1, 2})}
    kept: set[Cell] = {ALL, ("association", "1"), ("association", "2")}
    found = given_away(sums_of(0, visits, kept), [(visits, kept)])
    assert (0, ("association", "3")) in found


def test_the_attack_succeeds_where_the_other_table_gives_the_second_cell_away() -> None:
    """Street 2 is hidden beside street 3, but it has all large shops, and large shops are shown."""
    visits = {("1", "small"): MANY, ("2", "large"): MANY, ("3", "small"): frozenset({1, 2})}
    kept: set[Cell] = {ALL, ("association", "1"), ("size", "small"), ("size", "large")}
    found = given_away(sums_of(0, visits, kept), [(visits, kept)])
    assert (0, ("association", "2")) in found
    assert (0, ("association", "3")) in found


def test_the_attack_succeeds_where_periods_differ_by_a_month_of_few() -> None:
    """A table of January, and one of January and February together."""
    visits = {("1", "small"): MANY}
    few = {("1", "small"): frozenset({1})}
    both = [frozenset({(0, ("1", "small"))}), frozenset({(0, ("1", "small")), (1, ("1", "small"))})]
    kept: set[Cell] = {ALL, ("association", "1"), ("size", "small")}
    assert (1, ("1", "small")) in given_away(both, [(visits, kept), (few, set())])


@pytest.mark.parametrize("people, is_shown", [(4, False), (5, True)])
def test_five_people_are_the_fewest(people: int, *, is_shown: bool) -> None:
    visits = {("1", "small"): frozenset(range(people))}
    table = published(visits, date(2026, 1, 1))
    assert (table.units is not None) == is_shown
    assert (table.by_size[0].units is not None) == is_shown
