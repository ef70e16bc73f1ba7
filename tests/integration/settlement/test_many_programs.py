"""Closing several programs at once: who gave, who accepted, who owes whom, and what is paid."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from ichimai import settlement
from ichimai.ledger.model import Purse, Role
from ichimai.programs import funding, lists
from ichimai.programs.terms import Settlement
from ichimai.settlement.errors import (
    AlreadyClosed,
    DifferentClosing,
    NothingToClose,
    NothingToPay,
    SettlementTermsChanged,
    UnknownFunder,
)
from ichimai.settlement.model import RunId
from ichimai.storage import EmbeddedServer

from .conftest import TREASURER
from .many import BY_BUDGET, CAMPAIGN, GIFT, OWN, POINTS, STAMPS, Streets, streets_in


@pytest.fixture
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """The streets, before anything was given or bought."""
    with streets_in(server, template) as made:
        yield made


def test_a_shop_pays_for_points_it_gives_and_is_paid_for_those_it_takes(streets: Streets) -> None:
    """The first shop gave 300 points and took 100; the second took 200: whoever keeps has 0."""
    streets.earn(0, POINTS, 300)
    streets.pay(0, POINTS, 100)
    streets.pay(1, POINTS, 200)
    run = streets.close()
    assert streets.lines(run, POINTS) == [
        ("01-001", 100, 300, 0, -200),
        ("08-017", 200, 0, 0, 200),
    ]
    assert streets.owed(run) == [
        ("association:8", "operator", "use", 300),
        ("operator", "association:8", "issue", 300),
    ]
    assert streets.balance(Role.DUE, POINTS, streets.shops[0].id) == -300


def test_one_transfer_pays_a_shop_over_all_programs(streets: Streets) -> None:
    """1,000 of gifts, less 300 for points given, plus 50 units of ten yen less 7 yen fee."""
    streets.grant(GIFT, 1_000)
    streets.grant(CAMPAIGN, 50)
    streets.earn(0, POINTS, 300)
    streets.pay(0, GIFT, 1_000)
    streets.pay(0, CAMPAIGN, 50)
    run = streets.close()
    assert streets.lines(run, CAMPAIGN) == [("01-001", 50, 0, 7, 493)]
    assert streets.owed(run) == [
        ("operator", "association:8", "issue", 300),
        ("operator", "operator", "fee", 7),
        ("operator", "operator", "use", 1_000),
        ("tanaka-shokuhin", "operator", "use", 500),
    ]
    batch = streets.approve(streets.make())
    assert streets.paid(batch) == {"01-001": 1_000 - 300 + 500 - 7}
    shop = streets.shops[0].id
    assert [streets.balance(Role.SETTLED, program, shop) for program in (GIFT, POINTS)] == [
        1_000,
        -300,
    ]
    assert streets.balance(Role.DUE, POINTS, shop) == 0
    streets.verify()
    with pytest.raises(NothingToPay):
        streets.make()


def test_a_batch_of_one_program_pays_that_program_alone(streets: Streets) -> None:
    streets.grant(GIFT, 1_000)
    streets.earn(0, POINTS, 300)
    streets.pay(0, GIFT, 1_000)
    streets.close()
    assert streets.paid(streets.approve(streets.make(GIFT))) == {"01-001": 1_000}


def test_who_funds_what_is_spent_owes_for_it(streets: Streets) -> None:
    """Gifts by the city and by a sponsor in one wallet; a shop's own points spent elsewhere."""
    streets.grant(CAMPAIGN, 30)
    streets.clock.advance(timedelta(seconds=1))
    streets.grant(CAMPAIGN, 20, funder=funding.party_id("operator"))
    streets.earn(3, OWN, 400)
    streets.pay(0, CAMPAIGN, 45)
    streets.pay(1, OWN, 150)
    run = streets.close()
    fee = 45 * 10 * 150 // 10_000
    assert streets.owed(run) == [
        ("operator", "operator", "fee", fee),
        ("operator", "operator", "use", 150),
        ("tanaka-shokuhin", "operator", "use", 300),
    ]
    assert streets.lines(run, OWN) == [("08-017", 150, 0, 0, 150), ("90-001", 0, 150, 0, -150)]


def test_a_budget_is_charged_to_its_party(streets: Streets) -> None:
    streets.posted(streets.award(0, POINTS, 70, BY_BUDGET, 0))
    assert streets.owed(streets.close()) == [("operator", "association:8", "issue", 70)]


def test_a_budget_is_its_partys_though_a_version_to_come_has_none(streets: Streets) -> None:
    """From then on another party gives for the same, under its own name."""
    earning = next(each for each in POINTS.earnings if each.key == "class")
    to_come = replace(
        POINTS,
        version=2,
        starts_on=date(2027, 4, 1),
        earnings=(replace(earning, funder="tanaka-shokuhin", budget_units=None),),
    )
    with streets.database.write(streets.operator) as tx:
        lists.open_program(tx, streets.clock, to_come)
    streets.posted(streets.award(0, POINTS, 70, BY_BUDGET, 0))
    run = streets.close()
    assert streets.owed(run) == [("operator", "association:8", "issue", 70)]
    streets.verify()


def test_points_taken_back_are_charged_back(streets: Streets) -> None:
    """Goods come back in the next week: the shop gets half of what it was charged."""
    purchase = streets.posted(streets.purchase(0, 1_000, 0, 10))
    assert streets.owed(streets.close()) == [("operator", "association:8", "issue", 10)]
    streets.week()
    streets.posted(streets.returned(0, purchase, 500))
    run = streets.close()
    assert streets.owed(run) == [("association:8", "operator", "issue", 5)]
    assert streets.lines(run, POINTS) == [("01-001", 0, -5, 0, 5)]
    streets.grant(GIFT, 1_000)
    assert streets.balance(Role.DUE, POINTS, streets.shops[0].id) == -5


def test_a_hold_is_owed_by_who_funded_it_when_it_is_posted(streets: Streets) -> None:
    streets.grant(CAMPAIGN, 30)
    hold = streets.posted(streets.paying(0, CAMPAIGN, 30, is_hold=True))
    assert streets.owed(streets.close(CAMPAIGN)) == []
    streets.week()
    post = streets.posted(streets.releasing(0, hold, 20))
    assert ("tanaka-shokuhin", "operator", "use", 200) in streets.owed(streets.close(CAMPAIGN))
    streets.week()
    streets.posted(streets.refunding(0, post, 5))
    assert ("operator", "tanaka-shokuhin", "use", 50) in streets.owed(streets.close(CAMPAIGN))


def test_a_hold_over_lots_of_two_programs_with_one_id_is_counted_once(streets: Streets) -> None:
    """Given by one party, from one day until one day, they share it."""
    city = funding.party_id("operator")
    for program in (GIFT, OWN):
        streets.posted(streets.award(0, program, 40, city, 0))
    pay = streets.paying(1, GIFT, 70, is_hold=True)
    hold = streets.posted(replace(pay, purses=(*pay.purses, Purse(asset=OWN.key))))
    streets.posted(streets.releasing(1, hold, 70))
    run = streets.close(GIFT, OWN)
    taken = [units for each in (GIFT, OWN) for _, units, *_ in streets.lines(run, each)]
    assert sorted(taken) == [30, 40]
    assert streets.owed(run) == [("operator", "operator", "use", units) for units in (30, 40)]
    streets.verify()


def test_stamps_are_closed_and_nobody_owes_anything(streets: Streets) -> None:
    streets.earn(0, STAMPS, 10)
    streets.pay(1, STAMPS, 10)
    run = streets.close(STAMPS)
    assert streets.lines(run, STAMPS) == [("08-017", 10, 0, 0, 0)]
    assert streets.owed(run) == []
    with pytest.raises(NothingToPay):
        streets.make()


def test_an_association_sees_what_crossed_its_border(streets: Streets) -> None:
    """Points of street 1 spent in 8: elsewhere for 1, from others for 8."""
    streets.earn(0, POINTS, 100, wallet=0)
    streets.earn(1, POINTS, 50, wallet=1)
    streets.pay(1, POINTS, 60, wallet=0)
    streets.pay(0, POINTS, 15, wallet=1)
    streets.pay(2, POINTS, 5, wallet=1)
    run = streets.close()
    with streets.database.read(streets.operator) as tx:
        found = settlement.reports.associations(tx, streets.closings(run)[POINTS.key].id)
    assert [row[1:] for row in found] == [
        # association, issued, outstanding, accepted, elsewhere, from others
        (1, 100, 40, 15, 60, 15),
        (8, 50, 30, 65, 15, 60),
    ]
    # All is spent at last: what is outstanding is nobody's, though no later closing names street 1.
    streets.pay(2, POINTS, 40, wallet=0)
    streets.pay(2, POINTS, 30, wallet=1)
    for _ in range(2):
        streets.week()
        streets.close(POINTS)
    with streets.database.read(streets.operator) as tx:
        told = settlement.reports.of_association(tx, 1)
        assert [(each, is_last, *row[2:4]) for each, is_last, row in told] == [
            ("points", False, 0, 0),
            ("points", False, 100, 40),
        ]
        assert settlement.reports.of_association(tx, 1, limit=1) == []


def test_what_many_gave_together_is_counted_by_shares(streets: Streets) -> None:
    """Of one lot street 1 gave 100, street 8 gave 50, the city 10, which is no association's."""
    for shop, funder, units in ((0, None, 100), (1, None, 50), (1, BY_BUDGET, 10)):
        award = streets.award(shop, POINTS, units, funder or streets.shops[shop].id, 0)
        streets.posted(replace(award, earns=(replace(award.earns[0], is_pooled=True),)))
    streets.pay(1, POINTS, 64)
    streets.pay(0, POINTS, 16)
    run = streets.close()
    with streets.database.read(streets.operator) as tx:
        found = settlement.reports.associations(tx, streets.closings(run)[POINTS.key].id)
    assert [row[1:] for row in found] == [
        # association, issued, outstanding, accepted, elsewhere, from others: 100 + 50 + 10 of 160
        (1, 100, 50, 16, 40, 5),
        (8, 50, 25, 64, 5, 40),
    ]
    streets.verify()
    # What does not divide, in the next closing; and more comes back than is bought.
    paid = streets.pay(1, POINTS, 13)
    streets.pay(3, POINTS, 7)
    streets.week()
    streets.close()
    streets.verify()
    streets.posted(streets.refunding(1, paid, 11))
    streets.week()
    streets.close()
    streets.verify()


def test_fees_add_up_to_the_yen(streets: Streets) -> None:
    """1.5 % of 100 yen three times is 4 yen, not three times 1."""
    streets.grant(CAMPAIGN, 30)
    for shop in range(3):
        streets.pay(shop, CAMPAIGN, 10)
    run = streets.close()
    assert sorted(line[3] for line in streets.lines(run, CAMPAIGN)) == [1, 1, 2]


def test_programs_of_a_cycle_are_closed_together_and_once(streets: Streets) -> None:
    with streets.database.write(streets.operator) as tx:
        close = settlement.clearing.close_cycle
        weekly = close(tx, streets.clock, RunId(streets.operation()), "weekly", closed_by=TREASURER)
        monthly = close(
            tx, streets.clock, RunId(streets.operation()), "monthly", closed_by=TREASURER
        )
        daily = close(tx, streets.clock, RunId(streets.operation()), "daily", closed_by=TREASURER)
        assert close(tx, streets.clock, daily.id, "daily", closed_by=TREASURER) == daily
    found = [(run.programs, f"{run.closes_on}") for run in (weekly, monthly, daily)]
    assert found == [
        (("campaign", "gift", "points"), "2026-10-04"),
        (("own-points",), "2026-09-30"),
        (("stamps",), "2026-10-04"),
    ]
    with pytest.raises(AlreadyClosed), streets.database.write(streets.operator) as tx:
        close(tx, streets.clock, RunId(streets.operation()), "weekly", closed_by=TREASURER)
    with pytest.raises(NothingToClose), streets.database.write(streets.operator) as tx:
        close(
            tx,
            streets.clock,
            RunId(streets.operation()),
            "weekly",
            closed_by=TREASURER,
            funder="association:1",
        )


def test_programs_of_one_funder_can_be_closed_apart(streets: Streets) -> None:
    with streets.database.write(streets.operator) as tx:
        run = settlement.clearing.close_cycle(
            tx,
            streets.clock,
            RunId(streets.operation()),
            "weekly",
            closed_by=TREASURER,
            funder="operator",
        )
    assert run.programs == ("gift",)


def test_a_run_is_all_or_nothing_and_the_same_id_is_the_same_run(streets: Streets) -> None:
    streets.earn(0, POINTS, 10)
    run = streets.close(GIFT)
    with pytest.raises(AlreadyClosed):
        streets.close(GIFT, POINTS)
    assert streets.balance(Role.DUE, POINTS) == 0
    with streets.database.write(streets.operator) as tx:
        again = settlement.clearing.close_programs(
            tx, streets.clock, run.id, [GIFT.key], closed_by=TREASURER
        )
    assert again == run
    with pytest.raises(DifferentClosing), streets.database.write(streets.operator) as tx:
        settlement.clearing.close_programs(
            tx, streets.clock, run.id, [POINTS.key], closed_by=TREASURER
        )


def test_what_charges_twice_is_refused(streets: Streets) -> None:
    """A program that was charged at use and is now to be charged at issue."""
    streets.close()
    streets.week()
    changed = replace(GIFT, version=2, settlement=Settlement(charging=POINTS.settlement.charging))
    with streets.database.write(streets.operator) as tx:
        lists.open_program(tx, streets.clock, changed)
    with pytest.raises(SettlementTermsChanged):
        streets.close()


def test_units_of_nobody_known_stop_the_closing(streets: Streets) -> None:
    streets.grant(CAMPAIGN, 5, funder=funding.party_id("nobody-knows"))
    streets.pay(0, CAMPAIGN, 5)
    with pytest.raises(UnknownFunder):
        streets.close()
    assert streets.balance(Role.RECEIVABLE, CAMPAIGN) == 5
