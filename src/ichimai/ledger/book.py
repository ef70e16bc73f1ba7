"""The working state of one batch: what was read under the lock, and what was decided on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Struct

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.kernel.ids import NIL
from ichimai.ledger import chain
from ichimai.ledger.model import (
    MINIMUM,
    NEVER,
    Account,
    AccountId,
    Count,
    Counted,
    Kind,
    Lot,
    LotId,
    OperationId,
    Role,
    Sale,
    Transfer,
    account_id,
)

NO_LOT = LotId(NIL)
NO_OPERATION = OperationId(NIL)

FUTURE_TOLERANCE: Final = timedelta(minutes=10)
"""A till's clock may be so far ahead; an id that is made later is refused."""

_SPENDING: Final = frozenset({Kind.PAYMENT, Kind.HOLD})
_INTO_WALLET: Final = frozenset({Kind.GRANT, Kind.EARN, Kind.TOP_UP})
_ADDED_TO: Final = frozenset({Role.RECEIVABLE, Role.ISSUED, Role.REDEEMED, Role.HANDED})


class Draft(Struct, frozen=True):
    """A transfer as decided, before it has a place in the order.

    ``lot`` is in the wallet that gives or gets; None: the transfer has none. ``into``: the lot
    that gets, where one wallet gives to another. ``value_at``: from when it may be spent.
    ``counts``: what ``Book.count`` counted for it.
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
    value_at: datetime | None = None
    into: Lot | None = None
    counts: tuple[Count, ...] = ()


class Origin(Struct, frozen=True):
    """What every transfer of one operation has in common, its ``sale``, and what was ``asked``."""

    operation: OperationId
    terminal: UUID = NIL
    actor: UUID = NIL
    occurred_at: datetime | None = None
    reverses: OperationId = NO_OPERATION
    sale: Sale | None = None
    asked: str = ""


class Refused(NamedTuple):
    """A remembered refusal of a payment or hold, and what was asked."""

    code: str
    kind: Kind
    units: int
    terminal: UUID
    actor: UUID
    asked: str


class MergeState(Struct):
    """A merge that was made, with what followed it: its ``legs`` first, in their order.

    ``counts``: what it counts now, of what the one had, under tallies of the other.
    """

    legs: list[Transfer]
    counts: dict[UUID, int]


class HoldState(Struct):
    """A hold as it stands within a batch."""

    payee: UUID
    expires_at: datetime
    is_open: bool


@dataclass(slots=True)
class Book:
    """Everything that the commands of a batch may touch, by key.

    ``number`` and ``now``: the last place taken in the order, and the batch's instant; see
    ``begin``. ``returned``: the yen and the units of a purchase that came back. ``taken_back``: of
    what it earned, by lot and who gave it. ``drawn``: what the operation that is being decided
    takes from funders with a bound.
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
    merges: dict[OperationId, MergeState] = field(default_factory=dict)
    refunded: dict[tuple[OperationId, AccountId, LotId], int] = field(default_factory=dict)
    taken_back: dict[tuple[OperationId, LotId, AccountId], int] = field(default_factory=dict)
    tallies: dict[UUID, int] = field(default_factory=dict)
    sales: dict[OperationId, Sale] = field(default_factory=dict)
    returned: dict[OperationId, tuple[int, int]] = field(default_factory=dict)
    counts: dict[OperationId, list[Counted]] = field(default_factory=dict)
    asked: dict[OperationId, str] = field(default_factory=dict)
    drawn: dict[AccountId, int] = field(default_factory=dict)
    day_began_at: datetime = NEVER

    made: list[Transfer] = field(default_factory=list)
    new_accounts: list[Account] = field(default_factory=list)
    added_to: list[Account] = field(default_factory=list)
    changed_accounts: list[Account] = field(default_factory=list)
    filled_lots: list[Lot] = field(default_factory=list)
    changed_lots: list[Lot] = field(default_factory=list)
    new_holds: list[OperationId] = field(default_factory=list)
    closed_holds: list[OperationId] = field(default_factory=list)
    new_refusals: list[OperationId] = field(default_factory=list)
    new_stops: list[UUID] = field(default_factory=list)
    new_sales: list[Sale] = field(default_factory=list)
    new_counts: list[Counted] = field(default_factory=list)
    new_asked: list[OperationId] = field(default_factory=list)
    counted: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.set_now(self.now)

    def set_now(self, now: datetime) -> None:
        """Make ``now`` the batch's instant, with what follows from it."""
        self.now = now
        self.today = day_in_tokyo(now)
        self.day_began_at = start_of_day(self.today)
        latest = now + FUTURE_TOLERANCE
        self.first_future_id = (int(latest.timestamp() * 1000) + 1) << 80

    def begin(self, number: int, recorded_at: datetime) -> None:
        """Take up the order where the last batch, recorded at ``recorded_at``, left it."""
        self.number = number
        if self.now < recorded_at:
            self.set_now(recorded_at)

    def account(self, owner: UUID, role: Role, asset: Asset) -> Account:
        """The account of ``owner``, opened now if it is not there.

        Of an account whose role is in ``_ADDED_TO`` and that was not read, only what the batch
        adds is kept: nothing is decided by what is on it.
        """
        key = account_id(owner, role, asset)
        found = self.accounts.get(key)
        if found is None:
            found = Account(key, owner, role, asset, 0, MINIMUM[role], self.today, 0)
            # It is written whole, so that it need not be noted as changed.
            found.is_changed = True
            self.accounts[key] = found
            if role in _ADDED_TO:
                self.added_to.append(found)
            else:
                self.new_accounts.append(found)
        return found

    def spent_today(self, wallet: Account) -> int:
        """Units that payments and holds have taken from ``wallet`` on this day in Tokyo."""
        return wallet.spent_units if wallet.spent_on == self.today else 0

    def record(self, origin: Origin, drafts: Sequence[Draft]) -> list[Transfer]:
        """Give ``drafts`` their places in the order and carry them out on the projections."""
        made = []
        self.drawn.clear()
        occurred_at = origin.occurred_at or self.now
        detail = self._keep(origin, drafts)
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
                draft.value_at or occurred_at,
                self.now,
                draft.expires_at,
                origin.terminal,
                origin.actor,
                draft.reverses,
                detail,
                draft.debit.asset,
            )
            detail = NIL
            made.append(transfer)
            self._carry_out(draft)
        self.operations[origin.operation] = made
        self.made += made
        return made

    def record_mark(self, origin: Origin, kind: Kind) -> list[Transfer]:
        """Take a place in the order that moves nothing: a stop, or a sale that moved nothing."""
        self.number += 1
        credit = AccountId(origin.actor if kind == Kind.STOP else NIL)
        transfer = Transfer(
            number=self.number,
            operation=origin.operation,
            leg=0,
            kind=kind,
            debit=AccountId(NIL),
            credit=credit,
            units=0,
            capped=0,
            lot=NO_LOT,
            occurred_at=origin.occurred_at or self.now,
            recorded_at=self.now,
            expires_at=NEVER,
            terminal=origin.terminal,
            actor=origin.actor,
            reverses=origin.reverses,
            asset=Asset(""),
            detail=self._keep(origin, ()),
        )
        self.operations[origin.operation] = made = [transfer]
        self.made += made
        return made

    def _keep(self, origin: Origin, drafts: Sequence[Draft]) -> UUID:
        """Keep what was rung up or came back, what was asked, what counts; the digest of it."""
        counted = [
            Counted(origin.operation, leg, *count)
            for leg, draft in enumerate(drafts)
            for count in draft.counts
        ]
        if counted:
            self.counts[origin.operation] = counted
            self.new_counts += counted
        if origin.sale is not None:
            self.sales[origin.operation] = origin.sale
            self.new_sales.append(origin.sale)
        if origin.asked:
            self.asked[origin.operation] = origin.asked
            self.new_asked.append(origin.operation)
        return chain.detail_of(origin.sale, origin.asked, counted)

    def tally(self, key: UUID) -> int:
        """What was counted under ``key`` so far."""
        return self.tallies.get(key, 0)

    def count(self, count: Count) -> None:
        """Count on under a tally; the leg that it is of keeps it (``Draft.counts``)."""
        self.tallies[count.tally] = self.tally(count.tally) + count.units
        self.counted.add(count.tally)

    def filled(self, like: Lot) -> Lot:
        """The lot with ``like``'s id in its wallet, opened as ``like`` if it is not there.

        One that is there but empty was perhaps not read: what is written adds to it.
        """
        known = self.lots.setdefault(like.account, {}).get(like.id)
        if known is not None:
            return known
        like.is_changed = True
        self.lots[like.account][like.id] = like
        self.filled_lots.append(like)
        return like

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
            if draft.into is not None:
                self._fill(draft.into, draft)
        elif draft.kind in _INTO_WALLET:
            self._fill(lot, draft)
        else:
            self._give_back(credit, lot, draft)

    def _take(self, wallet: Account, lot: Lot, draft: Draft) -> None:
        lot.remaining -= draft.units
        lot.capped_left -= draft.capped
        lot.capped_by -= draft.capped
        if draft.kind in _SPENDING:
            wallet.spent_units = self.spent_today(wallet) + draft.units
            wallet.spent_on = self.today

    def _fill(self, lot: Lot, draft: Draft) -> None:
        if not lot.is_changed:
            lot.is_changed = True
            self.changed_lots.append(lot)
        lot.remaining += draft.units
        lot.capped_left += draft.capped
        lot.capped_by += draft.capped
        lot.units += draft.units
        lot.added += draft.units
        # A gift may be of a lot that has a grace, which the same lot here has not.
        lot.expires_at = max(lot.expires_at, draft.expires_at)

    def _give_back(self, wallet: Account, lot: Lot, draft: Draft) -> None:
        lot.remaining += draft.units
        lot.capped_left += draft.capped
        lot.capped_by += draft.capped
        lot.expires_at = draft.expires_at
        if draft.kind == Kind.RESTORE:
            # Nobody had spent it.
            return
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
