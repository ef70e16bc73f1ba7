"""The registry as a plain model: lists in memory, everything looked up from the beginning."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from ichimai.cards import Kind, Shown
from ichimai.registry import SubjectId
from ichimai.registry.model import CredentialId, HolderId

ONE_AT_A_TIME = {Kind.MY_NUMBER_CARD, Kind.PHONE_CERTIFICATE}


@dataclass
class Card:
    """A number that was bound to a holder."""

    shown: Shown
    id: CredentialId
    holder: HolderId
    ends_at: datetime | None
    state: str = "active"
    replaced_by: CredentialId | None = None


@dataclass
class State:
    """Cards by number, merges in their order and whether each holds, subjects as first given."""

    cards: dict[Shown, Card] = field(default_factory=dict)
    merges: list[tuple[HolderId, HolderId, bool]] = field(default_factory=list)
    subjects: dict[tuple[HolderId, str], SubjectId] = field(default_factory=dict)


class Model:
    """What the registry ought to answer; a refusal is its error's code, and changes nothing."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.holders: list[HolderId] = []
        self.state = State()

    def person(self, holder: HolderId) -> list[HolderId]:
        """Everybody who is one person with ``holder``, in the order in which they count."""
        people = [[each] for each in self.holders]
        for kept, merged, holds in self.state.merges:
            if holds:
                one = next(person for person in people if kept in person)
                other = next(person for person in people if merged in person)
                people = [each for each in people if each not in (one, other)] + [one + other]
        return next(person for person in people if holder in person)

    def subject(self, holder: HolderId, sector: str) -> SubjectId | None:
        """Who a person is in a sector."""
        given = (self.state.subjects.get((each, sector)) for each in self.person(holder))
        return next((subject for subject in given if subject), None)

    def tap(self, shown: Shown, sector: str) -> tuple[SubjectId | None, bool] | None:
        """The subject behind a card, and whether it is not accepted; None: no card."""
        card = self.state.cards.get(shown)
        if card is None:
            return None
        is_over = card.ends_at is not None and card.ends_at <= self.now
        return self.subject(card.holder, sector), is_over or card.state != "active"

    def add(
        self, holder: HolderId, shown: Shown, new: CredentialId, ends_at: datetime | None
    ) -> str:
        """Bind a card whose id, if it is new, would be ``new``."""
        known = self.state.cards.get(shown)
        if known is not None:
            if known.holder not in self.person(holder):
                return "number_taken"
            return "ok" if known.state == "active" else "stopped_before"
        if shown.kind in ONE_AT_A_TIME:
            for card in self._cards_of(holder):
                if card.shown.kind is shown.kind and card.state == "active":
                    card.state, card.replaced_by = "replaced", new
        self.state.cards[shown] = Card(shown, new, holder, ends_at)
        return "ok"

    def rebind(self, old: CredentialId, shown: Shown, new: CredentialId, proved: HolderId) -> str:
        """Put a card in the place of another."""
        card = next((card for card in self._cards_of(proved) if card.id == old), None)
        if card is None:
            return "not_the_same_person"
        kept, replaced_by = deepcopy(self.state), card.replaced_by
        said = self.add(card.holder, shown, new, None)
        if said != "ok":
            return said
        added = self.state.cards[shown].id
        if added in (old, replaced_by):
            return "ok"
        if replaced_by is not None:
            self.state = kept
            return "stopped_before"
        card.state = "replaced" if card.state == "active" else card.state
        card.replaced_by = added
        return "ok"

    def stop(self, shown: Shown) -> str:
        """Stop a card."""
        card = self.state.cards.get(shown)
        if card is None:
            return "unknown_credential"
        card.state = "stopped" if card.state == "active" else card.state
        return "ok"

    def merge(self, kept: HolderId, merged: HolderId) -> str:
        """Say that two holders are one person."""
        if merged in self.person(kept):
            return "already_one_person"
        self.state.merges.append((kept, merged, True))
        return "ok"

    def split(self, place: int) -> str:
        """Take back what was said at a place."""
        kept, merged, holds = self.state.merges[place]
        self.state.merges[place] = kept, merged, False
        return "ok" if holds else "split_before"

    def both_know(self, one: HolderId, other: HolderId, sectors: tuple[str, ...]) -> set[object]:
        """The sectors that know both of two people, with whom they know."""
        pairs = ((s, self.subject(one, s), self.subject(other, s)) for s in sectors)
        return {pair for pair in pairs if all(pair)}

    def _cards_of(self, holder: HolderId) -> list[Card]:
        person = self.person(holder)
        return [card for card in self.state.cards.values() if card.holder in person]
