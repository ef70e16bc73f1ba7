"""Holders, their cards and the pairwise ids by which sectors know them.

One schema shared by all operators. It knows no name and no value; a sector (an operator is
one) learns only its own subject for a holder and its own reference for a card.
"""

from ichimai.registry import cards, errors
from ichimai.registry.key import RegistryKey
from ichimai.registry.model import HolderId, IssuedCard, Resolved, StoppedCredential, SubjectId
from ichimai.registry.service import confirm_key, new_holders, resolve, subjects

__all__ = [
    "HolderId",
    "IssuedCard",
    "RegistryKey",
    "Resolved",
    "StoppedCredential",
    "SubjectId",
    "cards",
    "confirm_key",
    "errors",
    "new_holders",
    "resolve",
    "subjects",
]
