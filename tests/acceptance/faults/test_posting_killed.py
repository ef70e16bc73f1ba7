"""SIGKILL of the processes that post a list of grants."""

import random
import time
from collections.abc import Callable

from ichimai import ledger, programs
from ichimai.programs.model import GrantListId
from tests.acceptance.faults.audit import units_made
from tests.acceptance.faults.gift_list import gift_list
from tests.acceptance.faults.servers import Nursery, Serve, kill_database, wait_until
from tests.acceptance.faults.tills import new_id
from tests.acceptance.faults.town import GIFT, GIFT_UNITS, IS_LONG, Town, rounds

ROWS = 100_000 if IS_LONG else 20_000
POSTERS = 3
KILLS = rounds(25)
DATABASE_KILLS_AT = (1, ROWS // 2)


def test_a_list_posted_by_three_that_die_is_granted_once_each(awake: Town) -> None:
    """Whoever is left goes on where the others were stopped; in the end nobody is left out."""
    choice, list_ = random.Random(10), approved_list(awake)
    killed = 0
    with Nursery(awake) as nursery:
        posters = [nursery.poster(list_) for _ in range(POSTERS)]
        for _ in range(KILLS):
            time.sleep(choice.uniform(0, 0.15))
            killed += nursery.kill(posters.pop(choice.randrange(POSTERS))) != 0
            posters.append(nursery.poster(list_))
            if assert_posted_as_far_as_told(awake, list_) == ROWS:
                break
        assert [nursery.wait(pid) for pid in posters] == [0] * POSTERS
    assert killed > 0
    assert assert_posted_as_far_as_told(awake, list_) == ROWS


def test_a_list_is_posted_by_a_server_whose_database_dies(town: Town) -> None:
    """The server's own round goes on when the database is back, without being asked."""
    with Serve(town):
        list_ = approved_list(town)
        for rows in DATABASE_KILLS_AT:
            wait_until(has_posted(town, list_, rows), within_seconds=60)
            town.reconnect()
            kill_database(town)
            assert_posted_as_far_as_told(town, list_)
        wait_until(has_posted(town, list_, ROWS), within_seconds=60)
        assert assert_posted_as_far_as_told(town, list_) == ROWS
        town.reconnect()


def approved_list(town: Town) -> GrantListId:
    """A list that two officers have agreed on."""
    parts = town.installation
    with parts.database.write(parts.operator) as tx:
        asked = programs.lists.submit(tx, parts.clock, GIFT, gift_list(ROWS), by=new_id())
        programs.lists.decide(tx, parts.clock, asked.id, by=new_id(), is_approved=True)
    return asked.id


def has_posted(town: Town, id_: GrantListId, rows: int) -> Callable[[], bool]:
    """Tells whether so many rows of a list have been posted."""

    def ask() -> bool:
        parts = town.installation
        with parts.database.read(parts.operator) as tx:
            return programs.lists.grant_list(tx, id_).posted_rows >= rows

    return ask


def assert_posted_as_far_as_told(town: Town, id_: GrantListId) -> int:
    """Of the first rows each is granted once, of the others none; how many are."""
    parts = town.installation
    with parts.database.snapshot(parts.operator) as tx:
        ledger.verification.verify(tx)
        posted = programs.lists.grant_list(tx, id_).posted_rows
        rows = tx.rows(
            "SELECT operation FROM grant_list_row WHERE list = %s ORDER BY position", (id_,)
        )
        operations = [operation for (operation,) in rows]
        assert units_made(tx, operations) == dict.fromkeys(operations[:posted], GIFT_UNITS)
        wallets = tx.row(
            "SELECT count(DISTINCT credit) FROM transfer WHERE operation = ANY(%s::uuid[])",
            (operations,),
        )
    assert wallets == (posted,)
    return posted
