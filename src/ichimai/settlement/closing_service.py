"""Closing programs: each sale and each unit given in exactly one closing, at one number.

Everything is one transaction: the ledger's lock is held from the first movement on, so that what
the journal says when it is read is what was closed.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from ichimai import ledger, merchants, programs
from ichimai.kernel import Asset, Clock
from ichimai.ledger import OperationId
from ichimai.ledger.model import Role, Transfer
from ichimai.programs.terms import Charging
from ichimai.settlement import (
    bill_rules,
    closing_moves,
    closing_rules,
    closing_store,
    obligation_store,
    request_rules,
    rules,
    store,
)
from ichimai.settlement.closing_rules import Cycle, Facts, People, Terms
from ichimai.settlement.errors import AlreadyClosed, DifferentClosing, NothingToClose
from ichimai.settlement.model import Closing, ClosingId, RunId
from ichimai.settlement.obligation_model import (
    OPERATOR,
    Bill,
    ClosingRun,
    Obligation,
    ObligationId,
    Why,
)
from ichimai.settlement.request_model import Doing, Tell, untold
from ichimai.storage import ReadTx, WriteTx


def close(
    tx: WriteTx,
    clock: Clock,
    closing: ClosingId,
    asset: Asset,
    *,
    closed_by: UUID,
    closes_on: date | None = None,
) -> Closing:
    """Cut off the sales of one program here in the ledger's order: what shops are owed now.

    As ``close_programs`` for this program alone, whose closing has the run's id.
    """
    run = close_programs(
        tx, clock, RunId(closing), [asset], closed_by=closed_by, closes_on=closes_on
    )
    (made,) = store.closings_of_run(tx, run.id)
    return made


def close_cycle(
    tx: WriteTx,
    clock: Clock,
    run: RunId,
    cycle: Cycle,
    *,
    closed_by: UUID,
    funder: str | None = None,
    closes_on: date | None = None,
    tell: Tell = untold,
) -> ClosingRun:
    """Close every program that settles daily, weekly or monthly, up to the last such day.

    ``closes_on``: instead, up to this day, which was the last when it was asked for. ``funder``:
    only those of one party. Programs closed up to that day already are left out.
    Raises AlreadyClosed when all are, NothingToClose, and what ``close_programs`` raises.
    """
    earlier = store.run(tx, run)
    if earlier is not None:
        return earlier
    now = clock.now()
    day = closes_on or closing_rules.day_to_close(cycle, now)
    waiting, closed = [], []
    for key, program in programs.lists.catalogue(tx).at(now).items():
        last = store.last_closing(tx, key)
        is_asked = program.settlement.cycle == cycle and funder in {None, program.funder}
        if is_asked and last is not None and last.closes_on >= day:
            closed.append(last.closes_on)
        elif is_asked:
            waiting.append(key)
    if not waiting:
        raise AlreadyClosed(max(closed)) if closed else NothingToClose
    return close_programs(tx, clock, run, waiting, closed_by=closed_by, closes_on=day, tell=tell)


def close_programs(
    tx: WriteTx,
    clock: Clock,
    run: RunId,
    assets: Sequence[Asset],
    *,
    closed_by: UUID,
    closes_on: date | None = None,
    tell: Tell = untold,
) -> ClosingRun:
    """Cut off the sales of some programs at one place in the ledger's order, all or none.

    Whoever gave units charged at issue is charged, what shops accepted is owed to them, and who
    owes whom is written down. ``closes_on`` is by default the last Sunday that is over. A shop
    whose refunds are above its sales is owed nothing and carries the difference into the next
    closing, for as long as its association may. The same id again gives the same run.
    ``tell`` hears of each step before it is done.
    Raises AlreadyClosed, DayNotOver, DifferentClosing, SettlementTermsChanged, UnknownFunder,
    UnknownProgram.
    """
    keys = tuple(sorted(set(assets)))
    earlier = _same_run(tx, run, keys, closes_on)
    if earlier is not None:
        return earlier
    now = clock.now()
    day = closes_on or rules.week_to_close(now)
    rules.check_closing_day(day, now)
    terms = [closing_rules.terms_of(programs.lists.in_force(tx, key, now)) for key in keys]
    ids_ = _ids(run, keys)
    tell(request_rules.step_of(Doing.CUT_OFF, keys))
    swept = closing_moves.sweep(tx, clock, terms, ids_, closed_by)
    # The ledger's lock is held from here on: what others closed meanwhile is seen now.
    earlier = _same_run(tx, run, keys, closes_on)
    if earlier is not None:
        return earlier
    last = {key: found for key in keys if (found := store.last_closing(tx, key))}
    for each in terms:
        before = last.get(each.asset)
        if before is not None:
            if before.closes_on >= day:
                raise AlreadyClosed(before.closes_on)
            closing_rules.check_terms(each, before)
    made = ClosingRun(run, day, keys, closed_by, now)
    _Run(tx, clock, made, terms=terms, ids_=ids_, last=last, tell=tell).write(swept)
    return made


def _same_run(
    tx: ReadTx, run: RunId, keys: tuple[Asset, ...], closes_on: date | None
) -> ClosingRun | None:
    """The run that was made under this id, if it is the one asked for."""
    found = store.run(tx, run)
    if found and (found.programs != keys or closes_on not in {None, found.closes_on}):
        raise DifferentClosing
    return found


def _ids(run: RunId, keys: Sequence[Asset]) -> dict[Asset, ClosingId]:
    if len(keys) == 1:
        return {keys[0]: ClosingId(run)}
    return {key: ClosingId(closing_rules.part_of(run, f"closing/{key}")) for key in keys}


class _Run:
    """One run while it is made: what the journal says, and what follows from it."""

    def __init__(
        self,
        tx: WriteTx,
        clock: Clock,
        run: ClosingRun,
        *,
        terms: Sequence[Terms],
        ids_: Mapping[Asset, ClosingId],
        last: Mapping[Asset, Closing],
        tell: Tell,
    ) -> None:
        self.tx, self.clock, self.run, self.tell = tx, clock, run, tell
        self.terms, self.ids = terms, ids_
        self.after = {key: last[key].up_to_number if key in last else 0 for key in run.programs}
        catalogue = programs.lists.catalogue(tx)
        self.people = People(
            shops={shop.id: shop.association for shop in merchants.directory.payees(tx)},
            parties=programs.funding.parties(catalogue.every),
        )
        self.policy, self.contracts = store.policy(tx), store.contracts(tx)

    def write(self, moved: Mapping[OperationId, tuple[Transfer, ...]]) -> None:
        """Charge who is to be charged, and write everything down."""
        tx, range_ = self.tx, closing_store.Range(self.after)
        count = ledger.reports.count_transfers(tx) - min(self.after.values())
        closing_store.prepare(tx, count)
        self._tell(Doing.SALES)
        uses = closing_store.uses(tx, range_, self._associations())
        self._tell(Doing.GIFTS)
        issues = closing_store.issues(tx, range_)
        outstanding = closing_store.outstanding(tx, self.run.programs)
        pooled = closing_store.pooled(tx, self.run.programs)
        ever_issued = closing_store.ever_issued(tx, self.run.programs)
        swept = self._swept(moved)
        carried = closing_store.carried(tx, self.run.programs)
        before = {key: store.carried_before(tx, key) for key in self.run.programs}
        late = {
            each.asset: self._overdue(carried.get(each.asset, {}), before[each.asset])
            for each in self.terms
            if each.charging is not Charging.NEVER
        }
        fees = {each.asset: closing_rules.fees(each, swept[each.asset]) for each in self.terms}
        self._tell(Doing.CHARGES)
        closing_moves.charge(
            tx, self.clock, self.run, self.terms, used=uses.by_funder, late=late, fees=fees
        )
        dues = closing_store.dues(tx, range_)
        closing_store.recover(tx, count)
        facts = {
            key: Facts(
                swept=swept[key],
                carried={
                    shop: units
                    for shop, units in carried.get(key, {}).items()
                    if shop not in late.get(key, {})
                },
                accepted=uses.by_shop.get(key, {}),
                used=uses.by_funder.get(key, {}),
                issued=issues.get(key, {}),
                outstanding=outstanding.get(key, {}),
                crossed=uses.crossed.get(key, {}),
                pooled=pooled.get(key, 0),
                pooled_used=uses.pooled.get(key, {}),
                ever_issued=ever_issued.get(key, {}),
                charged=dues.charged.get(key, {}),
                corrected=dues.corrected.get(key, {}),
                overdue=late.get(key, {}),
            )
            for key in self.run.programs
        }
        self._write_down(facts, fees, before)

    def _tell(self, doing: Doing, program: Asset | None = None) -> None:
        self.tell(request_rules.step_of(doing, self.run.programs, program))

    def _associations(self) -> dict[UUID, int]:
        return {
            owner: number
            for owner in self.people.parties
            if (number := self.people.association(owner)) is not None
        }

    def _swept(
        self, moved: Mapping[OperationId, tuple[Transfer, ...]]
    ) -> dict[Asset, dict[UUID, int]]:
        """What the sweep moved from each shop's sales."""
        found: dict[Asset, dict[UUID, int]] = {}
        for key in self.run.programs:
            shops = {
                ledger.model.account_id(shop, Role.RECEIVABLE, key): shop
                for shop in self.people.shops
            }
            transfers = moved.get(OperationId(self.ids[key]), ())
            found[key] = {shops[transfer.debit]: transfer.units for transfer in transfers}
        return found

    def _overdue(self, carried: Mapping[UUID, int], before: Mapping[UUID, int]) -> dict[UUID, int]:
        return closing_rules.overdue(
            carried,
            before,
            self.people.shops,
            self.contracts,
            otherwise=self.policy.carry_closings,
        )

    def _write_down(
        self,
        facts: Mapping[Asset, Facts],
        fees: Mapping[Asset, Mapping[UUID, int]],
        before: Mapping[Asset, Mapping[UUID, int]],
    ) -> None:
        tx, up_to = self.tx, ledger.reports.count_transfers(self.tx)
        closings = [self._closing(each, up_to) for each in self.terms]
        store.add_run(tx, self.run)
        store.add_closings(tx, closings)
        payables, owed, streets = [], [], []
        for each, closing in zip(self.terms, closings, strict=True):
            self._tell(Doing.PROGRAM, each.asset)
            said = facts[each.asset]
            fee_yen = fees[each.asset]
            payables += closing_rules.payables(
                closing.id,
                each,
                said,
                fee_yen=fee_yen,
                before=before[each.asset],
                shops=self.people.shops.keys(),
            )
            owed += closing_rules.obligations(
                closing, each, said, self.people, fee_yen=sum(fee_yen.values())
            )
            streets += closing_rules.by_association(closing.id, said, self.people)
        self._tell(Doing.WRITE)
        store.add_payables(tx, payables)
        obligation_store.add_obligations(tx, owed)
        obligation_store.add_associations(tx, streets)
        self._bill()

    def _closing(self, terms: Terms, up_to_number: int) -> Closing:
        run = self.run
        return Closing(
            id=self.ids[terms.asset],
            asset=terms.asset,
            closes_on=run.closes_on,
            after_number=self.after[terms.asset],
            up_to_number=up_to_number,
            closed_by=run.closed_by,
            closed_at=run.closed_at,
            run=run.id,
            charging=terms.charging,
            unit_yen=terms.unit_yen,
            fee_basis_points=terms.fee_basis_points,
        )

    def _bill(self) -> None:
        """Ask associations for what their shops owe and may not carry any longer."""
        lines = store.open_lines(self.tx, self.run.programs)
        found = closing_rules.to_bill(lines, self.contracts, otherwise=self.policy.carry_closings)
        bills, owed = [], []
        for number, mine in found.items():
            id_ = ObligationId(closing_rules.part_of(self.run.id, f"bill/{number}"))
            yen = -closing_rules.yen_of(mine)
            shops = len({line.payable.shop for line in mine})
            due_on = bill_rules.due_on(self.run.closed_at, self.policy)
            bills.append(Bill(id_, self.run.id, number, shops, yen, due_on))
            owed.append(
                Obligation(id_, self.run.id, None, f"association:{number}", OPERATOR, yen, Why.BILL)
            )
        obligation_store.add_obligations(self.tx, owed)
        obligation_store.add_bills(self.tx, bills)
        for bill in bills:
            taken = [line.payable for line in found[bill.association]]
            obligation_store.take_lines(self.tx, bill.id, taken)
