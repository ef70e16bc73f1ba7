"""Readers, cards on them, and what a page is told."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

from ichimai.cards import Kind

HELD_SECONDS: Final = 4.0
"""So long another program or page may keep a card to itself before we say so and go on."""

Transmit = Callable[[bytes], bytes]
"""Sends one APDU to a card; its response with the status word."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What PC/SC says of one reader.

    ``changes`` grows whenever a card is put on it or lifted, so that a card that was swapped
    for another between two looks is seen.
    """

    reader: str
    changes: int
    has_card: bool
    is_mute: bool = False
    answer_to_reset: bytes = b""


@dataclass(frozen=True, slots=True)
class Tap:
    """One card's stay on a reader, from when it was put there until it is lifted."""

    id: UUID
    reader: str
    changes: int
    answer_to_reset: bytes = b""


class Happening(StrEnum):
    """What a page is told without asking."""

    READER_ADDED = "reader_added"
    READER_GONE = "reader_gone"
    CARD_PRESENT = "card_present"
    CARD_LIFTED = "card_lifted"
    CARD_UNREADABLE = "card_unreadable"
    """Something lies there that does not answer: two cards in one holder, or one half on."""
    CARD_BUSY = "card_busy"
    """Another program keeps the card to itself; it is taken as soon as that lets go."""
    ONE_CARD_ONLY = "one_card_only"
    """Cards on two readers: none is taken until all are lifted (faults.md E74)."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, about a reader or a tap."""

    happening: Happening
    reader: str = ""
    tap: UUID | None = None
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How things stand: what a page is told first.

    ``must_lift``: what lies there is taken by nobody before all of it is lifted.
    """

    readers: tuple[str, ...]
    tap: UUID | None
    kind: Kind | None
    has_service: bool
    is_busy: bool = False
    must_lift: bool = False


class Readers(Protocol):
    """The readers of this machine, as PC/SC has them."""

    def wait(self, timeout_seconds: float) -> Sequence[Slot] | None:
        """Each reader, as soon as one has changed, or after the time; None: no PC/SC service."""
        ...

    def session(self, tap: Tap) -> AbstractContextManager[Transmit]:
        """A connection to the very card of a tap, which forgets a PIN that it was shown.

        Raises CardLifted, also at its end, when the card is not that card any more; CardBusy when
        another program keeps the card longer than it may.
        """
        ...


@dataclass(frozen=True, slots=True)
class Scan:
    """A check-in that waits until the town's server has it; ``sealed`` is for the server alone.

    ``refused_as``: the code with which a server refused it; empty while none has.
    """

    sequence: int
    id: UUID
    sealed: bytes = field(repr=False)
    refused_as: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a queue holds: ``queue`` is another id after the storage was wiped or replaced."""

    queue: UUID
    waiting: int
    refused: int
    last_sequence: int


def as_json(event: Event) -> dict[str, Any]:
    """An event as a page reads it; what it does not have is left out."""
    body: dict[str, Any] = {"event": event.happening.value, "reader": event.reader}
    if event.tap is not None:
        body["tap"] = str(event.tap)
    if event.happening is Happening.CARD_PRESENT:
        body["kind"] = event.kind
    return body
