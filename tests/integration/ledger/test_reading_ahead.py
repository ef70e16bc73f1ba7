"""A batch that was read while another was being committed is decided on what that one left."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ichimai import ledger
from ichimai.ledger import Memory
from ichimai.storage import WriteTx
from tests.journals.database_books import DatabaseBooks
from tests.journals.words import command, word

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
}


class Lanes:
    """Two lanes of one process: the first holds the ledger while the second reads."""

    def __init__(self, books: DatabaseBooks) -> None:
        self.books = books
        self.memory = Memory()
        # The lanes have posted before, so that the next batch reads ahead.
        for text in ("grant g0 1000", "pay p0 50", "hold h0 60 until 10-01 13:00"):
            assert self.said(text, self.memory) == "posted"

    def said(self, text: str, memory: Memory) -> str:
        with self.books.database.write(self.books.operator, is_pipelined=True) as tx:
            return self.posted(tx, text, memory)

    def posted(self, tx: WriteTx, text: str, memory: Memory) -> str:
        now = self.books.clock.now()
        asked = command(text, self.books.programs, now)
        (answer,) = ledger.post(tx, self.books.clock, [asked], memory)
        return word(answer)

    def meet(self, first: str, second: str, *, is_lost: bool = False, by: Memory) -> str:
        """The answer to ``second``, which has read and waits when ``first`` is committed."""
        books = self.books
        with ThreadPoolExecutor(1) as pool, books.database.write(books.operator) as tx:
            self.posted(tx, first, by)
            later = pool.submit(self.said, second, self.memory)
            self.await_waiter()
            if is_lost:
                tx.connection.rollback()
            else:
                tx.connection.commit()
            return later.result(WAIT_SECONDS)

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


@pytest.mark.parametrize("first, second, answer", MEETINGS.values(), ids=MEETINGS)
def test_a_batch_is_decided_on_what_the_one_before_left(
    lanes: Lanes, first: str, second: str, answer: str
) -> None:
    if first.startswith("expire"):
        lanes.books.clock.at += timedelta(days=365)
    assert lanes.meet(first, second, by=lanes.memory) == answer
    lanes.books.verify()


@pytest.mark.parametrize("first, second, answer", MEETINGS.values(), ids=MEETINGS)
def test_also_when_another_process_made_it(
    lanes: Lanes, first: str, second: str, answer: str
) -> None:
    if first.startswith("expire"):
        lanes.books.clock.at += timedelta(days=365)
    assert lanes.meet(first, second, by=Memory()) == answer
    lanes.books.verify()


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
