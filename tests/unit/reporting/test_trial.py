"""Two versions over the same sales, with nothing of fewer than five people."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec

from ichimai.kernel import Asset, ids
from ichimai.ledger.model import ALWAYS
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop
from ichimai.merchants.model import TerminalId
from ichimai.programs.occasions import OccasionKind
from ichimai.programs.scopes import When, Who
from ichimai.programs.terms import (
    Bonus,
    Earning,
    Exchange,
    Program,
    ProgramKind,
    Trigger,
    Version,
)
from ichimai.programs.whatif import PastSale
from ichimai.programs.whatif_rules import PastOccasion
from ichimai.reporting import trial
from ichimai.reporting.trial import Row, Trial
from ichimai.simulation.sales import made_up_sales

FIRST, LAST = date(2026, 10, 1), date(2026, 11, 30)


def till(association: int, number: int) -> TerminalAtShop:
    return TerminalAtShop(
        TerminalId(ids.NIL),
        ShopId(UUID(int=association * 1_000 + number)),
        association,
        True,
        ShopSize.SMALL,
        "food",
        f"{association:02}-{number:03}",
    )


def points(version: int, units: int, **more: object) -> Program:
    earning = Earning(
        key="sales", name_ja="お買い物", name_en="Sales", trigger=Trigger.SALE, units=units
    )
    return Program(
        key=Asset("points"),
        kind=ProgramKind.POINTS,
        name_ja="ポイント",
        name_en="Points",
        version=version,
        earnings=(earning,),
        **more,  # type: ignore[arg-type]  # a test may say any term
    )


def sales(people: int, association: int = 1, day: date = FIRST) -> list[PastSale]:
    """Each of some people buys something for 1,000 yen."""
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    return [PastSale(UUID(int=who), till(association, 1), 1_000, 0, at) for who in range(people)]


def made(
    history: Iterable[PastSale],
    now: Program | None,
    then: Program,
    begins_on: date | None = None,
    belonging_percent: int | None = None,
) -> Trial:
    return trial.made(
        [],
        now,
        then,
        history,
        from_on=FIRST,
        to_on=LAST,
        begins_on=begins_on,
        belonging_percent=belonging_percent,
    )


def test_twice_the_points_cost_twice_as_much_and_everybody_gains() -> None:
    found = made(sales(6), points(1, 1), points(2, 2))
    assert found.now is not None
    assert (found.now.units, found.then.units, found.difference_yen) == (60, 120, 60)
    assert (found.then.liability_yen, found.then.people, found.gained, found.lost) == (120, 6, 6, 0)
    assert found.by_association == (Row("1", 60, 120),)
    assert found.by_month == (Row("2026-10", 60, 120),)


def test_of_four_people_nothing_is_shown() -> None:
    found = made(sales(4), points(1, 1), points(2, 2))
    assert (found.then.units, found.then.cost_yen, found.then.people) == (None, None, None)
    assert (found.difference_yen, found.gained, found.lost) == (None, None, 0)
    assert found.by_association == (Row("1", None, None),)
    assert found.sales == 4


def test_a_street_of_few_people_cannot_be_reckoned_from_the_others() -> None:
    """Three streets, one of two people: that one and another are not shown."""
    history = [*sales(9, 1), *sales(7, 2), *sales(2, 3)]
    found = made(history, None, points(1, 1))
    assert found.now is None
    hidden = [row.key for row in found.by_association if row.then is None]
    assert hidden == ["2", "3"]
    assert found.then.units == 180


def test_a_program_that_is_new_has_nothing_beside_it() -> None:
    found = made(sales(5), None, points(1, 1))
    assert found.now is None
    assert found.difference_yen == 50
    assert found.by_association == (Row("1", 0, 50),)


def test_sales_are_moved_to_where_the_version_begins() -> None:
    """A campaign in December counts sales of October, weeks later."""
    december = Bonus(
        key="end",
        name_ja="歳末",
        name_en="Year's end",
        earning="sales",
        times=3,
        when=When(from_on=date(2026, 12, 1), until_on=date(2026, 12, 31)),
    )
    then = points(2, 1, bonuses=(december,))
    assert made(sales(6), points(1, 1), then).difference_yen == 0
    moved = made(sales(6), points(1, 1), then, begins_on=date(2026, 12, 1))
    assert (moved.moved_weeks, moved.difference_yen) == (9, 120)
    assert [row.key for row in moved.by_month] == ["2026-12"]


def for_seniors(times: int = 1) -> Program:
    """Points for people of 65 and more alone."""
    seniors = Earning(
        key="seniors",
        name_ja="65歳以上",
        name_en="From 65",
        trigger=Trigger.SALE,
        units=times,
        who=Who(predicates=("age>=65",)),
    )
    return msgspec.structs.replace(points(2, 1), earnings=(seniors,))


def test_rules_for_groups_cost_between_nothing_and_what_they_cost_for_everybody() -> None:
    found = made(sales(6), points(1, 1), for_seniors(3))
    assert found.asks_who
    assert (found.then.units, found.lost, found.difference_yen) == (0, 6, -60)
    assert found.now_most is not None
    assert found.then_most is not None
    assert (found.now_most.units, found.then_most.units) == (60, 180)
    assert found.difference_most_yen == 120


def test_so_many_of_a_hundred_people_are_taken_to_belong() -> None:
    """The same ones in both versions; then there is one figure, and no range."""
    cases = ((0, 0), (7, 70), (100, 120))
    for percent, units in cases:
        found = made(sales(12), points(1, 1), for_seniors(), belonging_percent=percent)
        assert (found.belonging_percent, found.then.units) == (percent, units)
        assert (found.then_most, found.difference_most_yen) == (None, None)


def test_without_rules_for_groups_nobody_need_be_taken_to_belong() -> None:
    found = made(sales(6), points(1, 1), points(2, 2), belonging_percent=50)
    assert not found.asks_who
    assert (found.belonging_percent, found.then_most) == (None, None)


def exchanges(people: int) -> list[PastOccasion]:
    """Each of some people gives 10 points up."""
    at = datetime(2026, 10, 2, 3, tzinfo=UTC)
    kind = OccasionKind.EXCHANGE
    return [
        PastOccasion(kind, UUID(int=who), ids.NIL, till(1, 1), "points", "towel", 1, at)
        for who in range(people)
    ]


def with_a_towel(version: int, give: int) -> Program:
    towel = Exchange(
        key="towel", name_ja="手ぬぐい", name_en="Towel", take=10, to=Asset("towels"), give=give
    )
    return points(version, 1, exchanges=(towel,))


def test_what_is_owed_for_exchanges_is_part_of_the_difference() -> None:
    """Six exchanges of two units at 1 yen more; those of four people are not shown."""
    towels = Version(msgspec.structs.replace(points(1, 1), key=Asset("towels")), ALWAYS)
    for people, shown in ((6, (6, 18, 12)), (4, (None, None, None))):
        found = trial.made(
            [towels],
            with_a_towel(1, 1),
            with_a_towel(2, 3),
            [*sales(6), *exchanges(people)],
            from_on=FIRST,
            to_on=LAST,
        )
        assert (found.then.exchanges, found.then.exchange_yen, found.difference_yen) == shown
        assert found.then.units == 60


def test_made_up_sales_are_the_same_for_the_same_seed() -> None:
    tills = [till(1, 1), till(2, 1)]
    found = list(made_up_sales(tills, 500, seed=1, from_on=FIRST, to_on=LAST))
    assert found == list(made_up_sales(tills, 500, seed=1, from_on=FIRST, to_on=LAST))
    assert len(found) == 500
    ats = [sale.at for sale in found]
    assert ats == sorted(ats)
    assert ats[-1] - ats[0] < timedelta(days=61)
    assert not list(made_up_sales([], 500, seed=1, from_on=FIRST, to_on=LAST))
