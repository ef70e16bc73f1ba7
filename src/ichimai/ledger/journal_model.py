"""The journal and what it makes: accounts, lots, transfers, blocks."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple, NewType
from uuid import UUID

from msgspec import Struct

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL, uuid_of

OperationId = NewType("OperationId", UUID)
AccountId = NewType("AccountId", UUID)
LotId = NewType("LotId", UUID)

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of what has no end."""

ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The beginning of what may be spent at once."""


class Role(IntEnum):
    """What an account is to its owner."""

    __hash__ = int.__hash__
    """As equal numbers have; an enumeration's own is much slower."""

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
    """A shop's; paid out. Below zero when it paid in for units it gave."""
    REDEEMED = 8
    """A program's; units that were exchanged for something else."""
    DUE = 9
    """Whoever funds units charged at issue; minus what was charged and is not settled yet."""
    CHARGED = 10
    """The same one's; all that was ever charged. Below zero when it paid back what others gave."""
    STOCK = 11
    """A place's; things that are there to be handed over."""
    HANDED = 12
    """A place's; things that were handed over."""


MINIMUM: Final[Mapping[Role, int | None]] = {
    Role.WALLET: 0,
    Role.ISSUED: None,
    Role.EXPIRED: 0,
    Role.CLEARING: 0,
    Role.RECEIVABLE: None,
    Role.PAYABLE: 0,
    Role.SETTLED: None,
    Role.REDEEMED: 0,
    Role.DUE: None,
    Role.CHARGED: None,
    Role.STOCK: 0,
    Role.HANDED: 0,
}
"""The bound below which an account of each role never goes; None: unbounded."""


class Kind(IntEnum):
    """Why a transfer was made."""

    __hash__ = int.__hash__

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
    EARN = 12
    """Units for a sale or an event, into a wallet."""
    TAKE_BACK = 13
    """Earned units that go back because the goods did."""
    TOP_UP = 14
    """Units that a person paid for."""
    CASH_OUT = 15
    """Units that a person was paid back for."""
    GIVE = 16
    """From one wallet to another, each lot as it is."""
    EXCHANGE = 17
    """Units given up for something else."""
    CHARGE = 18
    """What its funder owes for units given."""
    DELIVERY = 19
    """Things that were brought to a place."""
    HANDOVER = 20
    """Things that a person got."""
    OFFSET = 21
    """What is owed for units given, set against what is paid out."""
    SALE = 22
    """No units: a sale, or a return of goods, that moved none."""
    RESTORE = 23
    """Units that had ended, back in their lot, which ends later."""
    MERGE = 24
    """From one wallet of a person to another, each lot as it is; no units: there were none."""
    SPLIT = 25
    """Back again, as far as it is there."""
    RECALL = 26
    """Of what a merge moved, back to where its goods take it back; no units: limits alone."""


class Transfer(NamedTuple):
    """``units`` from account ``debit`` to account ``credit``; one row of the journal.

    ``occurred_at`` is the value date: of units that came into a wallet, the instant from which
    they may be spent. Of a stop, ``units`` are 0, ``actor`` is the credential, and there are no
    accounts.
    ``capped``: how many of the units count against the lot's allowance for capped shops.
    ``expires_at``: the lot's end on transfers into a wallet and on expiries, a hold's end on holds.
    ``detail``: of an operation's first, the digest of what else it wrote (``chain.detail_of``).
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
    detail: UUID
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

    It may be spent from ``usable_at`` until before ``expires_at``. ``funder`` and ``units``
    granted are known of a lot that is new or reported on; a batch
    that spends does not ask for them. ``added``: units given in this batch. ``capped_by``: by how
    much ``capped_left`` changed in it, for one whose allowance was not read (``Book.filled``).
    """

    account: AccountId
    id: LotId
    remaining: int
    capped_left: int
    expires_at: datetime
    usable_at: datetime = ALWAYS
    funder: AccountId = AccountId(NIL)
    units: int = 0
    added: int = 0
    capped_by: int = 0
    is_changed: bool = False


_VERSION_8: Final = 0x8 << 76 | 0x2 << 62
_OTHER_BITS: Final = ~(0xF << 76 | 0x3 << 62)
_LOW_BITS: Final = (1 << 62) - 1
"""In these alone one owner's accounts differ: so they lie beside each other in every index."""


def derived_id(name: str) -> UUID:
    """A UUIDv8 (RFC 9562 §5.8) from the SHA-256 of ``name``: the same for ever."""
    value = int.from_bytes(sha256(name.encode()).digest()[:16])
    return UUID(int=value & _OTHER_BITS | _VERSION_8)


def account_id(owner: UUID, role: Role, asset: Asset) -> AccountId:
    """The one account of ``owner`` in ``role`` for ``asset``: a UUIDv8."""
    value = owner.int ^ _mask(role, asset)
    return AccountId(uuid_of(value & _OTHER_BITS | _VERSION_8))


def tally_of(tally: UUID, *, mine: UUID, theirs: UUID) -> UUID:
    """Under what is counted for ``theirs`` what ``tally`` counts for ``mine``.

    A tally's id is that of whom it is of XOR what it counts, as an account's.
    """
    return uuid_of((tally.int ^ mine.int ^ theirs.int) & _OTHER_BITS | _VERSION_8)


@lru_cache(maxsize=1_024)
def _mask(role: Role, asset: Asset) -> int:
    """What tells apart the accounts of one owner, and so makes each owner's id another."""
    return derived_id(f"{role.value}/{asset}").int & _LOW_BITS


class Sale(NamedTuple):
    """What a till rang up: one row for each purchase, and one for each return of goods.

    ``total_yen`` is below 0 in a return, which names the purchase in ``returns``. ``paid_units``:
    what programs paid, or got back.
    """

    operation: OperationId
    returns: OperationId
    wallet: UUID
    payee: UUID
    terminal: UUID
    actor: UUID
    total_yen: int
    paid_units: int
    occurred_at: datetime
    recorded_at: datetime
    asked: str


class Count(NamedTuple):
    """What one leg counts under a tally: its units, or that it took place (``is_of_times``).

    ``units`` are below 0 where what was counted is taken back.
    """

    tally: UUID
    units: int
    is_of_times: bool


class Counted(NamedTuple):
    """A count of one leg of an operation; one row of the journal."""

    operation: OperationId
    leg: int
    tally: UUID
    units: int
    is_of_times: bool


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

    ``tree``: the levels of the block's Merkle tree; see ``chain.inclusion``. A purchase that
    neither paid nor earned has no transfers, and names the last block before it.
    """

    operation: OperationId
    recorded_at: datetime
    transfers: tuple[Transfer, ...]
    is_replay: bool
    block: Block
    tree: Sequence[Sequence[bytes]]
    sale: Sale | None = None
