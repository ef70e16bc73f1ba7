"""SIGKILL of the server, at any moment, again and again."""

import random
import time

from tests.acceptance.faults.audit import Audit
from tests.acceptance.faults.servers import QuickServers
from tests.acceptance.faults.shoppers import shopping
from tests.acceptance.faults.town import Town, rounds

KILLS = rounds(200)


def test_what_was_acknowledged_outlives_two_hundred_kills(awake: Town) -> None:
    """Nothing acknowledged is lost and nothing is doubled, however the server dies."""
    choice, cards = random.Random(2), awake.cards(40)
    with QuickServers(awake) as servers:
        pid = servers.start()
        with shopping(awake.port, awake.tokens, cards, tills=8, seed=2) as journal:
            audit = Audit(awake, journal)
            for _ in range(KILLS):
                if choice.random() < 0.9:
                    journal.await_acknowledged(1, within_seconds=30)
                time.sleep(choice.uniform(0, 0.1))
                servers.kill(pid)
                audit.check()
                pid = servers.start()
        audit.check_settled()
    print("STATS", journal.acknowledged, len(journal.entries), journal.lost, journal.unavailable, journal.slowest_seconds)
    assert journal.lost > KILLS
