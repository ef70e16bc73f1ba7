"""Reading ahead: what a batch needs is read while the batch before it is being committed.

What came in between is then taken over from the books of those batches, which this process
remembers by the hash of their block. Where the chain has a block that is not remembered,
somebody else posts too: everything is read again under the lock, and the next batch waits
for the lock before it reads.
"""

import threading
from collections.abc import Collection, Mapping
from copy import copy
from datetime import datetime
from typing import Final, TypeVar

from ichimai.ledger import store
from ichimai.ledger.book import Book
from ichimai.ledger.model import Block
from ichimai.ledger.needs import Needs
from ichimai.storage import WriteTx

Key = TypeVar("Key")
Value = TypeVar("Value")

_KEPT: Final = 4
"""So many books are remembered: a lane is never further behind than there are lanes."""


class Memory:
    """The books of the last blocks that this process made, for all of its lanes."""

    def __init__(self) -> None:
        self._books: dict[bytes, tuple[bytes, Book]] = {}
        self._changing = threading.Lock()
        self.is_alone = False
        """Whether the last block seen was made here: then reading ahead is worth it."""

    def keep(self, block: Block, book: Book) -> None:
        """Remember what a block was made of; if it is never committed, nobody asks for it."""
        with self._changing:
            self._books[block.hash] = block.previous, book
            while len(self._books) > _KEPT:
                del self._books[next(iter(self._books))]

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


def load(tx: WriteTx, needs: Needs, now: datetime, memory: Memory) -> tuple[store.Head, Book]:
    """Take the head lock, and what a batch needs as it stands under it."""
    may_read_ahead = memory.is_alone and needs.is_of_tills
    head, book, is_held = store.load(tx, needs, now, may_read_ahead=may_read_ahead)
    if is_held:
        memory.note(head.hash)
        return head, book
    held, refusals = store.lock_late(tx, needs)
    memory.note(held.hash)
    between = memory.between(head.hash, held.hash)
    if between is None:
        held, book, _ = store.load(tx, needs, now, may_read_ahead=False)
        return held, book
    book.refusals = refusals
    for later in between:
        _take_over(later, needs, book)
    return held, book


def _take_over(later: Book, needs: Needs, book: Book) -> None:
    """Bring ``book`` up to what a later batch left of it."""
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
