"""What a till is offered when its shop, the day or the version changes under it."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai import towns
from ichimai.kernel import Asset
from ichimai.kernel.clock import start_of_day
from ichimai.ledger.model import ALWAYS
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop
from ichimai.merchants.model import TerminalId
from ichimai.programs.catalogue import Catalogue, earns_of_event, earns_of_sale
from ichimai.programs.conditions import Known
from ichimai.programs.terms import Earning, Program, ProgramKind, Trigger, Version, Where

NOON: Final = datetime(2026, 10, 1, 3, tzinfo=UTC)
WHO: Final = Known(UUID(int=9))


def till(number: int, association: int = 8) -> TerminalAtShop:
    return TerminalAtShop(
        TerminalId(UUID(int=number)),
        ShopId(UUID(int=100 + number)),
        association,
        True,
        ShopSize.SMALL,
        "food",
        f"08-{number:03}",
    )


def street(units: int, starts_at: datetime, version: int = 1) -> Version:
    """Points that the shops of one street give, and fund themselves."""
    sales = Earning(
        key="sales",
        name_ja="お買い物",
        name_en="Sales",
        trigger=Trigger.SALE,
        units=units,
        funder="shop",
        where=Where(associations=(8,)),
    )
    points = Program(
        key=Asset("points"),
        kind=ProgramKind.POINTS,
        name_ja="ポイント",
        name_en="Points",
        version=version,
        earnings=(sales,),
    )
    return Version(points, starts_at)


def given(catalogue: Catalogue, at: TerminalAtShop, now: datetime) -> list[tuple[int, UUID]]:
    """The units of a sale, and who pays for them."""
    earns = earns_of_sale(catalogue.offer(at, now), at, WHO, now)
    return [(each.units, each.funder) for each in earns]


def test_a_shop_that_moves_to_another_street_gives_what_is_given_there() -> None:
    """Its till is the same, and so is the day."""
    catalogue = Catalogue([street(1, ALWAYS)])
    assert given(catalogue, till(1), NOON) == [(1, till(1).shop)]
    assert given(catalogue, till(1, association=9), NOON) == []
    assert given(catalogue, till(1), NOON) == [(1, till(1).shop)]


def test_a_bonus_that_says_no_place_is_wherever_its_earning_is() -> None:
    """The town doubles a class in its own places for the young (若者の参加)."""
    (program,) = [each for each in towns.load("toshima").programs if each.key == "health-points"]
    hall = till(1)._replace(association=0, category="community_plaza", number="00-009")
    (group,) = program.earnings[1].who.any_of[:1]
    sure = {"age>=20", "age<75", group}
    ways = Catalogue([Version(program, ALWAYS)]).offer(hall, NOON).ways
    found = []
    for more in ({"age<40"}, set()):
        known = Known(UUID(int=9), sure | more)
        lesson = [way for way in ways if way.earning.event == "health-class"]
        found.append([each.units for each in earns_of_event(lesson, hall, known, NOON)])
    assert found == [[50, 50], [50]]


def test_shops_at_which_the_same_is_earned_fund_each_their_own() -> None:
    catalogue = Catalogue([street(1, ALWAYS)])
    for number in (1, 2, 1):
        assert given(catalogue, till(number), NOON) == [(1, till(number).shop)]


def test_a_version_that_begins_at_noon_counts_from_noon_on() -> None:
    """Also for what is told late, in whichever order it is asked."""
    catalogue = Catalogue([street(1, ALWAYS), street(3, NOON, version=2)])
    second = timedelta(seconds=1)
    for now, units in ((NOON, 3), (NOON - second, 1), (NOON + second, 3), (NOON - second, 1)):
        assert [units for units, _ in given(catalogue, till(1), now)] == [units]


def test_the_day_is_the_day_of_the_instant_that_is_asked_about() -> None:
    catalogue = Catalogue([street(1, ALWAYS)])
    midnight = start_of_day(NOON.date() + timedelta(days=1))
    second = timedelta(seconds=1)
    days = [catalogue.offer(till(1), at).day.day for at in (NOON, midnight, midnight - second)]
    assert days == [1, 2, 1]
