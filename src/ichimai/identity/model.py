"""Taps, challenges, services and links, as data."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple, NewType
from uuid import UUID

import msgspec

from ichimai.cards import Assurance, Kind, certificates
from ichimai.cards.barcodes import CardScheme
from ichimai.kernel.amount import MAX_UNITS
from ichimai.registry import SubjectId

TapId = NewType("TapId", UUID)
ChallengeId = NewType("ChallengeId", UUID)
LinkId = NewType("LinkId", UUID)
ServiceCode = NewType("ServiceCode", str)


class Place(NamedTuple):
    """Where cards are shown: a terminal, or the session of a member of staff (a counter)."""

    id: UUID
    is_counter: bool


class IdentityTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator lets cards do.

    ``allows_tap_without_pin``: a My Number Card without its PIN says who somebody is
    (公的個人認証法 art. 38-4); it never pays and never links.
    ``new_phone_limit_yen``: what phones that were added at home pay in their first 24 h.
    """

    allows_tap_without_pin: bool = False
    new_phone_limit_yen: Annotated[int, msgspec.Meta(ge=0, le=MAX_UNITS)] = 3_000


class Trust(NamedTuple):
    """Whose certificates are accepted, and who knows which of them are revoked."""

    authorities: certificates.Authorities
    revocation: certificates.Revocation


class Signed(NamedTuple):
    """What a card signed: a challenge of the place where it was shown."""

    challenge: ChallengeId
    signature: bytes


@dataclass(frozen=True, slots=True)
class Challenge:
    """32 random bytes that a card signs, once, before ``expires_at``."""

    id: ChallengeId
    nonce: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Tap:
    """A card that was shown at a place: who is there now, as far as this sector may know.

    ``reference`` stands for the card, ``visit`` for a row of taps of that one card.
    """

    id: TapId
    place: Place
    visit: UUID
    reference: UUID
    subject: SubjectId | None
    kind: Kind
    assurance: Assurance
    made_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewTap:
    """A tap and its token; the token exists here and at the place only."""

    tap: Tap
    token: str = field(repr=False)
    expires_at: datetime


class TapPayment(NamedTuple):
    """The one operation that a tap paid for, and whose card it was."""

    operation: UUID
    reference: UUID
    subject: SubjectId | None
    kind: Kind
    assurance: Assurance


class Step(NamedTuple):
    """The newest code of a phone that was taken, and for which operation or tap."""

    step: int
    operation: UUID


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something a person uses a card for, and what its own numbers look like.

    ``scheme``'s name is what the registry keeps of its old cards: it never changes.
    """

    code: ServiceCode
    name_ja: str
    name_en: str
    scheme: CardScheme


class LinkState(StrEnum):
    """How far a link has come. FROZEN: its number turned up on two people."""

    PENDING = "pending"
    ACTIVE = "active"
    FROZEN = "frozen"
    ENDED = "ended"


class Cause(StrEnum):
    """Why a link changed."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    NUMBER_OF_TWO = "number_of_two"
    SUPERSEDED = "superseded"
    ENDED_BY_STAFF = "ended_by_staff"
    ENDED_BY_PERSON = "ended_by_person"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Link:
    """A person's number at a service. The number itself is sealed, and not printed."""

    id: LinkId
    service: ServiceCode
    subject: SubjectId
    reference: UUID
    visit: UUID
    tap: UUID
    number_hash: bytes = field(repr=False)
    number_sealed: bytes = field(repr=False)
    asked_at: datetime
    state: LinkState


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """One entry of a link's history; the last one is its state."""

    link: LinkId
    state: LinkState
    cause: Cause
    place: UUID
    staff: UUID | None
    assurance: Assurance | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class LinkAlarm:
    """A number that turned up on two people, and the links that were frozen for it."""

    id: UUID
    service: ServiceCode
    links: tuple[LinkId, ...]
    raised_at: datetime
