"""The plain model, with what is more than a payment: sales that earn, exchange, things, gifts."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.clock import start_of_day
from ichimai.ledger import Kind, OperationId, recent
from ichimai.ledger.earning_rules import earned_lot
from ichimai.ledger.model import (
    Award,
    CashOut,
    Charge,
    Command,
    Earn,
    Exchange,
    Give,
    Grant,
    Move,
    Pay,
    Purchase,
    Purse,
    Redeem,
    Return,
    Role,
)
from tests.property.earning_bodies import amounts, body
from tests.property.ledger_lots import ModelLot, Take
from tests.property.ledger_model import DIFFERENT, POSTED, _day
from tests.property.pools import Bought, Pooled, turn
from tests.property.returning_model import ReturningModel

Source = tuple[UUID, Asset]
NEW: Final = (Purchase, Return, Award, Exchange, Redeem, CashOut, Give, Charge)


@dataclass
class EarningModel(ReturningModel):
    """There are no whole cards here: the tables of ``tests/journals`` have those."""

    gave_units: dict[OperationId, int] = field(default_factory=dict)
    shown: tuple[type, ...] = (Pay, Purchase, Award, Exchange, Redeem, CashOut, Give)

    def _new(self, command: Command) -> str:
        if not isinstance(command, NEW):
            return super()._new(command)
        if any(units < least or units > 10**12 for least, units in amounts(command)):
            return "invalid_amount"
        match command:
            case Charge():
                return self._charge(command.asset)
            case Return():
                return self._return(command)
        return "credential_stopped" if command.actor in self.stopped else self._of_card(command)

    def _of_card(self, command: Purchase | Award | Exchange | Redeem | CashOut | Give) -> str:
        match command:
            case Purchase():
                return self._purchase(command)
            case Award():
                return self._award(command)
            case Exchange():
                return self._exchange(command)
            case Redeem():
                return self._redeem(command)
            case CashOut():
                return self._cash_out(command)
            case Give():
                return self._give(command)

    # What is the same, and what is another.

    def _difference(self, first: Command, now: Command) -> str:
        if isinstance(first, Move) and isinstance(now, Move):
            kinds = [{leg.kind for leg in move.legs} for move in (first, now)]
            return DIFFERENT + "kind" if kinds[0] != kinds[1] else super()._difference(first, now)
        if not isinstance(first, NEW) or not isinstance(now, NEW):
            is_other = isinstance(first, NEW) or isinstance(now, NEW)
            return DIFFERENT + "kind" if is_other else super()._difference(first, now)
        is_posted = self.answered[first.operation][1] == POSTED
        if type(first) is not type(now):
            return DIFFERENT + "kind"
        moved = self.gave_units.get(first.operation, 0)
        before, after = (body(each, moved, is_posted=is_posted) for each in (first, now))
        for (name, mine), (_, theirs) in zip(before, after, strict=True):
            if mine != theirs:
                return DIFFERENT + name
        return ""

    # Lots.

    def _grant(self, grant: Grant) -> str:
        answer = super()._grant(grant)
        if answer == POSTED:
            lot = self.lots.pop()
            self.lots.append(Pooled(**vars(lot), funder=grant.funder, usable_at=self.now))
        return answer

    def pool(self, like: Pooled) -> Pooled:
        """The lot like this one, which is there or begins."""
        for lot in self.lots:
            if (lot.id, lot.wallet, lot.asset) == (like.id, like.wallet, like.asset):
                assert isinstance(lot, Pooled)
                return lot
        self.lots.append(like)
        return like

    def _spendable(self, pay: Pay) -> list[tuple[ModelLot, Purse]]:
        return self._lots_of(pay.wallet, pay.purses)

    def _lots_of(self, wallet: UUID, purses: tuple[Purse, ...]) -> list[tuple[ModelLot, Purse]]:
        found: list[tuple[ModelLot, Purse]] = [
            (lot, purse)
            for lot in self.lots
            for purse in purses
            if isinstance(lot, Pooled)
            and (lot.wallet, lot.asset) == (wallet, purse.asset)
            and lot.left
            and lot.usable_at <= self.now < lot.ends_at
        ]
        found.sort(key=lambda pair: turn(*pair))
        return found

    def _fill(self, earn: Earn, wallet: UUID, units: int) -> Pooled:
        usable_at = earn.usable_at or start_of_day(_day(self.now))
        id_ = earned_lot(earn, usable_at)
        start = id_, wallet, earn.asset, 0, 0, 0, earn.expires_at, earn.funder, usable_at
        lot = self.pool(Pooled(*start))
        lot.units += units
        lot.left += units
        lot.part += units
        source = earn.funder, Role.ISSUED, earn.asset
        self._move(source, (wallet, Role.WALLET, earn.asset), units)
        return lot

    # What is given.

    def _earned(self, earn: Earn, wallet: UUID, wanted: int) -> tuple[Pooled, int] | None:
        rooms = [10**12, wanted]
        for cap in earn.caps:
            if cap.limit is not None:
                left = cap.limit - self.tallies[cap.tally]
                rooms.append(left if not cap.is_of_times or left < 1 else wanted)
        budget = self.budget.get(earn.funder)
        if budget is not None:
            rooms.append(budget + self.balances[earn.funder, Role.ISSUED, earn.asset])
        units = min(rooms)
        there = self.balances[wallet, Role.WALLET, earn.asset]
        is_too_much = earn.most is not None and there + units > earn.most
        if units < 1 or is_too_much or (earn.is_whole and units < wanted):
            return None
        for cap in earn.caps:
            self.tallies[cap.tally] += 1 if cap.is_of_times else units
        return self._fill(earn, wallet, units), units

    def _purchase(self, sale: Purchase) -> str:
        most = sale.total_yen if sale.pay_at_most is None else sale.pay_at_most
        as_payment = Pay(
            operation=sale.operation,
            wallet=sale.wallet,
            payee=sale.payee,
            units=min(sale.total_yen, most),
            purses=sale.purses,
            terminal=sale.terminal,
            actor=sale.actor,
        )
        assets = {purse.asset for purse in sale.purses} | {earn.asset for earn in sale.earns}
        mark = sale.actor, sale.terminal, sale.total_yen
        if not sale.is_repeat_confirmed and self._was_paid(sale.wallet, assets, mark):
            return "repeat_suspected"
        takes = self._takes(as_payment, self._spendable(as_payment)) if as_payment.units else []
        before = {owner: list(paid) for owner, paid in self.paid.items()}
        self._carry_out(as_payment, takes)
        self.paid = before
        paid_units = sum(take.units for take in takes)
        bought = Bought(self.sales.pop(sale.operation), sale.total_yen, len(self.answered))
        last = 0
        for earn in sale.earns:
            wanted = earn.units
            if earn.rate is not None:
                wanted = earn.rate.units_of(total_yen=sale.total_yen, paid_yen=paid_units)
            if earn.times_of_last is not None:
                wanted = min(wanted, earn.times_of_last * last)
            given = self._earned(earn, sale.wallet, wanted)
            last = 0 if given is None else given[1]
            if given is not None:
                lot, units = given
                key = id(lot), earn.funder
                bought.gave[key] = lot, units + bought.gave.get(key, (lot, 0))[1]
                bought.counted.setdefault(key, []).append((units, earn))
        # One wallet remembers it, the first that gave or got.
        gave = [lot.asset for lot, _ in bought.gave.values()]
        for asset in [*[take.lot.asset for take in takes], *gave][:1]:
            paid = self.paid.setdefault((sale.wallet, Role.WALLET, asset), [])
            paid.append((self.now, *mark))
        self.bought[sale.operation] = bought
        return POSTED

    def _was_paid(self, wallet: UUID, assets: set[Asset], mark: tuple[UUID, UUID, int]) -> bool:
        since = self.now - timedelta(seconds=90)
        kept = [
            paid
            for asset in assets
            for paid in self.paid.get((wallet, Role.WALLET, asset), [])[-recent.KEPT :]
        ]
        return any(at > since and tuple(rest) == mark for at, *rest in kept)

    def _award(self, award: Award) -> str:
        has_given = False
        for earn in award.earns:
            wallet = earn.wallet or award.wallet
            if wallet != award.wallet and not has_given:
                continue
            given = self._earned(earn, wallet, earn.units)
            if given is None and earn.kind == Kind.TOP_UP:
                return "limit_reached"
            has_given = has_given or given is not None
        return POSTED if has_given else "limit_reached"

    # What is given up.

    def _exactly(self, wallet: UUID, purse: Purse, units: int) -> list[Take] | None:
        lots = self._lots_of(wallet, (purse,))
        takes: list[Take] = []
        for lot, _ in lots:
            part = min(lot.left, units)
            if part:
                takes.append(Take(lot, part, is_capped=False))
                units -= part
        return None if units else takes

    def _exchange(self, asked: Exchange) -> str:
        if any(self.tallies[each.tally] < each.units for each in asked.minimums):
            return "minimum_not_reached"
        for cap in asked.caps:
            wanted = asked.times if cap.is_of_times else asked.units
            if cap.limit is not None and cap.limit - self.tallies[cap.tally] < wanted:
                return "limit_reached"
        takes = self._exactly(asked.wallet, asked.purse, asked.units)
        if takes is None:
            return "insufficient_balance"
        to = asked.to
        if to is not None and self._earned(to, asked.wallet, to.units) is None:
            return "limit_reached"
        for take in takes:
            take.lot.left -= take.units
        asset = asked.purse.asset
        wallet = asked.wallet, Role.WALLET, asset
        self._move(wallet, ("program", Role.REDEEMED, asset), asked.units)
        for cap in asked.caps:
            self.tallies[cap.tally] += asked.times if cap.is_of_times else asked.units
        return POSTED

    def _redeem(self, asked: Redeem) -> str:
        takes = self._exactly(asked.wallet, asked.purse, asked.units)
        if takes is None:
            return "insufficient_balance"
        if asked.stock is not None:
            stock = asked.payee, Role.STOCK, asked.stock
            if self.balances[stock] < 1:
                return "out_of_stock"
            self._move(stock, (asked.payee, Role.HANDED, asked.stock), 1)
        for take in takes:
            take.lot.left -= take.units
        asset, day = asked.purse.asset, _day(self.now)
        self.spent[asked.wallet, asset, day] += asked.units
        wallet = asked.wallet, Role.WALLET, asset
        self._move(wallet, (asked.payee, Role.RECEIVABLE, asset), asked.units)
        return POSTED

    def oldest(self, wallet: UUID, asset: Asset) -> list[Pooled]:
        """What is there of a program, the oldest first."""
        mine = [
            lot
            for lot in self.lots
            if isinstance(lot, Pooled)
            and (lot.wallet, lot.asset) == (wallet, asset)
            and lot.left
            and self.now < lot.ends_at
        ]
        return sorted(mine, key=lambda lot: (lot.usable_at, lot.id.int))

    def _cash_out(self, asked: CashOut) -> str:
        there = self.balances[asked.wallet, Role.WALLET, asked.asset]
        if asked.most_left is not None and there > asked.most_left:
            return "limit_reached"
        for cap in asked.caps:
            if cap.limit is not None and self.tallies[cap.tally] + asked.units > cap.limit:
                return "limit_reached"
        lots = self.oldest(asked.wallet, asked.asset)
        if sum(lot.left for lot in lots) < asked.units:
            return "insufficient_balance"
        wanted = asked.units
        for lot in lots:
            part = min(lot.left, wanted)
            lot.left -= part
            wanted -= part
        wallet = asked.wallet, Role.WALLET, asked.asset
        self._move(wallet, (asked.payee, Role.ISSUED, asked.asset), asked.units)
        for cap in asked.caps:
            self.tallies[cap.tally] += asked.units
        return POSTED

    def _give(self, asked: Give) -> str:
        lots = self.oldest(asked.wallet, asked.asset)
        there = sum(lot.left for lot in lots)
        has_wallet = (asked.wallet, Role.WALLET, asked.asset) in self.balances
        if not has_wallet or asked.to == asked.wallet:
            return "nothing_to_move"
        if asked.units is not None and there < asked.units:
            return "insufficient_balance"
        wanted = units = there if asked.units is None else asked.units
        if not units:
            return "nothing_to_move"
        for lot in lots:
            part = min(lot.left, wanted)
            if not part:
                continue
            capped = min(part, lot.part)
            start = lot.id, asked.to, lot.asset, 0, 0, 0, lot.ends_at, lot.funder, lot.usable_at
            other = self.pool(Pooled(*start))
            other.ends_at = max(other.ends_at, lot.ends_at)
            other.units += part
            other.left += part
            other.part += capped
            lot.left -= part
            lot.part -= capped
            wanted -= part
        target = asked.to, Role.WALLET, asked.asset
        self._move((asked.wallet, Role.WALLET, asked.asset), target, units)
        self.gave_units[asked.operation] = units
        return POSTED

    # What the operator does.

    def _pay_out(self, move: Move) -> str:
        (leg,) = move.legs
        if leg.kind != Kind.DELIVERY:
            return super()._pay_out(move)
        stock = leg.to or leg.owner, Role.STOCK, leg.asset
        self._move((leg.owner, Role.ISSUED, leg.asset), stock, leg.units)
        return POSTED

    def _charge(self, asset: Asset) -> str:
        givers = {
            owner
            for owner, role, of in self.balances
            if of == asset and role in {Role.ISSUED, Role.CHARGED}
        }
        has_moved = False
        for owner in givers:
            charged = owner, Role.CHARGED, asset
            units = -self.balances[owner, Role.ISSUED, asset] - self.balances[charged]
            self._move((owner, Role.DUE, asset), charged, units)
            has_moved = has_moved or units != 0
        return POSTED if has_moved else "nothing_to_move"
