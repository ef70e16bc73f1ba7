"""Each day is watched once: who browses is a line, a figure and a row that the auditor reads."""

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from prometheus_client import REGISTRY as FIGURES

from ichimai import audit, jobs, people
from ichimai.audit import Look, Purpose, What
from ichimai.jobs import heads
from ichimai.kernel.clock import ManualClock, day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.ledger.verification import Discrepancy
from ichimai.people import predicates
from ichimai.people.errors import TooManyAttempts
from ichimai.registry import SubjectId
from ichimai.storage import Database, Schema
from tests.at_once import at_once
from tests.town import Town

CLERK = UUID(int=0xC1)
LOOK = Look(CLERK, "clerk", Purpose.ENQUIRY)
AUDIT = Look(UUID(int=0xAD), "auditor", Purpose.AUDIT)


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> Town:
    """An operator with nobody in it."""
    return Town(database, operator, clock)


def browse(town: Town, people: int = 16) -> None:
    """One clerk opens the records of many people who are not there."""
    for number in range(people):
        with town.database.write(town.operator) as tx:
            subject = UUID(int=500 + number)
            audit.record(tx, town.clock, LOOK, [subject], What.PERSONAL)


def ask_too_much(town: Town) -> None:
    """A service asks for one age after the other."""
    for age in (18, 20, 60, 65, 70, 75):
        with town.database.write(town.operator) as tx:
            who = SubjectId(UUID(int=500))
            asks = [f"age>={age}"]
            predicates.ask(tx, town.personal_key, town.clock, who, asks, service="pool")


def noticed(town: Town) -> list[tuple[object, ...]]:
    """What the auditor reads."""
    with town.database.write(town.operator) as tx:
        found = audit.watch.noticed(tx, town.clock, AUDIT, datetime(2026, 1, 1, tzinfo=UTC).date())
    return [(each.day_on.isoformat(), *each.noticed) for each in found]


def figure(sign: str) -> float:
    return FIGURES.get_sample_value("ichimai_watch_noticed_total", {"sign": sign}) or 0.0


def test_what_was_noticed_is_kept_counted_and_logged_once(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the day after, however many rounds and servers there are."""
    before = figure("many_people"), figure("curious_service")
    browse(town)
    ask_too_much(town)
    jobs.run_once(town.desk)
    assert noticed(town) == []
    town.clock.advance(timedelta(days=1))
    at_once(*(lambda: jobs.run_once(town.desk) for _ in range(4)))
    found = noticed(town)
    assert ("2026-10-01", "many_people", CLERK, NIL, "", 16) in found
    assert [row[1] for row in found] == ["many_people", "curious_service"]
    assert found[1][4] == "pool"
    assert (figure("many_people"), figure("curious_service")) == (before[0] + 1, before[1] + 1)
    logged = capsys.readouterr().out
    assert logged.count("watch_noticed") == 2
    assert str(CLERK) not in logged
    town.clock.advance(timedelta(days=1))
    jobs.run_once(town.desk)
    assert noticed(town) == found


def test_days_on_which_no_server_ran_are_watched_afterwards(town: Town) -> None:
    jobs.run_once(town.desk)
    for day in (3, 2, 40):
        town.clock.advance(timedelta(days=day))
        jobs.run_once(town.desk)
    with town.database.read(town.operator) as tx:
        days = [day for (day,) in tx.rows("SELECT day_on FROM watched_day ORDER BY day_on")]
    today = day_in_tokyo(town.clock.now())
    assert days[-1] == today - timedelta(days=1)
    assert len(days) == 1 + 3 + 2 + 28


def test_the_watch_is_written_by_the_product_and_read_by_the_auditor(town: Town) -> None:
    with town.database.snapshot(town.operator) as tx:
        assert tx.rows("SELECT * FROM watch_notice") == []
    for statement in (b"DELETE FROM watch_notice", b"UPDATE watch_notice SET times = 1"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            town.database.write(town.operator) as tx,
        ):
            tx.connection.execute(statement)


def check(town: Town, file: Path) -> int:
    with town.database.snapshot(town.operator) as tx:
        return heads.check_access_log(tx, town.clock, file)[0]


def test_an_access_log_that_was_written_anew_is_found_out_by_a_published_head(
    town: Town, tmp_path: Path
) -> None:
    """Whoever owns the database can make a chain that is right in itself, without the last look."""
    file = tmp_path / "heads.jsonl"
    heads.publish(town.desk, file)
    browse(town, 3)
    town.clock.advance(timedelta(days=1))
    heads.publish(town.desk, file)
    assert check(town, file) == 3
    with psycopg.connect(town.database.url) as connection:
        connection.execute("SET search_path = op_131164")
        connection.execute("DELETE FROM access_entry WHERE number = 3")
        connection.execute(
            "UPDATE access_head SET number = 2,"
            " hash = (SELECT hash FROM access_entry WHERE number = 2)"
        )
    with town.database.snapshot(town.operator) as tx:
        assert audit.verify(tx, town.clock) == []
    with pytest.raises(Discrepancy) as raised:
        check(town, file)
    assert raised.value.record == "access log entry 3 (2026-10-01)"
    assert raised.value.found == "not as it was published"


def test_what_was_removed_after_seven_years_is_not_missed(town: Town, tmp_path: Path) -> None:
    """The database's own clock decides what is old: so the past is put into the past."""
    file = tmp_path / "heads.jsonl"
    town.clock.at = datetime(2015, 5, 1, 3, tzinfo=UTC)
    browse(town, 3)
    heads.publish(town.desk, file)
    town.clock.advance(timedelta(days=1))
    browse(town, 2)
    heads.publish(town.desk, file)
    town.clock.at = datetime(2026, 10, 1, 3, tzinfo=UTC)
    jobs.run_once(town.desk)
    with town.database.read(town.operator) as tx:
        assert tx.rows("SELECT * FROM access_entry") == []
    assert check(town, file) == 5


def test_one_pin_tried_on_card_after_card_is_noticed(town: Town) -> None:
    """However many addresses it comes from (faults.md I12); many PINs of one card are not."""
    for number in range(20):
        try_pin(town, card=f"card {number}", pin="280519", network=f"2001:db8:{number:x}::")
        try_pin(town, card="the same", pin=f"{number:06}", network=f"2001:db8:1{number:x}::")
    town.clock.advance(timedelta(days=1))
    jobs.watch.watch(town.desk)
    assert noticed(town) == [("2026-10-01", "sprayed", NIL, NIL, "", 1)]


def try_pin(town: Town, *, card: str, pin: str, network: str) -> None:
    with town.database.write(town.operator) as tx, contextlib.suppress(TooManyAttempts):
        people.sign_in.begin_resident(
            tx, town.clock, b"k" * 32, card=card, subject=None, pin=pin, network=network
        )
