"""Programs (制度): where value is accepted, how it is granted, and what tills ask of it."""

from ichimai.programs import (
    cards,
    errors,
    funding,
    lists,
    model,
    one_person,
    stock,
    terms,
    upkeep,
    wallets,
    whatif,
)
from ichimai.programs.desk import Desk

__all__ = [
    "Desk",
    "cards",
    "errors",
    "funding",
    "lists",
    "model",
    "one_person",
    "stock",
    "terms",
    "upkeep",
    "wallets",
    "whatif",
]
