"""A round of upkeep does what time asks, and one part that fails does not stop the others."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from ichimai import jobs, programs, settlement
from ichimai.kernel import ids
from ichimai.kernel.clock import ManualClock
from ichimai.programs.model import ListState, PaymentRequest
from ichimai.settlement import clearing
from ichimai.settlement.model import RunId
from ichimai.storage import Database, Schema
from tests.integration.programs.office import DyingDatabase, Office, kiju
from tests.town import GIFT, Town


@pytest.fixture
def office(database: Database, operator: Schema, clock: ManualClock) -> Office:
    """The office of a town with shops, tills, cards and staff."""
    return Office(Town(database, operator, clock).build())


def hold(town: Town, units: int) -> None:
    """Set units of hanako's aside for an hour."""
    request = PaymentRequest(
        id=town.operation(),
        token=town.token("greengrocer"),
        credential=town.cards["hanako"],
        units=units,
        hold_until=town.clock.now() + timedelta(hours=1),
    )
    town.desk.serve([request])


def sessions(town: Town) -> int:
    """How many sessions there are."""
    with town.database.read(town.operator) as tx:
        row = tx.row("SELECT count(*) FROM session")
    assert row is not None
    return int(row[0])


def test_a_round_posts_what_was_approved_and_nothing_else(office: Office) -> None:
    approved, waiting = office.approved(kiju("1")), office.submit(kiju("2")).id
    jobs.run_once(office.desk)
    assert office.found(approved).state == ListState.POSTED
    assert office.found(waiting).state == ListState.SUBMITTED
    assert office.gifts() == {"1": [10_000]}
    jobs.run_once(office.desk)
    assert office.gifts() == {"1": [10_000]}
    office.verify()


def test_a_round_gives_held_units_back_when_their_time_is_over(office: Office) -> None:
    hold(office.town, 4_000)
    jobs.run_once(office.desk)
    assert office.town.balance("hanako") == 6_000
    office.town.clock.advance(timedelta(hours=1))
    jobs.run_once(office.desk)
    assert office.town.balance("hanako") == 10_000
    office.verify()


def test_a_round_ends_lots(office: Office) -> None:
    office.town.clock.advance(timedelta(days=180))
    jobs.run_once(office.desk)
    assert programs.upkeep.expire(office.desk) == 0
    assert office.town.balance("taro") == 10_000
    office.verify()


def test_a_round_forgets_sessions_that_ended(office: Office) -> None:
    jobs.run_once(office.desk)
    assert sessions(office.town) > 0
    office.town.clock.advance(timedelta(days=400))
    jobs.run_once(office.desk)
    assert sessions(office.town) == 0


def test_a_round_in_which_nothing_is_due_leaves_the_ledger_as_it_is(office: Office) -> None:
    head = office.town.head()
    jobs.run_once(office.desk)
    assert office.town.head() == head


def test_a_list_that_is_refused_stops_neither_holds_nor_lots(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """The budget is spent: the list waits, is logged, and goes on once there is money."""
    office.open(msgspec.structs.replace(GIFT, budget_units=45_000))
    refused = office.approved(kiju("1"))
    hold(office.town, 4_000)
    office.town.clock.advance(timedelta(days=180))
    jobs.run_once(office.desk)
    assert "bound_exceeded" in capsys.readouterr().out
    assert office.found(refused).state == ListState.APPROVED
    assert office.town.balance("taro") == 10_000
    assert office.town.balance("hanako") == 4_000  # what was held came back, with a grace
    office.open(msgspec.structs.replace(GIFT, budget_units=None))
    jobs.run_once(office.desk)
    assert office.found(refused).state == ListState.POSTED
    office.verify()


def test_a_list_that_is_refused_does_not_keep_the_next_from_being_posted(office: Office) -> None:
    """One program's budget is spent; another program's list is none of its business."""
    office.open(msgspec.structs.replace(GIFT, budget_units=45_000))
    other = msgspec.structs.replace(GIFT, key=type(GIFT.key)("other"))
    office.open(other)
    office.approved(kiju("1"))
    second = office.approved(kiju("1"), key=other.key)
    jobs.run_once(office.desk)
    assert office.found(second).state == ListState.POSTED


def test_a_part_that_breaks_does_not_stop_the_others(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong in one transaction, the next part begins with its own."""
    town = office.town
    approved = office.approved(kiju("1"))
    hold(town, 4_000)
    town.clock.advance(timedelta(hours=1))
    dying = BreaksOnce(town.database.url)
    try:
        jobs.run_once(replace(town.desk, database=dying))
    finally:
        dying.close()
    assert "job_failed" in capsys.readouterr().out
    assert office.found(approved).state == ListState.APPROVED
    assert town.balance("hanako") == 10_000
    jobs.run_once(town.desk)
    assert office.found(approved).state == ListState.POSTED
    office.verify()


class BreaksOnce(DyingDatabase):
    """A database that breaks at the first commit and is well afterwards."""

    def __init__(self, url: str) -> None:
        super().__init__(url, 0)

    def dies(self) -> bool:
        """Only the first time."""
        self.left -= 1
        return self.left == -1


def test_rounds_go_on_until_they_are_told_to_end(office: Office, tmp_path: Path) -> None:
    """And each day's head is published."""
    heads, erasures = tmp_path / "heads.jsonl", tmp_path / "erasures.jsonl"
    id_ = office.approved(kiju("1"))
    is_over = threading.Event()
    thread = threading.Thread(target=jobs.run, args=(office.desk, is_over, heads, erasures))
    thread.start()
    deadline = time.monotonic() + 30
    while not heads.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    is_over.set()
    thread.join(30)
    assert not thread.is_alive()
    assert office.found(id_).state == ListState.POSTED
    assert len(heads.read_text(encoding="utf-8").splitlines()) == 1


def test_a_part_that_takes_minutes_is_no_outage(office: Office, tmp_path: Path) -> None:
    """The minutes of a round that waits for somebody else are counted all the same."""
    town, is_over = office.town, threading.Event()
    files = tmp_path / "heads", tmp_path / "erasures"
    rounds = threading.Thread(target=jobs.run, args=(office.desk, is_over, *files))
    asked = ask_closing(town)
    with town.database.write(town.operator) as tx:
        tx.connection.execute("SET LOCAL ROLE NONE")
        tx.connection.execute("LOCK TABLE told_day IN ACCESS EXCLUSIVE MODE")
        rounds.start()
        seen = [_wait_for_beats(town, 1)]
        town.clock.advance(timedelta(minutes=7))
        seen.append(_wait_for_beats(town, 2))
        patience = time.monotonic() + 20
        while is_running(town, asked) and time.monotonic() < patience:
            time.sleep(0.1)
        is_closed = not is_running(town, asked)
    is_over.set()
    rounds.join()
    assert seen == [1, 2]
    assert is_closed


def ask_closing(town: Town) -> RunId:
    """Ask for the gifts of the last week to be closed."""
    with town.database.write(town.operator) as tx:
        return clearing.ask_closing(
            tx, town.clock, RunId(town.operation()), asked_by=ids.NIL, program=GIFT.key
        ).id


def is_running(town: Town, asked: RunId) -> bool:
    """Whether a closing that was asked for has not ended."""
    with town.database.read(town.operator) as tx:
        return clearing.asked_closing(tx, asked).is_running


def test_a_round_carries_out_the_closings_that_were_asked_for(office: Office) -> None:
    asked = ask_closing(office.town)
    jobs.run_once(office.desk)
    assert not is_running(office.town, asked)
    with office.town.database.read(office.town.operator) as tx:
        assert settlement.reports.run(tx, asked).programs == (GIFT.key,)


def _wait_for_beats(town: Town, wanted: int) -> int:
    found, patience = 0, time.monotonic() + 20
    while found < wanted and time.monotonic() < patience:
        time.sleep(0.1)
        with town.database.read(town.operator) as tx:
            ((found,),) = tx.rows("SELECT count(*) FROM service_beat")
    return found
