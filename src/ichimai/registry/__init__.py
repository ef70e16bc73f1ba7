"""Holders, their cards and the pairwise ids by which sectors know them.

One schema shared by all operators. It knows no name and no value; a sector (an operator is
one) learns only its own subject for a holder and its own reference for a card.
"""

from ichimai.registry import errors
from ichimai.registry.card_code import parse_code
from ichimai.registry.key import RegistryKey
from ichimai.registry.model import (
    CredentialId,
    HolderId,
    IssuedCard,
    Resolved,
    StoppedCredential,
    SubjectId,
)
from ichimai.registry.picture import card_svg
from ichimai.registry.service import (
    confirm_key,
    holders_without_card,
    issue_card,
    issue_cards,
    new_cards,
    new_holders,
    resolve,
    stop_cards_of,
    stop_credential,
    subjects,
)

__all__ = [
    "CredentialId",
    "HolderId",
    "IssuedCard",
    "RegistryKey",
    "Resolved",
    "StoppedCredential",
    "SubjectId",
    "card_svg",
    "confirm_key",
    "errors",
    "holders_without_card",
    "issue_card",
    "issue_cards",
    "new_cards",
    "new_holders",
    "parse_code",
    "resolve",
    "stop_cards_of",
    "stop_credential",
    "subjects",
]
