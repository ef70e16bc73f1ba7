"""Two lanes of one process, of which one waits until the other is let go."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ichimai import ledger
from ichimai.kernel import Asset
from ichimai.kernel.rates import Rate
from ichimai.ledger import Memory
from ichimai.programs.terms import Limits
from ichimai.storage import WriteTx
from tests.journals.database_books import DatabaseBooks
from tests.journals.words import Offer, Terms, command, named, word

WAIT_SECONDS: Final = 10.0

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
