"""The bodies of what is earned, exchanged and handed over; those of payments are in ``types``."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct

from ichimai.kernel.amount import MAX_UNITS
from ichimai.web.api.types import Credential, Instant, OptionalKey, Receipt, Yen

ProgramKey = Annotated[
    str, Meta(pattern="^[a-z][a-z0-9_-]{0,59}$", description="A program's key, `longevity-gift`.")
]
PartKey = Annotated[
    str, Meta(pattern="^[a-z][a-z0-9_-]{0,59}$", description="The key of a part of a program.")
]
Units = Annotated[int, Meta(ge=1, le=MAX_UNITS, description="Whole units of the program.")]


class Choice(Struct, forbid_unknown_fields=True):
    """A program to pay with, and how many of its units at most."""

    program: ProgramKey
    units: Units | None = None


PayWith = Annotated[
    list[ProgramKey | Choice],
    Meta(
        max_length=20,
        description="The programs to pay with, in this order; `[]`: none, the sale only earns.",
    ),
]


class PurchaseBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A sale: what can pay pays, the rest is cash, and what it earns is given.

    ``pay_with`` left out or ``auto``: what pays by itself, in the person's own order.
    """

    id: OptionalKey = UNSET
    credential: Credential
    total_yen: Yen
    pay_with: str | PayWith = "auto"
    occurred_at: Instant | None = None
    confirm_repeat: bool = False


class ReturnBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Goods of a purchase come back: for so many yen of it."""

    id: OptionalKey = UNSET
    amount: Yen


class EarningBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Something took place for which units are given: a class, a check-up, a returned tray.

    ``program``: only this one gives for it. ``brought_by``: the card of whoever brought the
    person along.
    """

    id: OptionalKey = UNSET
    credential: Credential
    event: PartKey
    program: ProgramKey | None = None
    brought_by: Credential | None = None
    occurred_at: Instant | None = None


class StampBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Stamp a card. Stamped offline, it is sent later with ``occurred_at``, within 72 hours."""

    id: OptionalKey = UNSET
    credential: Credential
    program: ProgramKey
    occurred_at: Instant | None = None


class ExchangeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Exchange units for those of another program, or for what is handed over here."""

    id: OptionalKey = UNSET
    credential: Credential
    program: ProgramKey
    exchange: PartKey
    times: Annotated[int, Meta(ge=1, le=1_000)] = 1


class RedemptionBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Hand over a thing."""

    id: OptionalKey = UNSET
    credential: Credential
    program: ProgramKey
    thing: PartKey


class MoneyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Money that a person pays in, or is paid back, in cash."""

    id: OptionalKey = UNSET
    credential: Credential
    program: ProgramKey
    amount: Units


class EntitlementBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Look whether somebody has what somebody else gives, such as a silver pass."""

    credential: Credential
    program: ProgramKey


class EntitlementAnswer(Struct):
    """Yes or no, and nothing else of the person."""

    entitled: bool


class Part(Struct):
    """Units of one program."""

    program: str
    units: int


class PurchaseAnswer(Struct, kw_only=True):
    """What programs paid of a sale, what is left to pay in cash, and what was earned.

    Of a return: what went back to programs, what is to be paid back in cash, and what of the
    earned units was taken back.
    """

    id: UUID
    total_yen: int
    paid_yen: int
    rest_yen: int
    paid: list[Part]
    earned: list[Part]
    recorded_at: datetime
    receipt: Receipt


class GivenAnswer(Struct, kw_only=True):
    """What was given up (``taken``) and what was given."""

    id: UUID
    taken: list[Part]
    given: list[Part]
    recorded_at: datetime
    receipt: Receipt
