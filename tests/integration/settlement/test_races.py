"""Several people and machines at once, and a crash at any step: once, and all or nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest

from ichimai import ledger, settlement
from ichimai.kernel.errors import DomainError
from ichimai.ledger.model import Role
from ichimai.settlement.errors import AlreadyClosed, NothingToPay, PayablesTaken, WrongState
from ichimai.settlement.model import Batch, BatchState
from ichimai.simulation import bank
from ichimai.storage import WriteTx
from tests.at_once import at_once

from . import crashes
from .conftest import GIFT, TREASURER, Town


def balances(town: Town) -> dict[str, int]:
    with town.database.read(town.operator) as tx:
        return {
            role.name: ledger.reports.total(tx, role, GIFT)
            for role in (Role.RECEIVABLE, Role.PAYABLE, Role.SETTLED)
        }


@pytest.mark.parametrize("round_", range(3))
def test_a_late_sale_is_in_exactly_one_closing(town: Town, round_: int) -> None:
    """Twelve sales against one closing: each is before the cut-off or after it."""
    town.pay(0, 1)

    def sale() -> None:
        town.pay(0, 1)

    results = at_once(*[sale] * 6, town.close, *[sale] * 6)
    assert not [result for result in results if isinstance(result, DomainError)]
    town.week()
    town.close()
    with town.database.read(town.operator) as tx:
        found = settlement.reports.closings(tx, GIFT)
    assert sum(progress.units for progress in found) == 13
    assert balances(town) == {"RECEIVABLE": 0, "PAYABLE": 13, "SETTLED": 0}


def test_a_week_closed_by_two_at_once_is_closed_once(town: Town) -> None:
    town.pay(0, 500)
    results = at_once(*[town.close] * 4)
    refused = [result for result in results if isinstance(result, DomainError)]
    assert [type(error) for error in refused] == [AlreadyClosed] * 3
    assert balances(town)["PAYABLE"] == 500


def test_one_closing_sent_twice_at_once_is_one_closing(town: Town) -> None:
    town.pay(0, 500)
    closing = town.closing()
    results = at_once(*[lambda: town.close(closing)] * 4)
    assert results == [town.close(closing)] * 4
    assert balances(town)["PAYABLE"] == 500


def test_one_batch_sent_twice_at_once_is_one_batch(town: Town) -> None:
    town.pay(0, 500)
    town.close()
    batch = town.batch()
    results = at_once(*[lambda: town.make(batch)] * 4)
    assert results == [town.make(batch)] * 4


@pytest.mark.parametrize("round_", range(3))
def test_two_treasurers_put_each_payable_in_exactly_one_batch(town: Town, round_: int) -> None:
    for shop in range(4):
        town.pay(shop, 100 + shop)
    town.close()
    results = at_once(*[town.make] * 4)
    made = [result for result in results if isinstance(result, Batch)]
    refused = [result for result in results if isinstance(result, DomainError)]
    assert [batch.units for batch in made] == [406]
    assert {type(error) for error in refused} <= {PayablesTaken, NothingToPay}
    town.approve(made[0].id)
    assert balances(town) == {"RECEIVABLE": 0, "PAYABLE": 0, "SETTLED": 406}


def test_the_same_approval_at_once_pays_once(town: Town) -> None:
    town.pay(0, 500)
    town.close()
    made = town.make()
    results = at_once(*[lambda: town.approve(made.id)] * 8)
    assert {result.state for result in results if isinstance(result, Batch)} == {
        BatchState.APPROVED
    }
    assert len([result for result in results if isinstance(result, Batch)]) == 8
    assert balances(town)["SETTLED"] == 500


def test_approval_against_rejection_has_one_winner(town: Town) -> None:
    town.pay(0, 500)
    town.close()
    made = town.make()

    def reject() -> Batch:
        with town.database.write(town.operator) as tx:
            return settlement.reject_batch(tx, town.clock, made.id, rejected_by=UUID(int=3))

    approved, rejected = at_once(lambda: town.approve(made.id), reject)
    assert [type(approved), type(rejected)].count(WrongState) == 1
    assert balances(town)["SETTLED"] == (500 if isinstance(approved, Batch) else 0)


def test_files_taken_at_once_are_counted_apart(town: Town) -> None:
    """One of them is the first; all others say that they are re-sends."""
    town.pay(0, 500)
    town.close()
    made = town.make()
    town.approve(made.id)
    files = at_once(*[lambda: town.file(made.id)] * 4)
    taken = [file for file in files if isinstance(file, settlement.model.PayoutFile)]
    assert sorted(file.copy_number for file in taken) == [1, 2, 3, 4]
    assert len({file.content for file in taken}) == 1


def crash_everywhere(town: Town, step: Callable[[WriteTx], object]) -> int:
    """Let ``step`` die before each of its statements in turn, until it gets through."""
    return crashes.everywhere(town.database, town.operator, step, lambda: balances(town))


def test_a_crash_at_any_statement_of_an_import_leaves_nothing_half_done(town: Town) -> None:
    """The bank's answer is taken whole or not at all."""
    town.pay(0, 500)
    town.pay(1, 300)
    town.close()
    batch = town.make().id
    town.approve(batch)
    answer = bank.answer(town.file(batch).content, date(2026, 10, 8), {"08017": "11"})
    town.clock.advance(timedelta(days=4))
    result = settlement.bank.model.BankResultId(town.operation())
    count = crash_everywhere(
        town,
        lambda tx: settlement.bank.results.import_result(
            tx, town.clock, result, answer, imported_by=TREASURER
        ),
    )
    assert count > 8
    assert balances(town) == {"RECEIVABLE": 0, "PAYABLE": 300, "SETTLED": 500}


def test_a_crash_at_any_statement_leaves_nothing_half_done(town: Town) -> None:
    """Closing, making, approving, handing over: each dies at each statement, then succeeds."""
    town.pay(0, 500)
    town.pay(1, 300)
    closing, batch = town.closing(), town.batch()
    steps: list[Callable[[WriteTx], object]] = [
        lambda tx: settlement.close(tx, town.clock, closing, GIFT, closed_by=TREASURER),
        lambda tx: town.make_in(tx, batch),
        lambda tx: settlement.approve_batch(tx, town.clock, batch, approved_by=UUID(int=2)),
        lambda tx: settlement.release.payout_file(tx, town.clock, batch, handed_to=TREASURER),
    ]
    assert all(crash_everywhere(town, step) > 4 for step in steps)
    assert balances(town) == {"RECEIVABLE": 0, "PAYABLE": 0, "SETTLED": 800}
    assert town.file(batch).copy_number == 2
