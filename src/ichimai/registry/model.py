"""Holders, their credentials and the pairwise ids by which sectors know them, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, NewType
from uuid import UUID

HolderId = NewType("HolderId", UUID)
CredentialId = NewType("CredentialId", UUID)
SubjectId = NewType("SubjectId", UUID)


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A new printed card with its ``code``, which exists here and on the card alone."""

    holder: HolderId
    credential: CredentialId
    code: str = field(repr=False)


class Resolved(NamedTuple):
    """A card as one sector may know it.

    ``subject`` is None until the holder first has a relation with the sector. ``reference``
    stands for the card itself and, like the subject, has no meaning in any other sector.
    """

    subject: SubjectId | None
    reference: UUID
    is_stopped: bool


@dataclass(frozen=True, slots=True)
class StoppedCredential:
    """A card that is no longer accepted, and by which reference each sector knows it.

    ``references`` names every sector in which the holder has a subject: those that must be
    told, in their own total order, that the card was stopped.
    """

    credential: CredentialId
    holder: HolderId
    stopped_at: datetime
    references: Mapping[str, UUID]
