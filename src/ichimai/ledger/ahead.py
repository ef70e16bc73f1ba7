"""Deciding ahead: a batch is read and decided while the batch before it is being written.

It is decided on what the batch before it in this process leaves, whose book is remembered by the
head that it leaves, committed or not. Once that is committed it is written, unless the head is not
what it was decided on: because the batch before failed, or because somebody else posts too. Then
nothing is done, and it is posted anew, without this memory: read and decided under the head lock.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from copy import copy
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

from ichimai.ledger import store
from ichimai.ledger.book import Book
from ichimai.ledger.journal_store import Head
from ichimai.ledger.needs import Needs
from ichimai.storage import WriteTx
from ichimai.storage.errors import Outdated

Key = TypeVar("Key")
Value = TypeVar("Value")
Result = TypeVar("Result")

_KEPT: Final = 4
"""So many books are remembered: a lane is never further behind than there are lanes."""


class _Tip(NamedTuple):
    """The head that the last batch here leaves; ``is_past``: its transaction has ended."""

    head: Head
    is_past: threading.Event


class Memory:
    """The books of the last batches that this process made, for all of its lanes."""

    def __init__(self) -> None:
        self._books: dict[Head, tuple[Head, Book]] = {}
        self._changing = threading.Lock()
        self.deciding = threading.Lock()
        """Held by the lane that decides: the next one decides on what it leaves.

        Whoever has the head lock must not wait for this.
        """
        self.tip: _Tip | None = None
        self.is_alone = False
        """Whether the last head seen was left by a batch here: then deciding ahead is worth it."""

    def run(self, work: Callable[["Memory"], Result]) -> Result:
        """Do a transaction that posts with this memory; anew without it, where it was outdated."""
        try:
            return work(self)
        except Outdated:
            return work(Memory())

    def keep(self, before: Head, after: Head, book: Book, is_past: threading.Event) -> None:
        """Remember by what a batch leads from one head to the next."""
        with self._changing:
            self._books[after] = before, book
            while len(self._books) > _KEPT:
                del self._books[next(iter(self._books))]
            self.tip = _Tip(after, is_past)

    def lose(self) -> None:
        """Decide nothing on what may never be there."""
        self.tip = None

    def note(self, held: Head) -> None:
        """See by the head that is held whether somebody else posts too."""
        self.is_alone = held in self._books

    def between(self, seen: Head, held: Head) -> list[Book] | None:
        """The books from after head ``seen`` to head ``held``; None: not all are known."""
        books: list[Book] = []
        with self._changing:
            while held != seen:
                known = self._books.get(held)
                if known is None:
                    return None
                held, book = known
                books.insert(0, book)
        return books


class Turn:
    """A batch's place in the order in which this process decides and writes.

    Until it is ended, no other lane decides, and until it is left, none writes.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._is_past = threading.Event()
        self._before: _Tip | None = None
        self._is_taken = False

    def take(self) -> _Tip | None:
        """Wait until nobody decides; what the last batch here leaves."""
        self.memory.deciding.acquire()
        self._is_taken, self._before = True, self.memory.tip
        return self._before

    def end(self, before: Head, after: Head, book: Book) -> None:
        """The batch leads from one head to the next: another may decide on that."""
        if after != before:
            self.memory.keep(before, after, book, self._is_past)
        self._release()

    def await_before(self) -> None:
        """Wait until the batch before is committed, or is not going to be."""
        if self._before is not None:
            self._before.is_past.wait()

    def leave(self, is_committed: bool) -> None:  # noqa: FBT001 - told by the transaction
        """Keep nobody waiting, however far the batch came."""
        self._release()
        if not is_committed:
            self.memory.lose()
        self._is_past.set()

    def _release(self) -> None:
        if self._is_taken:
            self._is_taken = False
            self.memory.deciding.release()


def load(tx: WriteTx, needs: Needs, now: datetime, turn: Turn) -> store.Loaded:
    """What a batch is decided on, in its turn: as it is under the head lock, or as it will be."""
    memory = turn.memory
    if memory.is_alone and needs.is_plain:
        loaded = store.load(tx, needs, now, is_locked=False)
        tip = turn.take()
        between = memory.between(loaded.head, tip.head) if tip else None
        if tip and between is not None:
            for later in between:
                _take_over(later, needs, loaded.book)
            return loaded._replace(head=tip.head)
    else:
        turn.take()
    turn.await_before()
    loaded = store.load(tx, needs, now, is_locked=True)
    memory.note(loaded.head)
    return loaded


def _take_over(later: Book, needs: Needs, book: Book) -> None:
    """Bring ``book`` up to what a later batch leaves."""
    added = {account.id for account in later.added_to}
    for account_id in needs.accounts.keys() & later.accounts.keys():
        account, known = later.accounts[account_id], book.accounts.get(account_id)
        if known is not None and account_id in added:
            # That batch did not read it: it only knows what it added.
            known.balance += account.balance
        elif account.is_changed:
            book.accounts[account_id] = mine = copy(account)
            mine.is_changed = False
    for wallet in needs.accounts.keys() & later.lots.keys():
        lots = book.lots.setdefault(wallet, {})
        for lot_id, lot in later.lots[wallet].items():
            if lot.is_changed:
                lots[lot_id] = own = copy(lot)
                own.is_changed, own.added, own.capped_by = False, 0, 0
    _copy(needs.operations, later.operations, book.operations)
    _copy(needs.operations, later.refusals, book.refusals)
    _copy(needs.operations, later.sales, book.sales)
    _copy(needs.operations, later.asked, book.asked)
    _copy(needs.actors, later.stops, book.stops)
    for key in needs.tallies & later.counted:
        book.tallies[key] = later.tallies[key]
    for hold in needs.parents & later.holds.keys():
        book.holds[hold] = copy(later.holds[hold])


def _copy(keys: Collection[Key], source: Mapping[Key, Value], target: dict[Key, Value]) -> None:
    for key in source.keys() & keys:
        target[key] = source[key]
