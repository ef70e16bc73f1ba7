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


@dataclass
class Bought:
    """A sale: what paid, what it gave (by lot), and what came back so far.

    ``counted``: by lot, what each way to earn gave, under which tallies, and if it is of times.
    """

    sale: Sale
    total: int
    gave: dict[int, tuple[Pooled, int]]
    yen_back: int = 0
    taken_back: Counter[int] = field(default_factory=Counter)
    counted: dict[int, list[tuple[int, Earn]]] = field(default_factory=dict)


def turn(lot: ModelLot, purse: Purse) -> tuple[object, ...]:
    """Which lot is spent first."""
    assert isinstance(lot, Pooled)
    return purse.order, lot.ends_at, purse.rank, lot.usable_at, lot.id.int
