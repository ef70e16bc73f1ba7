"""Holders, their credentials and the pairwise ids by which sectors know them, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType
from uuid import UUID

from ichimai.cards import Kind

HolderId = NewType("HolderId", UUID)
CredentialId = NewType("CredentialId", UUID)
SubjectId = NewType("SubjectId", UUID)
ChangeId = NewType("ChangeId", UUID)


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
    ``is_stopped``: it is not accepted, be it stopped, replaced or over. ``valid_until``: when it
    ends by itself, or with all cards of its scheme. ``public_key``: a phone's. ``issued_at``:
    when it was bound to its holder.
    """

    subject: SubjectId | None
    reference: UUID
    is_stopped: bool
    kind: Kind = Kind.PRINTED_QR
    valid_until: datetime | None = None
    public_key: bytes | None = None
    issued_at: datetime | None = None

    @property
    def receiver(self) -> SubjectId | None:
        """Who can be given something by this card; None: nobody."""
        return None if self.is_stopped else self.subject


class CredentialStatus(StrEnum):
    """Whether a credential is accepted, or why not."""

    ACTIVE = "active"
    STOPPED = "stopped"
    EXPIRED = "expired"
    """It, or all cards of its scheme, came to their end. Nothing has to be written for that."""
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Credential:
    """Something that shows who its holder is. Its number is not told, not even hashed.

    ``stopped_at``: since when it is stopped or replaced.
    """

    id: CredentialId
    holder: HolderId
    kind: Kind
    scheme: str
    status: CredentialStatus
    issued_at: datetime
    valid_until: datetime | None
    stopped_at: datetime | None
    replaced_by: CredentialId | None


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


@dataclass(frozen=True, slots=True)
class Added:
    """A credential that was bound to a holder; those it replaced are told as stopped."""

    credential: CredentialId
    replaced: tuple[StoppedCredential, ...] = ()


class TwoSubjects(NamedTuple):
    """A person's two subjects in one sector, which must move what is on the one to the other.

    After a merge from ``merged`` to ``kept``; after a split, what came from it back again.
    """

    sector: str
    kept: SubjectId
    merged: SubjectId


class Merge(NamedTuple):
    """The finding that two holders are one person. ``number`` grows along those of a person."""

    id: ChangeId
    number: int
    kept: HolderId
    merged: HolderId


@dataclass(frozen=True, slots=True)
class HolderChange:
    """What a merge or a split did: the sectors in ``told`` have something to move."""

    id: ChangeId
    told: tuple[TwoSubjects, ...]


class KeyState(NamedTuple):
    """What the registry notes of its key.

    ``generation``: how many added keys new numbers are hashed with. ``rewritten_to``: numbers
    hashed up to there are of this generation; None: all are.
    """

    digest: bytes
    generation: int
    numbers_digest: bytes
    rewritten_to: bytes | None
