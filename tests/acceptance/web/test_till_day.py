"""What a till reads of the ledger for a day's list: that day's, however long the shop has sold."""

from datetime import date, timedelta

from ichimai.kernel import ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.programs.model import RefundRequest
from ichimai.web.shop.book import Book
from tests.acceptance.little_town import LittleTown


def read(town: LittleTown, day: date) -> tuple[list[tuple[int, int]], int]:
    """The day's payments with what came back of each, and how many rows were read for it."""
    with town.database.read(town.operator) as tx:
        # A table as small as this one is read whole, if it may be.
        tx.connection.execute("SET LOCAL enable_seqscan = off")
        lines = Book(tx, town.greengrocer.id, town.clock.now()).day(day)
        ((rows,),) = tx.rows(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint"
            " FROM pg_stat_xact_user_tables WHERE starts_with(relname, 'transfer')"
        )
    return [(line.yen, line.undone) for line in lines], rows


def test_a_day_costs_no_more_after_many_others(town: LittleTown) -> None:
    """And of an earlier day, what has come back since is told."""
    card = town.resident(10_000)
    first_on = day_in_tokyo(town.clock.now())
    paid = [town.pay(town.greengrocer, card, 100 + n) for n in range(30)]
    for _ in range(2):
        town.clock.advance(timedelta(days=1))
        town.pay(town.greengrocer, card, 7)
    back = RefundRequest(
        id=OperationId(ids.uuid7(town.clock)),
        token=town.tills[town.greengrocer.id].token,
        payment=paid[3],
        units=50,
    )
    town.desk.serve([back])
    lines, rows = read(town, day_in_tokyo(town.clock.now()))
    assert lines == [(50, 0), (7, 0)]
    assert rows < 10
    lines, rows = read(town, first_on)
    assert len(lines) == 30
    assert [line for line in lines if line[1]] == [(103, 50)]
    assert rows < 100
