"""Windows against ages counted a second way, day by day and through leap years."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ichimai.kernel.ages import (
    AgeRule,
    Basis,
    Counting,
    MarriageRule,
    age_on,
    attained,
    fiscal_year,
    shifted,
    years_married,
)

ONE = timedelta(days=1)
DAYS = st.dates(date(1873, 1, 1), date(2100, 12, 31))
LEAP = st.sampled_from([date(year, 2, 29) for year in range(1904, 2100, 4)])
EDGES = st.builds(
    lambda year, month_day, by: date(year, *month_day) + by * ONE,
    st.integers(1900, 2100),
    st.sampled_from([(1, 1), (2, 28), (3, 1), (4, 1), (9, 15)]),
    st.sampled_from([-1, 0, 1]),
).filter(lambda day: day <= date(2100, 12, 31))
ANY_DAY = st.one_of(DAYS, LEAP, EDGES)


def second_age(day: date, birth: date, counting: Counting) -> int:
    """Ages by comparing month and day; the eve of a birthday is today's tomorrow."""
    if counting is Counting.KAZOE:
        return max(0, day.year - birth.year + 1) if day >= birth else 0
    if day < birth:
        return -1
    if counting is Counting.LEGAL_EVE:
        day += ONE
    had_birthday = (day.month, day.day) >= (birth.month, birth.day)
    return day.year - birth.year - (not had_birthday)


def qualifies(birth: date, rule: AgeRule) -> bool:
    on = rule.reference_date
    if rule.basis is Basis.ON_DATE:
        return birth <= on and second_age(on, birth, rule.counting) == rule.years
    if rule.basis is Basis.WITHIN_CALENDAR_YEAR:
        first, last = date(on.year, 1, 1), date(on.year, 12, 31)
    else:
        start = on.year - (on < date(on.year, 4, 1))
        first, last = date(start, 4, 1), date(start + 1, 3, 31)
    before = second_age(first - ONE, birth, rule.counting)
    return before < rule.years <= second_age(last, birth, rule.counting)


@st.composite
def rules(draw: st.DrawFn) -> AgeRule:
    counting = draw(st.sampled_from(Counting))
    years = draw(st.integers(1 if counting is Counting.KAZOE else 0, 130))
    return AgeRule(years, draw(st.sampled_from(Basis)), counting, draw(ANY_DAY))


@given(rules())
def test_a_window_holds_exactly_those_who_qualify(rule: AgeRule) -> None:
    """Both ends qualify, their neighbours outside do not, and nobody far away does."""
    window = rule.window()
    assert window.first <= window.last
    for birth in (window.first, window.first + ONE, window.last - ONE, window.last):
        assert qualifies(birth, rule) == (birth in window), birth
    for days in (1, 2, 30, 365, 366, 367, 800):
        for birth in (window.first - days * ONE, window.last + days * ONE):
            assert not qualifies(birth, rule), birth


@given(rules(), st.integers(-800, 800))
def test_everybody_near_a_window_is_judged_alike(rule: AgeRule, days: int) -> None:
    birth = rule.window().first + days * ONE
    assert qualifies(birth, rule) == (birth in rule.window())


@pytest.mark.parametrize("counting", Counting)
@pytest.mark.parametrize("year", [1947, 1948, 2000, 2023, 2024, 2100])
def test_all_birthdays_of_a_year_through_a_leap_cycle(counting: Counting, year: int) -> None:
    """Every birth date, every age to five: the day before, the age is not yet reached."""
    birth = date(year, 1, 1)
    while birth.year == year:
        for years in range(1, 6):
            reached = attained(birth, years, counting)
            assert second_age(reached, birth, counting) >= years
            if reached > birth:
                assert second_age(reached - ONE, birth, counting) < years
        birth += ONE


@given(ANY_DAY, ANY_DAY, st.sampled_from(Counting))
def test_the_age_on_a_day_counted_twice(day: date, birth: date, counting: Counting) -> None:
    assert age_on(day, birth, counting) == second_age(day, birth, counting)


@given(ANY_DAY, st.integers(0, 130), st.sampled_from(Counting))
def test_ages_never_go_back(birth: date, years: int, counting: Counting) -> None:
    """And each year of age is reached 364 to 367 days after the one before it, once born."""
    start = max(years, 2)
    days = (attained(birth, start + 1, counting) - attained(birth, start, counting)).days
    assert 364 <= days <= 367


@given(ANY_DAY)
def test_the_windows_of_all_ages_cover_everybody_once(on: date) -> None:
    """Neither a gap nor an overlap between those who are 60, 61 … 110."""
    for counting in Counting:
        windows = [AgeRule(years, Basis.ON_DATE, counting, on).window() for years in range(60, 111)]
        for younger, older in pairwise(windows):
            assert older.last + ONE == younger.first


@given(st.integers(1880, 2099), st.sampled_from(list(Basis)[1:]))
def test_the_windows_of_all_years_cover_everybody_once(year: int, basis: Basis) -> None:
    """A person is given the gift in one year, never in two or none."""
    for counting in Counting:
        now = AgeRule(77, basis, counting, date(year, 9, 15)).window()
        then = AgeRule(77, basis, counting, date(year + 1, 9, 15)).window()
        assert now.last + ONE == then.first


@given(ANY_DAY, st.integers(-130, 130))
def test_shifting_keeps_the_day_but_for_leap_days(day: date, years: int) -> None:
    end = shifted(day, years)
    assert end.year == day.year + years
    assert (end.month, end.day) in {(day.month, day.day), (2, 28)}
    if (day.month, day.day) != (2, 29):
        assert shifted(end, -years) == day


@given(ANY_DAY)
def test_a_day_is_in_its_fiscal_year(day: date) -> None:
    year = fiscal_year(day)
    assert day in year
    assert (year.last - year.first).days in {364, 365}
    assert fiscal_year(year.first) == fiscal_year(year.last) == year


@given(ANY_DAY, st.integers(0, 80), st.sampled_from(Basis))
def test_golden_weddings_agree_with_years_married(on: date, years: int, basis: Basis) -> None:
    window = MarriageRule(years, basis, on).window()
    if basis is Basis.ON_DATE:
        assert years_married(on, window.first) == years_married(on, window.last) == years
        assert years_married(on, window.first - ONE) == years + 1
        assert years_married(on, window.last + ONE) == years - 1
    elif basis is Basis.WITHIN_CALENDAR_YEAR:
        assert {window.first.year, window.last.year} == {on.year - years}
        assert (window.last - window.first).days >= 364
