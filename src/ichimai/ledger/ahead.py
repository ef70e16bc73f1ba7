"""Deciding ahead: a batch is read and decided while the batch before it is being written.

It is decided on what the batches before it in this process leave, whose books are remembered by
the hash of their block, committed or not. Once it has the head lock, the head says whether that is
what they left. If it is not, because one of them failed or because somebody else posts too, the
batch is read and decided again under the lock; then the next one waits for the lock first.
"""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

from ichimai.ledger import store
from ichimai.ledger.book import Book
from ichimai.ledger.model import Block
from ichimai.ledger.needs import Needs
from ichimai.ledger.store import Head, Lock
from ichimai.storage import WriteTx

Key = TypeVar("Key")
Value = TypeVar("Value")

_KEPT: Final = 4
"""So many books are remembered: a lane is never further behind than there are lanes."""


class _Tip(NamedTuple):
    """The last block that was made here; ``is_past``: its batch has the head lock, or gave up."""

    head: Head
    is_past: threading.Event


class Memory:
    """The books of the last blocks that this process made, for all of its lanes."""

    def __init__(self) -> None:
        self._books: dict[bytes, tuple[bytes, Book]] = {}
        self._changing = threading.Lock()
        self.deciding = threading.Lock()
        """Held by the lane that decides: the next one decides on what it leaves.

        Whoever has the head lock must not wait for this.
        """
        self.tip: _Tip | None = None
        self.is_alone = False
        """Whether the last block seen was made here: then deciding ahead is worth it."""

    def keep(self, block: Block, book: Book, is_past: threading.Event) -> None:
        """Remember what a block was made of; if it is never committed, no head names it."""
        last = block.first_number + block.count - 1
        with self._changing:
            self._books[block.hash] = block.previous, book
            while len(self._books) > _KEPT:
                del self._books[next(iter(self._books))]
            self.tip = _Tip(Head(block.sequence, last, block.hash, block.recorded_at), is_past)

    def note(self, held: bytes) -> None:
        """See by the head that is held whether somebody else posts too."""
        self.is_alone = held in self._books

    def between(self, seen: bytes, held: bytes) -> list[Book] | None:
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
    """A batch's place in the order in which this process decides and takes the head lock.

    Until it was ended, no other lane decides, and until it has the head lock or is left, none asks
    for that.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.is_past = threading.Event()
        self._before: _Tip | None = None
        self._is_taken = False

    def end(self, block: Block | None, book: Book) -> None:
        """The batch is decided, and made ``block`` if it made anything: the next may decide."""
        if block is not None:
            self.memory.keep(block, book, self.is_past)
        self._release()

    def take(self) -> _Tip | None:
        """Wait until nobody decides; the last block made until then."""
        self.memory.deciding.acquire()
        self._is_taken, self._before = True, self.memory.tip
        return self._before

    def is_free(self) -> bool:
        """Take it, unless somebody decides or has decided and waits for the head lock."""
        tip = self.memory.tip
        if tip is not None and not tip.is_past.is_set():
            return False
        if not self.memory.deciding.acquire(blocking=False):
            return False
        self._is_taken, self._before = True, self.memory.tip
        return True

    def leave(self) -> None:
        """Keep nobody waiting, however far the batch came."""
        self._release()
        self.is_past.set()

    def _release(self) -> None:
        if self._is_taken:
            self._is_taken = False
            self.memory.deciding.release()

    def await_head(self) -> None:
        """Wait until whoever was before has the head lock: then it is our turn to ask for it."""
        if self._before is not None:
            self._before.is_past.wait()


@contextmanager
def turn_in(memory: Memory) -> Iterator[Turn]:
    """A turn, left at the end of the block."""
    turn = Turn(memory)
    try:
        yield turn
    finally:
        turn.leave()


def load(tx: WriteTx, needs: Needs, now: datetime, turn: Turn) -> store.Loaded:
    """What a batch is decided on: as it is under the head lock, or as it is going to be.

    Takes the turn. If the head lock is not held, ``lock`` must be asked before anything is
    written.
    """
    memory = turn.memory
    if not (memory.is_alone and needs.is_plain):
        turn.take()
        turn.await_head()
        return _held(turn, store.load(tx, needs, now, Lock.WAIT))
    if turn.is_free():
        loaded = store.load(tx, needs, now, Lock.IF_FREE)
        if loaded.is_held:
            return _held(turn, loaded)
        tip = memory.tip
    else:
        loaded = store.load(tx, needs, now, Lock.NO)
        tip = turn.take()
    head, book = loaded.head, loaded.book
    between = memory.between(head.hash, tip.head.hash) if tip else None
    for later in between or ():
        _take_over(later, needs, book, loaded.number)
    return loaded._replace(head=tip.head if tip and between else head)


def lock(tx: WriteTx, needs: Needs, head: Head, book: Book, turn: Turn) -> bool:
    """Take the head lock for a batch that was decided on ``head``; whether it was right.

    If not, the lock is held all the same. Refusals leave no block: they are looked at again.
    """
    turn.await_head()
    held, refusals = store.lock_late(tx, needs)
    turn.is_past.set()
    turn.memory.note(held.hash)
    known = book.refusals.keys() - set(book.new_refusals)
    return held.hash == head.hash and refusals.keys() <= known


def _held(turn: Turn, loaded: store.Loaded) -> store.Loaded:
    turn.is_past.set()
    turn.memory.note(loaded.head.hash)
    return loaded


def _take_over(later: Book, needs: Needs, book: Book, number: int) -> None:
    """Bring ``book``, whose accounts were read at ``number``, up to what a later batch leaves."""
    added = {account.id for account in later.added_to}
    for account_id in needs.accounts.keys() & later.accounts.keys():
        account, known = later.accounts[account_id], book.accounts.get(account_id)
        if known is not None and account_id in added:
            # That batch did not read it: it only knows what it added, which may be there already.
            if later.number > number:
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
