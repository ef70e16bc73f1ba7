"""The working state of one batch: what was read under the lock, and what was decided on it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Struct

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

NO_LOT = LotId(NIL)
NO_OPERATION = OperationId(NIL)

FUTURE_TOLERANCE: Final = timedelta(minutes=10)
"""A till's clock may be so far ahead; an id that is made later is refused."""

_SPENDING: Final = frozenset({Kind.PAYMENT, Kind.HOLD})


class Draft(Struct, frozen=True):
    """A transfer as decided, before it has a place in the order.

    ``lot`` is in the wallet that gives or gets; None: the transfer has none.
    """

    kind: Kind
    debit: Account
    credit: Account
    units: int
    lot: Lot | None = None
    lot_id: LotId = NO_LOT
    capped: int = 0
    expires_at: datetime = NEVER
    reverses: OperationId = NO_OPERATION


class Origin(Struct, frozen=True):
    """What every transfer of one operation has in common."""

    operation: OperationId
    terminal: UUID = NIL
    actor: UUID = NIL
    occurred_at: datetime | None = None


class Refused(NamedTuple):
    """A remembered refusal of a payment or hold, and what was asked."""

    code: str
    kind: Kind
    units: int
    terminal: UUID
    actor: UUID


class HoldState(Struct):
    """A hold as it stands within a batch."""

    payee: UUID
    expires_at: datetime
    is_open: bool


@dataclass(slots=True)
class Book:
    """Everything that the commands of a batch may touch, by key.

    ``number`` and ``now``: the last place taken in the order, and the batch's instant; see
    ``begin``. ``written``: how many of the transfers made are in the journal already.
    """

    now: datetime
    number: int = 0
    today: date = date.min
    first_future_id: int = 0
    accounts: dict[AccountId, Account] = field(default_factory=dict)
    lots: dict[AccountId, dict[LotId, Lot]] = field(default_factory=dict)
    operations: dict[OperationId, list[Transfer]] = field(default_factory=dict)
    refusals: dict[OperationId, Refused] = field(default_factory=dict)
    stops: dict[UUID, OperationId] = field(default_factory=dict)
    holds: dict[OperationId, HoldState] = field(default_factory=dict)
    refunded: dict[tuple[OperationId, AccountId, LotId], int] = field(default_factory=dict)

    made: list[Transfer] = field(default_factory=list)
    written: int = 0
    new_accounts: list[Account] = field(default_factory=list)
    tallies: list[Account] = field(default_factory=list)
    changed_accounts: list[Account] = field(default_factory=list)
    new_lots: list[Lot] = field(default_factory=list)
    changed_lots: list[Lot] = field(default_factory=list)
    new_holds: list[OperationId] = field(default_factory=list)
    closed_holds: list[OperationId] = field(default_factory=list)
    new_refusals: list[OperationId] = field(default_factory=list)
    new_stops: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.set_now(self.now)

    def set_now(self, now: datetime) -> None:
        """Make ``now`` the batch's instant, with what follows from it."""
        self.now = now
        self.today = day_in_tokyo(now)
        latest = now + FUTURE_TOLERANCE
        self.first_future_id = (int(latest.timestamp() * 1000) + 1) << 80

    def begin(self, number: int, recorded_at: datetime) -> None:
        """Take up the order where the last batch, recorded at ``recorded_at``, left it."""
        self.number = number
        if self.now < recorded_at:
            self.set_now(recorded_at)

    def account(self, owner: UUID, role: Role, asset: Asset) -> Account:
        """The account of ``owner``, opened now if it is not there.

        A receivable that was not read is a tally: what the batch adds to it. It has no
        bound, so that nothing is decided by what is on it.
        """
        key = account_id(owner, role, asset)
        found = self.accounts.get(key)
        if found is None:
            found = Account(key, owner, role, asset, 0, MINIMUM[role], self.today, 0)
            # It is written whole, so that it need not be noted as changed.
            found.is_changed = True
            self.accounts[key] = found
            if role == Role.RECEIVABLE:
                self.tallies.append(found)
            else:
                self.new_accounts.append(found)
        return found

    def spent_today(self, wallet: Account) -> int:
        """Units that payments and holds have taken from ``wallet`` on this day in Tokyo."""
        return wallet.spent_units if wallet.spent_on == self.today else 0

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
                draft.debit.id,
                draft.credit.id,
                draft.units,
                draft.capped,
                draft.lot_id,
                occurred_at,
                self.now,
                draft.expires_at,
                origin.terminal,
                origin.actor,
                draft.reverses,
                draft.debit.asset,
            )
            made.append(transfer)
            self._carry_out(draft)
        self.operations[origin.operation] = made
        self.made += made
        return made

    def record_stop(self, origin: Origin) -> list[Transfer]:
        """Take the place in the order after which ``origin``'s actor is not accepted."""
        self.number += 1
        transfer = Transfer(
            number=self.number,
            operation=origin.operation,
            leg=0,
            kind=Kind.STOP,
            debit=AccountId(NIL),
            credit=AccountId(origin.actor),
            units=0,
            capped=0,
            lot=NO_LOT,
            occurred_at=self.now,
            recorded_at=self.now,
            expires_at=NEVER,
            terminal=NIL,
            actor=origin.actor,
            reverses=NO_OPERATION,
            asset=Asset(""),
        )
        self.operations[origin.operation] = made = [transfer]
        self.made += made
        return made

    def add_lot(self, lot: Lot) -> None:
        """Open a lot that the next recorded transfer will fill."""
        lot.is_changed = True
        self.lots.setdefault(lot.account, {})[lot.id] = lot
        self.new_lots.append(lot)

    def _carry_out(self, draft: Draft) -> None:
        debit, credit, lot = draft.debit, draft.credit, draft.lot
        debit.balance -= draft.units
        credit.balance += draft.units
        if not debit.is_changed:
            debit.is_changed = True
            self.changed_accounts.append(debit)
        if not credit.is_changed:
            credit.is_changed = True
            self.changed_accounts.append(credit)
        if lot is None:
            return
        if not lot.is_changed:
            lot.is_changed = True
            self.changed_lots.append(lot)
        if debit.role == Role.WALLET:
            self._take(debit, lot, draft)
        else:
            self._give_back(credit, lot, draft)

    def _take(self, wallet: Account, lot: Lot, draft: Draft) -> None:
        lot.remaining -= draft.units
        lot.capped_left -= draft.capped
        if draft.kind in _SPENDING:
            wallet.spent_units = self.spent_today(wallet) + draft.units
            wallet.spent_on = self.today

    def _give_back(self, wallet: Account, lot: Lot, draft: Draft) -> None:
        lot.remaining += draft.units
        lot.capped_left += draft.capped
        lot.expires_at = draft.expires_at
        taken = self._taken(draft.reverses)
        if taken and day_in_tokyo(taken[0].recorded_at) == self.today == wallet.spent_on:
            wallet.spent_units -= draft.units

    def _taken(self, undone: OperationId) -> list[Transfer]:
        """The operation that took from the wallet: of a posted hold, the hold."""
        made = self.operations.get(undone, [])
        if made and made[0].kind == Kind.POST:
            return self.operations[made[0].reverses]
        return made


def usable_until(expires_at: datetime, now: datetime, grace_days: int) -> datetime:
    """The end of a lot to which something is given back: its own, or a grace when it is over."""
    return expires_at if now < expires_at else now + timedelta(days=grace_days)
