"""A batch that is decided on another that is not committed is right, or is decided again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import LiteralString
from unittest import mock

import pytest

from ichimai.ledger import service
from ichimai.storage import WriteTx
from ichimai.storage.database import Params
from tests.integration.ledger.lanes import WAIT_SECONDS, Lanes

CHAINS = {
    "each takes what the one before left": (
        ["pay p1 500", "pay p2 300", "pay p3 90"],
        ["posted", "posted", "posted"],
        ["posted", "posted"],
    ),
    "and no more": (
        ["pay p1 500", "pay p2 300", "pay p3 91"],
        ["posted", "posted", "insufficient_balance"],
        ["posted", "posted"],
    ),
    "a purse is filled and emptied": (
        ["grant g1 500", "pay p1 1300", "pay p2 90"],
        ["posted", "posted", "posted"],
        ["insufficient_balance", "posted"],
    ),
    "a budget is kept": (
        ["award a1 of prize", "award a2 of part by B", "award a3 of part by C"],
        ["posted", "posted", "limit_reached"],
        ["posted", "posted"],
    ),
    "points are earned, spent and earned": (
        ["buy b1 3000", "buy b2 30 with points", "buy b3 2000"],
        ["posted", "posted", "posted"],
        ["posted", "posted"],
    ),
}
"""What three lanes say of which each decides on the one before, and the answers: when all are
committed, and those of the other two when the first is not."""


@pytest.mark.parametrize("texts, answers, without_first", CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize("is_lost", [False, True], ids=["committed", "lost"])
def test_what_was_decided_on_a_batch_is_right_or_is_decided_again(
    lanes: Lanes, texts: list[str], answers: list[str], without_first: list[str], *, is_lost: bool
) -> None:
    first, second, third = texts
    with ThreadPoolExecutor(2) as pool, lanes.books.database.write(lanes.books.operator) as tx:
        said = lanes.posted(tx, [first], lanes.memory)
        waiting = [pool.submit(lanes.said, second, lanes.memory)]
        lanes.await_decided(2)
        waiting.append(pool.submit(lanes.said, third, lanes.memory))
        if answers[2] == "posted":
            lanes.await_decided(3)
        lanes.await_waiter()
        if is_lost:
            tx.connection.rollback()
        else:
            tx.connection.commit()
        said += [each.result(WAIT_SECONDS) for each in waiting]
    assert said == ([said[0], *without_first] if is_lost else answers)
    lanes.books.verify()


def test_a_batch_that_breaks_once_it_is_decided_keeps_nobody_waiting(lanes: Lanes) -> None:
    """Before it asked for the head lock: who decided on it decides again."""
    books, said = lanes.books, []
    later = threading.Thread(
        target=lambda: said.append(lanes.said("pay p3 390", lanes.memory)),
        daemon=True,  # nobody waits for it for ever
    )
    with books.database.write(books.operator) as tx:
        assert lanes.posted(tx, ["pay p1 500"], lanes.memory) == ["posted"]
        with (
            mock.patch.object(service, "_prepared", side_effect=ZeroDivisionError),
            pytest.raises(ZeroDivisionError),
        ):
            lanes.said("pay p2 300", lanes.memory)
        later.start()
        lanes.await_waiter()
        tx.connection.commit()
        later.join(WAIT_SECONDS)
    assert said == ["posted"]
    books.verify()


class Interrupted(WriteTx):
    """A transaction in which something else happens before accounts are read."""

    def __init__(self, tx: WriteTx, happen: Callable[[], None]) -> None:
        super().__init__(tx.connection)
        self._happen = happen

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    def asked(
        self, sql: LiteralString, params: Params = ()
    ) -> Callable[[], list[tuple[object, ...]]]:
        if "FROM ledger_head AS head" in sql:
            self._happen()
        return super().asked(sql, params)


def test_what_was_added_while_a_batch_read_is_not_added_twice(lanes: Lanes) -> None:
    """The head was read before another batch was committed, and accounts after it."""
    books = lanes.books
    with books.database.write(books.operator) as first:
        added = "exchange x1 50 in gift for points:41 from city"
        assert lanes.posted(first, [added], lanes.memory) == ["posted"]
        with books.database.write(books.operator) as second:
            tx = Interrupted(second, first.connection.commit)
            assert lanes.posted(tx, ["award a2 of part by B"], lanes.memory) == ["posted"]
    books.verify()
