"""Closing: what each shop is owed, at one place in the ledger's order, once."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from ichimai import ledger, settlement
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import ManualClock
from ichimai.ledger.model import Role
from ichimai.programs import lists
from ichimai.settlement.errors import (
    AlreadyClosed,
    DayNotOver,
    DifferentClosing,
    UnknownClosing,
)
from ichimai.settlement.model import ClosingId, Payable

from .conftest import GIFT, PROGRAM, TREASURER, Town


def payables(town: Town, closing: ClosingId) -> list[tuple[str, int, int]]:
    with town.database.read(town.operator) as tx:
        found = settlement.reports.payables(tx, closing)
    numbers = town.numbers([line.shop for line in found])
    return [(number, line.units, line.carried) for number, line in zip(numbers, found, strict=True)]


def test_a_closing_owes_each_shop_its_sales_less_refunds(town: Town) -> None:
    town.pay(0, 500)
    town.refund(1, town.pay(1, 300), 100)
    town.pay(1, 40)
    closing = town.close()
    assert closing.closes_on == date(2026, 10, 4)
    assert payables(town, closing.id) == [("01-001", 500, 0), ("08-017", 240, 0)]
    with town.database.read(town.operator) as tx:
        assert ledger.reports.total(tx, Role.PAYABLE, GIFT) == 740
        assert ledger.reports.total(tx, Role.RECEIVABLE, GIFT) == 0


def test_the_same_closing_again_changes_nothing(town: Town) -> None:
    town.pay(0, 500)
    first = town.close()
    town.pay(0, 70)
    town.week()
    assert town.close(first.id) == first
    assert payables(town, first.id) == [("01-001", 500, 0)]
    with pytest.raises(DifferentClosing), town.database.write(town.operator) as tx:
        settlement.close(
            tx, town.clock, first.id, GIFT, closed_by=TREASURER, closes_on=date(2026, 10, 11)
        )


def test_a_week_is_closed_once_and_nothing_moves_at_the_second_try(town: Town) -> None:
    town.pay(0, 500)
    town.close()
    town.pay(0, 70)
    with pytest.raises(AlreadyClosed) as refused:
        town.close()
    assert refused.value.closes_on == date(2026, 10, 4)
    with town.database.read(town.operator) as tx:
        assert ledger.reports.total(tx, Role.RECEIVABLE, GIFT) == 70


def test_a_week_that_is_not_over_cannot_be_closed(town: Town) -> None:
    with pytest.raises(DayNotOver), town.database.write(town.operator) as tx:
        settlement.close(
            tx, town.clock, town.closing(), GIFT, closed_by=TREASURER, closes_on=date(2026, 10, 5)
        )


def test_another_day_may_be_closed_after_the_week(town: Town) -> None:
    """At the end of a program nobody wants to wait for Sunday."""
    town.close()
    town.pay(0, 70)
    town.clock.advance(timedelta(days=2))
    with town.database.write(town.operator) as tx:
        closing = settlement.close(
            tx, town.clock, town.closing(), GIFT, closed_by=TREASURER, closes_on=date(2026, 10, 6)
        )
    assert payables(town, closing.id) == [("01-001", 70, 0)]


def test_refunds_above_sales_are_carried_until_sales_cover_them(town: Town) -> None:
    """A shop that refunded what was closed before owes that, and is paid the rest later."""
    payment = town.pay(0, 500)
    town.pay(1, 10)
    town.close()
    town.week()
    town.refund(0, payment, 500)
    town.pay(0, 200)
    second = town.close()
    assert payables(town, second.id) == [("01-001", 0, 300)]
    town.week()
    third = town.close()
    assert payables(town, third.id) == [("01-001", 0, 300)]
    town.week()
    town.pay(0, 450)
    fourth = town.close()
    assert payables(town, fourth.id) == [("01-001", 150, 0)]


def test_a_week_without_sales_closes_empty(town: Town) -> None:
    closing = town.close()
    assert payables(town, closing.id) == []
    assert (closing.after_number, closing.up_to_number) == (0, 1)


def test_programs_close_apart(town: Town) -> None:
    town.pay(0, 500)
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, replace(PROGRAM, key=Asset("other-gift")))
        other = settlement.close(
            tx,
            town.clock,
            town.closing(),
            Asset("other-gift"),
            closed_by=TREASURER,
        )
    assert payables(town, other.id) == []
    assert payables(town, town.close().id) == [("01-001", 500, 0)]


def test_progress_shows_where_the_money_of_a_closing_is(town: Town) -> None:
    payment = town.pay(0, 500)
    town.pay(1, 200)
    first = town.close()
    with town.database.write(town.operator) as tx:
        made = town.make_in(tx, hold=frozenset({town.shops[1].id}))
    town.approve(made.id)
    town.week()
    town.refund(0, payment, 400)
    town.pay(2, 30)
    second = town.close()
    batch = town.make(hold=frozenset({town.shops[1].id}))
    with town.database.read(town.operator) as tx:
        latest, earlier = settlement.reports.closings(tx, GIFT)
    assert (latest.closing, earlier.closing) == (second, first)
    assert (earlier.shops, earlier.units, earlier.paid_units) == (2, 700, 500)
    assert (earlier.unbatched_units, earlier.batched_units) == (200, 0)
    assert (latest.shops, latest.units, latest.batched_units) == (1, 30, 30)
    assert (latest.carried_units, batch.units) == (400, 30)


def test_what_is_open_is_what_no_batch_has(town: Town) -> None:
    town.pay(0, 500)
    closing = town.close()
    with town.database.read(town.operator) as tx:
        assert settlement.reports.open_payables(tx, GIFT) == [
            Payable(closing.id, town.shops[0].id, 500, accepted=500, yen=500)
        ]
    town.make()
    with town.database.read(town.operator) as tx:
        assert settlement.reports.open_payables(tx, GIFT) == []


def test_a_closing_with_an_id_from_the_future_is_refused(town: Town) -> None:
    later = ClosingId(ids.uuid7(ManualClock(town.clock.now() + timedelta(hours=1))))
    with pytest.raises(ledger.errors.IdFromTheFuture):
        town.close(later)


def test_a_closing_can_be_looked_up(town: Town) -> None:
    closing = town.close()
    with town.database.read(town.operator) as tx:
        assert settlement.reports.closing(tx, closing.id) == closing


def test_an_unknown_closing_is_not_found(town: Town) -> None:
    with pytest.raises(UnknownClosing), town.database.read(town.operator) as tx:
        settlement.reports.closing(tx, ClosingId(UUID(int=1)))
