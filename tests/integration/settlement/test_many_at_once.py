"""Closings of many programs under racing sales, and a crash at any statement of any step."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ichimai import settlement
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Role
from ichimai.settlement.clearing import ClosingRun, DisputeId, Netting, NettingId
from ichimai.settlement.errors import (
    AlreadyClosed,
    AlreadyDisputed,
    NothingToNet,
    ObligationsTaken,
)
from ichimai.settlement.model import BatchId, RunId
from ichimai.storage import EmbeddedServer, WriteTx
from ichimai.storage.errors import DatabaseUnavailable
from tests.at_once import at_once

from . import crashes
from .conftest import APPROVER, TREASURER
from .many import CAMPAIGN, GIFT, KEYS, POINTS, Streets, streets_in

clearing = settlement.clearing
SALES, EARNINGS = 40, 40


@pytest.fixture
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """The streets; the first wallet has many gifts."""
    with streets_in(server, template) as made:
        made.grant(GIFT, 1_000_000)
        yield made


@pytest.mark.parametrize("round_", range(3))
def test_each_sale_and_each_earning_is_in_exactly_one_closing(
    streets: Streets, round_: int
) -> None:
    """Tills pay and earn without a pause while the cut-off comes: before it, or after it."""
    barrier = threading.Barrier(5)

    def till(shop: int) -> list[OperationId]:
        barrier.wait()
        done = []
        for _ in range(10):
            done += [streets.pay(shop, GIFT, 1), streets.earn(shop, POINTS, 1)]
        return done

    def cut() -> ClosingRun:
        barrier.wait()
        return streets.close()

    with ThreadPoolExecutor(5) as pool:
        closed = pool.submit(cut)
        done = {operation for part in pool.map(till, range(4)) for operation in part}
        first = closed.result()
    streets.week()
    second = streets.close()
    both = [streets.closings(run) for run in (first, second)]
    for program, expected, kind in ((GIFT, SALES, Kind.PAYMENT), (POINTS, EARNINGS, Kind.EARN)):
        one, other = (closings[program.key] for closings in both)
        assert (one.after_number, one.up_to_number) == (0, other.after_number)
        found = streets.rows(
            "SELECT operation FROM transfer WHERE asset = %s AND kind = %s AND number <= %s",
            (program.key, kind.value, other.up_to_number),
        )
        assert {operation for (operation,) in found} <= done
        assert len(found) == expected
    taken = sum(line[1] for run in (first, second) for line in streets.lines(run, GIFT))
    given = sum(line[2] for run in (first, second) for line in streets.lines(run, POINTS))
    assert (taken, given) == (SALES, EARNINGS)
    # What each closing says is what the journal has on its side of the cut.
    (inside,) = streets.rows(
        "SELECT count(*) FILTER (WHERE kind = 2), count(*) FILTER (WHERE kind = 12)"
        " FROM transfer WHERE number <= %s",
        (both[0][GIFT.key].up_to_number,),
    )
    assert inside == (
        sum(line[1] for line in streets.lines(first, GIFT)),
        sum(line[2] for line in streets.lines(first, POINTS)),
    )


def test_overlapping_runs_close_each_program_once(streets: Streets) -> None:
    streets.pay(0, GIFT, 500)
    streets.earn(0, POINTS, 30)
    results = at_once(
        lambda: streets.close(GIFT, POINTS),
        lambda: streets.close(POINTS, CAMPAIGN),
        lambda: streets.close(CAMPAIGN, GIFT),
    )
    made = [result for result in results if isinstance(result, ClosingRun)]
    refused = [result for result in results if isinstance(result, DomainError)]
    assert len(made) == 1
    assert {type(error) for error in refused} == {AlreadyClosed}
    assert streets.balance(Role.PAYABLE, GIFT) == (500 if GIFT.key in made[0].programs else 0)
    assert streets.balance(Role.CHARGED, POINTS) == (30 if POINTS.key in made[0].programs else 0)


def test_one_run_sent_twice_at_once_is_one_run(streets: Streets) -> None:
    streets.pay(0, GIFT, 500)
    run = RunId(streets.operation())

    def close() -> ClosingRun:
        with streets.database.write(streets.operator) as tx:
            return clearing.close_programs(tx, streets.clock, run, KEYS, closed_by=TREASURER)

    assert at_once(*[close] * 4) == [close()] * 4
    assert streets.balance(Role.PAYABLE, GIFT) == 500


def test_each_obligation_is_in_one_netting(streets: Streets) -> None:
    streets.pay(0, GIFT, 500)
    streets.close()
    streets.clock.advance(timedelta(days=8))

    def net() -> Netting:
        with streets.database.write(streets.operator) as tx:
            return clearing.make_netting(
                tx, streets.clock, NettingId(streets.operation()), made_by=TREASURER
            )

    results = at_once(*[net] * 4)
    assert len([result for result in results if isinstance(result, Netting)]) == 1
    refused = [result for result in results if isinstance(result, DomainError)]
    assert {type(error) for error in refused} <= {ObligationsTaken, NothingToNet}


def test_a_line_is_disputed_once(streets: Streets) -> None:
    streets.pay(0, GIFT, 500)
    closing = streets.closings(streets.close())[GIFT.key]

    def dispute() -> object:
        with streets.database.write(streets.operator) as tx:
            return clearing.dispute_line(
                tx,
                streets.clock,
                DisputeId(streets.operation()),
                closing.id,
                streets.shops[0].id,
                claimed=5,
                reason="違う",
                opened_by=APPROVER,
            )

    results = at_once(*[dispute] * 4)
    assert [type(each) for each in results].count(AlreadyDisputed) == 3


TABLES = (
    *("closing_run", "closing", "payable", "association_closing", "obligation", "bill"),
    *("netting", "netting_line", "netting_transfer", "netting_result", "netting_result_line"),
    *("dispute", "payout_batch", "payee"),
    *("payout_line", "payout_hold", "payout_file_copy", "transfer", "account", "ledger_head"),
)


def everything(streets: Streets) -> list[tuple[object, ...]]:
    """Every row that settling writes, every transfer and every balance."""
    parts = [f"SELECT '{table}', {table}::text FROM {table}" for table in TABLES]
    return sorted(streets.rows(" UNION ALL ".join(parts)))


def crash_everywhere(streets: Streets, step: Callable[[WriteTx], object]) -> int:
    """Let ``step`` die before each of its statements in turn, until it gets through."""
    return crashes.everywhere(streets.database, streets.operator, step, lambda: everything(streets))


def test_a_crash_at_any_statement_leaves_nothing_half_done(streets: Streets) -> None:
    """Closing, disputing, deciding, making, approving, handing over, netting: each at each step."""
    streets.grant(CAMPAIGN, 50)
    streets.earn(0, POINTS, 30)
    streets.pay(0, GIFT, 500)
    streets.pay(1, CAMPAIGN, 50)
    streets.earn(3, POINTS, 40)
    with streets.database.write(streets.operator) as tx:
        clearing.set_contract(tx, 90, 0)
    clock, shops = streets.clock, streets.shops
    run, batch = RunId(streets.operation()), BatchId(streets.operation())
    dispute = DisputeId(streets.operation())
    with streets.database.write(streets.operator) as tx:
        clearing.close_programs(
            tx, clock, RunId(streets.operation()), KEYS[:1], closed_by=TREASURER
        )
    assert (
        crash_everywhere(
            streets,
            lambda tx: clearing.close_programs(tx, clock, run, KEYS[1:], closed_by=TREASURER),
        )
        > 15
    )
    (closing,) = [
        each for each in streets.closings(_run(streets, run)).values() if each.asset == GIFT.key
    ]
    netting = NettingId(streets.operation())
    steps: list[Callable[[WriteTx], object]] = [
        lambda tx: clearing.dispute_line(
            tx,
            clock,
            dispute,
            closing.id,
            shops[0].id,
            claimed=5,
            reason="違う",
            opened_by=APPROVER,
        ),
        lambda tx: clearing.propose(tx, dispute, units=5, finding="確認", proposed_by=TREASURER),
        lambda tx: clearing.decide(tx, clock, dispute, decided_by=APPROVER),
        lambda tx: settlement.make_batch(tx, clock, batch, made_by=TREASURER),
        lambda tx: settlement.approve_batch(tx, clock, batch, approved_by=APPROVER),
        lambda tx: settlement.release.payout_file(tx, clock, batch, handed_to=TREASURER),
    ]
    assert all(crash_everywhere(streets, step) > 2 for step in steps)
    streets.clock.advance(timedelta(days=8))
    steps = [
        lambda tx: clearing.make_netting(tx, clock, netting, made_by=TREASURER),
        lambda tx: clearing.approve_netting(tx, clock, netting, approved_by=APPROVER),
    ]
    assert all(crash_everywhere(streets, step) > 4 for step in steps)
    (bill,) = streets.rows("SELECT yen, paid_by FROM bill")
    assert bill == (40, APPROVER)
    streets.verify()


def _run(streets: Streets, run: RunId) -> ClosingRun:
    with streets.database.read(streets.operator) as tx:
        return settlement.reports.run(tx, run)


def test_a_killed_connection_leaves_nothing_half_done(streets: Streets) -> None:
    """Not only a rollback: the server ends the session in the middle of a closing."""
    streets.pay(0, GIFT, 500)
    before = everything(streets)

    def killed() -> None:
        with streets.database.write(streets.operator) as tx:
            (row,) = tx.rows("SELECT pg_backend_pid()")
            clearing.close_programs(
                tx, streets.clock, RunId(streets.operation()), KEYS, closed_by=TREASURER
            )
            streets.rows("SELECT pg_terminate_backend(%s)", (row[0],))
            tx.rows("SELECT 1")

    with pytest.raises(DatabaseUnavailable):
        killed()
    assert everything(streets) == before
    streets.close()
