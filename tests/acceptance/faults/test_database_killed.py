"""SIGKILL of PostgreSQL under the server's hands, which starts it again and goes on."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.faults.audit import Audit
from tests.acceptance.faults.servers import Serve, children_of
from tests.acceptance.faults.shoppers import Journal, shopping
from tests.acceptance.faults.town import Town, rounds

KILLS = rounds(20)
TILLS = 8
RECOVERY_SECONDS = 60.0
OUTAGE_SECONDS = 18.0


def test_the_server_outlives_twenty_kills_of_its_database(town: Town) -> None:
    """503 while the database is away, never 500; then the same ids, and nothing twice."""
    choice = random.Random(4)
    with Serve(town) as server:
        cards, first = town.cards(40), server.pid
        audit = Audit(town, journal := Journal())
        with shopping(journal, town.port, town.tokens, cards, tills=TILLS, seed=4):
            for number in range(KILLS):
                journal.await_acknowledged(20, within_seconds=RECOVERY_SECONDS)
                time.sleep(choice.uniform(0, 0.1))
                kill_part_of_database(town, choice, whole=number % 2 == 0)
                # One answer of each till may still come from before.
                journal.await_acknowledged(TILLS + 1, within_seconds=RECOVERY_SECONDS)
                town.reconnect()
                audit.check()
        audit.check_settled()
        town.reconnect()
        assert server.pid == first
        assert journal.lost == 0, "the server itself was never gone"
        assert journal.unavailable > 0
    town.verify()


def test_workers_and_database_that_die_together_come_back_together(town: Town) -> None:
    """A worker that finds no database ends; others are started until it is there."""
    with Serve(town, workers=2) as server:
        cards = town.cards(40)
        audit = Audit(town, journal := Journal())
        with shopping(journal, town.port, town.tokens, cards, tills=TILLS, seed=5):
            journal.await_acknowledged(40, within_seconds=RECOVERY_SECONDS)
            workers = server.worker_pids()
            for pid in (town.postmaster(), *workers):
                os.kill(pid, signal.SIGKILL)
            journal.await_acknowledged(2 * TILLS, within_seconds=RECOVERY_SECONDS)
            town.reconnect()
        audit.check_settled()
        town.reconnect()


def test_after_a_long_outage_the_first_till_need_not_wait_as_long_again(town: Town) -> None:
    """Each till hears 503 in seconds, and is served soon after the database has returned."""
    with Serve(town):
        cards = town.cards(5)
        audit = Audit(town, journal := Journal())
        with shopping(journal, town.port, town.tokens, cards, tills=3, seed=6):
            journal.await_acknowledged(10, within_seconds=RECOVERY_SECONDS)
            with no_database(town):
                time.sleep(OUTAGE_SECONDS)
            journal.await_acknowledged(4, within_seconds=OUTAGE_SECONDS * 2 / 3)
            town.reconnect()
        audit.check_settled()
        town.reconnect()
        assert journal.slowest_seconds < OUTAGE_SECONDS * 2 / 3
        assert journal.unavailable > 0


@contextmanager
def no_database(town: Town) -> Iterator[None]:
    """A dead PostgreSQL that cannot be started."""
    needed = town.cluster / "global" / "pg_control"
    away = needed.rename(town.cluster / "pg_control.away")
    os.kill(town.postmaster(), signal.SIGKILL)
    yield
    away.rename(needed)


def kill_part_of_database(town: Town, choice: random.Random, *, whole: bool) -> None:
    """SIGKILL the postmaster, or one of the processes that serve connections."""
    postmaster = town.postmaster()
    if whole:
        os.kill(postmaster, signal.SIGKILL)
        return
    serving = [pid for pid in children_of(postmaster) if is_serving(pid)]
    os.kill(choice.choice(serving), signal.SIGKILL)


def is_serving(pid: int) -> bool:
    """Whether a process of PostgreSQL has a client."""
    try:
        return b"[local]" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
