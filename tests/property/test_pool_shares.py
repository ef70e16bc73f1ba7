"""Shares of a pool: whatever was given and used, no unit is lost or counted twice."""

from hypothesis import given
from hypothesis import strategies as st

from ichimai.settlement.association_rules import Giver, shared, weights

GIVERS = st.one_of(st.none(), st.integers(1, 5))
AMOUNTS = st.one_of(st.integers(-3, 3), st.integers(-50, 10**9))
GIVEN = st.lists(st.tuples(GIVERS, AMOUNTS), max_size=12)
UNITS = st.one_of(st.integers(-9, 9), st.integers(-(10**12), 10**12))


@given(units=UNITS, given_=GIVEN)
def test_shares_add_up_and_are_within_one_unit(units: int, given_: list[tuple[Giver, int]]) -> None:
    """Each gets its exact part, rounded up or down; who gave nothing gets nothing."""
    by_giver = weights(given_)
    found = shared(units, by_giver)
    assert sum(found.values()) == units
    whole = sum(by_giver.values())
    for giver, part in found.items():
        if whole:
            assert abs(part * whole - units * by_giver[giver]) < whole
            assert sum(units for whose, units in given_ if whose == giver) > 0
    again = shared(units, dict(reversed(by_giver.items())))
    assert again == found


def test_of_equal_parts_the_lower_number_gets_the_next_unit() -> None:
    assert shared(1, {None: 5, 2: 5, 1: 5}) == {1: 1}
    assert shared(2, {None: 5, 2: 5, 1: 5}) == {1: 1, 2: 1}
