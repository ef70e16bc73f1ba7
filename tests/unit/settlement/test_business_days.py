"""The days on which banks pay."""

from datetime import date, timedelta

import holidays
import pytest

from ichimai.settlement.business_days import bank_day_from, bank_days_after, is_bank_day


@pytest.mark.parametrize(
    "day, is_open",
    [
        (date(2026, 10, 9), True),
        (date(2026, 10, 10), False),
        (date(2026, 10, 11), False),
        (date(2026, 10, 12), False),
        (date(2026, 12, 30), True),
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), False),
        (date(2027, 1, 2), False),
        (date(2029, 1, 3), False),
        (date(2029, 1, 4), True),
        (date(2026, 5, 6), False),
        (date(2028, 2, 29), True),
    ],
    ids=str,
)
def test_banks_rest_on_weekends_holidays_and_at_new_year(day: date, *, is_open: bool) -> None:
    assert is_bank_day(day) is is_open


def test_the_first_bank_day_is_the_day_itself_or_a_later_one() -> None:
    assert bank_day_from(date(2026, 10, 9)) == date(2026, 10, 9)
    assert bank_day_from(date(2026, 10, 10)) == date(2026, 10, 13)
    assert bank_day_from(date(2026, 12, 31)) == date(2027, 1, 4)


def test_bank_days_are_counted_past_holidays() -> None:
    assert bank_days_after(date(2026, 10, 8), 3) == date(2026, 10, 14)
    assert bank_days_after(date(2026, 12, 29), 2) == date(2027, 1, 4)


def test_our_days_agree_with_the_bank_calendar_of_the_library() -> None:
    """Our own rule and the other one are the same for every day of ten years."""
    banks = holidays.country_holidays("JP", years=range(2026, 2037), categories=("public", "bank"))
    day = date(2026, 1, 1)
    while day < date(2036, 12, 31):
        assert is_bank_day(day) is (day.weekday() < 5 and day not in banks), day
        day += timedelta(days=1)
