"""A file that nobody fetched before its pay day, and a payout that is taken back because of it."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from ichimai import ledger, settlement
from ichimai.kernel.clock import start_of_day
from ichimai.kernel.errors import DomainError
from ichimai.ledger.model import Role
from ichimai.settlement.bank.model import BankResultId
from ichimai.settlement.errors import NotABankDay, PayDayOver, UnknownBatch, WrongState
from ichimai.settlement.model import Batch, BatchId, BatchState, PayoutFile
from ichimai.simulation import bank
from ichimai.storage import EmbeddedServer
from tests.at_once import at_once

from .conftest import APPROVER, GIFT, TREASURER, Town
from .many import GIFT as VOUCHER
from .many import POINTS, Streets, streets_in


@pytest.fixture
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """The streets, before anything was given or bought."""
    with streets_in(server, template) as made:
        yield made


def approved(town: Town) -> Batch:
    """A payout of two shops that waits for its file to be fetched."""
    town.pay(0, 500)
    town.pay(1, 300)
    town.close()
    return town.approve(town.make().id)


def on_pay_day(town: Town, batch: Batch) -> None:
    """The first second of the day on which banks were to pay."""
    town.clock.advance(start_of_day(batch.pay_on) - town.clock.now())


def taken_back(town: Town, batch: Batch, by: UUID = TREASURER) -> Batch:
    with town.database.write(town.operator) as tx:
        return settlement.release.take_back(tx, town.clock, batch.id, taken_back_by=by)


def verified(town: Town) -> int:
    """Settlement says what the ledger does; how many transfers that has."""
    with town.database.snapshot(town.operator) as tx:
        ledger.verification.verify(tx)
        settlement.reports.verify(tx)
        return ledger.reports.count_transfers(tx)


def state_of(town: Town, batch: Batch) -> tuple[BatchState, int]:
    with town.database.read(town.operator) as tx:
        found = settlement.reports.batch(tx, batch.id)
    return found.state, found.copies


def test_a_file_is_first_had_before_its_pay_day(town: Town) -> None:
    batch = approved(town)
    on_pay_day(town, batch)
    with pytest.raises(PayDayOver) as refused:
        town.file(batch.id)
    assert refused.value.pay_on == batch.pay_on
    town.clock.advance(timedelta(days=9))
    with pytest.raises(PayDayOver):
        town.file(batch.id)
    assert state_of(town, batch) == (BatchState.APPROVED, 0)


def test_a_file_that_was_had_in_time_is_sent_again_on_any_day(town: Town) -> None:
    batch = approved(town)
    on_pay_day(town, batch)
    town.clock.advance(timedelta(seconds=-1))
    first = town.file(batch.id)
    town.clock.advance(timedelta(days=9))
    again = town.file(batch.id)
    assert (again.content, again.copy_number, again.is_resend) == (first.content, 2, True)


def test_what_is_taken_back_is_paid_by_the_next_payout(town: Town) -> None:
    batch = approved(town)
    on_pay_day(town, batch)
    found = taken_back(town, batch)
    assert (found.state, found.taken_back_by) == (BatchState.TAKEN_BACK, TREASURER)
    assert (found.decided_by, found.taken_back_at) == (APPROVER, town.clock.now())
    with town.database.read(town.operator) as tx:
        assert ledger.reports.total(tx, Role.PAYABLE, GIFT) == 800
        assert ledger.reports.total(tx, Role.SETTLED, GIFT) == 0
        (progress,) = settlement.reports.closings(tx, GIFT)
        (mine, *_) = settlement.reports.closings_of(tx, town.shops[0].id)
    assert (progress.unbatched_units, progress.paid_units, mine.payout) == (800, 0, None)
    verified(town)
    after = town.approve(town.make().id)
    assert (after.units, after.shops) == (800, 2)
    assert town.file(after.id).control.yen == 800
    verified(town)


def test_it_is_taken_back_once(town: Town) -> None:
    batch = approved(town)
    found, number = taken_back(town, batch), verified(town)
    assert taken_back(town, batch, APPROVER) == found
    assert verified(town) == number


def test_who_made_or_approved_it_may_take_it_back(town: Town) -> None:
    """Nobody is paid by it; the next payout needs two people again."""
    for by in (TREASURER, APPROVER):
        assert taken_back(town, approved(town), by).taken_back_by == by
        town.week()


def test_only_what_is_approved_and_nobody_has_is_taken_back(town: Town) -> None:
    town.pay(0, 500)
    town.close()
    made = town.make()
    with pytest.raises(WrongState):
        taken_back(town, made)
    town.approve(made.id)
    town.file(made.id)
    with pytest.raises(WrongState):
        taken_back(town, made)
    town.week()
    town.pay(0, 500)
    town.close()
    rejected = town.make()
    with town.database.write(town.operator) as tx:
        settlement.reject_batch(tx, town.clock, rejected.id, rejected_by=TREASURER)
    with pytest.raises(WrongState):
        taken_back(town, rejected)
    with (
        pytest.raises(UnknownBatch),
        town.database.write(town.operator) as tx,
    ):
        settlement.release.take_back(tx, town.clock, BatchId(UUID(int=1)), taken_back_by=TREASURER)
    verified(town)


def test_a_payout_that_was_taken_back_has_no_file_no_approval_and_no_result(town: Town) -> None:
    batch = approved(town)
    town.pay(2, 90)
    town.week()
    town.close()
    sent = town.file(town.approve(town.make().id).id)
    taken_back(town, batch)
    answer = bank.answer(sent.content, batch.pay_on, {})

    def result() -> object:
        with town.database.write(town.operator) as tx:
            return settlement.bank.results.import_result(
                tx,
                town.clock,
                BankResultId(town.operation()),
                answer,
                imported_by=TREASURER,
                batch=batch.id,
            )

    def rejected() -> object:
        with town.database.write(town.operator) as tx:
            return settlement.reject_batch(tx, town.clock, batch.id, rejected_by=TREASURER)

    for refused in (
        lambda: town.file(batch.id),
        lambda: town.approve(batch.id),
        rejected,
        result,
    ):
        with pytest.raises(WrongState):
            refused()
    assert state_of(town, batch) == (BatchState.TAKEN_BACK, 0)
    verified(town)


@pytest.mark.parametrize("round_", range(3))
def test_a_file_and_taking_back_at_once_is_one_of_them(town: Town, round_: int) -> None:
    batch = approved(town)

    def file() -> PayoutFile | Batch:
        return town.file(batch.id)

    def back() -> PayoutFile | Batch:
        return taken_back(town, batch)

    results = at_once(*[file, back] * 3)
    won = {type(each) for each in results if not isinstance(each, DomainError)}
    assert won in ({PayoutFile}, {Batch})
    assert {type(each) for each in results} - won == {WrongState}
    verified(town)


def test_what_was_set_off_in_a_payout_is_set_off_in_the_next(streets: Streets) -> None:
    """A shop that gave points is paid less by them; both come back, in what each was."""
    streets.grant(VOUCHER, 1_000)
    streets.earn(0, POINTS, 300)
    streets.pay(0, VOUCHER, 600)
    streets.close()
    batch = streets.approve(streets.make())
    assert owed(streets) == [0, 0]
    with streets.database.write(streets.operator) as tx:
        settlement.release.take_back(tx, streets.clock, batch.id, taken_back_by=TREASURER)
    assert owed(streets) == [600, -300]
    streets.verify()
    again = streets.approve(streets.make())
    assert (again.units, again.shops) == (batch.units, batch.shops)
    assert streets.paid(again) == {"01-001": batch.units}
    assert owed(streets) == [0, 0]
    streets.verify()


def owed(streets: Streets) -> list[int]:
    """What the first shop is owed for vouchers, and owes for points."""
    shop = streets.shops[0].id
    return [
        streets.balance(Role.PAYABLE, VOUCHER, shop),
        streets.balance(Role.DUE, POINTS, shop),
    ]


def test_it_is_made_again_for_a_day_that_is_still_to_come(town: Town) -> None:
    batch = approved(town)
    on_pay_day(town, batch)
    taken_back(town, batch)
    with pytest.raises(NotABankDay):
        town.make(pay_on=batch.pay_on)
    assert town.make().pay_on > batch.pay_on
