"""Two lanes of one process, of which one waits until the other is let go."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
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


class _Lost(Exception):
    """The database went away before the transaction was committed."""


class Lanes:
    """Two lanes of one process: the first holds the ledger while the second reads."""

    def __init__(self, books: DatabaseBooks) -> None:
        self.books = books
        self.memory = Memory()
        self.tried = 0
        """How many transactions were begun, of batches that were not held."""
        books.programs = PROGRAMS
        books.set_budget(Asset("points"), named("funder", "city"), 141, books.clock.now())
        # The lanes have posted before, so that the next batch reads ahead.
        for text in BEFORE:
            assert self.said(text, self.memory) == "posted"
        self.tried = 0

    def said(self, text: str, memory: Memory) -> str:
        (answer,) = self.all_said([text], memory)
        return answer

    def all_said(self, texts: Sequence[str], memory: Memory) -> list[str]:
        return memory.run(partial(self._all_said, texts))

    def _all_said(self, texts: Sequence[str], memory: Memory) -> list[str]:
        self.tried += 1
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
        with ThreadPoolExecutor(1) as pool:
            with self.held(is_lost=is_lost) as tx:
                answers = self.posted(tx, first, by)
                later = pool.submit(self.all_said, second, self.memory)
                self.await_waiter()
            return answers, later.result(WAIT_SECONDS)

    @contextmanager
    def held(self, *, is_lost: bool = False) -> Iterator[WriteTx]:
        """A transaction that is committed at the end of the block, or rolled back."""
        with (
            suppress(_Lost),
            self.books.database.write(self.books.operator) as tx,
        ):
            yield tx
            if is_lost:
                raise _Lost

    def await_waiter(self) -> None:
        """Wait until a batch waits: for the one before it here, or for the head lock."""
        deadline = time.monotonic() + WAIT_SECONDS
        with self.books.as_owner() as connection:
            while time.monotonic() < deadline:
                tip = self.memory.tip
                if tip and not tip.is_past.is_set() and self.memory.deciding.locked():
                    return
                (waits,) = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database()"
                ).fetchone() or (0,)
                connection.rollback()
                if waits:
                    return
                time.sleep(0.005)
        raise AssertionError("nobody waits")
