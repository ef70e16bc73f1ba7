"""Programs (制度): where value is accepted, how it is granted, and what tills ask of it."""

from ichimai.programs import (
    cards,
    errors,
    funding,
    grant_list_model,
    lists,
    model,
    stock,
    terms,
    upkeep,
    wallets,
)
from ichimai.programs.desk import Desk
from ichimai.programs.terms import Program

__all__ = [
    "Desk",
    "Program",
    "cards",
    "errors",
    "funding",
    "grant_list_model",
    "lists",
    "model",
    "stock",
    "terms",
    "upkeep",
    "wallets",
]
