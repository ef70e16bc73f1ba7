"""So much for each so many yen, to the last unit, against a second way to work it out."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ichimai.kernel.rates import Rate, Rounding, rounded, shares

AMOUNTS: Final = range(1, 100_001)
_DECIMAL: Final = {
    Rounding.DOWN: ROUND_FLOOR,
    Rounding.NEAREST: ROUND_HALF_UP,
    Rounding.UP: ROUND_CEILING,
}


def second(rate: Rate, total: int, paid: int) -> int:
    """As a clerk with a decimal calculator works it out."""
    if total < rate.minimum_yen:
        return 0
    counted = total - paid if rate.is_of_rest else total
    if counted < 1:
        return 0
    each = Decimal(rate.units)
    if not rate.is_flat:
        # Exact: 10**6 times as fine as a yen, of divisors that are in use.
        exact = Decimal(counted) * rate.units / Decimal(rate.yen)
        each = exact.quantize(Decimal(1), rounding=_DECIMAL[rate.rounding])
    return int(each) * rate.extra_times


RATES: Final = {
    "100円1pt": Rate(),
    "200円1pt": Rate(yen=200),
    "105円1pt": Rate(yen=105),
    "110円1pt, nearest": Rate(yen=110, rounding=Rounding.NEAREST),
    "100円1pt, nearest": Rate(rounding=Rounding.NEAREST),
    "100円1pt, up": Rate(rounding=Rounding.UP),
    "1,000円で15pt": Rate(yen=1_000, units=15),
    "7円3pt, nearest": Rate(yen=7, units=3, rounding=Rounding.NEAREST),
    "what 2倍 adds": Rate(extra_times=1),
    "what 5倍 adds": Rate(extra_times=4),
    "what 10倍 adds, up": Rate(extra_times=9, rounding=Rounding.UP),
    "from 500 yen": Rate(minimum_yen=500),
    "a visit": Rate(units=3, minimum_yen=1, is_flat=True),
    "of all": Rate(is_of_rest=False),
}


@pytest.mark.parametrize("name", RATES)
def test_every_amount_up_to_100_000_gives_what_a_clerk_works_out(name: str) -> None:
    rate = RATES[name]
    wrong = [
        yen for yen in AMOUNTS if rate.units_of(total_yen=yen, paid_yen=0) != second(rate, yen, 0)
    ]
    assert wrong == []


rates = st.builds(
    Rate,
    yen=st.integers(1, 2_000),
    units=st.integers(1, 300),
    rounding=st.sampled_from(Rounding),
    is_of_rest=st.booleans(),
    minimum_yen=st.integers(0, 3_000),
    extra_times=st.integers(1, 20),
    is_flat=st.booleans(),
)


@given(rates, st.integers(1, 100_000), st.data())
def test_any_rate_counts_what_it_should(rate: Rate, total: int, data: st.DataObject) -> None:
    """Of the rest, or of all; nothing below the minimum, nothing of nothing."""
    paid = data.draw(st.sampled_from([0, 1, total - 1, total]) | st.integers(0, total))
    counted = total - paid if rate.is_of_rest else total
    found = rate.units_of(total_yen=total, paid_yen=paid)
    if total < rate.minimum_yen or not counted:
        assert found == 0
    elif rate.is_flat:
        assert found == rate.units * rate.extra_times
    else:
        exact = Fraction(counted * rate.units, rate.yen)
        one, left = divmod(found, rate.extra_times)
        assert left == 0
        assert {
            Rounding.DOWN: 0 <= exact - one < 1,
            Rounding.UP: 0 <= one - exact < 1,
            Rounding.NEAREST: Fraction(-1, 2) <= exact - one < Fraction(1, 2),
        }[rate.rounding]


@given(rates, st.integers(1, 100_000), st.data())
def test_more_that_programs_paid_never_earns_more(
    rate: Rate, total: int, data: st.DataObject
) -> None:
    less = data.draw(st.integers(0, total))
    more = data.draw(st.integers(less, total))
    with_less = rate.units_of(total_yen=total, paid_yen=less)
    assert rate.units_of(total_yen=total, paid_yen=more) <= with_less


@pytest.mark.parametrize(
    "numerator, denominator, down, nearest, up",
    [
        (0, 7, 0, 0, 0),
        (1, 2, 0, 1, 1),
        (5, 2, 2, 3, 3),
        (49, 100, 0, 0, 1),
        (50, 100, 0, 1, 1),
        (149, 100, 1, 1, 2),
        (150, 100, 1, 2, 2),
        (10**12 * 10**9, 3, 333333333333333333333, 333333333333333333333, 333333333333333333334),
    ],
)
def test_halves_go_up_and_nothing_is_a_float(
    numerator: int, denominator: int, down: int, nearest: int, up: int
) -> None:
    """Python's own round goes to the even one: 0.5 to 0 and 2.5 to 2 (faults.md I119)."""
    found = [rounded(numerator, denominator, each) for each in Rounding]
    assert found == [down, nearest, up]


weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@given(st.integers(0, 10**12), weights)
def test_shares_add_up_and_are_the_largest_remainders(whole: int, given_: list[int]) -> None:
    """Hamilton's method, one unit at a time to whoever is furthest below its exact share."""
    exact = [Fraction(whole * weight, sum(given_)) for weight in given_]
    expected = [int(part) for part in exact]
    while sum(expected) < whole:
        short = [
            part - have if have <= part else -1 for part, have in zip(exact, expected, strict=True)
        ]
        expected[short.index(max(short))] += 1
    assert shares(whole, given_) == expected


@given(st.integers(0, 10**6), weights)
def test_whoever_weighs_nothing_gets_nothing_and_nobody_is_a_unit_off(
    whole: int, given_: list[int]
) -> None:
    for part, weight in zip(shares(whole, given_), given_, strict=True):
        assert abs(part - Fraction(whole * weight, sum(given_))) < 1
        assert weight or not part


def test_nothing_is_split_among_nobody() -> None:
    assert shares(0, []) == []
    assert shares(0, [0, 0]) == [0, 0]
    with pytest.raises(ValueError, match="nothing to split by"):
        shares(1, [0, 0])
