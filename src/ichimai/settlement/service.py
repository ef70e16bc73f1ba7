"""Closing a week, and making and deciding on the batch that pays it.

Each function is one step in its caller's transaction and may be asked for again with the
same id: a crash between two steps leaves nothing half done, and nothing is done twice.
"""

import hashlib
from collections.abc import Set as AbstractSet
from datetime import date
from uuid import UUID

from ichimai import ledger, merchants
from ichimai.kernel import Asset, Clock, errors
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Role
from ichimai.merchants import Shop, ShopId
from ichimai.settlement import payout_store, rules, store, zengin
from ichimai.settlement.bank import accounts, result_store
from ichimai.settlement.errors import (
    AlreadyClosed,
    DifferentBatch,
    DifferentClosing,
    DifferentPayer,
    NoPayer,
    NothingToPay,
    PayablesTaken,
    PayeesRefused,
    SamePerson,
    UnknownBatch,
    WrongState,
)
from ichimai.settlement.model import (
    Batch,
    BatchId,
    BatchState,
    Closing,
    ClosingId,
    Payable,
    Payee,
    Payer,
)
from ichimai.settlement.rules import Proposal
from ichimai.storage import WriteTx


def close(
    tx: WriteTx,
    clock: Clock,
    closing: ClosingId,
    asset: Asset,
    *,
    closed_by: UUID,
    closes_on: date | None = None,
) -> Closing:
    """Cut off the sales of a program here in the ledger's order: what shops are owed now.

    ``closes_on`` is by default the last Sunday that is over. A shop whose refunds are above
    its sales is owed nothing and carries the difference into the next closing. The same id
    again gives the same closing. Raises AlreadyClosed, DayNotOver, DifferentClosing.
    """
    earlier = _same_closing(tx, closing, asset, closes_on)
    if earlier is not None:
        return earlier
    now = clock.now()
    day = closes_on or rules.week_to_close(now)
    rules.check_closing_day(day, now)
    owed = _sweep(tx, clock, closing, asset, closed_by)
    # The ledger's lock is held from here on: what others closed meanwhile is seen now.
    earlier = _same_closing(tx, closing, asset, closes_on)
    if earlier is not None:
        return earlier
    last = store.last_closing(tx, asset)
    if last is not None and last.closes_on >= day:
        raise AlreadyClosed(last.closes_on)
    made = Closing(
        id=closing,
        asset=asset,
        closes_on=day,
        after_number=last.up_to_number if last else 0,
        up_to_number=ledger.reports.count_transfers(tx),
        closed_by=closed_by,
        closed_at=now,
    )
    store.add_closing(tx, made)
    store.add_payables(tx, [*owed, *_carried(tx, closing, asset)])
    return made


def _same_closing(
    tx: WriteTx, closing: ClosingId, asset: Asset, closes_on: date | None
) -> Closing | None:
    """The closing that was made under this id, if it is the one asked for."""
    found = store.closing(tx, closing)
    if found and (found.asset != asset or closes_on not in {None, found.closes_on}):
        raise DifferentClosing
    return found


def _sweep(
    tx: WriteTx, clock: Clock, closing: ClosingId, asset: Asset, closed_by: UUID
) -> list[Payable]:
    command = ledger.model.Sweep(operation=OperationId(closing), asset=asset, actor=closed_by)
    (answer,) = ledger.post(tx, clock, [command])
    if isinstance(answer, ledger.errors.NothingToMove):
        return []
    if isinstance(answer, errors.DomainError):
        raise answer
    shops = {
        ledger.model.account_id(shop.id, Role.RECEIVABLE, asset): shop.id
        for shop in merchants.directory.shops(tx, limit=None)
    }
    return [
        Payable(closing, shops[transfer.debit], transfer.units) for transfer in answer.transfers
    ]


def _carried(tx: WriteTx, closing: ClosingId, asset: Asset) -> list[Payable]:
    debts = ledger.reports.balances(tx, Role.RECEIVABLE, asset)
    return [Payable(closing, ShopId(shop), 0, -balance) for shop, balance in debts.items()]


def set_payer(tx: WriteTx, clock: Clock, payer: Payer, *, entered_by: UUID) -> None:
    """Pay batches made from now on from this account. Raises DifferentPayer, PayerRefused."""
    rules.check_payer(payer)
    payout_store.add_payer(tx, payer, entered_by, clock.now())
    if payout_store.payer(tx, payer.id) != payer:
        raise DifferentPayer


def make_batch(
    tx: WriteTx,
    clock: Clock,
    batch: BatchId,
    asset: Asset,
    *,
    made_by: UUID,
    pay_on: date | None = None,
    hold: AbstractSet[ShopId] = frozenset(),
    release: AbstractSet[ShopId] = frozenset(),
) -> Batch:
    """Put what is owed and in no batch into a batch, for a second person to approve.

    ``hold``: shops to leave out. ``release``: shops to pay though it is more than three times
    their usual, or into the account that a bank refused. One shop that a bank's file cannot carry
    refuses the whole batch until its account is corrected or it is in ``hold``. The same id again
    gives the same batch.
    Raises DifferentBatch, NoPayer, NotABankDay, NothingToPay, PayablesTaken, PayeesRefused.
    """
    earlier = _same_batch(tx, batch, asset, made_by)
    if earlier is not None:
        return earlier
    now = clock.now()
    day = pay_on or rules.pay_day(now)
    rules.check_pay_day(day, now)
    payer = payout_store.payer(tx)
    if payer is None:
        raise NoPayer
    accounts.apply_due(tx, clock)
    usual = payout_store.usual_maxima(tx, asset, now - rules.USUAL_PERIOD)
    proposal = rules.proposal(
        store.open_payables(tx, asset),
        usual,
        hold=hold,
        release=release,
        refused=result_store.refused_shops(tx),
    )
    if not proposal.payables:
        # The same request, sent twice at once, may just have taken all of them.
        earlier = _same_batch(tx, batch, asset, made_by)
        if earlier is not None:
            return earlier
        raise NothingToPay(held=len(proposal.held))
    payees = _payees(tx, proposal)
    order = rules.transfer_order(payer, day, payees)
    control = zengin.control_total(order)
    made = Batch(
        id=batch,
        asset=asset,
        payer=payer.id,
        pay_on=day,
        state=BatchState.MADE,
        shops=control.count,
        units=control.yen,
        sha256=hashlib.sha256(zengin.transfer_file(order)).hexdigest(),
        made_by=made_by,
        made_at=now,
        decided_by=None,
        decided_at=None,
        copies=0,
    )
    if not payout_store.add_batch(tx, made):
        return _same_batch(tx, batch, asset, made_by) or made
    _fill(tx, batch, payees, proposal)
    return made


def _same_batch(tx: WriteTx, batch: BatchId, asset: Asset, made_by: UUID) -> Batch | None:
    """The batch that was made under this id, if it is the one asked for."""
    found = payout_store.batch(tx, batch)
    if found and (found.asset, found.made_by) != (asset, made_by):
        raise DifferentBatch
    return found


def _payees(tx: WriteTx, proposal: Proposal) -> list[Payee]:
    units = proposal.units_by_shop
    shops = [shop for shop in merchants.directory.shops(tx, limit=None) if shop.id in units]
    problems = [problem for shop in shops for problem in rules.payee_problems(shop, units[shop.id])]
    if problems:
        raise PayeesRefused(tuple(problems))
    return [_payee(shop, units[shop.id]) for shop in shops]


def _payee(shop: Shop, units: int) -> Payee:
    return Payee(shop=shop.id, shop_number=shop.number, units=units, account=shop.account)


def _fill(tx: WriteTx, batch: BatchId, payees: list[Payee], proposal: Proposal) -> None:
    payout_store.add_payees(tx, batch, payees)
    payout_store.add_holds(tx, batch, proposal.held)
    taken = payout_store.take_payables(tx, batch, proposal.payables)
    if taken != len(proposal.payables):
        raise PayablesTaken


def approve_batch(tx: WriteTx, clock: Clock, batch: BatchId, *, approved_by: UUID) -> Batch:
    """Release a batch for payment, as somebody other than its maker; the ledger pays it now.

    The same person again gives the same answer. Raises SamePerson, UnknownBatch, WrongState.
    """
    found = _locked(tx, batch)
    if found.made_by == approved_by:
        raise SamePerson
    if found.state in {BatchState.APPROVED, BatchState.SENT} and found.decided_by == approved_by:
        return found
    _must_be_made(found)
    payees = payout_store.payees(tx, batch)
    command = ledger.model.Move(
        operation=OperationId(batch),
        legs=tuple(
            ledger.model.Leg(
                owner=payee.shop,
                asset=found.asset,
                from_role=Role.PAYABLE,
                to_role=Role.SETTLED,
                units=payee.units,
                kind=Kind.PAYOUT,
            )
            for payee in payees
        ),
        actor=approved_by,
    )
    (answer,) = ledger.post(tx, clock, [command])
    if isinstance(answer, errors.DomainError):
        raise answer
    payout_store.decide(tx, batch, BatchState.APPROVED, approved_by, clock.now())
    return _known(tx, batch)


def reject_batch(tx: WriteTx, clock: Clock, batch: BatchId, *, rejected_by: UUID) -> Batch:
    """Give up a batch that is not approved; its payables are free for another.

    Anybody may, its maker too; the same again changes nothing. Raises UnknownBatch, WrongState.
    """
    found = _locked(tx, batch)
    if found.state is BatchState.REJECTED:
        return found
    _must_be_made(found)
    payout_store.decide(tx, batch, BatchState.REJECTED, rejected_by, clock.now())
    payout_store.give_back(tx, batch)
    return _known(tx, batch)


def _locked(tx: WriteTx, batch: BatchId) -> Batch:
    payout_store.lock_batch(tx, batch)
    return _known(tx, batch)


def _known(tx: WriteTx, batch: BatchId) -> Batch:
    found = payout_store.batch(tx, batch)
    if found is None:
        raise UnknownBatch
    return found


def _must_be_made(batch: Batch) -> None:
    if batch.state is not BatchState.MADE:
        raise WrongState(batch.state.value)
