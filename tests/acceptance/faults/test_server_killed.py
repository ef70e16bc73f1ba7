"""SIGKILL of the server, at any moment, again and again."""

import os
import random
import signal
import time
from pathlib import Path

from tests.acceptance.faults.audit import Audit
from tests.acceptance.faults.servers import Nursery, Serve, is_healthy, kill_database, wait_until
from tests.acceptance.faults.shoppers import Journal, shopping
from tests.acceptance.faults.town import Town, rounds

KILLS = rounds(200)
WORKER_KILLS = rounds(6)
POSTING_KILLS = rounds(10)


def test_what_was_acknowledged_outlives_two_hundred_kills(awake: Town) -> None:
    """Nothing acknowledged is lost and nothing is doubled, however the server dies."""
    choice, cards = random.Random(2), awake.cards(40)
    with Nursery(awake) as nursery:
        pid = nursery.server()
        audit = Audit(awake, journal := Journal())
        with shopping(journal, awake.port, awake.tokens, cards, tills=12, seed=2):
            for _ in range(KILLS):
                if choice.random() < 0.9:
                    journal.await_acknowledged(1, within_seconds=30)
                time.sleep(choice.uniform(0, 0.12))
                assert nursery.kill(pid) == -signal.SIGKILL
                audit.check()
                pid = nursery.server()
        audit.check_settled()
    assert journal.lost > KILLS
    assert journal.found_done > 0, "no kill fell between a commit and its answer"


def test_killed_workers_are_replaced_while_the_others_go_on(town: Town) -> None:
    """Two workers share one ledger; when one dies, its tills ask the other with the same id."""
    choice = random.Random(3)
    with Serve(town, workers=2) as server:
        cards = town.cards(40)
        audit = Audit(town, journal := Journal())
        with shopping(journal, town.port, town.tokens, cards, tills=8, seed=3):
            for _ in range(WORKER_KILLS):
                wait_until(lambda: len(server.worker_pids()) == 2, within_seconds=30)
                journal.await_acknowledged(40, within_seconds=30)
                os.kill(choice.choice(server.worker_pids()), signal.SIGKILL)
                audit.check()
        audit.check_settled()
        town.reconnect()
    town.verify()


def test_a_killed_posting_process_is_replaced_and_loses_nothing(town: Town) -> None:
    """Server processes tell whoever waited to ask again, and the next one finds what was done."""
    choice = random.Random(4)
    with Serve(town, workers=2) as server:
        cards = town.cards(40)
        audit = Audit(town, journal := Journal())
        with shopping(journal, town.port, town.tokens, cards, tills=12, seed=4):
            for _ in range(POSTING_KILLS):
                journal.await_acknowledged(5, within_seconds=30)
                time.sleep(choice.uniform(0, 0.1))
                dead = server.posting_pid()
                os.kill(dead, signal.SIGKILL)
                audit.check()
                wait_until(lambda: server.posting_pid() not in {0, dead}, within_seconds=10)  # noqa: B023 - called at once
        audit.check_settled()
        town.reconnect()
    town.verify()


def test_a_killed_supervisor_leaves_nothing_that_keeps_the_port(town: Town) -> None:
    """Whoever starts the command again finds the port free, and looks after the old database."""
    with Serve(town, workers=2) as server:
        workers, posting = server.worker_pids(), Path(f"/proc/{server.posting_pid()}")
        assert posting.exists()
        server.kill()
        wait_until(lambda: not posting.exists(), within_seconds=10)
        wait_until(lambda: not is_healthy(town.port), within_seconds=15)
        server.start()
        assert not set(workers) & set(server.worker_pids())
        kill_database(town)
    town.verify()
