"""Shares against a second computation, and what they hide."""

from datetime import date
from uuid import UUID

import pytest

from ichimai import reporting
from ichimai.merchants import Shop
from ichimai.reporting.errors import NotWholeMonths
from ichimai.reporting.model import ShareReport

from . import plain
from .terms import GIFT
from .world import World

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 30)


def shares(world: World, first: date = FIRST, last: date = LAST) -> ShareReport:
    with world.database.snapshot(world.operator) as tx:
        return reporting.share(tx, world.clock, GIFT, from_on=first, to_on=last)


def test_shares_show_the_value_of_five_people_and_no_fewer(shopping: World) -> None:
    shops: dict[UUID, Shop] = {shop.id: shop for shop in shopping.shops}
    with shopping.database.snapshot(shopping.operator) as tx:
        lines = plain.lines(tx)
    shown = hidden = 0
    for month in shares(shopping).months:
        moves = plain.spent(lines, GIFT, (month.month_on.year, month.month_on.month))
        checked = [(month.units, month.people, moves)]
        for cell in (*month.by_association, *month.by_size):
            mine = [
                move
                for move in moves
                if cell.key in {str(shops[move[0]].association), shops[move[0]].size.value}
            ]
            checked.append((cell.units, cell.people, mine))
        for value, people, mine in checked:
            if value is None:
                hidden += 1
                assert people is None
            else:
                shown += 1
                assert value == sum(units for _, _, units in mine)
                assert people == len({person for _, person, _ in mine}) >= 5
    assert (shown, hidden) > (10, 10)


def test_a_street_with_one_customer_takes_another_with_it(shopping: World) -> None:
    """The total less the others would be what that one customer spent."""
    for month in shares(shopping).months:
        cells = {cell.key: cell.units for cell in month.by_association}
        assert cells["90"] is None
        assert list(cells.values()).count(None) == 2


def test_the_sums_of_a_period_tell_nothing_that_the_months_do_not(shopping: World) -> None:
    found = shares(shopping)
    for kind in ("by_association", "by_size"):
        for place, cell in enumerate(getattr(found, kind)):
            cells = [getattr(month, kind)[place] for month in found.months]
            assert cell.units == sum(each.units or 0 for each in cells)
            assert cell.hidden_months == sum(each.units is None for each in cells)
    assert found.units == sum(month.units or 0 for month in found.months) > 0


def test_a_month_is_the_same_in_every_period_and_whenever_it_is_asked_for(
    shopping: World,
) -> None:
    """Two periods that overlap have nothing between them that one could subtract."""
    whole = {month.month_on: month for month in shares(shopping).months}
    for first, last in (
        (FIRST, date(2026, 2, 28)),
        (date(2026, 2, 1), LAST),
        (date(2026, 3, 1), date(2026, 3, 31)),
    ):
        for month in shares(shopping, first, last).months:
            assert month == whole[month.month_on]


@pytest.mark.parametrize(
    "first, last",
    [
        (date(2026, 1, 2), date(2026, 1, 31)),
        (date(2026, 1, 1), date(2026, 1, 30)),
        (date(2026, 5, 1), date(2026, 5, 31)),
        (date(2026, 2, 1), date(2026, 1, 31)),
        (date(2020, 1, 1), date(2026, 1, 31)),
        (date(2027, 1, 1), date(2027, 1, 31)),
    ],
)
def test_only_whole_months_that_are_over_are_told(shopping: World, first: date, last: date) -> None:
    """A day more or less would tell what was spent on that day."""
    with pytest.raises(NotWholeMonths):
        shares(shopping, first, last)


def test_the_last_month_that_is_over_is_what_is_told_unasked(shopping: World) -> None:
    with shopping.database.snapshot(shopping.operator) as tx:
        found = reporting.share(tx, shopping.clock, GIFT)
    assert (found.from_on, found.to_on) == (date(2026, 4, 1), LAST)
