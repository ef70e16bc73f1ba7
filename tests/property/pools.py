"""The plain model's lots that many give into, and its sales."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ichimai.ledger.model import Earn, Purse
from tests.property.ledger_lots import ModelLot, Sale


@dataclass
class Pooled(ModelLot):
    """A lot, with who funds it and from when it may be spent."""

    funder: UUID
    usable_at: datetime


Given = tuple[int, UUID]
"""The lot, by its place in memory, and who gave into it."""


@dataclass
class Bought:
    """A sale: what paid, what it gave (by lot and giver), and what came back so far.

    ``turn``: its place in the order. ``counted``: what each way to earn gave, by lot and giver.
    """

    sale: Sale
    total: int
    turn: int
    gave: dict[Given, tuple[Pooled, int]] = field(default_factory=dict)
    yen_back: int = 0
    taken_back: Counter[Given] = field(default_factory=Counter)
    counted: dict[Given, list[tuple[int, Earn]]] = field(default_factory=dict)


def turn(lot: ModelLot, purse: Purse) -> tuple[object, ...]:
    """Which lot is spent first."""
    assert isinstance(lot, Pooled)
    return purse.order, lot.ends_at, purse.rank, lot.usable_at, lot.id.int
