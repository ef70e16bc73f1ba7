"""What the plain model keeps of lots, and of what was taken from them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ichimai.kernel import Asset


@dataclass
class ModelLot:
    """One grant in one wallet."""

    id: UUID
    wallet: UUID
    asset: Asset
    units: int
    left: int
    part: int
    ends_at: datetime


@dataclass
class Take:
    """What a payment or hold took from a lot. ``back``: how much of it was refunded."""

    lot: ModelLot
    units: int
    is_capped: bool
    back: int = 0


@dataclass
class Sale:
    """A payment, or what was posted of a hold; ``day``: on which it was taken from the wallet."""

    shop: UUID
    takes: list[Take]
    day: date


@dataclass
class Held:
    """A hold."""

    shop: UUID
    takes: list[Take]
    day: date
    ends_at: datetime
    is_open: bool = True


@dataclass
class Ended:
    """What an expiry took from a lot that had ended at ``ends_at``; ``is_back``: given back."""

    lot: ModelLot
    units: int
    ends_at: datetime
    is_back: bool = False
