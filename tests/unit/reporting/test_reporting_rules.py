"""What the law asks, whose money it is, which months may be told."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.kernel import Asset
from ichimai.kernel.clock import end_of_day, start_of_day
from ichimai.ledger.model import NEVER
from ichimai.programs import funding
from ichimai.programs.terms import Earning, Instrument, Money, Program, Settlement, Trigger, Version
from ichimai.reporting import months, rules
from ichimai.reporting.errors import NoTerms, NotWholeMonths
from ichimai.reporting.model import Age, End
from ichimai.reporting.rules import Standing, Terms
from tests import tables
from tests.tables import Row

SPRING = datetime(2026, 4, 1, tzinfo=UTC)


def program(**changes: object) -> Program:
    wanted = {"key": Asset("x"), "name_ja": "制度", "name_en": "Program"} | changes
    return Program(**wanted)  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize(
    "instrument, yen, counted",
    [
        (Instrument.NOT_PAID_FOR, 900, 0),
        (Instrument.LOCAL_GOVERNMENT, 900, 0),
        (Instrument.SIX_MONTHS, 900, 70),
        (Instrument.OWN_USE, 900, 900),
        (Instrument.THIRD_PARTY, 900, 900),
    ],
)
def test_what_counts_depends_on_what_it_is_in_the_law(
    instrument: Instrument, yen: int, counted: int
) -> None:
    row = rules.unused_row(Standing(program(instrument=instrument, unit_yen=10), yen // 10, 7))
    assert (row.yen, row.long_yen, row.counted_yen) == (yen, 70, counted)
    assert "条" in row.reason_ja
    assert "art." in row.reason_en


def test_every_instrument_has_its_reason_in_both_languages() -> None:
    assert set(rules.REASONS) == set(Instrument)


@pytest.mark.parametrize(
    "first, second, is_above, deposit",
    [
        (10_000_000, 0, False, 0),
        (10_000_001, 0, True, 5_000_001),
        (5_000_000, 5_000_000, False, 0),
        (5_000_000, 5_000_002, True, 5_000_001),
        (0, 0, False, 0),
    ],
)
def test_above_ten_million_over_all_instruments_half_is_deposited(
    first: int, second: int, deposit: int, *, is_above: bool
) -> None:
    rows = [
        rules.unused_row(Standing(program(key=Asset("a"), instrument="own_use"), first, 0)),
        rules.unused_row(Standing(program(key=Asset("b"), instrument="third_party"), second, 0)),
        rules.unused_row(Standing(program(key=Asset("c")), 90_000_000, 0)),
        rules.unused_row(
            Standing(program(settlement=Settlement(pool="bank"), instrument="own_use"), 1, 0)
        ),
    ]
    other, ours = rules.issuers(rows)
    assert (other.issuer, other.counted_yen, other.deposit_yen) == ("bank", 1, 0)
    assert (ours.issuer, ours.counted_yen) == ("operator", first + second)
    assert (ours.is_above_threshold, ours.deposit_yen) == (is_above, deposit)


@pytest.mark.parametrize(
    "today, last",
    [
        (date(2026, 3, 31), date(2025, 9, 30)),
        (date(2026, 4, 1), date(2026, 3, 31)),
        (date(2026, 9, 30), date(2026, 3, 31)),
        (date(2026, 10, 1), date(2026, 9, 30)),
        (date(2027, 1, 1), date(2026, 9, 30)),
    ],
)
def test_the_last_base_day_is_one_that_is_over(today: date, last: date) -> None:
    assert rules.last_base_day(today) == last
    assert rules.is_base_day(last)


def test_two_months_after_a_base_day_all_is_due() -> None:
    assert rules.due_on(date(2027, 3, 31)) == date(2027, 5, 31)
    assert rules.due_on(date(2026, 9, 30)) == date(2026, 11, 30)
    assert rules.due_on(date(2026, 9, 29)) is None


@pytest.mark.parametrize(
    "money, funder, party, whose",
    [
        (Money.OWN, "operator", "operator", Money.OWN),
        (Money.OWN, "operator", "shop", Money.OWN),
        (Money.OWN, "association:15", "operator", Money.OWN),
        (Money.ASSOCIATION, "shop", "shop", Money.ASSOCIATION),
        (Money.ASSOCIATION, "shop", "operator", Money.PUBLIC),
        (Money.PUBLIC, "operator", "shop", Money.ASSOCIATION),
        (Money.PUBLIC, "operator", "association:8", Money.ASSOCIATION),
        (Money.PUBLIC, "operator", "cinema", Money.SPONSOR),
        (Money.SPONSOR, "cinema", "cinema", Money.SPONSOR),
        (Money.PUBLIC, "operator", rules.OTHER, Money.PUBLIC),
    ],
)
def test_whose_money_it_is_depends_on_who_gave_it(
    money: Money, funder: str, party: str, whose: Money
) -> None:
    assert rules.money_of(program(money=money, funder=funder), party) is whose


def test_a_lot_keeps_the_terms_of_its_day() -> None:
    first, second = program(), program(version=2, instrument="own_use")
    terms = Terms([Version(second, SPRING), Version(first, SPRING - timedelta(days=90))])
    before, after = SPRING - timedelta(seconds=2), SPRING
    assert terms.program(Asset("x"), terms.epoch_at(before)) == first
    assert terms.program(Asset("x"), terms.epoch_at(after)) == second
    assert terms.program(Asset("x"), terms.epoch_at(SPRING - timedelta(days=900))) == first
    assert terms.begun(SPRING) == [first]
    assert terms.begun(SPRING + timedelta(seconds=1)) == [second]
    assert terms.latest == {Asset("x"): second}


def test_units_without_terms_are_an_error_and_not_left_out() -> None:
    with pytest.raises(NoTerms):
        Terms([]).program(Asset("x"), 0)


def test_who_gave_something_is_known_by_its_account() -> None:
    earning = Earning(
        key="walk",
        name_ja="歩く",
        name_en="Walk",
        trigger=Trigger.EVENT,
        funder="association:8",
        budget_units=5,
    )
    shop = UUID(int=5)
    terms = Terms([Version(program(earnings=(earning,)), SPRING)], [shop])
    for epoch in (0, 1):
        assert terms.party(funding.party_id("operator"), epoch) == "operator"
        assert terms.party(funding.budget_id(Asset("x"), "walk"), epoch) == "association:8"
        assert terms.party(shop, epoch) == "shop"
        assert terms.party(UUID(int=6), epoch) == rules.OTHER


DAY = date(2026, 9, 30)


@tables.each(
    """
    days  age
    -400  >365
    -366  >365
    -365  181-365
    -181  181-365
    -180  91-180
    -91   91-180
    -90   31-90
    -31   31-90
    -30   0-30
    0     0-30
    1     pending
    """
)
def test_an_age_is_whole_days(row: Row) -> None:
    at = start_of_day(DAY + timedelta(days=int(row["days"])))
    for instant in (at, at + timedelta(hours=23, minutes=59)):
        assert rules.AGES[sum(bound <= instant for bound in rules.age_bounds(DAY))] == row["age"]


@tables.each(
    """
    days  end
    -9    ended
    0     ended
    1     1-30
    30    1-30
    31    31-90
    90    31-90
    91    91-180
    180   91-180
    181   181-365
    365   181-365
    366   >365
    """
)
def test_an_end_is_counted_to_the_last_day(row: Row) -> None:
    at = end_of_day(DAY + timedelta(days=int(row["days"])))
    for instant in (at, at - timedelta(hours=5)):
        assert rules.ENDS[sum(bound <= instant for bound in rules.end_bounds(DAY))] == row["end"]


def test_what_never_ends_is_told_apart() -> None:
    assert rules.ENDS[sum(bound <= NEVER for bound in rules.end_bounds(DAY))] is End.NEVER
    assert set(rules.ENDS) == set(End)
    assert set(rules.AGES) == set(Age)


def test_a_period_is_made_of_its_months() -> None:
    found = months.whole(date(2026, 11, 1), date(2027, 2, 28), date(2027, 3, 1))
    assert found == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]


@pytest.mark.parametrize(
    "first, last",
    [
        (date(2027, 2, 1), date(2027, 3, 31)),
        (date(2026, 1, 1), date(2026, 1, 30)),
        (date(2026, 1, 31), date(2026, 1, 31)),
        (date(2022, 1, 1), date(2027, 1, 31)),
        (date(1, 1, 1), date(1, 1, 31)),
        (date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_other_periods_are_refused(first: date, last: date) -> None:
    with pytest.raises(NotWholeMonths) as refused:
        months.whole(first, last, date(2027, 3, 30))
    assert refused.value.last_month == date(2027, 2, 1)


def test_a_month_is_not_over_on_its_last_day() -> None:
    march = date(2027, 3, 1), date(2027, 3, 31)
    with pytest.raises(NotWholeMonths):
        months.whole(*march, date(2027, 3, 31))
    assert months.whole(*march, date(2027, 4, 1)) == [date(2027, 3, 1)]
