"""The working state of one batch: what was read under the lock, and what was decided on it."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.ledger.model import (
    MINIMUM,
    NEVER,
    Account,
    AccountId,
    Kind,
    Lot,
    LotId,
    OperationId,
    Role,
    Transfer,
    account_id,
)

REPEAT_WINDOW: Final = timedelta(seconds=90)
"""Two equal payments closer than this may be one, made twice (faults.md I13)."""

NO_LOT = LotId(NIL)
NO_OPERATION = OperationId(NIL)


class Draft(NamedTuple):
    """A transfer as decided, before it has a place in the order."""

    kind: Kind
    debit: AccountId
    credit: AccountId
    units: int
    asset: Asset
    lot: LotId = NO_LOT
    capped: int = 0
    expires_at: datetime = NEVER
    reverses: OperationId = NO_OPERATION


class Origin(NamedTuple):
    """What every transfer of one operation has in common."""

    operation: OperationId
    terminal: UUID = NIL
    actor: UUID = NIL
    occurred_at: datetime | None = None


class Refused(NamedTuple):
    """A remembered refusal."""

    code: str
    units: int
    terminal: UUID
    actor: UUID


@dataclass(slots=True)
class HoldState:
    """A hold as it stands within a batch."""

    payee: UUID
    expires_at: datetime
    is_open: bool


class Recent(NamedTuple):
    """A payment that a second one may be mistaken for."""

    actor: bytes
    terminal: bytes
    operation: bytes
    units: int
    recorded_at: float


_RECENT: Final = struct.Struct(">16s16s16sqd")


def recents_of(wallet: Account, now: datetime) -> list[Recent]:
    """The payments from ``wallet`` that are recent at ``now``."""
    if not wallet.recent:
        return []
    oldest = (now - REPEAT_WINDOW).timestamp()
    packed = _RECENT.iter_unpack(wallet.recent)
    return [recent for values in packed if (recent := Recent(*values)).recorded_at > oldest]


@dataclass(slots=True)
class Book:
    """Everything that the commands of a batch may touch, by key.

    ``number`` and ``now``: the last place taken in the order, and the batch's instant.
    """

    number: int
    now: datetime
    accounts: dict[AccountId, Account] = field(default_factory=dict)
    lots: dict[AccountId, dict[LotId, Lot]] = field(default_factory=dict)
    operations: dict[OperationId, list[Transfer]] = field(default_factory=dict)
    refusals: dict[OperationId, Refused] = field(default_factory=dict)
    stops: dict[UUID, OperationId] = field(default_factory=dict)
    holds: dict[OperationId, HoldState] = field(default_factory=dict)
    refunded: dict[tuple[OperationId, AccountId, LotId], int] = field(default_factory=dict)
    due: list[Lot] = field(default_factory=list)

    made: list[Transfer] = field(default_factory=list)
    new_accounts: dict[AccountId, None] = field(default_factory=dict)
    changed_accounts: dict[AccountId, None] = field(default_factory=dict)
    new_lots: list[Lot] = field(default_factory=list)
    changed_lots: dict[tuple[AccountId, LotId], None] = field(default_factory=dict)
    new_holds: list[OperationId] = field(default_factory=list)
    closed_holds: list[OperationId] = field(default_factory=list)
    new_refusals: list[OperationId] = field(default_factory=list)
    new_stops: list[UUID] = field(default_factory=list)

    def account(self, owner: UUID, role: Role, asset: Asset) -> Account:
        """The account of ``owner``, opened now if it is not there."""
        key = account_id(owner, role, asset)
        found = self.accounts.get(key)
        if found is None:
            today = day_in_tokyo(self.now)
            found = Account(key, owner, role, asset, 0, MINIMUM[role], today, 0, b"")
            self.accounts[key] = found
            self.new_accounts[key] = None
        return found

    def spent_today(self, wallet: Account) -> int:
        """Units that payments and holds have taken from ``wallet`` on this day in Tokyo."""
        return wallet.spent_units if wallet.spent_on == day_in_tokyo(self.now) else 0

    def record(self, origin: Origin, drafts: Iterable[Draft]) -> list[Transfer]:
        """Give ``drafts`` their places in the order and carry them out on the projections."""
        made = []
        occurred_at = origin.occurred_at or self.now
        for leg, draft in enumerate(drafts):
            self.number += 1
            transfer = Transfer(
                self.number,
                origin.operation,
                leg,
                draft.kind,
                draft.debit,
                draft.credit,
                draft.units,
                draft.capped,
                draft.lot,
                occurred_at,
                self.now,
                draft.expires_at,
                origin.terminal,
                origin.actor,
                draft.reverses,
                draft.asset,
            )
            made.append(transfer)
            self._carry_out(transfer)
        self.operations[origin.operation] = made
        self.made += made
        return made

    def remember(self, origin: Origin, units: int, wallets: Iterable[AccountId]) -> None:
        """Note a payment on its wallets, and forget those that are no longer recent."""
        at = self.now.timestamp()
        new = Recent(
            origin.actor.bytes, origin.terminal.bytes, origin.operation.bytes, units, at
        )
        for key in wallets:
            wallet = self.accounts[key]
            kept = [*recents_of(wallet, self.now), new]
            wallet.recent = b"".join(_RECENT.pack(*recent) for recent in kept)

    def add_lot(self, lot: Lot) -> None:
        """Open a lot that the next recorded transfer will fill."""
        self.lots.setdefault(lot.account, {})[lot.id] = lot
        self.new_lots.append(lot)

    def _carry_out(self, transfer: Transfer) -> None:
        debit, credit = self.accounts[transfer.debit], self.accounts[transfer.credit]
        debit.balance -= transfer.units
        credit.balance += transfer.units
        self.changed_accounts[debit.id] = None
        self.changed_accounts[credit.id] = None
        if debit.role == Role.WALLET:
            self._take(debit, transfer)
        if credit.role == Role.WALLET:
            self._give_back(credit, transfer)

    def _take(self, wallet: Account, transfer: Transfer) -> None:
        lot = self.lots[wallet.id][transfer.lot]
        lot.remaining -= transfer.units
        lot.capped_left -= transfer.capped
        self.changed_lots[wallet.id, lot.id] = None
        if transfer.kind in {Kind.PAYMENT, Kind.HOLD}:
            wallet.spent_units = self.spent_today(wallet) + transfer.units
            wallet.spent_on = day_in_tokyo(self.now)

    def _give_back(self, wallet: Account, transfer: Transfer) -> None:
        lot = self.lots[wallet.id][transfer.lot]
        lot.remaining += transfer.units
        lot.capped_left += transfer.capped
        lot.expires_at = transfer.expires_at
        self.changed_lots[wallet.id, lot.id] = None
        undone = self.operations.get(transfer.reverses)
        today = day_in_tokyo(self.now)
        if undone and day_in_tokyo(undone[0].recorded_at) == today == wallet.spent_on:
            wallet.spent_units = max(0, wallet.spent_units - transfer.units)


def usable_until(expires_at: datetime, now: datetime, grace_days: int) -> datetime:
    """The end of a lot to which something is given back: its own, or a grace when it is over."""
    return expires_at if now < expires_at else now + timedelta(days=grace_days)
