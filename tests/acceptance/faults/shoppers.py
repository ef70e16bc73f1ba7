"""Load that keeps its own books: what was asked, how often, and what was answered."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from ichimai.ledger import Kind
from tests.acceptance.faults.tills import Answer, Lost, Till, new_id, payment

PATIENCE_SECONDS: Final = 60.0
_REFUSALS: Final = {"repeat_suspected", "insufficient_balance", "limit_exceeded"}


@dataclass
class Entry:
    """One operation: what it must make in the ledger if it is carried out, and its answer.

    ``makes``: units by kind of transfer. ``answer``: None while the outcome is unknown.
    """

    id: UUID
    path: str
    body: dict[str, Any]
    makes: dict[Kind, int]
    token: str
    answer: Answer | None = None

    @property
    def is_acknowledged(self) -> bool:
        """Whether the till was told that it was done."""
        return self.answer is not None and self.answer.status in {200, 201}


@dataclass
class Journal:
    """The books of all tills together.

    ``faults``: what no till should ever see. ``found_done``: how often the first answer that
    came said that the operation was already there.
    """

    entries: dict[UUID, Entry] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    acknowledged: int = 0
    found_done: int = 0
    lost: int = 0
    unavailable: int = 0
    slowest_seconds: float = 0.0

    def known(self) -> dict[UUID, Entry]:
        """A copy of what was asked so far; a thread may be writing."""
        return dict(self.entries)

    def await_acknowledged(self, count: int, *, within_seconds: float) -> None:
        """Wait until ``count`` more operations have been acknowledged."""
        wanted, deadline = self.acknowledged + count, time.monotonic() + within_seconds
        while self.acknowledged < wanted:
            assert time.monotonic() < deadline, f"nothing was served for {within_seconds} s"
            time.sleep(0.002)


@dataclass
class Shopper:
    """One till's stream of payments, refunds and holds, each asked until it is answered."""

    till: Till
    cards: Sequence[str]
    journal: Journal
    is_over: threading.Event
    random: random.Random
    done: list[Entry] = field(default_factory=list)

    def run(self) -> None:
        """Shop until it is over, and then until the last answer is there."""
        while not self.is_over.is_set():
            entry = self._next()
            self.journal.entries[entry.id] = entry
            self._settle(entry)
            if self.random.random() < 0.1 and entry.is_acknowledged:
                self._ask_again(entry)
        self.till.close()

    def _next(self) -> Entry:
        chance = self.random.random()
        held = next((e for e in self.done if e.path == "/holds"), None)
        paid = next((e for e in self.done if e.path == "/payments"), None)
        if chance < 0.15 and paid is not None:
            return self._refund(paid)
        if chance < 0.3 and held is not None:
            return self._release(held)
        return self._payment(is_hold=chance > 0.9)

    def _payment(self, *, is_hold: bool) -> Entry:
        units, id_ = self.random.randint(1, 30), new_id()
        body = payment(
            id_, self.random.choice(self.cards), units, confirmed=self.random.random() < 0.9
        )
        if not is_hold:
            return Entry(id_, "/payments", body, {Kind.PAYMENT: units}, self.till.token)
        return Entry(id_, "/holds", body, {Kind.HOLD: units}, self.till.token)

    def _refund(self, paid: Entry) -> Entry:
        self.done.remove(paid)
        id_, units = new_id(), self.random.randint(1, paid.body["amount"])
        body = {"id": str(id_), "amount": units}
        path = f"/payments/{paid.id}/refunds"
        return Entry(id_, path, body, {Kind.REFUND: units}, self.till.token)

    def _release(self, held: Entry) -> Entry:
        self.done.remove(held)
        id_, total = new_id(), held.body["amount"]
        units = self.random.randint(0, total)
        makes = {Kind.POST: units, Kind.VOID: total - units}
        if units:
            body: dict[str, Any] = {"id": str(id_), "amount": units}
            path = f"/holds/{held.id}/post"
        else:
            body, path = {"id": str(id_)}, f"/holds/{held.id}/void"
        made = {kind: each for kind, each in makes.items() if each}
        return Entry(id_, path, body, made, self.till.token)

    def _settle(self, entry: Entry) -> None:
        answer = self._asked(entry)
        if answer is None:
            return
        entry.answer = answer
        if entry.is_acknowledged:
            self.journal.acknowledged += 1
            self.journal.found_done += answer.status == 200
            self.done.append(entry)
        elif answer.code not in _REFUSALS:
            self.journal.faults.append(f"{entry.path}: {answer}")

    def _asked(self, entry: Entry) -> Answer | None:
        """The answer to an operation, asked with the same id until there is one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            started = time.monotonic()
            try:
                answer = self.till.post(entry.path, entry.body)
            except Lost:
                self.journal.lost += 1
            else:
                took = time.monotonic() - started
                self.journal.slowest_seconds = max(self.journal.slowest_seconds, took)
                if answer.status != 503:
                    return answer
                self.journal.unavailable += 1
            time.sleep(self.random.uniform(0.01, 0.08))
        self.journal.faults.append(f"{entry.path}: no answer in {PATIENCE_SECONDS} s")
        return None

    def _ask_again(self, entry: Entry) -> None:
        """An answer is the same for ever, but that a replay is 200."""
        again = self._asked(entry)
        if entry.answer and again and again != Answer(200, entry.answer.body):
            self.journal.faults.append(f"{entry.path}: {entry.answer}, and again {again}")


@contextmanager
def shopping(
    journal: Journal,
    port: int,
    tokens: Sequence[str],
    cards: Sequence[str],
    *,
    tills: int,
    seed: int,
) -> Iterator[None]:
    """Load from ``tills`` tills at once while the block runs; settled when it is left.

    Whoever audits ``journal`` begins before: the first answers come at once.
    """
    is_over = threading.Event()
    threads = []
    for number in range(tills):
        shopper = Shopper(
            till=Till(port, tokens[number]),
            cards=cards,
            journal=journal,
            is_over=is_over,
            random=random.Random(f"{seed}/{number}"),
        )
        threads.append(threading.Thread(target=shopper.run, name=f"till-{number}"))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS + 30)
