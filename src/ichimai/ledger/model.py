"""Accounts, lots, transfers, and the commands that make them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple, NewType
from uuid import UUID

from msgspec import Struct, field

from ichimai.kernel import Asset, errors
from ichimai.kernel.ids import NIL

OperationId = NewType("OperationId", UUID)
AccountId = NewType("AccountId", UUID)
LotId = NewType("LotId", UUID)

GRACE_DAYS: Final = 14
"""How long what comes back to a lot that has ended may still be spent, unless its program says."""

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of what has no end."""


class Role(IntEnum):
    """What an account is to its owner."""

    WALLET = 1
    """A subject's units; a list of lots."""
    ISSUED = 2
    """A funder's; its negative balance is what it has granted."""
    EXPIRED = 3
    """A program's; what nobody spent in time."""
    CLEARING = 4
    """A shop's; units under a hold for it."""
    RECEIVABLE = 5
    """A shop's; sold and not yet closed. Below zero when refunds outran sales."""
    PAYABLE = 6
    """A shop's; closed and not yet paid out."""
    SETTLED = 7
    """A shop's; paid out."""


MINIMUM: Final[Mapping[Role, int | None]] = {
    Role.WALLET: 0,
    Role.ISSUED: None,
    Role.EXPIRED: 0,
    Role.CLEARING: 0,
    Role.RECEIVABLE: None,
    Role.PAYABLE: 0,
    Role.SETTLED: 0,
}
"""The bound below which an account of each role never goes; None: unbounded."""


class Kind(IntEnum):
    """Why a transfer was made."""

    GRANT = 1
    PAYMENT = 2
    REFUND = 3
    HOLD = 4
    POST = 5
    VOID = 6
    EXPIRY = 7
    CLOSE = 8
    PAYOUT = 9
    CORRECTION = 10
    STOP = 11
    """No units: the place in the order after which a credential is not accepted."""


class Transfer(NamedTuple):
    """``units`` from account ``debit`` to account ``credit``; one row of the journal.

    Of a stop, ``units`` are 0, ``actor`` is the credential, and there are no accounts.
    ``capped``: how many of the units count against the lot's allowance for capped shops.
    ``expires_at``: the lot's end on transfers into a wallet, a hold's end on holds.
    """

    number: int
    operation: OperationId
    leg: int
    kind: Kind
    debit: AccountId
    credit: AccountId
    units: int
    capped: int
    lot: LotId
    occurred_at: datetime
    recorded_at: datetime
    expires_at: datetime
    terminal: UUID
    actor: UUID
    reverses: OperationId
    asset: Asset


class Account(Struct):
    """An account as it stands within a batch. Its balance is credits minus debits.

    ``recent``: a wallet's payments of the last 90 s; see ``recent``.
    """

    id: AccountId
    owner: UUID
    role: Role
    asset: Asset
    balance: int
    minimum: int | None
    spent_on: date
    spent_units: int
    recent: bytes = b""
    is_changed: bool = False


class Lot(Struct):
    """What is left of one grant in one wallet, as it stands within a batch.

    ``funder`` and ``units`` granted are known of a lot that is new or reported on; a batch
    that spends does not ask for them.
    """

    account: AccountId
    id: LotId
    remaining: int
    capped_left: int
    expires_at: datetime
    funder: AccountId = AccountId(NIL)
    units: int = 0
    is_changed: bool = False


_VERSION_8: Final = 0x8 << 76 | 0x2 << 62
_OTHER_BITS: Final = ~(0xF << 76 | 0x3 << 62)


def derived_id(name: str) -> UUID:
    """A UUIDv8 (RFC 9562 §5.8) from the SHA-256 of ``name``: the same for ever."""
    value = int.from_bytes(sha256(name.encode()).digest()[:16])
    return UUID(int=value & _OTHER_BITS | _VERSION_8)


def account_id(owner: UUID, role: Role, asset: Asset) -> AccountId:
    """The one account of ``owner`` in ``role`` for ``asset``: a UUIDv8."""
    value = owner.int ^ _mask(role, asset)
    return AccountId(UUID(int=value & _OTHER_BITS | _VERSION_8))


@lru_cache(maxsize=1_024)
def _mask(role: Role, asset: Asset) -> int:
    """What tells apart the accounts of one owner, and so makes each owner's id another."""
    return derived_id(f"{role.value}/{asset}").int


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


class Purse(Struct, frozen=True, kw_only=True):
    """A program that may be drawn on here: its limits in units, and how restricted it is."""

    asset: Asset
    rank: int = 0
    per_payment: int | None = None
    per_day: int | None = None
    is_capped: bool = False


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


class Sweep(Struct, frozen=True, kw_only=True):
    """Move every positive balance of one role to another: the cut-off of a closing."""

    operation: OperationId
    asset: Asset
    from_role: Role = Role.RECEIVABLE
    to_role: Role = Role.PAYABLE
    kind: Kind = Kind.CLOSE
    actor: UUID = NIL


class Move(Struct, frozen=True, kw_only=True):
    """Move units between accounts that have no lots: ``legs`` of (owner, units)."""

    operation: OperationId
    asset: Asset
    from_role: Role
    to_role: Role
    kind: Kind
    legs: tuple[tuple[UUID, int], ...] = ()
    actor: UUID = NIL


class Stop(Struct, frozen=True, kw_only=True):
    """Accept nothing more from the credential that this operator knows as ``actor``."""

    operation: OperationId
    actor: UUID


Command = Grant | Pay | Release | Refund | Expire | Sweep | Move | Stop


class Block(Struct, frozen=True):
    """One batch in the chain; hashes are 32 bytes."""

    sequence: int
    previous: bytes
    merkle_root: bytes
    hash: bytes
    first_number: int
    count: int
    recorded_at: datetime


class Inclusion(Struct, frozen=True):
    """The proof that one transfer is in a block: RFC 9162 §2.1.3, from the leaf upwards."""

    leaf: bytes
    index: int
    path: tuple[bytes, ...]


class Posted(Struct, frozen=True):
    """The answer to an operation that was carried out.

    ``tree``: the levels of the block's Merkle tree; see ``chain.inclusion``.
    """

    operation: OperationId
    recorded_at: datetime
    transfers: tuple[Transfer, ...]
    is_replay: bool
    block: Block
    tree: Sequence[Sequence[bytes]]
