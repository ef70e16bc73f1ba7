"""Statements made from the journal: they add up, closing after closing."""

from datetime import date

import psycopg
import pytest

from ichimai import merchants, settlement
from ichimai.ledger import verification
from ichimai.settlement.errors import StatementDiffers, UnknownClosing
from ichimai.settlement.model import BatchState, ClosingId
from ichimai.settlement.statements import ShopStatement

from .conftest import Town


def statement(town: Town, closing: ClosingId, shop: int) -> ShopStatement:
    with town.database.read(town.operator) as tx:
        return settlement.statements.statement(tx, closing, town.shops[shop].id)


def test_a_statement_lists_the_sales_and_refunds_of_its_closing(town: Town) -> None:
    payment = town.pay(0, 500)
    town.refund(0, payment, 120)
    town.pay(1, 999)
    first = town.close()
    town.pay(0, 70)
    found = statement(town, first.id, 0)
    assert [movement.units for movement in found.movements] == [500, -120]
    assert (found.payable, found.payout, found.from_on) == (380, None, None)
    assert found.association == "アザレア通り商店会"
    town.week()
    second = statement(town, town.close().id, 0)
    assert [movement.units for movement in second.movements] == [70]
    assert second.from_on == date(2026, 10, 5)


def test_a_debt_is_carried_from_statement_to_statement(town: Town) -> None:
    """Each statement adds up on its own: the function refuses one that does not."""
    payment = town.pay(0, 500)
    town.close()
    town.week()
    town.refund(0, payment, 400)
    second = statement(town, town.close().id, 0)
    assert (second.carried_in, second.payable, second.carried_out) == (0, 0, 400)
    town.week()
    third = statement(town, town.close().id, 0)
    assert (third.carried_in, third.payable, third.carried_out) == (400, 0, 400)
    assert third.movements == ()
    town.week()
    town.pay(0, 450)
    fourth = statement(town, town.close().id, 0)
    assert (fourth.carried_in, fourth.payable, fourth.carried_out) == (400, 50, 0)


def test_a_statement_names_its_payout_and_the_account_of_that_day(town: Town) -> None:
    town.pay(0, 500)
    closing = town.close()
    made = town.make()
    assert statement(town, closing.id, 0).payout is not None
    town.approve(made.id)
    with psycopg.connect(town.database.url) as connection:
        connection.execute(f"UPDATE {town.operator}.shop SET account_number = '7777777'".encode())
    payout = statement(town, closing.id, 0).payout
    assert payout is not None
    assert (payout.state, payout.pay_on) == (BatchState.APPROVED, date(2026, 10, 8))
    assert payout.account.number == "0000000"


def test_a_journal_that_is_not_what_was_closed_makes_no_statement(town: Town) -> None:
    town.pay(0, 500)
    closing = town.close()
    with psycopg.connect(town.database.url) as connection:
        connection.execute(f"UPDATE {town.operator}.payable SET units = 501".encode())
    with pytest.raises(StatementDiffers) as refused:
        statement(town, closing.id, 0)
    assert refused.value.shop_number == "01-001"


def test_a_shop_sees_its_closings_and_what_became_of_them(town: Town) -> None:
    payment = town.pay(0, 500)
    first = town.close()
    town.approve(town.make().id)
    town.week()
    town.refund(0, payment, 100)
    second = town.close()
    with town.database.read(town.operator) as tx:
        latest, earlier = settlement.reports.closings_of(tx, town.shops[0].id)
        assert settlement.reports.closings_of(tx, town.shops[1].id) == []
    assert (latest.closing, latest.units, latest.carried, latest.payout) == (second, 0, 100, None)
    assert (earlier.closing, earlier.units, earlier.carried) == (first, 500, 0)
    assert earlier.payout is not None
    assert earlier.payout.state is BatchState.APPROVED


def test_an_unknown_closing_or_shop_has_no_statement(town: Town) -> None:
    with pytest.raises(UnknownClosing):
        statement(town, town.closing(), 0)
    closing = town.close()
    with (
        pytest.raises(merchants.errors.UnknownShop),
        town.database.read(town.operator) as tx,
    ):
        settlement.statements.statement(tx, closing.id, merchants.ShopId(closing.id))


def test_the_ledger_still_verifies_after_weeks_of_closing_and_paying(town: Town) -> None:
    for week in range(4):
        for shop in range(3):
            town.refund(shop, town.pay(shop, 100 + week), week + 1)
        town.close()
        made = town.make()
        town.approve(made.id)
        town.file(made.id)
        town.week()
    with town.database.snapshot(town.operator) as tx:
        verification.verify(tx)
