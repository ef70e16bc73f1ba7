"""Associations in the console: for the operator all of them, for a treasurer their own."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from ichimai import people, settlement
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.model import OrganisationKind, StaffRole
from ichimai.programs import lists
from ichimai.programs.model import OperatorProfile
from ichimai.programs.terms import Earning, Program, Settlement, Trigger, Where
from ichimai.settlement.model import RunId
from tests.acceptance.little_town import PASSWORD, SECTOR, STAFF, STREETS, LittleTown
from tests.acceptance.pages import PageClient
from tests.acceptance.web.test_console_programs import POINTS, buy, sent, sign_in
from tests.passwords import cheap_hash

ASSOCIATIONS = "/console/associations"
OKADA = "岡田 会計"
Browser = Callable[[], PageClient]


@pytest.fixture
def town(town: LittleTown) -> LittleTown:
    """With points of association 8, a week of them closed, and that association's treasurer."""
    profile = OperatorProfile(SECTOR, "豊島区", "Toshima City")
    with town.database.write(town.operator) as tx:
        lists.set_profile(tx, profile)
        lists.open_program(tx, town.clock, POINTS)
    for card in [town.resident() for _ in range(6)]:
        buy(town, card, 1_000)
    town.clock.advance(timedelta(days=7))
    with town.database.write(town.operator) as tx:
        officer = people.staff.named(tx, next(iter(STAFF)))
        settlement.clearing.close_programs(
            tx,
            town.clock,
            RunId(ids.uuid7(town.clock)),
            [Asset("street-points")],
            closed_by=officer.id,
            closes_on=day_in_tokyo(town.clock.now()) - timedelta(days=1),
        )
    return town


def treasurer_of(town: LittleTown, name: str, role: StaffRole = StaffRole.TREASURER) -> None:
    """Take somebody on for an association."""
    with town.database.write(town.operator) as tx:
        organisation = people.staff.add_organisation(
            tx, town.clock, kind=OrganisationKind.ASSOCIATION, name=name
        )
        people.staff.add(
            tx,
            town.clock,
            name=OKADA,
            role=role,
            password=cheap_hash(PASSWORD),
            organisation=organisation,
        )


@pytest.mark.parametrize("name", list(STAFF))
def test_the_operators_staff_see_all_associations(
    town: LittleTown, browser: Browser, name: str
) -> None:
    client = sign_in(browser(), name)
    assert f"{ASSOCIATIONS}/8" in client.get(ASSOCIATIONS).links().values()
    page = client.get(f"{ASSOCIATIONS}/8")
    for said in ("60ポイント", "丸福青果", "縁日", "5倍"):
        assert said in page.text, said
    assert "縁日" not in client.get(f"{ASSOCIATIONS}/27").text
    client.get(f"{ASSOCIATIONS}/66", status=404)


def test_a_treasurer_sees_their_own_and_nothing_else(town: LittleTown, browser: Browser) -> None:
    treasurer_of(town, STREETS[0].name)
    client = sign_in(browser(), OKADA)
    page = client.get("/console")
    assert page.path == f"{ASSOCIATIONS}/8"
    assert set(page.links().values()) >= {ASSOCIATIONS, "/console/account"}
    assert not {"/console/programs", "/console/shops"} & set(page.links().values())
    client.get(f"{ASSOCIATIONS}/27", status=403)
    client.get(f"{ASSOCIATIONS}/66", status=403)
    client.get("/console/programs", status=403)
    client.get("/console/programs/street-points/change", status=403)
    client.get(f"{ASSOCIATIONS}/27/whatif/street-points", status=403)


@pytest.mark.parametrize(
    "name, role", [("別の商店会", StaffRole.TREASURER), (STREETS[0].name, StaffRole.CLERK)]
)
def test_who_is_no_treasurer_of_one_of_ours_sees_none(
    town: LittleTown, browser: Browser, name: str, role: StaffRole
) -> None:
    treasurer_of(town, name, role)
    client = sign_in(browser(), OKADA)
    for path in (ASSOCIATIONS, f"{ASSOCIATIONS}/8", f"{ASSOCIATIONS}/8/whatif/street-points"):
        client.get(path, status=403)


def test_other_rules_are_tried_and_cannot_be_proposed(town: LittleTown, browser: Browser) -> None:
    """Five times the points at each sale: 240 yen more, and nothing is written.

    By rules for the supermarket, a street learns nothing of what that sells; the town does.
    """
    treasurer_of(town, STREETS[0].name)
    client = sign_in(browser(), OKADA)
    page = client.get(f"{ASSOCIATIONS}/8/whatif/street-points")
    for card in [town.resident() for _ in range(6)]:
        buy(town, card, 3_000, town.supermarket)
    town.clock.advance(timedelta(days=1))
    (text,) = [area.text or "" for area in page.tree.iter("textarea")]
    spying = text.replace("associations = [8]", "associations = [27]")
    for name, sales, units in (
        (OKADA, "買い物6件", " 0ポイント"),
        (next(iter(STAFF)), "買い物12件", " 900ポイント"),
    ):
        one = sign_in(browser(), name)
        told = sent(one, one.get(page.path), "text", {"text": spying}).text
        assert (sales in told, units in told) == (True, True), told
    client = sign_in(browser(), OKADA)
    page = client.get(page.path)
    page = sent(client, page, "fields", {"earning.sales.units": "5"})
    assert "+240円" in page.text
    assert not [form for form in page.forms() if "別の方に提案" in "".join(form.itertext())]
    answer = sent(client, page, "text", {"text": "[[program]]"}, 422)
    assert "この項目がありません" in answer.text
    with town.database.read(town.operator) as tx:
        assert len(lists.versions(tx)) == 2
        assert not people.two_person.undone(tx, town.clock, [people.model.Deed.PROGRAM_CHANGE])
    client.get(f"{ASSOCIATIONS}/8/whatif/longevity-gift", status=404)


def a_program(key: str, trigger: Trigger, where: Where) -> Program:
    """One of the city's, earned by one trigger, somewhere."""
    earning = Earning(
        key="one", name_ja="一つ", name_en="One", trigger=trigger, event="class", where=where
    )
    return msgspec.structs.replace(
        POINTS,
        key=Asset(key),
        name_ja=key,
        funder="operator",
        settlement=Settlement(),
        earnings=(earning,),
        bonuses=(),
    )


def test_an_association_tries_what_its_shops_give_and_nothing_else(
    town: LittleTown, browser: Browser
) -> None:
    """Its own, a coalition's that names it or nobody; each link leads to the form."""
    everywhere, its_shop, others = Where(), Where(shops=("08-001",)), Where(associations=(27,))
    with town.database.write(town.operator) as tx:
        for program in (
            a_program("coalition", Trigger.SALE, everywhere),
            a_program("rally", Trigger.STAMP, its_shop),
            a_program("lectures", Trigger.EVENT, everywhere),
            a_program("other-street", Trigger.SALE, others),
            a_program("other-shop", Trigger.SALE, Where(shops=("27-001",))),
        ):
            lists.open_program(tx, town.clock, program)
    client = sign_in(browser(), "佐藤 公子")
    begins = f"{ASSOCIATIONS}/8/whatif/"
    links = client.get(f"{ASSOCIATIONS}/8").links().values()
    offered = {link for link in links if link.startswith(begins)}
    assert offered == {f"{begins}{key}" for key in ("street-points", "coalition", "rally")}
    for link in offered:
        client.get(link)
    for key in ("lectures", "other-street", "other-shop"):
        client.get(f"{begins}{key}", status=404)
