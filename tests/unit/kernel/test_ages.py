"""Age rules: the windows that municipalities printed, and the edges of the calendar."""

from datetime import date, timedelta

import pytest

from ichimai.kernel.ages import (
    AgeRule,
    Basis,
    Counting,
    InvalidRule,
    MarriageRule,
    Window,
    age_on,
    attained,
    fiscal_year,
    shifted,
    years_married,
)

ON_DATE, FISCAL, CALENDAR = Basis.ON_DATE, Basis.WITHIN_FISCAL_YEAR, Basis.WITHIN_CALENDAR_YEAR
BIRTHDAY, EVE, KAZOE = Counting.BIRTHDAY, Counting.LEGAL_EVE, Counting.KAZOE


def day(text: str) -> date:
    return date.fromisoformat(text)


def window(text: str) -> Window:
    first, last = text.split("…")
    return Window(day(first), day(last))


@pytest.mark.parametrize(
    "town, years, reference, births",
    [
        ("Toda", 77, "2024-08-01", "1946-08-02…1947-08-01"),
        ("Toda", 88, "2024-08-01", "1935-08-02…1936-08-01"),
        ("Toda", 99, "2024-08-01", "1924-08-02…1925-08-01"),
        ("Toda", 100, "2024-08-01", "1923-08-02…1924-08-01"),
        ("Ogaki", 77, "2017-09-15", "1939-09-16…1940-09-15"),
        ("Ogaki", 88, "2017-09-15", "1928-09-16…1929-09-15"),
        ("Higashimurayama", 88, "2024-09-15", "1935-09-16…1936-09-15"),
        ("Minato", 77, "2024-09-15", "1946-09-16…1947-09-15"),
        ("Minato", 80, "2024-09-15", "1943-09-16…1944-09-15"),
        ("Minato", 90, "2024-09-15", "1933-09-16…1934-09-15"),
    ],
)
def test_windows_that_towns_printed(town: str, years: int, reference: str, births: str) -> None:
    """Towns count by the birthday, on a day."""
    rule = AgeRule(years, ON_DATE, BIRTHDAY, day(reference))
    assert rule.window() == window(births), town


@pytest.mark.parametrize(
    "years, basis, counting, reference, births",
    [
        # Nakano: who reaches the age within the fiscal year.
        (77, FISCAL, BIRTHDAY, "2024-09-15", "1947-04-01…1948-03-31"),
        (77, FISCAL, BIRTHDAY, "2025-03-31", "1947-04-01…1948-03-31"),
        (77, FISCAL, BIRTHDAY, "2025-04-01", "1948-04-01…1949-03-31"),
        # A school year: six by 1 April, by law.
        (6, FISCAL, EVE, "2024-04-01", "2018-04-02…2019-04-01"),
        (77, FISCAL, EVE, "2024-09-15", "1947-04-02…1948-04-01"),
        # 数え88 in 2024: born in 1937; by 数え年 one is older on 1 January.
        (88, ON_DATE, KAZOE, "2024-01-01", "1937-01-01…1937-12-31"),
        (88, ON_DATE, KAZOE, "2024-12-31", "1937-01-01…1937-12-31"),
        (88, CALENDAR, KAZOE, "2024-09-15", "1937-01-01…1937-12-31"),
        (88, FISCAL, KAZOE, "2024-09-15", "1938-01-01…1938-12-31"),
        (77, CALENDAR, BIRTHDAY, "2024-06-30", "1947-01-01…1947-12-31"),
        (77, CALENDAR, EVE, "2024-06-30", "1947-01-02…1948-01-01"),
        # The reference date, or its anniversary, is a leap day.
        (77, ON_DATE, BIRTHDAY, "2024-02-29", "1946-03-01…1947-02-28"),
        (76, ON_DATE, BIRTHDAY, "2024-02-29", "1947-03-01…1948-02-29"),
        (75, ON_DATE, BIRTHDAY, "2023-02-28", "1947-03-01…1948-02-28"),
        (75, ON_DATE, BIRTHDAY, "2023-03-01", "1947-03-02…1948-03-01"),
        (75, ON_DATE, EVE, "2023-02-28", "1947-03-02…1948-03-01"),
        (75, ON_DATE, EVE, "2023-02-27", "1947-03-01…1948-02-28"),
        (76, ON_DATE, EVE, "2024-02-28", "1947-03-01…1948-02-29"),
        (100, ON_DATE, BIRTHDAY, "2100-02-28", "1999-03-01…2000-02-28"),
        (100, ON_DATE, BIRTHDAY, "2100-03-01", "1999-03-02…2000-03-01"),
        (0, ON_DATE, BIRTHDAY, "2024-02-29", "2023-03-01…2024-02-29"),
        (0, ON_DATE, EVE, "2024-02-29", "2023-03-02…2024-02-29"),
        (1, ON_DATE, KAZOE, "2024-02-29", "2024-01-01…2024-02-29"),
        (0, FISCAL, BIRTHDAY, "2024-09-15", "2024-04-01…2025-03-31"),
    ],
)
def test_windows_of_every_kind_of_rule(
    years: int, basis: Basis, counting: Counting, reference: str, births: str
) -> None:
    assert AgeRule(years, basis, counting, day(reference)).window() == window(births)


@pytest.mark.parametrize(
    "basis, reference, weddings",
    [
        (CALENDAR, "2017-09-15", "1967-01-01…1967-12-31"),  # Ogaki
        (CALENDAR, "2026-01-01", "1976-01-01…1976-12-31"),
        (FISCAL, "2026-09-15", "1976-04-01…1977-03-31"),
        (ON_DATE, "2026-09-15", "1975-09-16…1976-09-15"),
        (ON_DATE, "2026-02-28", "1975-03-01…1976-02-28"),
        (ON_DATE, "2026-03-01", "1975-03-02…1976-03-01"),
    ],
)
def test_windows_of_golden_weddings(basis: Basis, reference: str, weddings: str) -> None:
    assert MarriageRule(50, basis, day(reference)).window() == window(weddings)


@pytest.mark.parametrize(
    "birth, years, counting, reached",
    [
        # The law's examples.
        ("2009-04-01", 1, EVE, "2010-03-31"),
        ("2009-03-01", 1, EVE, "2010-02-28"),
        ("2011-03-01", 1, EVE, "2012-02-29"),
        ("2008-02-29", 1, EVE, "2009-02-28"),
        ("2008-02-29", 4, EVE, "2012-02-28"),
        ("1954-09-01", 70, EVE, "2024-08-31"),
        ("2000-01-01", 20, EVE, "2019-12-31"),
        ("2000-02-29", 100, EVE, "2100-02-28"),
        # The ordinary birthday; for one born on a leap day, the day on which the law's eve ends.
        ("2008-02-29", 1, BIRTHDAY, "2009-03-01"),
        ("2008-02-29", 4, BIRTHDAY, "2012-02-29"),
        ("1947-08-01", 77, BIRTHDAY, "2024-08-01"),
        ("2000-12-31", 1, KAZOE, "2000-12-31"),
        ("2000-12-31", 2, KAZOE, "2001-01-01"),
        ("1937-06-05", 88, KAZOE, "2024-01-01"),
        ("2024-05-05", 0, BIRTHDAY, "2024-05-05"),
        ("2024-05-05", 0, EVE, "2024-05-05"),
    ],
)
def test_the_day_on_which_an_age_is_reached(
    birth: str, years: int, counting: Counting, reached: str
) -> None:
    assert attained(day(birth), years, counting) == day(reached)


@pytest.mark.parametrize(
    "on, birth, counting, age",
    [
        ("2024-08-01", "1947-08-01", BIRTHDAY, 77),
        ("2024-07-31", "1947-08-01", BIRTHDAY, 76),
        ("2024-07-31", "1947-08-01", EVE, 77),
        ("2024-07-30", "1947-08-01", EVE, 76),
        ("2019-12-31", "2000-01-01", EVE, 20),
        ("2019-12-31", "2000-01-01", BIRTHDAY, 19),
        ("2019-12-31", "2000-01-01", KAZOE, 20),
        ("2020-01-01", "2000-01-01", KAZOE, 21),
        ("2024-05-05", "2024-05-05", BIRTHDAY, 0),
        ("2024-05-04", "2024-05-05", BIRTHDAY, -1),
        ("2024-05-04", "2024-05-05", EVE, -1),
        ("2024-05-04", "2024-05-05", KAZOE, 0),
    ],
)
def test_the_age_on_a_day(on: str, birth: str, counting: Counting, age: int) -> None:
    assert age_on(day(on), day(birth), counting) == age


def test_years_of_marriage() -> None:
    assert years_married(day("2026-03-31"), day("1976-04-01")) == 49
    assert years_married(day("2026-04-01"), day("1976-04-01")) == 50
    assert years_married(day("1976-03-31"), day("1976-04-01")) == -1


@pytest.mark.parametrize(
    "start, years, end",
    [
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2024-02-29", -77, "1947-02-28"),
        ("2000-02-29", 100, "2100-02-28"),
        ("2023-02-28", 1, "2024-02-28"),
        ("2024-12-31", 1, "2025-12-31"),
        ("2024-02-29", 0, "2024-02-29"),
    ],
)
def test_shifting_by_years(start: str, years: int, end: str) -> None:
    assert shifted(day(start), years) == day(end)


@pytest.mark.parametrize(
    "on, year",
    [
        ("2024-03-31", "2023-04-01…2024-03-31"),
        ("2024-04-01", "2024-04-01…2025-03-31"),
        ("2024-12-31", "2024-04-01…2025-03-31"),
        ("2025-01-01", "2024-04-01…2025-03-31"),
        ("2024-02-29", "2023-04-01…2024-03-31"),
    ],
)
def test_a_fiscal_year_begins_on_1_april(on: str, year: str) -> None:
    assert fiscal_year(day(on)) == window(year)


def test_both_ends_belong_to_a_window() -> None:
    births = window("1946-08-02…1947-08-01")
    one = timedelta(days=1)
    assert births.first in births
    assert births.last in births
    assert births.first - one not in births
    assert births.last + one not in births


@pytest.mark.parametrize(
    "years, counting, reference",
    [
        (-1, BIRTHDAY, "2024-01-01"),
        (151, BIRTHDAY, "2024-01-01"),
        (0, KAZOE, "2024-01-01"),
        (77, BIRTHDAY, "1872-12-31"),
        (77, BIRTHDAY, "2101-01-01"),
    ],
)
def test_rules_that_make_no_sense(years: int, counting: Counting, reference: str) -> None:
    with pytest.raises(InvalidRule):
        AgeRule(years, ON_DATE, counting, day(reference))


def test_marriages_that_make_no_sense() -> None:
    with pytest.raises(InvalidRule):
        MarriageRule(-50, CALENDAR, day("2026-01-01"))
    with pytest.raises(InvalidRule):
        MarriageRule(50, CALENDAR, day("2101-01-01"))
