"""The bodies of the API: what validates requests also describes them in the OpenAPI document."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from ichimai.kernel.amount import MAX_UNITS

Yen = Annotated[int, Meta(ge=1, le=MAX_UNITS, description="Whole yen, 1 to 1,000,000,000,000.")]
Credential = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=160,
        description="A printed card's code, scanned or typed; a phone's code; a `tap`.",
    ),
]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, with its offset.")]
Hex = Annotated[str, Meta(pattern="^[0-9a-f]*$", description="Bytes in lower-case hexadecimal.")]
OperationKey = Annotated[
    UUID,
    Meta(
        description="Made by the caller (UUID version 7) and kept before sending: the same id "
        "with the same body gives the first answer again, for ever."
    ),
]
OptionalKey = OperationKey | UnsetType
"""An operation's id that may come as an Idempotency-Key header instead."""


class PaymentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Take an amount from a card."""

    id: OptionalKey = UNSET
    credential: Credential
    amount: Yen
    occurred_at: Instant | None = None
    confirm_repeat: bool = False


class HoldBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Set an amount aside, to be posted or voided within some seconds."""

    id: OptionalKey = UNSET
    credential: Credential
    amount: Yen
    seconds: Annotated[int, Meta(ge=10, le=86_400)] = 600
    occurred_at: Instant | None = None
    confirm_repeat: bool = False


class RefundBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Give an amount of a payment back."""

    id: OptionalKey = UNSET
    amount: Yen


class PostBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Take a hold, or part of it; the rest goes back."""

    id: OptionalKey = UNSET
    amount: Yen | None = None


class VoidBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Give all of a hold back."""

    id: OptionalKey = UNSET


class Leg(Struct):
    """How much was moved in one program."""

    program: str
    units: int
    asset: str


class Proof(Struct):
    """That one transfer is in the block: RFC 9162 §2.1.3, from the leaf upwards."""

    leaf: Hex
    index: int
    path: list[Hex]


class Receipt(Struct):
    """The operation's place in the operator's chain."""

    sequence: int
    previous: Hex
    merkle_root: Hex
    hash: Hex
    count: int
    transfers: list[Proof]


class OperationAnswer(Struct, omit_defaults=True):
    """What was moved, with its proof. ``amount`` is in ``asset``, JPY."""

    id: UUID
    amount: int
    asset: str
    recorded_at: datetime
    legs: list[Leg]
    receipt: Receipt
    expires_at: datetime | None = None


class Health(Struct):
    """Whether requests can be served now."""

    status: str
    operator: str
    version: str


class Problem(Struct):
    """Problem details (RFC 9457). ``code`` is stable; ``title`` is for people."""

    type: str
    title: str
    status: int
    code: str
