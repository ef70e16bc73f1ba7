"""A made-up town: shops, residents and a month of shopping, the same for the same seed.

Nobody in it is real. Nothing here asks for the time or touches a database; what to do with
the people and events is the caller's matter.
"""

from ichimai.simulation import life
from ichimai.simulation.errands import shopping
from ichimai.simulation.gift_lists import gift_list_csv, recipients
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
    "gift_list_csv",
    "life",
    "old_card_list_csv",
    "population",
    "recipients",
    "shopping",
    "storefronts",
]
