"""Holders, their cards and the pairwise ids by which sectors know them.

One schema shared by all operators. It knows no name and no value; a sector (an operator is
one) learns only its own subject for a holder and its own reference for a card.
"""

from ichimai.registry import cards, credentials, errors, holders, keys, model, old_cards
from ichimai.registry.key_file import RegistryKey
from ichimai.registry.model import Resolved, SubjectId
from ichimai.registry.service import resolve, resolve_shown

__all__ = [
    "RegistryKey",
    "Resolved",
    "SubjectId",
    "cards",
    "credentials",
    "errors",
    "holders",
    "keys",
    "model",
    "old_cards",
    "resolve",
    "resolve_shown",
]
