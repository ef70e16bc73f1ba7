"""A batch that was decided while another was being written is right, or is decided again."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import LiteralString

import pytest

from ichimai import ledger
from ichimai.kernel import Asset
from ichimai.kernel.rates import Rate
from ichimai.ledger import Memory
from ichimai.ledger.model import Role, account_id
from ichimai.programs.terms import Limits
from ichimai.storage import WriteTx
from ichimai.storage.database import Params
from tests.journals.database_books import DatabaseBooks
from tests.journals.words import Offer, Terms, command, named, word

WAIT_SECONDS = 10.0

# What the first batch says, what the second says that was read meanwhile, and its answer.
MEETINGS = {
    "one balance is not spent twice": ("pay p1 700", "pay p2 600", "insufficient_balance"),
    "what is left is enough": ("pay p1 300", "pay p2 590", "posted"),
    "one id is carried out once": ("pay p1 300", "pay p1 300", "again"),
    "one id has one amount": ("pay p1 300", "pay p1 301", "exists_with_different_amount"),
    "the same within 90 s is asked about": ("pay p1 300", "pay p2 300", "repeat_suspected"),
    "a stopped card is refused": ("stop s1", "pay p2 300", "credential_stopped"),
    "a refusal is an answer for ever": ("pay p1 2000", "pay p1 2000", "insufficient_balance"),
    "a refusal has one amount": ("pay p1 2000", "pay p1 5", "exists_with_different_amount"),
    "a new payment can be refunded": ("pay p1 300", "refund r1 300 of p1", "posted"),
    "but no more": ("pay p1 300", "refund r1 301 of p1", "refund_exceeds_payment"),
    "a payment is refunded once": (
        "refund r1 30 of p0",
        "refund r2 30 of p0",
        "refund_exceeds_payment",
    ),
    "a new hold can be posted": ("hold h1 300 until 10-01 13:00", "post c1 200 of h1", "posted"),
    "a hold is released once": ("void c1 of h0", "post c2 20 of h0", "hold_closed"),
    "what is granted can be spent": ("grant g1 500", "pay p2 1390", "posted"),
    "what comes back can be spent": ("refund r1 40 of p0", "pay p2 930", "posted"),
    "what is expired cannot": ("expire e1", "pay p2 1", "insufficient_balance"),
    "a sale is carried out once": ("buy b1 300", "buy b1 300", "again"),
    "a sale has one way to pay": (
        "buy b1 300",
        "buy b1 300 with gift",
        "exists_with_different_programs",
    ),
    "the same id is another event": (
        "award a1 of class",
        "award a1 of prize",
        "exists_with_different_programs",
    ),
    "an equal sale is asked about": ("buy b1 300", "buy b2 300", "repeat_suspected"),
    "of a new sale goods may come back": ("buy b1 300", "return r1 300 of b1", "posted"),
    "but no more than were sold": ("buy b1 300", "return r1 301 of b1", "refund_exceeds_payment"),
    "goods come back once": (
        "return r1 5000 of b0",
        "return r2 1 of b0",
        "refund_exceeds_payment",
    ),
    "a person's limit is kept": ("award a1 of class", "award a2 of class", "limit_reached"),
    "a budget is kept": ("award a1 of prize", "award a2 of prize by B", "limit_reached"),
    "what was given by another way counts": (
        "award a1 of part by B",
        "award a2 of prize",
        "limit_reached",
    ),
    "what was given without a look at the budget counts": (
        "exchange x1 50 in gift for points:41 from city",
        "award a2 of prize",
        "limit_reached",
    ),
    "the last thing is handed over once": (
        "redeem d1 1 in points thing atlas",
        "redeem d2 1 in points thing atlas",
        "out_of_stock",
    ),
    "what is exchanged is gone": (
        "exchange x1 50 in points",
        "exchange x2 1 in points",
        "insufficient_balance",
    ),
    "what is paid back is gone": (
        "cashout o1 800 in gift",
        "pay p2 200",
        "insufficient_balance",
    ),
    "what is given away is gone": ("give v1 800 to B", "pay p2 200", "insufficient_balance"),
    "what somebody gave is there": ("give v1 800 to B", "pay p2 800 by B", "posted"),
    "what was asked for beforehand is reached": (
        "award a1 of class",
        "exchange x1 1 in points needs class:7",
        "posted",
    ),
    "a card that is stopped does not earn": ("stop s1", "award a2 of class", "credential_stopped"),
}

PROGRAMS = (
    Terms(is_capped=True),
    Terms(
        Asset("points"),
        is_automatic=False,
        is_capped=True,
        offers=(
            Offer(rate=Rate()),
            Offer("class", units=7, limits=Limits(units_ever=7)),
            Offer("prize", units=60, funder="city", is_bounded=True, is_whole=True),
            Offer("part", units=41, funder="city", is_bounded=True),
        ),
    ),
)


BEFORE = (
    "buy b0 5000",
    "deliver y0 1 in atlas",
    "award a0 of part by C",
    "grant g0 1000",
    "pay p0 50",
    "hold h0 60 until 10-01 13:00",
)


class Lanes:
    """Two lanes of one process: the first holds the ledger while the second reads."""

    def __init__(self, books: DatabaseBooks) -> None:
        self.books = books
        self.memory = Memory()
        books.programs = PROGRAMS
        books.set_budget(Asset("points"), named("funder", "city"), 141, books.clock.now())
        # The lanes have posted before, so that the next batch reads ahead.
        for text in BEFORE:
            assert self.said(text, self.memory) == "posted"

    def said(self, text: str, memory: Memory) -> str:
        (answer,) = self.all_said([text], memory)
        return answer

    def all_said(self, texts: Sequence[str], memory: Memory) -> list[str]:
        with self.books.database.write(self.books.operator, is_pipelined=True) as tx:
            return self.posted(tx, texts, memory)

    def posted(self, tx: WriteTx, texts: Sequence[str], memory: Memory) -> list[str]:
        now = self.books.clock.now()
        asked = [command(text, self.books.programs, now) for text in texts]
        return [word(answer) for answer in ledger.post(tx, self.books.clock, asked, memory)]

    def meet(self, first: str, second: str, *, is_lost: bool = False, by: Memory) -> str:
        """The answer to ``second``, which has read and waits when ``first`` is committed."""
        _, (answer,) = self.meet_all([first], [second], is_lost=is_lost, by=by)
        return answer

    def meet_all(
        self, first: Sequence[str], second: Sequence[str], *, is_lost: bool = False, by: Memory
    ) -> tuple[list[str], list[str]]:
        """The same of two batches; the answers to both."""
        books = self.books
        with ThreadPoolExecutor(1) as pool, books.database.write(books.operator) as tx:
            answers = self.posted(tx, first, by)
            later = pool.submit(self.all_said, second, self.memory)
            self.await_waiter()
            if is_lost:
                tx.connection.rollback()
            else:
                tx.connection.commit()
            return answers, later.result(WAIT_SECONDS)

    def await_decided(self, batches: int) -> None:
        """Wait until this many batches are decided that are not committed."""
        deadline = time.monotonic() + WAIT_SECONDS
        with self.books.as_owner() as connection:
            row = connection.execute("SELECT sequence FROM ledger_head").fetchone()
            assert row is not None
            assert isinstance(row[0], int)
        while time.monotonic() < deadline:
            tip = self.memory.tip
            if tip is not None and tip.head.sequence == row[0] + batches:
                return
            time.sleep(0.005)
        raise AssertionError("they were not decided ahead")

    def await_waiter(self) -> None:
        """Wait until somebody waits for the head lock."""
        deadline = time.monotonic() + WAIT_SECONDS
        with self.books.as_owner() as connection:
            while time.monotonic() < deadline:
                (waits,) = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database()"
                ).fetchone() or (0,)
                connection.rollback()
                if waits:
                    return
                time.sleep(0.005)
        raise AssertionError("nobody waits")


@pytest.fixture
def lanes(books: DatabaseBooks) -> Lanes:
    return Lanes(books)


by_whom = pytest.mark.parametrize("is_known", [True, False], ids=["here", "elsewhere"])
"""Whether the batch before was made by the same process, which remembers it, or by another."""


@pytest.mark.parametrize("first, second, answer", MEETINGS.values(), ids=MEETINGS)
@by_whom
def test_a_batch_is_decided_on_what_the_one_before_left(
    lanes: Lanes, first: str, second: str, answer: str, *, is_known: bool
) -> None:
    if first.startswith("expire"):
        lanes.books.clock.at += timedelta(days=365)
    assert lanes.meet(first, second, by=lanes.memory if is_known else Memory()) == answer
    lanes.books.verify()


POOLS = {
    "emptied and then filled": [
        ["buy b1 10 with points:50"],
        ["buy b2 50 with points:40"],
        ["buy b3 3000"],
        ["buy b4 20 with points:20"],
        ["buy b5 7 with points:5"],
    ],
    "emptied and filled in one": [
        ["buy b1 50 with points", "buy b2 3000"],
        ["buy b3 20 with points:20"],
        ["buy b4 10 with points", "buy b5 1000", "buy b6 22 with points"],
        ["buy b7 3 with points"],
    ],
    "emptied where it is not capped and spent where it is": [
        ["buy b1 50 with points"],
        ["buy b2 3000"],
        ["buy b3 20 with points at L1"],
        ["buy b4 10 with points"],
        ["return r1 20 of b3 at L1"],
    ],
    "filled from two sides": [
        ["buy b1 50 with points"],
        ["award a1 of class"],
        ["return r1 50 of b1"],
        ["buy b2 57 with points"],
        ["return r2 57 of b2"],
    ],
    "a sale and its return again and again": [
        ["buy b1 3000"],
        ["return r1 1000 of b1"],
        ["return r2 1000 of b1", "buy b2 60 with points"],
        ["return r3 1000 of b1"],
        ["return r4 60 of b2"],
    ],
    "a budget spent over and over": [
        ["award a1 of part"],
        ["award a2 of part by B", "award a3 of part by C"],
        ["buy b1 41 with points"],
        ["buy b2 41 with points by B"],
    ],
    "one shop gives and takes back": [
        ["buy b1 3000", "buy b2 3000 by B"],
        ["return r1 3000 of b1", "buy b3 2000 by B"],
        ["buy b4 2100", "return r2 2000 of b3"],
        ["return r3 2100 of b4"],
    ],
}
"""What lanes say that each read while the one before has not committed."""


@pytest.mark.parametrize("steps", POOLS.values(), ids=POOLS)
@by_whom
@pytest.mark.parametrize("alone", [0, 1], ids=["in pairs", "after one"])
def test_a_pool_is_what_all_batches_left_of_it(
    lanes: Lanes, steps: list[list[str]], *, is_known: bool, alone: int
) -> None:
    """Each second batch reads while the one before it is being committed."""
    answers = [lanes.all_said(batch, lanes.memory) for batch in steps[:alone]]
    for place in range(alone, len(steps), 2):
        first, *second = steps[place : place + 2]
        if second:
            by = lanes.memory if is_known else Memory()
            answers += lanes.meet_all(first, *second, by=by)
        else:
            answers.append(lanes.all_said(first, lanes.memory))
        lanes.books.verify()
    assert {answer for batch in answers for answer in batch} == {"posted"}


# What was said before, what the first batch says and the second that was read meanwhile; and the
# points that A and B have then.
MERGED = {
    "a merge": ([], ["merge u1 by A to B"], ["return r1 3000 of b0"], (0, 20)),
    "what who stays paid": (
        ["merge u1 by A to B"],
        ["buy b1 40 by B with points"],
        ["return r1 3000 of b0"],
        (0, 0),
    ),
    "and pays in the batch that takes it back": (
        ["merge u1 by A to B"],
        ["buy b1 40 by B with points"],
        ["buy b2 5 by B with points", "return r1 3000 of b0"],
        (0, 0),
    ),
    "what was taken back": (
        ["merge u1 by A to B"],
        ["return r1 3000 of b0"],
        ["return r2 1000 of b0", "buy b1 2 by B with points"],
        (0, 8),
    ),
    "a merge further on": (
        ["merge u1 by A to B"],
        ["merge u2 by B to C"],
        ["buy b2 600 by B with nothing", "return r1 5000 of b0"],
        (0, 0),
    ),
    "a split": (
        ["merge u1 by A to B"],
        ["split w1 of u1 by B to A"],
        ["buy b2 600 with nothing", "return r1 3000 of b0"],
        (26, 0),
    ),
}


@pytest.mark.parametrize("before, first, second, points", MERGED.values(), ids=MERGED)
@by_whom
def test_what_a_merge_moved_on_meanwhile_is_taken_back(
    lanes: Lanes,
    before: list[str],
    first: list[str],
    second: list[str],
    points: tuple[int, int],
    *,
    is_known: bool,
) -> None:
    answers = [lanes.all_said(before, lanes.memory)] if before else []
    answers += lanes.meet_all(first, second, by=lanes.memory if is_known else Memory())
    assert {answer for batch in answers for answer in batch} == {"posted"}
    wallets = [account_id(named("wallet", one), Role.WALLET, Asset("points")) for one in "AB"]
    assert tuple(lanes.books.balance(wallet) for wallet in wallets) == points
    lanes.books.verify()


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
        if "FROM account" in sql:
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


def test_a_batch_that_was_never_committed_leaves_nothing(lanes: Lanes) -> None:
    assert lanes.meet("pay p1 700", "pay p2 600", is_lost=True, by=lanes.memory) == "posted"
    assert lanes.said("pay p1 700", lanes.memory) == "insufficient_balance"
    lanes.books.verify()


def test_lanes_that_race_never_fail(lanes: Lanes) -> None:
    """A batch that fails is done again in halves: nobody would notice but who waits."""
    lanes.said("grant g1 1000000", lanes.memory)

    def lane(name: int) -> None:
        for number in range(1_000):
            assert lanes.said(f"pay p{name}-{number} 1 confirmed", lanes.memory) == "posted"

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lane, range(2)))
    lanes.books.verify()
