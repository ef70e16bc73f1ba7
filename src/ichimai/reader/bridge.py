"""Between the readers and the pages: one tap at a time, and whoever listens hears of it."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

from ichimai.cards import Kind
from ichimai.kernel.clock import Clock
from ichimai.kernel.errors import DomainError
from ichimai.kernel.ids import uuid7
from ichimai.reader import errors, rules
from ichimai.reader.model import (
    HELD_SECONDS,
    Event,
    Happening,
    Readers,
    Slot,
    Snapshot,
    Tap,
    Transmit,
)
from ichimai.reader.operations import recognise

Told = TypeVar("Told")
Hear = Callable[[Event], None]

_LOOK_SECONDS: Final = 0.5
_RECOGNISE_TRIES: Final = 3
_RECOGNISE_PAUSE_SECONDS: Final = 0.15


@dataclass
class Bridge:
    """Watches the readers in one thread and asks cards in others, one at a time."""

    readers: Readers
    clock: Clock
    held_seconds: float = HELD_SECONDS
    _table: rules.Table = field(default_factory=rules.Table)
    _kind: Kind | None = None
    _is_recognised: bool = False
    _is_busy: bool = False
    _has_service: bool = True
    _asked: set[UUID] = field(default_factory=set)
    _hearers: list[Hear] = field(default_factory=list)
    _state: threading.RLock = field(default_factory=threading.RLock)
    _card: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, is_over: threading.Event) -> None:
        """Look at the readers until it is over."""
        while not is_over.is_set():
            self.look()

    def look(self) -> None:
        """Wait for a change, a little, and tell what happened; a busy card is tried again."""
        tap = self._take(self.readers.wait(_LOOK_SECONDS))
        if tap is None and self._is_busy:
            tap = self._table.tap
        if tap is not None:
            self._meet(tap)

    @contextmanager
    def listening(self, hear: Hear) -> Iterator[Snapshot]:
        """How things stand; whatever happens after that is told to ``hear``, in order."""
        with self._state:
            self._hearers.append(hear)
            snapshot = self.snapshot()
        try:
            yield snapshot
        finally:
            with self._state:
                self._hearers.remove(hear)

    def snapshot(self) -> Snapshot:
        """How things stand."""
        with self._state:
            tap = self._table.tap if self._is_recognised else None
            return Snapshot(
                readers=tuple(slot.reader for slot in self._table.slots),
                tap=tap.id if tap else None,
                kind=self._kind if tap else None,
                has_service=self._has_service,
                is_busy=self._is_busy,
                must_lift=self._table.tap is None
                and any(slot.has_card for slot in self._table.slots),
            )

    def tap(self, tap_id: UUID) -> Tap:
        """The tap, if its card still lies there. Raises CardLifted."""
        with self._state:
            tap = self._table.tap
            if tap is None or tap.id != tap_id:
                raise errors.CardLifted
            return tap

    def ask(self, tap_id: UUID, work: Callable[[Transmit], Told]) -> Told:
        """What ``work`` learns from the card of a tap, told only while that card lies there.

        Raises CardLifted also when the card was lifted meanwhile, whatever ``work`` came to;
        CardBusy when another program or page keeps it too long.
        """
        tap = self.tap(tap_id)
        try:
            with self._alone(), self.readers.session(tap) as transmit:
                told = work(transmit)
        except DomainError as error:
            self.tap(tap_id)
            if isinstance(error, errors.CardBusy):
                self._keep_trying(tap)
            raise
        self.tap(tap_id)
        return told

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._card.acquire(timeout=self.held_seconds):
            raise errors.CardBusy
        try:
            yield
        finally:
            self._card.release()

    def ask_once(self, tap_id: UUID, request_id: UUID, work: Callable[[Transmit], Told]) -> Told:
        """``ask``, but the second time for the same request it is AlreadyAsked.

        A browser sends a request again when its connection broke, without asking anybody: a
        PIN must not lose a second try by that.
        """
        with self._state:
            self.tap(tap_id)
            if request_id in self._asked:
                raise errors.AlreadyAsked
            self._asked.add(request_id)
        return self.ask(tap_id, work)

    def _take(self, slots: Sequence[Slot] | None) -> Tap | None:
        """The new tap, if there is one; what ended is told."""
        with self._state:
            self._has_service = slots is not None
            before = self._table.tap
            self._table, events = rules.look(self._table, slots or (), self._new_id)
            tap = self._table.tap
            if tap == before:
                tap = None
            else:
                self._kind, self._is_recognised, self._is_busy = None, False, False
                self._asked.clear()
            self._tell(*events)
            return tap

    def _new_id(self) -> UUID:
        return uuid7(self.clock)

    def _meet(self, tap: Tap) -> None:
        """Find out what lies there. A card that is just being laid down may need a moment."""
        for _ in range(_RECOGNISE_TRIES):
            with suppress(DomainError):
                kind = self.ask(tap.id, lambda transmit: recognise(tap, transmit))
                self._present(tap, kind)
                return
            if self._is_busy:
                return
            time.sleep(_RECOGNISE_PAUSE_SECONDS)
        self._give_up(tap)

    def _present(self, tap: Tap, kind: Kind | None) -> None:
        with self._state:
            is_new = not self._is_recognised
            self._kind, self._is_recognised, self._is_busy = kind, True, False
            if is_new:
                self._tell(Event(Happening.CARD_PRESENT, tap.reader, tap.id, kind))

    def _keep_trying(self, tap: Tap) -> None:
        with self._state:
            is_new, self._is_busy = not self._is_busy, True
            if is_new:
                self._tell(Event(Happening.CARD_BUSY, tap.reader))

    def _give_up(self, tap: Tap) -> None:
        with self._state:
            self._table = rules.without_tap(self._table)
            self._tell(Event(Happening.CARD_UNREADABLE, tap.reader))

    def _tell(self, *events: Event) -> None:
        for event in events:
            for hear in list(self._hearers):
                hear(event)
