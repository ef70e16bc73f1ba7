"""Hours over midnight, and half-years: which day and which period an instant belongs to."""

from datetime import date

import pytest
from msgspec.structs import replace

from ichimai.ledger.model import ALWAYS
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.conditions import is_now
from ichimai.programs.periods import half_year_of
from ichimai.programs.terms import Bonus, Version
from tests.tables import Row, each
from tests.unit.programs.test_instants import NIGHT, SALES, program, tokyo, units


@pytest.mark.parametrize(
    "changes, at, answer",
    [
        ({}, "2026-10-03T00:00:00", "given"),
        ({}, "2026-10-02T23:59:59.999999", "given"),
        ({}, "2026-10-03T12:00:00", "not"),
        ({"weekdays": ("fri",)}, "2026-10-02T00:00:00", "not"),
        ({"weekdays": ("fri",)}, "2026-10-02T01:59:59", "not"),
        ({"weekdays": ("fri",)}, "2026-10-03T00:00:00", "given"),
        ({"weekdays": ("fri",)}, "2026-10-03T22:00:00", "not"),
        ({"from_on": date(2026, 10, 2)}, "2026-10-02T01:59:59", "not"),
        ({"from_on": date(2026, 10, 2)}, "2026-10-03T01:59:59", "given"),
        ({"until_on": date(2026, 10, 2)}, "2026-10-03T01:59:59", "given"),
        ({"until_on": date(2026, 10, 2)}, "2026-10-03T22:00:00", "not"),
        ({"days_of_month": (3,)}, "2026-10-03T01:00:00", "not"),
        ({"days_of_month": (2,)}, "2026-10-03T01:00:00", "given"),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(
    changes: dict[str, object], at: str, answer: str
) -> None:
    """22:00 to 02:00, as a way to earn and as a bonus: the offer of a day has both its nights."""
    is_given = answer == "given"
    when = replace(NIGHT, **changes)
    bonus = Bonus(key="five", name_ja="5倍", name_en="5 times", earning="sales", times=5, when=when)
    night = Catalogue([Version(program(bonuses=(bonus,)), ALWAYS)])
    alone = Catalogue([Version(program(earnings=(replace(SALES, when=when),)), ALWAYS)])
    assert is_now(when, tokyo(at)) == is_given
    assert units(night, tokyo(at)) == ([10, 40] if is_given else [10])
    assert units(alone, tokyo(at)) == ([10] if is_given else [])


@each("""
    day         half-year
    2026-03-31  half-year 2025-10
    2026-04-01  half-year 2026-04
    2026-09-30  half-year 2026-04
    2026-10-01  half-year 2026-10
    2026-12-31  half-year 2026-10
    2027-01-01  half-year 2026-10
    2027-03-31  half-year 2026-10
    2027-04-01  half-year 2027-04
""")
def test_a_half_year_ends_with_september_or_march(row: Row) -> None:
    assert half_year_of(date.fromisoformat(row["day"])) == row["half-year"]
