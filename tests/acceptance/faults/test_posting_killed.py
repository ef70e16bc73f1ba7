"""SIGKILL of the processes that post a list of grants."""

import random
import time

from ichimai import ledger, programs
from ichimai.programs.model import GrantListId, ListState
from tests.acceptance.faults.audit import units_made
from tests.acceptance.faults.gift_list import gift_list
from tests.acceptance.faults.servers import Nursery
from tests.acceptance.faults.tills import new_id
from tests.acceptance.faults.town import GIFT, GIFT_UNITS, Town, rounds

ROWS = rounds(20_000)
POSTERS = 3


def test_a_list_posted_by_three_that_die_is_granted_once_each(awake: Town) -> None:
    """Whoever is left goes on where the others were stopped; in the end nobody is left out."""
    choice, parts = random.Random(10), awake.installation
    with parts.database.write(parts.operator) as tx:
        asked = programs.lists.submit(tx, parts.clock, GIFT, gift_list(ROWS), by=new_id())
        programs.lists.decide(tx, parts.clock, asked.id, by=new_id(), is_approved=True)
    killed = 0
    with Nursery(awake) as nursery:
        posters = [nursery.poster(asked.id) for _ in range(POSTERS)]
        while progress_of(awake, asked.id) is not ListState.POSTED:
            time.sleep(choice.uniform(0, 0.15))
            killed += nursery.kill(posters.pop(choice.randrange(POSTERS))) != 0
            assert_posted_as_far_as_told(awake, asked.id)
            posters.append(nursery.poster(asked.id))
        assert [nursery.wait(pid) for pid in posters] == [0] * POSTERS
    assert killed > 0
    assert assert_posted_as_far_as_told(awake, asked.id) == ROWS


def progress_of(town: Town, id_: GrantListId) -> ListState:
    parts = town.installation
    with parts.database.read(parts.operator) as tx:
        return programs.lists.grant_list(tx, id_).state


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
