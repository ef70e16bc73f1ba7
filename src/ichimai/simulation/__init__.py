"""A made-up town: shops, residents and a month of shopping, the same for the same seed.

Nobody in it is real. Nothing here asks for the time or touches a database; what to do with
the people and events is the caller's matter.
"""

from ichimai.simulation import bank, gift_lists, life
from ichimai.simulation.errands import shopping
from ichimai.simulation.model import (
    EventKind,
    Recipient,
    Resident,
    ShoppingEvent,
    Storefront,
)
from ichimai.simulation.old_cards import old_card_list_csv
from ichimai.simulation.register import population
from ichimai.simulation.shops import storefronts

__all__ = [
    "EventKind",
    "Recipient",
    "Resident",
    "ShoppingEvent",
    "Storefront",
    "bank",
    "gift_lists",
    "life",
    "old_card_list_csv",
    "population",
    "shopping",
    "storefronts",
]
