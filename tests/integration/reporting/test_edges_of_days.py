"""The instant at which a day ends, six months to the day, and journals that cannot be right."""

from datetime import date, datetime, timedelta

import psycopg
import pytest

from ichimai import ledger, reporting
from ichimai.kernel import Asset
from ichimai.kernel.clock import end_of_day, start_of_day
from ichimai.ledger.model import Earn, Grant
from ichimai.programs import funding
from ichimai.reporting.errors import DayOutOfReach, NoTerms, PeriodBackwards, ReportDiffers
from ichimai.reporting.model import LiabilityReport, UnusedReport

from .terms import GIFT, POINTS, PREMIUM, PREPAID, STAMPS
from .world import World

BASE = date(2026, 3, 31)


def unused(world: World, day: date = BASE) -> UnusedReport:
    with world.database.snapshot(world.operator) as tx:
        return reporting.unused(tx, world.clock, on=day)


def liability(world: World) -> LiabilityReport:
    with world.database.snapshot(world.operator) as tx:
        return reporting.liability(tx, world.clock)


def grant(world: World, units: int, ends_at: datetime, asset: Asset = PREMIUM) -> None:
    command = Grant(
        operation=world.operation(),
        wallet=world.residents[0],
        funder=funding.party_id("association:8"),
        asset=asset,
        units=units,
        expires_at=ends_at,
    )
    assert world.post(command)


@pytest.mark.parametrize(
    "after_end, is_counted", [(timedelta(microseconds=-1), True), (timedelta(0), False)]
)
def test_a_day_ends_with_its_last_microsecond(
    world: World, after_end: timedelta, *, is_counted: bool
) -> None:
    world.clock.at = end_of_day(BASE) + after_end
    world.grant(world.residents[0], 700)
    world.clock.at = end_of_day(BASE) + timedelta(days=3)
    assert unused(world).yen == (700 if is_counted else 0)
    assert unused(world, BASE + timedelta(days=1)).yen == 700


@pytest.mark.parametrize(
    "given_on, last_on, is_long",
    [
        (date(2026, 2, 1), date(2026, 7, 31), False),
        (date(2026, 2, 1), date(2026, 8, 1), False),
        (date(2026, 2, 1), date(2026, 8, 2), True),
        (date(2026, 3, 31), date(2026, 9, 30), False),
        (date(2026, 3, 31), date(2026, 10, 1), True),
    ],
)
def test_six_months_are_counted_from_the_day_after(
    world: World, given_on: date, last_on: date, *, is_long: bool
) -> None:
    """民法140条: the first day does not count, unless it is a whole one."""
    world.clock.at = start_of_day(given_on) + timedelta(hours=15)
    grant(world, 700, end_of_day(last_on))
    world.clock.at = end_of_day(BASE) + timedelta(days=1)
    (row,) = [row for row in unused(world).rows if row.program.key == PREMIUM and row.version == 1]
    assert (row.yen, row.long_yen, row.counted_yen) == (700, 700 * is_long, 700 * is_long)


def test_a_refund_that_may_be_spent_after_six_months_counts(world: World) -> None:
    """Its grace makes it longer than what the law exempts."""
    world.clock.at = start_of_day(date(2026, 2, 1))
    grant(world, 700, end_of_day(date(2026, 7, 31)))
    world.clock.at = start_of_day(date(2026, 7, 31))
    world.pay(world.residents[0], world.shops[0], 200, PREMIUM)
    payment, _ = world.payments[-1]
    world.clock.at = start_of_day(date(2026, 8, 10))
    assert world.post(
        ledger.model.Refund(
            operation=world.operation(),
            payment=payment.operation,
            units=200,
            payee=world.shops[0].id,
            terminal=payment.terminal,
        )
    )
    (row,) = [row for row in unused(world, date(2026, 8, 10)).rows if row.units]
    assert (row.long_yen, row.counted_yen) == (700, 700)


def test_what_is_earned_of_two_programs_at_once_keeps_who_gave_each(world: World) -> None:
    """One instant, one end, one lot's id: of the stamps a street's, of the points a sponsor's."""
    world.clock.at = start_of_day(date(2026, 2, 1))
    for asset, party in ((STAMPS, "association:27"), (POINTS, "cinema")):
        earn = Earn(
            asset=asset,
            funder=funding.party_id(party),
            units=7,
            expires_at=end_of_day(date(2026, 12, 31)),
            is_pooled=True,
        )
        assert world.post(world.award((earn,)))
    rows = [(row.program.key, row.party, row.units) for row in liability(world).rows]
    assert rows == [(STAMPS, "association:27", 7), (POINTS, "cinema", 7)]
    world.clock.at = start_of_day(date(2027, 1, 1))
    assert world.post(ledger.model.Expire(operation=world.operation()))
    with world.database.snapshot(world.operator) as tx:
        first, last = date(2026, 12, 1), date(2027, 1, 1)
        ended = reporting.expired(tx, world.clock, from_on=first, to_on=last)
    assert {(row.program.key, row.party) for row in ended.rows} == {
        (STAMPS, "association:27"),
        (POINTS, "cinema"),
    }


@pytest.mark.parametrize("units, is_above", [(10_000_000, False), (10_000_001, True)])
def test_one_yen_above_ten_million_is_above(world: World, units: int, *, is_above: bool) -> None:
    command = Grant(
        operation=world.operation(),
        wallet=world.residents[0],
        funder=funding.party_id("operator"),
        asset=PREPAID,
        units=units,
        expires_at=ledger.model.NEVER,
    )
    assert world.post(command)
    world.clock.at = end_of_day(BASE) + timedelta(hours=1)
    report = unused(world)
    (issuer,) = [each for each in report.issuers if each.issuer == "operator"]
    assert (issuer.counted_yen, issuer.is_above_threshold) == (units, is_above)
    assert report.due_on == date(2026, 5, 31)


def test_every_program_in_force_is_told_with_its_reason_also_without_a_yen(world: World) -> None:
    world.clock.at = end_of_day(BASE)
    report = unused(world)
    assert [(row.program.key, row.version, row.yen) for row in report.rows] == [
        ("gift", 1, 0),
        ("premium", 1, 0),
        ("sports_prepaid", 1, 0),
        ("stamps", 1, 0),
        ("street-points", 1, 0),
    ]
    assert all(row.reason_ja and row.reason_en for row in report.rows)
    assert report.rows[2].deciding_law == "区の施設だけで使えます。"


def test_lots_that_do_not_come_to_their_accounts_make_no_report(world: World) -> None:
    world.grant(world.residents[0], 700)
    world.pay(world.residents[0], world.shops[0], 200)
    assert liability(world).yen == 500
    with psycopg.connect(world.database.url) as connection:
        connection.execute(
            "UPDATE op_131164.transfer SET lot = operation WHERE kind = 2 AND units = 200"
        )
    for report in (liability, lambda each: unused(each, date(2026, 1, 5))):
        with pytest.raises(ReportDiffers) as raised:
            report(world)
        assert (raised.value.program, raised.value.expected) == (GIFT, 500)


def test_units_of_no_program_make_no_report(world: World) -> None:
    grant(world, 700, end_of_day(date(2027, 1, 1)), Asset("nobody-knows"))
    with pytest.raises(NoTerms):
        liability(world)


def test_days_that_have_not_begun_are_refused(world: World) -> None:
    today = date(2026, 1, 5)
    assert unused(world, today).is_over is False
    for day in (today + timedelta(days=1), date(1999, 12, 31), date.min, date.max):
        with pytest.raises(DayOutOfReach):
            unused(world, day)
    with world.database.snapshot(world.operator) as tx, pytest.raises(PeriodBackwards):
        reporting.expired(tx, world.clock, from_on=today, to_on=today - timedelta(days=1))
