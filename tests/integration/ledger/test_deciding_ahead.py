"""A batch that is decided on another that is not committed is right, or is decided again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import LiteralString
from unittest import mock

import pytest

from ichimai.kernel import Asset
from ichimai.ledger import Memory, journal_store, rules
from ichimai.ledger.journal_store import Head
from ichimai.storage import WriteTx
from ichimai.storage.database import Params
from tests.integration.ledger.lanes import WAIT_SECONDS, Lanes
from tests.journals.words import named

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
    with ThreadPoolExecutor(2) as pool:
        with lanes.held(is_lost=is_lost) as tx:
            said = lanes.posted(tx, [first], lanes.memory)
            waiting = [pool.submit(lanes.said, second, lanes.memory)]
            lanes.await_waiter()
            waiting.append(pool.submit(lanes.said, third, lanes.memory))
        said += [each.result(WAIT_SECONDS) for each in waiting]
    assert said == ([said[0], *without_first] if is_lost else answers)
    if is_lost:
        assert lanes.tried > 2, "who decided on what was lost decides again"
    else:
        assert lanes.tried == 2, "nobody decided twice"
    lanes.books.verify()


@pytest.mark.parametrize("is_lost", [False, True], ids=["committed", "lost"])
def test_a_batch_that_breaks_keeps_nobody_waiting(lanes: Lanes, *, is_lost: bool) -> None:
    books, said = lanes.books, []
    later = threading.Thread(
        target=lambda: said.append(lanes.said("pay p3 390", lanes.memory)),
        daemon=True,  # nobody waits for it for ever
    )
    with lanes.held(is_lost=is_lost) as tx:
        assert lanes.posted(tx, ["pay p1 500"], lanes.memory) == ["posted"]
        with (
            mock.patch.object(rules, "decide", side_effect=ZeroDivisionError),
            pytest.raises(ZeroDivisionError),
        ):
            lanes.said("pay p2 300", lanes.memory)
        later.start()
        lanes.await_waiter()
    later.join(WAIT_SECONDS)
    assert said == ["posted"]
    books.verify()


def _lower_the_budget(lanes: Lanes) -> None:
    now = lanes.books.clock.now()
    lanes.books.set_budget(Asset("points"), named("funder", "city"), 60, now)


ELSEWHERE: dict[str, tuple[Callable[[Lanes], object], str, str]] = {
    "a batch": (
        lambda lanes: lanes.said("pay p1 700", Memory()),
        "pay p2 600",
        "insufficient_balance",
    ),
    "a refusal, which leaves no block": (
        lambda lanes: lanes.said("pay p2 2000", Memory()),
        "pay p2 600",
        "exists_with_different_amount",
    ),
    "a budget's bound, which leaves none either": (
        _lower_the_budget,
        "award a2 of prize",
        "limit_reached",
    ),
}
"""What another process does once a batch is decided and before it is written; what that asked,
and the answer."""


@pytest.mark.parametrize("happen, asked, answer", ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_was_decided_before_somebody_else_wrote_is_decided_again(
    lanes: Lanes, happen: Callable[[Lanes], object], asked: str, answer: str
) -> None:
    hold, waiting = journal_store.hold, [happen]

    def late(tx: WriteTx, head: Head) -> None:
        if waiting:
            waiting.pop()(lanes)
        hold(tx, head)

    with mock.patch.object(journal_store, "hold", late):
        assert lanes.said(asked, lanes.memory) == answer
    lanes.books.verify()


class Interrupted(WriteTx):
    """A transaction in which something else happens before accounts are read."""

    def __init__(self, tx: WriteTx, happen: Callable[[], None]) -> None:
        super().__init__(tx.connection)
        self.at_end = tx.at_end  # type: ignore[method-assign]  # it ends as that one does
        self._happen = happen

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    def asked(
        self, sql: LiteralString, params: Params = ()
    ) -> Callable[[], list[tuple[object, ...]]]:
        if "FROM ledger_head AS head" in sql:
            self._happen()
        return super().asked(sql, params)


@pytest.mark.parametrize("is_lost", [False, True], ids=["committed", "lost"])
def test_what_was_added_while_a_batch_read_is_not_added_twice(
    lanes: Lanes, *, is_lost: bool
) -> None:
    """Another batch is committed between a batch's beginning and its reading accounts."""
    books, held = lanes.books, ExitStack()
    first = held.enter_context(lanes.held(is_lost=is_lost))
    added = "exchange x1 50 in gift for points:41 from city"
    assert lanes.posted(first, [added], lanes.memory) == ["posted"]
    with books.database.write(books.operator) as second:
        tx = Interrupted(second, held.close)
        assert lanes.posted(tx, ["award a2 of part by B"], lanes.memory) == ["posted"]
    books.verify()
