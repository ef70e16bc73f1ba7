"""Every instant at which a rule changes, two seconds before and after (faults.md I14, I122)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.ledger import OperationId
from ichimai.ledger.model import ALWAYS, NEVER, Earn
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop
from ichimai.merchants.model import TerminalId
from ichimai.programs import rules
from ichimai.programs.catalogue import Catalogue, earns_of_sale
from ichimai.programs.conditions import Known, is_now
from ichimai.programs.model import PurchaseRequest
from ichimai.programs.periods import (
    LimitKeys,
    day_of,
    fiscal_year_of,
    month_of,
    week_of,
)
from ichimai.programs.terms import (
    Acceptance,
    Bonus,
    Earning,
    Expiry,
    Limits,
    Program,
    ProgramKind,
    Trigger,
    Use,
    Version,
    When,
)
from tests.tables import Row, each

JST: Final = ZoneInfo("Asia/Tokyo")
POINTS: Final = Asset("points")
TILL: Final = TerminalAtShop(
    TerminalId(UUID(int=1)), ShopId(UUID(int=2)), 8, True, ShopSize.SMALL, "food", "08-001"
)
WHO: Final = Known(UUID(int=3))
SWEEP: Final = [
    timedelta(seconds=-2),
    *[timedelta(milliseconds=n) for n in range(-5, 6)],
    *[timedelta(microseconds=n) for n in (-1, 1)],
    timedelta(seconds=2),
]
"""From two seconds before to two after, by single milliseconds where it matters."""

SALES: Final = Earning(
    key="sales", name_ja="お買い物", name_en="Shopping", trigger=Trigger.SALE, yen=100
)


def program(**more: object) -> Program:
    made = Program(
        key=POINTS,
        kind=ProgramKind.POINTS,
        name_ja="ポイント",
        name_en="Points",
        earnings=(SALES,),
        expiry=Expiry(end_of_fiscal_year=True),
        use=Use(is_automatic=True),
    )
    return replace(made, **more)


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST).astimezone(UTC)


def at_till(catalogue: Catalogue, now: datetime) -> tuple[Earn, ...]:
    return earns_of_sale(catalogue.offer(TILL, now), TILL, WHO, now)


def units(catalogue: Catalogue, now: datetime, yen: int = 1_000) -> list[int]:
    return [
        earn.rate.units_of(total_yen=yen, paid_yen=0)
        for earn in at_till(catalogue, now)
        if earn.rate is not None
    ]


@pytest.mark.parametrize(
    "day", ["2026-11-01", "2027-01-01", "2027-04-01", "2028-02-29", "2028-03-01", "2100-03-01"]
)
def test_a_version_begins_with_its_day_in_tokyo(day: str) -> None:
    """What a sale earns, what may pay, and from which lots; asked in any order of time."""
    starts_at = start_of_day(date.fromisoformat(day))
    old = program()
    new = program(
        version=2,
        earnings=(replace(SALES, yen=50),),
        acceptance=Acceptance(associations=(99,)),
        use=Use(is_automatic=True, per_payment_limit=7),
    )
    catalogue = Catalogue([Version(old, tokyo("2026-10-01T00:00:00")), Version(new, starts_at)])
    for by in [*SWEEP, *reversed(SWEEP)]:
        now = starts_at + by
        is_new = by >= timedelta(0)
        assert units(catalogue, now) == [20 if is_new else 10], by
        (purse,) = catalogue.offer(TILL, now).purses
        assert purse.per_payment == (7 if is_new else None), by
        assert purse.spans == ((ALWAYS, starts_at),), by


@pytest.mark.parametrize("at", ["2026-11-01T00:00:00", "2026-11-01T12:34:56.789"])
def test_a_program_is_none_before_its_first_version(at: str) -> None:
    """Which may begin at any instant."""
    starts_at = tokyo(at)
    catalogue = Catalogue([Version(program(), starts_at)])
    for by in SWEEP:
        now = starts_at + by
        assert bool(catalogue.at(now)) == bool(at_till(catalogue, now)) == (by >= timedelta(0)), by


def test_old_lots_keep_the_terms_of_the_day_from_which_they_could_be_used() -> None:
    """Accepted, not accepted, accepted again: the lots of the first and third version are."""
    days = [tokyo(f"2026-{month}-01T00:00:00") for month in ("10", "11", "12")]
    nowhere = Acceptance(associations=(99,))
    versions = [
        Version(program(), days[0]),
        Version(program(version=2, acceptance=nowhere), days[1]),
        Version(program(version=3), days[2]),
    ]
    (purse,) = Catalogue(versions).offer(TILL, days[2]).purses
    assert purse.spans == ((ALWAYS, days[1]), (days[2], NEVER))
    everywhere = [versions[0], Version(program(version=2), days[1])]
    assert Catalogue(everywhere).offer(TILL, days[2]).purses[0].spans is None
    assert Catalogue(versions[1:2]).offer(TILL, days[2]).purses == ()


@each(
    """
        given in Tokyo              expiry        the last day
        2026-03-31T23:59:59.999999  year          2026-03-31
        2026-04-01T00:00:00         year          2027-03-31
        2026-03-31T23:59:58         year+1        2027-03-31
        2026-04-01T00:00:02         year+1        2028-03-31
        2026-12-31T23:59:59.999     year          2027-03-31
        2027-01-01T00:00:00         year          2027-03-31
        2027-08-31T12:00:00         6 months      2028-02-29
        2026-08-31T12:00:00         6 months      2027-02-28
        2028-02-29T23:59:59.999     12 months     2029-02-28
        2028-02-29T00:00:00         48 months     2032-02-29
        2028-02-28T23:59:59.999     12 months     2029-02-28
        2028-03-01T00:00:00         12 months     2029-03-01
        2099-02-28T00:00:00         12 months     2100-02-28
        2027-12-31T23:59:59.999     2 months      2028-02-29
        2027-01-31T00:00:00         1 months      2027-02-28
        2026-12-31T23:59:59.999999  1 months      2027-01-31
    """
)
def test_what_is_given_ends_with_a_day_in_tokyo(row: Row) -> None:
    """Good through 23:59:59.999999 of it."""
    text = row["expiry"]
    if text.startswith("year"):
        expiry = Expiry(end_of_fiscal_year=True, years_later=int(text[5:] or "0"))
    else:
        expiry = Expiry(after_months=int(text.split()[0]))
    given_at = tokyo(row["given in Tokyo"])
    ends_at = rules.expires_at(program(expiry=expiry), given_at)
    last = date.fromisoformat(row["the last day"])
    assert ends_at == datetime.combine(last + timedelta(days=1), time(), JST)
    (earn,) = at_till(Catalogue([Version(program(expiry=expiry), ALWAYS)]), given_at)
    assert earn.expires_at == ends_at


def test_a_fiscal_year_is_that_of_a_second_way_to_count_it() -> None:
    """Of each day of nine years: the year in which the last 1 April was."""
    day = date(2024, 1, 1)
    while day < date(2033, 1, 1):
        first = day
        while (first.month, first.day) != (4, 1):
            first -= timedelta(days=1)
        assert rules.fiscal_year(day) == first.year
        assert fiscal_year_of(day) == f"fiscal year {first.year}"
        assert week_of(day) == week_of(day - timedelta(days=day.weekday()))
        assert (week_of(day) == week_of(day - timedelta(days=1))) == (day.strftime("%a") != "Mon")
        assert month_of(day) == f"month {day:%Y-%m}"
        assert day_of(day) == f"day {day:%Y-%m-%d}"
        day += timedelta(days=1)


HOURS: Final = When(from_time=time(17, 30), until_time=time(19))
NIGHT: Final = When(from_time=time(22), until_time=time(2))
"""10-02 is a Friday."""

EDGES: Final = {
    "a night begins": (NIGHT, "2026-10-02T22:00:00", True),
    "a night goes on over midnight": (NIGHT, "2026-10-03T02:00:00", False),
    "a night of Friday begins": (
        replace(NIGHT, weekdays=("fri",)),
        "2026-10-02T22:00:00",
        True,
    ),
    "a night of Friday ends on Saturday": (
        replace(NIGHT, weekdays=("fri",)),
        "2026-10-03T02:00:00",
        False,
    ),
    "the night that the 31st begins": (
        replace(NIGHT, days_of_month=(31,)),
        "2026-11-01T02:00:00",
        False,
    ),
    "the first night": (replace(NIGHT, from_on=date(2026, 10, 2)), "2026-10-02T22:00:00", True),
    "the last night": (replace(NIGHT, until_on=date(2026, 10, 2)), "2026-10-03T02:00:00", False),
    "an evening until midnight begins": (
        When(from_time=time(18), until_time=time(0)),
        "2026-10-02T18:00:00",
        True,
    ),
    "an evening until midnight ends": (
        When(from_time=time(18), until_time=time(0)),
        "2026-10-03T00:00:00",
        False,
    ),
    "from an hour": (HOURS, "2026-10-02T17:30:00", True),
    "until an hour": (HOURS, "2026-10-02T19:00:00", False),
    "from a day": (When(from_on=date(2026, 10, 2)), "2026-10-02T00:00:00", True),
    "until a day": (When(until_on=date(2026, 10, 1)), "2026-10-02T00:00:00", False),
    "a weekday begins": (When(weekdays=("fri",)), "2026-10-02T00:00:00", True),
    "a weekday ends": (When(weekdays=("thu",)), "2026-10-02T00:00:00", False),
    "a day of the month begins": (When(days_of_month=(29,)), "2028-02-29T00:00:00", True),
    "a day of the month ends": (When(days_of_month=(29,)), "2028-03-01T00:00:00", False),
    "a year begins": (When(from_on=date(2027, 1, 1)), "2027-01-01T00:00:00", True),
    "a fiscal year ends": (When(until_on=date(2027, 3, 31)), "2027-04-01T00:00:00", False),
}
"""When a bonus is given, an edge of it, and whether it is given from then on."""


@pytest.mark.parametrize("name", EDGES)
def test_a_bonus_has_sharp_edges(name: str) -> None:
    when, edge, is_after = EDGES[name]
    bonus = Bonus(key="five", name_ja="5倍", name_en="5 times", earning="sales", times=5, when=when)
    catalogue = Catalogue([Version(program(bonuses=(bonus,)), ALWAYS)])
    for by in SWEEP:
        now = tokyo(edge) + by
        is_given = (by >= timedelta(0)) == is_after
        assert is_now(when, now) == is_given, by
        assert units(catalogue, now) == ([10, 40] if is_given else [10]), by


def test_of_several_bonuses_the_largest_is_given_and_they_do_not_multiply() -> None:
    """In whichever order the file has them."""
    two, five = (
        Bonus(key=f"by-{n}", name_ja=f"{n}倍", name_en=f"{n}", earning="sales", times=n)
        for n in (2, 5)
    )
    for bonuses in ((two, five), (five, two)):
        catalogue = Catalogue([Version(program(bonuses=bonuses), ALWAYS)])
        assert units(catalogue, tokyo("2026-10-01T12:00:00")) == [10, 40]


def test_an_earning_of_some_days_has_sharp_edges() -> None:
    """The campaign's days are worked out once a day, its hours at each sale."""
    when = When(from_on=date(2026, 12, 31), until_on=date(2027, 1, 1), until_time=time(23))
    catalogue = Catalogue([Version(program(earnings=(replace(SALES, when=when),)), ALWAYS)])
    for edge, is_after in (
        ("2026-12-31T00:00:00", True),
        ("2026-12-31T23:00:00", False),
        ("2027-01-01T00:00:00", True),
        ("2027-01-01T23:00:00", False),
    ):
        for by in SWEEP:
            given = units(catalogue, tokyo(edge) + by)
            assert bool(given) == ((by >= timedelta(0)) == is_after), (edge, by)


@pytest.mark.parametrize(
    "limit, edges",
    [
        ("units_per_day", ["2026-10-02", "2027-01-01", "2028-02-29", "2028-03-01"]),
        ("units_per_week", ["2026-10-05", "2027-01-04"]),
        ("units_per_month", ["2026-11-01", "2027-01-01", "2028-03-01"]),
        ("units_per_fiscal_year", ["2027-04-01", "2028-04-01"]),
        ("times_per_day", ["2026-10-02"]),
        ("times_per_fiscal_year", ["2027-04-01"]),
        ("times_per_shop_day", ["2026-10-02"]),
    ],
)
def test_a_limit_begins_anew_when_its_period_does(limit: str, edges: list[str]) -> None:
    limits = replace(Limits(), **{limit: 5})
    catalogue = Catalogue([Version(program(earnings=(replace(SALES, limits=limits),)), ALWAYS)])
    for edge in edges:
        counted = [
            at_till(catalogue, tokyo(f"{edge}T00:00:00") + by)[0].caps[0].tally for by in SWEEP
        ]
        assert len(set(counted)) == 2
        before = [by < timedelta(0) for by in SWEEP]
        assert [key == counted[0] for key in counted] == before


@pytest.mark.parametrize(
    "limit, same",
    [
        ("units_per_week", ("2026-12-28", "2027-01-03")),
        ("units_per_month", ("2028-02-01", "2028-02-29")),
        ("units_per_fiscal_year", ("2026-12-31", "2027-01-01")),
        ("units_ever", ("2026-10-01", "2099-12-31")),
        ("times_ever", ("2026-10-01", "2099-12-31")),
        ("times_per_shop", ("2026-10-01", "2099-12-31")),
    ],
)
def test_a_limit_goes_on_within_its_period(limit: str, same: tuple[str, str]) -> None:
    limits = replace(Limits(), **{limit: 5})
    keys = [
        LimitKeys(POINTS, "sales", limits, date.fromisoformat(day)).of(WHO.subject, TILL.shop)
        for day in same
    ]
    assert keys[0] == keys[1]


def test_no_two_limits_are_counted_under_one_key() -> None:
    """Of another person, part, program, period, and units or times; per shop, of another shop."""
    all_limits = Limits(**dict.fromkeys(Limits.__struct_fields__, 5))
    keys = [
        cap.tally
        for asset in ("points", "stamps")
        for part in ("sales", "bonus")
        for day in (date(2026, 3, 31), date(2027, 4, 5))
        for person in (UUID(int=5), UUID(int=6))
        for cap in LimitKeys(Asset(asset), part, all_limits, day).of(person, TILL.shop)
    ]
    # Three of the ten are for ever, the same on both days.
    assert len(keys) == 160
    assert len(set(keys)) == 8 * (7 * 2 + 3)
    one = LimitKeys(POINTS, "sales", all_limits, date(2026, 3, 31))
    here, there = one.of(WHO.subject, TILL.shop), one.of(WHO.subject, UUID(int=9))
    assert [a == b for a, b in zip(here, there, strict=True)] == [True] * 8 + [False] * 2


def test_pending_points_may_be_used_from_their_day_on() -> None:
    pending = replace(SALES, usable_after_days=3)
    catalogue = Catalogue([Version(program(earnings=(pending,)), ALWAYS)])
    for by in SWEEP:
        (earn,) = at_till(catalogue, tokyo("2028-02-27T00:00:00") + by)
        day = "2028-03-01" if by >= timedelta(0) else "2028-02-29"
        assert earn.usable_at == tokyo(f"{day}T00:00:00"), by
        assert day_in_tokyo(earn.usable_at) == date.fromisoformat(day)


def test_what_is_asked_of_a_person_is_what_the_day_of_the_sale_asks() -> None:
    """A campaign for seniors is over; a sale of its last day is told late."""
    seniors = replace(
        SALES,
        who=replace(SALES.who, predicates=("age>=65",)),
        when=When(until_on=date(2026, 10, 1)),
    )
    catalogue = Catalogue([Version(program(earnings=(seniors,)), ALWAYS)])
    asked = PurchaseRequest(id=OperationId(UUID(int=1)), total_yen=1)
    assert catalogue.asks(asked, TILL, tokyo("2026-10-01T23:59:59")) == ("age>=65",)
    assert catalogue.asks(asked, TILL, tokyo("2026-10-02T00:00:00")) is None
