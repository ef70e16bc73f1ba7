"""The commands that make transfers; and, by their names here too, accounts, lots and transfers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct, field

from ichimai.kernel import Asset, errors
from ichimai.kernel.ids import NIL
from ichimai.ledger.joining_model import MergeWallets, SplitWallets
from ichimai.ledger.journal_model import (
    ALWAYS,
    MINIMUM,
    NEVER,
    Account,
    AccountId,
    Block,
    Count,
    Counted,
    Inclusion,
    Kind,
    Lot,
    LotId,
    OperationId,
    Posted,
    Role,
    Sale,
    Transfer,
    account_id,
    derived_id,
    tally_of,
)
from ichimai.ledger.part_model import Cap, Earn, Leg, Minimum, Purse

__all__ = [
    "ALWAYS",
    "MINIMUM",
    "NEVER",
    "Account",
    "AccountId",
    "Block",
    "Cap",
    "Count",
    "Counted",
    "Earn",
    "Inclusion",
    "Kind",
    "Leg",
    "Lot",
    "LotId",
    "MergeWallets",
    "Minimum",
    "OperationId",
    "Posted",
    "Purse",
    "Role",
    "Sale",
    "SplitWallets",
    "Transfer",
    "account_id",
    "derived_id",
    "tally_of",
]

GRACE_DAYS: Final = 14
"""How long what comes back to a lot that has ended may still be spent, unless its program says."""


class Grant(Struct, frozen=True, kw_only=True):
    """Give ``units`` from ``funder`` to ``wallet`` as one lot, whose id is the operation's.

    ``capped_units``: how many may be spent at capped shops (None: all).
    """

    operation: OperationId
    wallet: UUID
    funder: UUID
    asset: Asset
    units: int
    expires_at: datetime
    capped_units: int | None = None
    actor: UUID = NIL


class Gift(Struct, frozen=True):
    """One of many grants: as ``Grant``, less what they have in common."""

    operation: OperationId
    wallet: UUID
    units: int
    capped_units: int


class Pay(Struct, frozen=True, kw_only=True):
    """Take ``units`` from the lots of ``wallet`` for ``payee``, over ``purses``.

    ``refused``: what the caller already knows to be wrong; it is the answer unless the
    operation has one. ``hold_until``: only set the units aside, until then.
    """

    operation: OperationId
    wallet: UUID
    payee: UUID
    units: int
    purses: tuple[Purse, ...]
    terminal: UUID
    actor: UUID
    occurred_at: datetime | None = None
    is_repeat_confirmed: bool = False
    hold_until: datetime | None = None
    refused: errors.DomainError | None = None


class Release(Struct, frozen=True, kw_only=True):
    """Post ``units`` of a hold to its payee and void the rest; 0 units voids all of it.

    ``is_timeout``: the hold's time is over, and only then is this allowed.
    """

    operation: OperationId
    hold: OperationId
    units: int | None
    payee: UUID
    terminal: UUID
    actor: UUID = NIL
    grace_days: Mapping[Asset, int] = field(default_factory=dict)
    is_timeout: bool = False


class Refund(Struct, frozen=True, kw_only=True):
    """Give ``units`` of a payment back to the lots they came from, the last taken first."""

    operation: OperationId
    payment: OperationId
    units: int
    payee: UUID
    terminal: UUID
    actor: UUID = NIL
    grace_days: Mapping[Asset, int] = field(default_factory=dict)


class Expire(Struct, frozen=True, kw_only=True):
    """Move what is left in lots whose end has come, at most ``limit`` of them."""

    operation: OperationId
    limit: int = 5_000


class Restore(Struct, frozen=True, kw_only=True):
    """Give back until ``until`` what an expiry moved, of some programs, each lot once.

    Of lots that ended after ``ended_after_at`` and not after ``ended_by_at``.
    """

    operation: OperationId
    expiry: OperationId
    until: datetime
    assets: frozenset[Asset]
    ended_after_at: datetime = ALWAYS
    ended_by_at: datetime = NEVER
    actor: UUID = NIL


class Sweep(Struct, frozen=True, kw_only=True):
    """Move every positive balance of one role to another: the cut-off of a closing."""

    operation: OperationId
    asset: Asset
    from_role: Role = Role.RECEIVABLE
    to_role: Role = Role.PAYABLE
    kind: Kind = Kind.CLOSE
    actor: UUID = NIL


class Move(Struct, frozen=True, kw_only=True):
    """Move units between accounts that have no lots, all legs or none."""

    operation: OperationId
    legs: tuple[Leg, ...]
    actor: UUID = NIL
    terminal: UUID = NIL


class Charge(Struct, frozen=True, kw_only=True):
    """Charge everybody who gave units of ``asset`` for what is not charged yet."""

    operation: OperationId
    asset: Asset
    actor: UUID = NIL


class Purchase(Struct, frozen=True, kw_only=True):
    """A sale of ``total_yen``: as much as can be is taken over ``purses``, and ``earns`` given.

    ``pay_at_most``: so many units in all; None: the sale. ``asked``: what the caller said of how
    to pay; the same operation with another is another one. ``refused``: as of ``Pay``.
    """

    operation: OperationId
    wallet: UUID
    payee: UUID
    total_yen: int
    purses: tuple[Purse, ...]
    earns: tuple[Earn, ...]
    terminal: UUID
    actor: UUID
    asked: str = ""
    pay_at_most: int | None = None
    occurred_at: datetime | None = None
    is_repeat_confirmed: bool = False
    refused: errors.DomainError | None = None


class Return(Struct, frozen=True, kw_only=True):
    """Goods for ``total_yen`` of a purchase come back: units given back first, the rest in cash.

    Of what the purchase earned, so much is taken back as the rest of it would not have earned,
    as far as it is still there.
    """

    operation: OperationId
    purchase: OperationId
    total_yen: int
    payee: UUID
    terminal: UUID
    actor: UUID = NIL
    grace_days: Mapping[Asset, int] = field(default_factory=dict)


class Award(Struct, frozen=True, kw_only=True):
    """Give ``earns`` for something that took place, or was paid for, at ``place``.

    ``asked``: for what, in words of which the first says the kind (``event health-class``); the
    same operation for something else is another one.
    """

    operation: OperationId
    wallet: UUID
    earns: tuple[Earn, ...]
    place: UUID
    terminal: UUID
    actor: UUID
    asked: str = ""
    occurred_at: datetime | None = None
    refused: errors.DomainError | None = None


class Exchange(Struct, frozen=True, kw_only=True):
    """Give up ``units`` over ``purse`` for ``to``; None: for something that is handed over.

    ``caps`` count the ``times`` of the exchange, or its units. ``other_units``: what the same
    words meant under other terms; an operation that was made under them is the same. ``asked``: as
    of ``Award``.
    """

    operation: OperationId
    wallet: UUID
    purse: Purse
    units: int
    to: Earn | None
    place: UUID
    terminal: UUID
    actor: UUID
    asked: str = ""
    times: int = 1
    other_units: frozenset[int] = frozenset()
    caps: tuple[Cap, ...] = ()
    minimums: tuple[Minimum, ...] = ()
    occurred_at: datetime | None = None
    refused: errors.DomainError | None = None


class Redeem(Struct, frozen=True, kw_only=True):
    """Take ``units`` over ``purse`` for a thing handed over at ``payee``.

    ``stock``: the thing's own asset, of which one piece must be there; None: it is not counted.
    ``other_units`` and ``asked``: as of ``Exchange``.
    """

    operation: OperationId
    wallet: UUID
    purse: Purse
    units: int
    stock: Asset | None
    payee: UUID
    terminal: UUID
    actor: UUID
    asked: str = ""
    other_units: frozenset[int] = frozenset()
    refused: errors.DomainError | None = None


class CashOut(Struct, frozen=True, kw_only=True):
    """Pay a person back for ``units`` of ``asset``, the oldest first; ``payee`` pays it.

    ``most_left``: only when no more than this is in the wallet. ``caps`` count the units paid.
    """

    operation: OperationId
    wallet: UUID
    asset: Asset
    units: int
    payee: UUID
    terminal: UUID
    actor: UUID
    most_left: int | None = None
    caps: tuple[Cap, ...] = ()
    refused: errors.DomainError | None = None


class Give(Struct, frozen=True, kw_only=True):
    """Move ``units`` (None: all) of ``asset`` from one wallet to another, each lot as it is."""

    operation: OperationId
    wallet: UUID
    to: UUID
    asset: Asset
    units: int | None
    actor: UUID
    refused: errors.DomainError | None = None


class Stop(Struct, frozen=True, kw_only=True):
    """Accept nothing more from the credential that this operator knows as ``actor``."""

    operation: OperationId
    actor: UUID


Command = (
    Grant
    | Pay
    | Release
    | Refund
    | Expire
    | Restore
    | Sweep
    | Move
    | Stop
    | Charge
    | Purchase
    | Return
    | Award
    | Exchange
    | Redeem
    | CashOut
    | Give
    | MergeWallets
    | SplitWallets
)
