"""When a tap begins and ends. Pure: what the readers say goes in, what happened comes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from ichimai.reader.model import Event, Happening, Slot, Tap


@dataclass(frozen=True, slots=True)
class Table:
    """The readers on the table, and the one tap that counts.

    ``tap`` is None unless exactly one card lies there and every card before it was lifted.
    ``mute`` is the card of which was told that it does not answer.
    """

    slots: tuple[Slot, ...] = ()
    tap: Tap | None = None
    is_crowded: bool = False
    mute: tuple[str, int] | None = None


def look(
    table: Table, slots: Sequence[Slot], new_id: Callable[[], UUID]
) -> tuple[Table, list[Event]]:
    """The table after the readers were looked at, and what happened since the last look.

    A new tap is in the table and in no event: a card is present when it was recognised.
    """
    events = _come_and_gone(table.slots, slots)
    cards = [slot for slot in slots if slot.has_card]
    tap, is_crowded, mute = table.tap, table.is_crowded and bool(cards), table.mute
    if tap is not None and (len(cards) != 1 or not _is_same(tap, cards[0])):
        events.append(Event(Happening.CARD_LIFTED, tap.reader, tap.id))
        tap = None
    if len(cards) > 1 and not is_crowded:
        events.append(Event(Happening.ONE_CARD_ONLY))
        is_crowded = True
    if len(cards) == 1 and tap is None and not is_crowded:
        card = cards[0]
        if not card.is_mute:
            tap = Tap(new_id(), card.reader, card.changes, card.answer_to_reset)
        elif mute != (card.reader, card.changes):
            events.append(Event(Happening.CARD_UNREADABLE, card.reader))
            mute = (card.reader, card.changes)
    return Table(tuple(slots), tap, is_crowded, mute), events


def _is_same(tap: Tap, slot: Slot) -> bool:
    return (tap.reader, tap.changes) == (slot.reader, slot.changes)


def _come_and_gone(before: Sequence[Slot], now: Sequence[Slot]) -> list[Event]:
    old, new = {slot.reader for slot in before}, {slot.reader for slot in now}
    gone = [Event(Happening.READER_GONE, name) for name in sorted(old - new)]
    return gone + [Event(Happening.READER_ADDED, name) for name in sorted(new - old)]


def without_tap(table: Table) -> Table:
    """The table when its card could not be recognised: it must be lifted and put there again."""
    return replace(table, tap=None, is_crowded=True)
