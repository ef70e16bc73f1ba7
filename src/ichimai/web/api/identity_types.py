"""The bodies of the API about cards that are shown, and about services' numbers."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

Token = Annotated[
    str, Meta(min_length=1, max_length=64, description="The `tap` of POST /api/v1/taps.")
]
Scanned = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=256,
        description="A code as scanned or typed: a printed card's, a phone's, an old card's.",
    ),
]
Der = Annotated[bytes, Meta(max_length=4_096, description="A certificate (DER), in base 64.")]
Signature = Annotated[bytes, Meta(max_length=1_024, description="PKCS #1 v1.5, in base 64.")]


class TapBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a card showed: one of `credential`, `felica` and `certificate`."""

    credential: Scanned | UnsetType = UNSET
    pin: Annotated[str, Meta(max_length=20, description="Of a printed card.")] | UnsetType = UNSET
    felica: (
        Annotated[str, Meta(max_length=40, description="The IDm: 16 hexadecimal digits.")]
        | UnsetType
    ) = UNSET
    certificate: Der | UnsetType = UNSET
    challenge: (
        Annotated[UUID, Meta(description="Of POST /api/v1/challenges, at this place.")] | UnsetType
    ) = UNSET
    signature: Signature | UnsetType = UNSET


class TapAnswer(Struct):
    """Who is there now, as far as this sector may know. ``tap`` is a secret of this place."""

    tap: str
    assurance: str
    subject: UUID | None
    expires_at: datetime


class ChallengeAnswer(Struct):
    """What a card is to sign: SHA-256 with RSA over the nonce's 32 bytes, in base 64 here."""

    id: UUID
    nonce: bytes
    expires_at: datetime


class LinkBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The person who is there has this number at a service."""

    tap: Token
    service: Annotated[str, Meta(min_length=1, max_length=40)]
    number: Annotated[
        str, Meta(min_length=1, max_length=64, description="As scanned, or typed from the card.")
    ]


class ConfirmationBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The same card, shown a second time."""

    tap: Token


class LinkAnswer(Struct, omit_defaults=True):
    """A link. ``masked_number`` is for reading out; ``expires_at`` of one that waits."""

    id: UUID
    service: str
    state: Literal["pending", "active", "frozen", "ended"]
    masked_number: str
    expires_at: datetime | None = None


class CardStopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whose card it is: the person who is there, or the one found by other means."""

    tap: Token | UnsetType = UNSET
    subject: UUID | UnsetType = UNSET


class TappedStopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The card that was just shown."""

    tap: Token


class StopsQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """From which place in the ledger's order on."""

    after: Annotated[int, Meta(ge=0, le=2**53)] = 0


class StopsAnswer(Struct):
    """A signed list: check `signature` (Ed25519) over `ichimai stops 1`, a NUL and `payload`.

    All three are in base 64. ``payload`` is JSON with ``operator``, ``after``, ``up_to``,
    ``is_all``, ``listed_at`` and ``stopped``, the references of cards stopped after ``after``.
    Keep the key from the first time on: another one is not ours.
    """

    payload: bytes
    signature: bytes
    public_key: bytes
