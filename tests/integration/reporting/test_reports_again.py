"""Each report against a second computation, over random histories, on many days."""

from calendar import monthrange
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Final

import pytest

from ichimai import ledger, reporting
from ichimai.kernel import Asset
from ichimai.ledger import Kind
from ichimai.ledger.model import Role
from ichimai.programs import funding
from ichimai.programs.terms import Money
from ichimai.storage import ReadTx

from . import plain
from .terms import GIFT, POINTS, PREMIUM, PREPAID, PROGRAMS, STAMPS
from .world import World

_FIRST: Final = date(2026, 1, 5)
_WORTH: Final = {GIFT: 1, POINTS: 1, PREPAID: 1, PREMIUM: 1, STAMPS: 10}


def last_day(world: World) -> date:
    return world.clock.now().astimezone(plain.TOKYO).date()


def days(world: World) -> list[date]:
    """Each ninth day of the history, both base days that are in it, and the last."""
    last = last_day(world)
    count = (last - _FIRST).days // 9
    found = {_FIRST + timedelta(days=9 * number) for number in range(count)}
    return sorted(
        found | {day for day in (date(2026, 3, 31), date(2026, 9, 30)) if day < last} | {last}
    )


def money(each: plain.Held, shops: set[object]) -> Money:
    """Whose money it is, told from who gave it, without the terms' machinery."""
    given_by = {
        funding.party_id("operator"): Money.PUBLIC,
        funding.party_id("cinema"): Money.SPONSOR,
        funding.budget_id(POINTS, "class"): Money.PUBLIC,
        funding.party_id("association:27"): Money.ASSOCIATION,
        funding.party_id("association:8"): Money.OWN,
    }
    if each.asset == PREPAID:
        return Money.OWN
    return Money.ASSOCIATION if each.funder in shops else given_by[each.funder]


def test_the_history_has_everything_in_it(lived: World) -> None:
    """Else the tests below would say little."""
    with lived.database.snapshot(lived.operator) as tx:
        kinds = {line.kind for line in plain.lines(tx)}
        if Kind.GIVE not in kinds:
            ledger.verification.verify(tx)
    other = {Kind.CORRECTION, Kind.STOP, Kind.SALE, Kind.DELIVERY, Kind.HANDOVER, Kind.OFFSET}
    assert set(Kind) - other - plain.ON <= kinds
    assert last_day(lived) > date(2026, 10, 1)


def test_what_is_outstanding_is_what_a_replay_of_all_transfers_leaves(lived: World) -> None:
    shops: set[object] = {shop.id for shop in lived.shops}
    with lived.database.snapshot(lived.operator) as tx:
        lines = plain.lines(tx)
        for day in days(lived):
            found = reporting.liability(tx, lived.clock, on=day)
            expected: Counter[tuple[str, str, str, str]] = Counter()
            for each in plain.held(lines, day):
                key = each.asset, plain.age(each, day), plain.end(each, day), money(each, shops)
                expected[key] += each.units
            sums: Counter[tuple[str, str, str, str]] = Counter()
            for row in found.rows:
                sums[row.program.key, row.age, row.end, row.money] += row.units
            assert +sums == expected, day
            whole = sum(units * _WORTH[Asset(key[0])] for key, units in expected.items())
            for parts in (found.by_age, found.by_end, found.by_money):
                assert sum(parts.values()) == found.yen == whole, day


def test_what_is_outstanding_now_is_what_the_accounts_say(lived: World) -> None:
    with lived.database.snapshot(lived.operator) as tx:
        found = reporting.liability(tx, lived.clock)
        for asset in _WORTH:
            on_accounts = ledger.reports.total(tx, Role.WALLET, asset)
            on_accounts += ledger.reports.total(tx, Role.CLEARING, asset)
            assert sum(row.units for row in found.rows if row.program.key == asset) == on_accounts


def test_unused_is_that_of_the_day_and_not_of_today(lived: World) -> None:
    with lived.database.snapshot(lived.operator) as tx:
        lines = plain.lines(tx)
        for day in days(lived):
            found = reporting.unused(tx, lived.clock, on=day)
            expected: Counter[tuple[str, int]] = Counter()
            for each in plain.held(lines, day):
                is_second = each.asset == PREMIUM and each.usable_at >= second_begins()
                expected[each.asset, 2 if is_second else 1] += each.units
            sums = {(row.program.key, row.version): row.units for row in found.rows if row.units}
            assert sums == expected, day
            assert found.yen == sum(
                units * _WORTH[Asset(key[0])] for key, units in expected.items()
            )


def second_begins() -> datetime:
    """The instant at which the second version of the premium voucher begins."""
    (second,) = [each for each in PROGRAMS if each.version == 2]
    assert second.starts_on is not None
    return datetime.combine(second.starts_on, datetime.min.time(), plain.TOKYO)


def test_what_the_law_counts_is_counted(lived: World) -> None:
    """Own use and third party: all of it; six months: what runs longer; the rest: nothing."""
    with lived.database.snapshot(lived.operator) as tx:
        lines = plain.lines(tx)
        day = date(2026, 9, 30)
        found = reporting.unused(tx, lived.clock, on=day)
    expected = Counter({"operator": 0, "association:8": 0})
    for each in plain.held(lines, day):
        if each.asset == PREPAID:
            expected["operator"] += each.units
        elif each.asset == PREMIUM:
            is_second = each.usable_at >= second_begins()
            if is_second or each.expires_at > six_months_after(each.given_at):
                expected["association:8"] += each.units
    found_sums = {each.issuer: each.counted_yen for each in found.issuers if each.counted_yen}
    assert found_sums == +expected
    for issuer in found.issuers:
        assert issuer.is_above_threshold == (issuer.counted_yen > 10_000_000)
        if issuer.is_above_threshold:
            assert 0 <= 2 * issuer.deposit_yen - issuer.counted_yen <= 1
        else:
            assert issuer.deposit_yen == 0


def six_months_after(at: datetime) -> datetime:
    """The end of the day with the same number six months later, or of the month's last."""
    day = at.astimezone(plain.TOKYO).date()
    month = day.month + 6
    year, month = day.year + (month - 1) // 12, (month - 1) % 12 + 1
    last = date(year, month, min(day.day, monthrange(year, month)[1]))
    return datetime.combine(last + timedelta(days=1), datetime.min.time(), plain.TOKYO)


@pytest.mark.parametrize(
    "first, last",
    [
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 9, 30)),
        (date(2026, 6, 3), date(2026, 6, 3)),
    ],
)
def test_what_expired_is_what_came_to_the_programs_accounts(
    lived: World, first: date, last: date
) -> None:
    with lived.database.snapshot(lived.operator) as tx:
        lines = plain.lines(tx)
        found = reporting.expired(tx, lived.clock, from_on=first, to_on=last)
    sums = Counter[str]()
    for row in found.rows:
        sums[row.program.key] += row.units
        assert row.yen == row.units * _WORTH[row.program.key]
        assert 0 <= row.early_yen <= row.yen
    before, after = (plain.balances(lines, day) for day in (first - timedelta(days=1), last))
    expected = Counter[str]()
    for (_, role, asset), units in after.items():
        if role is Role.EXPIRED:
            expected[asset] += units
    for (_, role, asset), units in before.items():
        if role is Role.EXPIRED:
            expected[asset] -= units
    assert +sums == +expected
    assert found.yen == sum(found.by_money.values())


def test_all_that_ever_expired_is_on_the_accounts(lived: World) -> None:
    last = last_day(lived)
    with lived.database.snapshot(lived.operator) as tx:
        found = reporting.expired(tx, lived.clock, from_on=_FIRST, to_on=last)
        total = ledger.reports.total(tx, Role.EXPIRED)
    assert sum(row.units for row in found.rows) == total > 0
    assert sum(row.early_yen for row in found.rows) == 0


def test_a_base_day_that_is_over_stays_what_it_was(lived: World) -> None:
    with lived.database.snapshot(lived.operator) as tx:
        first = _unused(tx, lived)
    at = lived.clock.at
    lived.clock.advance(timedelta(days=200))
    with lived.database.snapshot(lived.operator) as tx:
        assert _unused(tx, lived) == first
    lived.clock.at = at


def _unused(tx: ReadTx, world: World) -> object:
    return reporting.unused(tx, world.clock, on=date(2026, 3, 31))
