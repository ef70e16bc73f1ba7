"""The ledger as ARCHITECTURE.md says it, in the plainest Python: lists, no SQL, no batches.

Written from the text and not from the code, so that the two can disagree.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from ichimai.kernel import Asset
from ichimai.kernel.ids import made_at
from ichimai.ledger import OperationId, recent
from ichimai.ledger.model import (
    Command,
    Expire,
    Grant,
    Move,
    Pay,
    Purse,
    Refund,
    Release,
    Restore,
    Role,
    Stop,
    Sweep,
)
from tests.property.ledger_lots import Ended, Held, ModelLot, Sale, Take

POSTED: Final = "posted"
DIFFERENT: Final = "exists_with_different_"
ANSWERS_FOR_EVER: Final = (
    "credential_stopped",
    "not_accepted_here",
    "insufficient_balance",
    "limit_exceeded",
    "limit_reached",
    "minimum_not_reached",
    "out_of_stock",
)
Owner = tuple[UUID | str, Role, Asset]


@dataclass
class Model:
    """What there is, and ``answer`` to what is asked."""

    now: datetime
    budget: Mapping[UUID, int] = field(default_factory=dict)
    balances: Counter[Owner] = field(default_factory=Counter)
    lots: list[ModelLot] = field(default_factory=list)
    sales: dict[OperationId, Sale] = field(default_factory=dict)
    holds: dict[OperationId, Held] = field(default_factory=dict)
    ended: dict[OperationId, list[Ended]] = field(default_factory=dict)
    stopped: set[UUID] = field(default_factory=set)
    spent: Counter[tuple[UUID, Asset, date]] = field(default_factory=Counter)
    paid: dict[Owner, list[tuple[datetime, UUID, UUID, int]]] = field(default_factory=dict)
    answered: dict[OperationId, tuple[Command, str]] = field(default_factory=dict)
    shown: tuple[type, ...] = (Pay,)

    def answer(self, command: Command) -> str:
        """``posted``, ``again``, or the code of the refusal."""
        if command.operation in self.answered:
            first, answer = self.answered[command.operation]
            return self._difference(first, command) or ("again" if answer == POSTED else answer)
        answer = self._new(command)
        if answer == POSTED or (isinstance(command, self.shown) and answer in ANSWERS_FOR_EVER):
            self.answered[command.operation] = command, answer
        return answer

    def _difference(self, first: Command, now: Command) -> str:
        if type(first) is not type(now) or _is_hold(first) != _is_hold(now):
            return DIFFERENT + "kind"
        if isinstance(first, Sweep) and isinstance(now, Sweep):
            return DIFFERENT + "kind" if first.asset != now.asset else ""
        for name, compared in _BODIES[type(now)]:
            if compared(self, first) != compared(self, now):
                return DIFFERENT + name
        return ""

    def _new(self, command: Command) -> str:
        amounts = _amounts(command)
        if any(units < least or units > 10**12 for least, units in amounts):
            return "invalid_amount"
        made = made_at(command.operation)
        if made is not None and made > self.now + timedelta(minutes=10):
            return "id_from_the_future"
        match command:
            case Pay():
                return self._pay(command)
            case Grant():
                return self._grant(command)
            case Refund():
                return self._refund(command)
            case Release():
                return self._release(command)
            case _:
                return self._of_the_operator(command)

    def _of_the_operator(self, command: Command) -> str:
        match command:
            case Expire():
                return self._expire(command)
            case Restore():
                return self._restore(command)
            case Sweep():
                return self._close(command)
            case Move():
                return self._pay_out(command)
            case Stop():
                self.stopped.add(command.actor)
        return POSTED

    # What people do.

    def _grant(self, grant: Grant) -> str:
        issued = grant.funder, Role.ISSUED, grant.asset
        budget = self.budget.get(grant.funder)
        if budget is not None and grant.units - self.balances[issued] > budget:
            return "bound_exceeded"
        part = grant.units if grant.capped_units is None else min(grant.capped_units, grant.units)
        lot = ModelLot(
            grant.operation,
            grant.wallet,
            grant.asset,
            grant.units,
            grant.units,
            part,
            grant.expires_at,
        )
        self.lots.append(lot)
        self._move(issued, (grant.wallet, Role.WALLET, grant.asset), grant.units)
        return POSTED

    def _pay(self, pay: Pay) -> str:
        if pay.refused is not None:
            return pay.refused.code
        if pay.actor in self.stopped:
            return "credential_stopped"
        if not pay.is_repeat_confirmed and self._is_repeat(pay):
            return "repeat_suspected"
        at_once = [pay.units if p.per_payment is None else p.per_payment for p in pay.purses]
        if pay.units > sum(at_once):
            return "limit_exceeded"
        lots = self._spendable(pay)
        if pay.units > sum(lot.left for lot, _ in lots):
            return "insufficient_balance"
        takes = self._takes(pay, lots)
        if sum(take.units for take in takes) < pay.units:
            return "limit_exceeded"
        self._carry_out(pay, takes)
        return POSTED

    def _is_repeat(self, pay: Pay) -> bool:
        since = self.now - timedelta(seconds=90)
        same = pay.actor, pay.terminal, pay.units
        wallets = [(pay.wallet, Role.WALLET, purse.asset) for purse in pay.purses]
        kept = [paid for wallet in wallets for paid in self.paid.get(wallet, [])[-recent.KEPT :]]
        return any(at > since and tuple(rest) == same for at, *rest in kept)

    def _spendable(self, pay: Pay) -> list[tuple[ModelLot, Purse]]:
        """Ends first, then most restricted, then oldest."""
        found = [
            (lot, purse)
            for lot in self.lots
            for purse in pay.purses
            if (lot.wallet, lot.asset) == (pay.wallet, purse.asset)
            and lot.left
            and lot.ends_at > self.now
        ]
        return sorted(found, key=lambda pair: (pair[0].ends_at, pair[1].rank, pair[0].id.int))

    def _takes(self, pay: Pay, lots: list[tuple[ModelLot, Purse]]) -> list[Take]:
        takes: list[Take] = []
        for lot, purse in lots:
            of_program = sum(take.units for take in takes if take.lot.asset == purse.asset)
            rooms = [lot.left, pay.units - sum(take.units for take in takes)]
            if purse.is_capped:
                rooms.append(lot.part)
            if purse.per_payment is not None:
                rooms.append(purse.per_payment - of_program)
            if purse.per_day is not None:
                today = self.spent[pay.wallet, purse.asset, _day(self.now)]
                rooms.append(purse.per_day - today - of_program)
            if min(rooms) > 0:
                takes.append(Take(lot, min(rooms), purse.is_capped))
        return takes

    def _carry_out(self, pay: Pay, takes: list[Take]) -> None:
        day, is_hold = _day(self.now), pay.hold_until is not None
        for take in takes:
            take.lot.left -= take.units
            take.lot.part -= take.units * take.is_capped
            self.spent[pay.wallet, take.lot.asset, day] += take.units
            role = Role.CLEARING if is_hold else Role.RECEIVABLE
            wallet = pay.wallet, Role.WALLET, take.lot.asset
            self._move(wallet, (pay.payee, role, take.lot.asset), take.units)
        for asset in {take.lot.asset for take in takes}:
            wallet = pay.wallet, Role.WALLET, asset
            paid = self.now, pay.actor, pay.terminal, pay.units
            self.paid.setdefault(wallet, []).append(paid)
        if pay.hold_until is None:
            self.sales[pay.operation] = Sale(pay.payee, takes, day)
        else:
            self.holds[pay.operation] = Held(pay.payee, takes, day, pay.hold_until)

    def _refund(self, refund: Refund) -> str:
        sale = self.sales.get(refund.payment)
        if sale is None or sale.shop != refund.payee:
            return "unknown_operation"
        if refund.units > sum(take.units - take.back for take in sale.takes):
            return "refund_exceeds_payment"
        wanted = refund.units
        for take in reversed(sale.takes):
            units = min(wanted, take.units - take.back)
            wanted -= units
            take.back += units
            days = refund.grace_days[take.lot.asset]
            self._give_back(take, units, sale.day, (sale.shop, Role.RECEIVABLE), days)
        return POSTED

    def _release(self, release: Release) -> str:
        hold = self.holds.get(release.hold)
        if hold is None or (hold.shop != release.payee and not release.is_timeout):
            return "unknown_operation"
        total = sum(take.units for take in hold.takes)
        wanted = total if release.units is None else release.units
        is_over = self.now >= hold.ends_at
        if not hold.is_open or (wanted and is_over and not release.is_timeout):
            return "hold_closed"
        if release.is_timeout and not is_over:
            return "hold_not_due"
        if wanted > total:
            return "post_exceeds_hold"
        hold.is_open = False
        posted = []
        for take in hold.takes:
            units = min(wanted, take.units)
            wanted -= units
            asset, clearing = take.lot.asset, (hold.shop, Role.CLEARING)
            if units:
                posted.append(Take(take.lot, units, take.is_capped))
                self._move((*clearing, asset), (hold.shop, Role.RECEIVABLE, asset), units)
            days = release.grace_days[asset]
            self._give_back(take, take.units - units, hold.day, clearing, days)
        if posted:
            self.sales[release.operation] = Sale(hold.shop, posted, hold.day)
        return POSTED

    def _give_back(
        self, take: Take, units: int, day: date, source: tuple[UUID, Role], grace_days: int
    ) -> None:
        if not units:
            return
        lot = take.lot
        lot.left += units
        lot.part += units * take.is_capped
        if lot.ends_at <= self.now:
            lot.ends_at = self.now + timedelta(days=grace_days)
        if day == _day(self.now):
            self.spent[lot.wallet, lot.asset, day] -= units
        self._move((*source, lot.asset), (lot.wallet, Role.WALLET, lot.asset), units)

    # What the operator does.

    def _expire(self, expire: Expire) -> str:
        due = [lot for lot in self.lots if lot.left and lot.ends_at <= self.now]
        due.sort(key=lambda lot: (lot.ends_at, lot.id.int))
        if not due:
            return "nothing_to_move"
        self.ended[expire.operation] = []
        for lot in due[: expire.limit]:
            wallet = lot.wallet, Role.WALLET, lot.asset
            self._move(wallet, ("program", Role.EXPIRED, lot.asset), lot.left)
            self.ended[expire.operation].append(Ended(lot, lot.left, lot.ends_at))
            lot.left = 0
        return POSTED

    def _restore(self, restore: Restore) -> str:
        ended = self.ended.get(restore.expiry)
        if ended is None:
            return "unknown_operation"
        meant = [
            each
            for each in ended
            if each.lot.asset in restore.assets
            and restore.ended_after_at < each.ends_at <= restore.ended_by_at
            and not each.is_back
        ]
        if not meant or restore.until <= self.now:
            return "nothing_to_move"
        for each in meant:
            lot = each.lot
            each.is_back = True
            lot.left += each.units
            # A refund may have given it a grace that is longer.
            lot.ends_at = max(lot.ends_at, restore.until)
            source = "program", Role.EXPIRED, lot.asset
            self._move(source, (lot.wallet, Role.WALLET, lot.asset), each.units)
        return POSTED

    def _close(self, sweep: Sweep) -> str:
        sold = [
            (shop, units)
            for (shop, role, asset), units in self.balances.items()
            if role == Role.RECEIVABLE and asset == sweep.asset and units > 0
        ]
        for shop, units in sold:
            source, target = (shop, Role.RECEIVABLE), (shop, Role.PAYABLE)
            self._move((*source, sweep.asset), (*target, sweep.asset), units)
        return POSTED if sold else "nothing_to_move"

    def _pay_out(self, move: Move) -> str:
        (leg,) = move.legs
        payable = leg.owner, Role.PAYABLE, leg.asset
        if leg.units > self.balances[payable]:
            return "bound_exceeded"
        self._move(payable, (leg.owner, Role.SETTLED, leg.asset), leg.units)
        return POSTED

    def _move(self, source: Owner, target: Owner, units: int) -> None:
        self.balances[source] -= units
        self.balances[target] += units


def _is_hold(command: Command) -> bool:
    return isinstance(command, Pay) and command.hold_until is not None


def _day(at: datetime) -> date:
    return at.astimezone(ZoneInfo("Asia/Tokyo")).date()


def _amounts(command: Command) -> list[tuple[int, int]]:
    match command:
        case Pay(units=units) | Grant(units=units) | Refund(units=units):
            return [(1, units)]
        case Release(units=int() as units):
            return [(0, units)]
        case Move(legs=legs):
            return [(1, leg.units) for leg in legs]
    return []


def _posted_units(model: Model, release: Release) -> int:
    if release.units is not None:
        return release.units
    return sum(take.units for take in model.holds[release.hold].takes)


_BODIES: Final[Mapping[type, tuple[tuple[str, Callable[[Model, Any], object]], ...]]] = {
    Pay: (
        ("amount", lambda _, pay: pay.units),
        ("credential", lambda _, pay: pay.actor),
        ("terminal", lambda _, pay: pay.terminal),
    ),
    Refund: (
        ("payment", lambda _, refund: refund.payment),
        ("terminal", lambda _, refund: refund.terminal),
        ("amount", lambda _, refund: refund.units),
    ),
    Release: (
        ("payment", lambda _, release: release.hold),
        ("terminal", lambda _, release: release.terminal),
        ("amount", _posted_units),
    ),
    Grant: (
        ("amount", lambda _, grant: grant.units),
        ("credential", lambda _, grant: (grant.wallet, grant.asset)),
    ),
    Move: (("amount", lambda _, move: move.legs),),
    Restore: (("payment", lambda _, restore: restore.expiry),),
    Stop: (("credential", lambda _, stop: stop.actor),),
    Expire: (),
    Sweep: (),
}
