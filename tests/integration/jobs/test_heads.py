"""The chain's head, published once a day, tells whether anything before it was changed."""

import json
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from ichimai import ledger
from ichimai.jobs import heads
from ichimai.kernel.clock import ManualClock
from ichimai.storage import Database, Schema
from tests.town import Town


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> Town:
    """A town with shops, tills, cards and staff."""
    return Town(database, operator, clock).build()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where heads are published."""
    return tmp_path / "heads.jsonl"


def check(town: Town, file: Path) -> int:
    with town.database.snapshot(town.operator) as tx:
        return heads.check(tx, file)


def test_a_day_has_one_line_with_the_head_of_its_first_round(town: Town, file: Path) -> None:
    sequence, number, digest = town.head()
    heads.publish(town.desk, file)
    town.pay("hanako", "greengrocer", 1)
    heads.publish(town.desk, file)
    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "day": "2026-10-01",
        "operator": "131164",
        "sequence": sequence,
        "number": number,
        "hash": digest.hex(),
        "access_number": 0,
        "access_hash": "00" * 32,
    }


def test_days_follow_each_other_and_are_all_in_the_chain(town: Town, file: Path) -> None:
    assert check(town, file) == 0
    for day in range(1, 4):
        heads.publish(town.desk, file)
        assert check(town, file) == day
        town.pay("hanako", "greengrocer", day)
        town.clock.advance(timedelta(days=1))


@pytest.mark.parametrize("kept", [0, 1, 20, -3, -2, -1])
def test_a_line_that_was_cut_short_does_not_spoil_the_next(
    town: Town, file: Path, kept: int
) -> None:
    """The power failed while the second day was written: its line is lost, or made again."""
    heads.publish(town.desk, file)
    first = file.read_bytes()
    town.clock.advance(timedelta(days=1))
    heads.publish(town.desk, file)
    second = file.read_bytes()[len(first) :]
    file.write_bytes(first + second[:kept])
    town.clock.advance(timedelta(days=1))
    heads.publish(town.desk, file)
    assert check(town, file) == (3 if kept == -1 else 2)


def test_a_chain_that_was_written_anew_is_found_out(town: Town, file: Path) -> None:
    heads.publish(town.desk, file)
    sequence, _, _ = town.head()
    with psycopg.connect(town.database.url) as connection:
        connection.execute("SET search_path = op_131164")
        connection.execute(
            "UPDATE block SET hash = sha256('other') WHERE sequence = %s", [sequence]
        )
    with pytest.raises(ledger.verification.Discrepancy) as raised:
        check(town, file)
    assert raised.value.record == "head published on 2026-10-01"


def test_a_chain_that_lost_its_end_is_found_out(town: Town, file: Path) -> None:
    """A restored backup that is older than the last published head."""
    town.pay("hanako", "greengrocer", 1)
    heads.publish(town.desk, file)
    with psycopg.connect(town.database.url) as connection:
        connection.execute("SET search_path = op_131164")
        connection.execute("DELETE FROM block WHERE sequence = (SELECT max(sequence) FROM block)")
    with pytest.raises(ledger.verification.Discrepancy):
        check(town, file)


def test_an_empty_ledger_has_a_head_too(
    database: Database, operator: Schema, clock: ManualClock, file: Path
) -> None:
    town = Town(database, operator, clock)
    heads.publish(town.desk, file)
    assert check(town, file) == 1
