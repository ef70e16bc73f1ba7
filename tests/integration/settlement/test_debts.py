"""What shops owe: set against what they are owed, carried, and at last billed."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest

from ichimai import settlement
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger.model import Role
from ichimai.merchants import ShopSize
from ichimai.programs import funding
from ichimai.settlement.clearing import (
    Bill,
    ClosingRun,
)
from ichimai.settlement.errors import (
    DifferentBatch,
    NothingToPay,
    PayDayOver,
    UnknownBill,
)
from ichimai.settlement.model import HeldFor, HeldPayee
from ichimai.storage import EmbeddedServer

from .conftest import APPROVER, TREASURER
from .many import GIFT, POINTS, Streets, streets_in

clearing = settlement.clearing
SHOPKEEPER = UUID(int=0x5)
CITY = funding.party_id("operator")


@pytest.fixture
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """The streets; the first wallet has many gifts."""
    with streets_in(server, template) as made:
        made.grant(GIFT, 1_000_000)
        yield made


def bills(streets: Streets, run: ClosingRun) -> list[Bill]:
    with streets.database.read(streets.operator) as tx:
        return clearing.bills(tx, run.id, 100)


def test_what_a_shop_owes_is_carried_three_times_and_then_billed(streets: Streets) -> None:
    """It gave 300 points and accepted nothing. Its association gets a list with a line for it."""
    streets.earn(0, POINTS, 300)
    for _ in range(3):
        run = streets.close()
        assert bills(streets, run) == []
        streets.week()
    run = streets.close()
    (bill,) = bills(streets, run)
    assert (bill.association, bill.shops, bill.yen) == (1, 1, 300)
    assert streets.owed(run) == [("association:1", "operator", "bill", 300)]
    with streets.database.write(streets.operator) as tx:
        assert [(line.shop_number, line.yen) for line in clearing.bill_lines(tx, bill.id)] == [
            ("01-001", 300)
        ]
        paid = clearing.pay_bill(tx, streets.clock, bill.id, noted_by=TREASURER)
        assert clearing.pay_bill(tx, streets.clock, bill.id, noted_by=APPROVER) == paid
    assert streets.balance(Role.DUE, POINTS, streets.shops[0].id) == 0
    assert streets.balance(Role.SETTLED, POINTS, streets.shops[0].id) == -300
    with pytest.raises(UnknownBill), streets.database.write(streets.operator) as tx:
        clearing.pay_bill(tx, streets.clock, run.id, noted_by=TREASURER)  # type: ignore[arg-type] # another id
    streets.verify()


def test_what_a_shop_owes_is_taken_from_what_it_is_owed_next(streets: Streets) -> None:
    streets.earn(0, POINTS, 300)
    streets.close()
    with pytest.raises(NothingToPay):
        streets.make()
    streets.week()
    streets.pay(0, GIFT, 1_000)
    streets.close()
    assert streets.paid(streets.approve(streets.make())) == {"01-001": 700}
    for _ in range(4):
        streets.week()
        assert bills(streets, streets.close()) == []


@pytest.mark.parametrize("closings", [0, 1, 5])
def test_an_association_may_agree_on_another_number_of_closings(
    streets: Streets, closings: int
) -> None:
    with streets.database.write(streets.operator) as tx:
        clearing.set_contract(tx, 1, closings)
    streets.earn(0, POINTS, 300)
    streets.earn(1, POINTS, 40)
    for _ in range(closings):
        assert [bill.association for bill in bills(streets, streets.close())] in ([], [8])
        streets.week()
    assert 1 in [bill.association for bill in bills(streets, streets.close())]


def test_bills_that_are_open_are_told_before_those_that_were_paid(streets: Streets) -> None:
    """However many were made since; and an association's alone."""
    with streets.database.write(streets.operator) as tx:
        for number in (1, 8):
            clearing.set_contract(tx, number, 0)
    streets.earn(0, POINTS, 300)
    streets.close()
    streets.week()
    streets.earn(1, POINTS, 300)
    (last,) = bills(streets, streets.close())
    with streets.database.write(streets.operator) as tx:
        clearing.pay_bill(tx, streets.clock, last.id, noted_by=TREASURER)
        assert [bill.association for bill in clearing.bills(tx, None, 1)] == [1]
        assert [bill.association for bill in clearing.bills(tx, None, 9)] == [1, 8]
        assert [bill.association for bill in clearing.bills(tx, None, 9, 8)] == [8]


def test_refunds_above_sales_are_billed_at_last_too(streets: Streets) -> None:
    """The shop's purse refunds what was paid before, and never sells again."""
    payment = streets.pay(0, GIFT, 500)
    streets.close()
    streets.approve(streets.make())
    streets.week()
    streets.posted(streets.refunding(0, payment, 500))
    for _ in range(3):
        assert bills(streets, streets.close()) == []
        assert streets.balance(Role.RECEIVABLE, GIFT) == -500
        streets.week()
    run = streets.close()
    assert [(bill.association, bill.yen) for bill in bills(streets, run)] == [(1, 500)]
    assert streets.balance(Role.RECEIVABLE, GIFT) == 0
    with streets.database.read(streets.operator) as tx:
        closing = streets.closings(run)[GIFT.key]
        statement = settlement.statements.statement(tx, closing.id, streets.shops[0].id)
    assert (statement.carried_in, statement.payable, statement.carried_out) == (500, 0, 0)
    # Nothing was sold and nothing put right: it is what was carried that is owed.
    assert (statement.movements, statement.corrected, statement.overdue) == ((), 0, 500)
    table = settlement.statements.statement_csv(statement).decode("utf-8-sig")
    assert [line.split(",")[5:7] for line in table.splitlines()[1:]] == [["前回からの繰越", "-500"]]
    streets.verify()


def test_small_shops_are_paid_first(streets: Streets) -> None:
    """Small ones at once, on the next bank day; the medium one when the week is over."""
    for shop in range(4):
        streets.pay(shop, GIFT, 100 + shop)
    streets.close()
    small = streets.make(sizes=frozenset({ShopSize.SMALL}))
    assert (small.shops, small.pay_on) == (2, date(2026, 10, 6))
    medium = streets.make(sizes=frozenset({ShopSize.MEDIUM, ShopSize.LARGE}))
    assert (medium.shops, medium.units) == (1, 102)
    with pytest.raises(NothingToPay):
        streets.make(sizes=frozenset({ShopSize.LARGE}))
    with pytest.raises(DifferentBatch):
        streets.make(batch=small.id)
    with streets.database.read(streets.operator) as tx:
        kept = settlement.reports.batch(tx, small.id)
    assert (kept, kept.sizes) == (small, frozenset({ShopSize.SMALL}))
    streets.clock.advance(timedelta(days=28))
    assert streets.make(sizes=frozenset({ShopSize.LARGE})).units == 103


def test_what_no_bank_takes_any_more_is_not_approved(streets: Streets) -> None:
    """On the day itself it is too late; given up and made again, it is paid."""
    streets.pay(0, GIFT, 500)
    streets.close()
    late = streets.make()
    streets.clock.advance(timedelta(days=(late.pay_on - day_in_tokyo(streets.clock.now())).days))
    with pytest.raises(PayDayOver):
        streets.approve(late)
    assert streets.balance(Role.SETTLED, GIFT) == 0
    with streets.database.write(streets.operator) as tx:
        settlement.reject_batch(tx, streets.clock, late.id, rejected_by=APPROVER)
    streets.approve(streets.make())
    assert streets.balance(Role.SETTLED, GIFT) == 500


def test_what_who_keeps_a_pool_was_charged_is_settled_once(streets: Streets) -> None:
    """It owes for what it gave itself, and for what was used of everybody's: two obligations."""
    keeper = funding.party_id("association:8")
    streets.posted(streets.award(0, POINTS, 100, keeper, 0))
    streets.pay(1, POINTS, 60)
    run = streets.close(POINTS)
    assert streets.owed(run) == [
        ("association:8", "association:8", "issue", 100),
        ("association:8", "operator", "use", 60),
    ]
    streets.clock.advance(timedelta(days=8))
    netting = clearing.NettingId(streets.operation())
    with streets.database.write(streets.operator) as tx:
        clearing.make_netting(tx, streets.clock, netting, made_by=TREASURER)
        clearing.approve_netting(tx, streets.clock, netting, approved_by=APPROVER)
    assert streets.balance(Role.DUE, POINTS, keeper) == 0
    assert streets.balance(Role.SETTLED, POINTS, keeper) == -100


def test_an_unusual_line_is_held_over_all_programs(streets: Streets) -> None:
    """Paid 20,000 in gifts before; 61,000 of gifts less 500 for points is too much, 59,500 not."""
    streets.pay(0, GIFT, 20_000)
    streets.pay(1, GIFT, 20_000)
    streets.close()
    streets.approve(streets.make(GIFT))
    streets.week()
    for shop, units in enumerate((61_000, 60_000)):
        streets.pay(shop, GIFT, units)
        streets.earn(shop, POINTS, 500)
    streets.close()
    made = streets.make()
    with streets.database.read(streets.operator) as tx:
        held = settlement.reports.held(tx, made.id)
    assert held == [HeldPayee(streets.shops[0].id, 60_500, HeldFor.ABOVE_USUAL)]
    assert made.units == 59_500
