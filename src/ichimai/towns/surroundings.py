"""What a town has that its programs may name, and what is found wrong with them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from ichimai.towns.rule_names import Rule

_PLACES: Final = 0
"""The number of the association that is none: the operator's own places."""


class Fault(NamedTuple):
    """A field, as ``program[0].reason[2].years``, and the rule that its value breaks."""

    path: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a town has. ``places``: numbers of the operator's own; ``shops``: None: not known."""

    associations: Collection[int]
    places: Collection[str]
    categories: Collection[str]
    districts: Collection[str]
    services: Collection[str]
    sponsors: Collection[str]
    shops: Collection[str] | None = None

    def has_association(self, number: int) -> bool:
        """Whether there is such an association, or such places."""
        return bool(self.places) if number == _PLACES else number in self.associations

    def has_shop(self, number: str) -> bool:
        """Whether there is such a shop or place, as far as it is known."""
        association = int(number[:2])
        if association == _PLACES:
            return number in self.places
        return association in self.associations and (self.shops is None or number in self.shops)

    def has_party(self, party: str) -> bool:
        """Whether somebody of that name can pay."""
        if party in {"operator", "shop"}:
            return True
        kind, _, number = party.partition(":")
        return int(number) in self.associations if kind == "association" else party in self.sponsors
