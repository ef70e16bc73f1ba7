"""Making and deciding on the batch that pays what closings owe.

Each function is one step in its caller's transaction and may be asked for again with the
same id: a crash between two steps leaves nothing half done, and nothing is done twice.
"""

import hashlib
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from uuid import UUID

from ichimai import ledger, merchants
from ichimai.kernel import Asset, Clock, errors
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.merchants import Shop, ShopId, ShopSize
from ichimai.settlement import dispute_store, obligation_store, payout_store, rules, store, zengin
from ichimai.settlement.bank import accounts, result_store
from ichimai.settlement.errors import (
    DifferentBatch,
    DifferentPayer,
    LinesDisputed,
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
    Payee,
    Payer,
)
from ichimai.settlement.rules import Proposal
from ichimai.storage import WriteTx


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
    *assets: Asset,
    made_by: UUID,
    pay_on: date | None = None,
    hold: AbstractSet[ShopId] = frozenset(),
    release: AbstractSet[ShopId] = frozenset(),
    sizes: AbstractSet[ShopSize] = frozenset(),
) -> Batch:
    """Put what is owed and in no batch into a batch, for a second person to approve.

    ``assets``: of these programs; none: of all. A shop gets one transfer, of what all of them
    owe it less what it owes. ``sizes``: only such shops, and of theirs only what is due by the
    cycle of their size; none: everything. ``hold``: shops to leave out. ``release``: shops to
    pay though it is more than three times their usual, or into the account that a bank refused.
    One shop that a bank's file cannot carry refuses the whole batch until its account is
    corrected or it is in ``hold``. The same id again gives the same batch.
    Raises DifferentBatch, NoPayer, NotABankDay, NothingToPay, PayablesTaken, PayeesRefused.
    """
    programs = tuple(sorted(set(assets)))
    earlier = _same_batch(tx, batch, programs, sizes, made_by)
    if earlier is not None:
        return earlier
    now = clock.now()
    day = pay_on or rules.pay_day(now, sizes)
    rules.check_pay_day(day, now)
    payer = payout_store.payer(tx)
    if payer is None:
        raise NoPayer
    accounts.apply_due(tx, clock)
    proposal = _proposal(tx, programs, now, hold=hold, release=release, sizes=sizes)
    if not proposal.lines:
        # The same request, sent twice at once, may just have taken all of them.
        earlier = _same_batch(tx, batch, programs, sizes, made_by)
        if earlier is not None:
            return earlier
        raise NothingToPay(held=len(proposal.held))
    payees = _payees(tx, proposal)
    order = rules.transfer_order(payer, day, payees)
    control = zengin.control_total(order)
    made = Batch(
        id=batch,
        programs=programs,
        sizes=frozenset(sizes),
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
        return _same_batch(tx, batch, programs, sizes, made_by) or made
    _fill(tx, batch, payees, proposal)
    return made


def _same_batch(
    tx: WriteTx,
    batch: BatchId,
    programs: tuple[Asset, ...],
    sizes: AbstractSet[ShopSize],
    made_by: UUID,
) -> Batch | None:
    """The batch that was made under this id, if it is the one asked for."""
    found = payout_store.batch(tx, batch)
    if found and (found.programs, found.sizes, found.made_by) != (programs, sizes, made_by):
        raise DifferentBatch
    return found


def _proposal(
    tx: WriteTx,
    programs: tuple[Asset, ...],
    now: datetime,
    *,
    hold: AbstractSet[ShopId],
    release: AbstractSet[ShopId],
    sizes: AbstractSet[ShopSize],
) -> Proposal:
    lines = store.open_lines(tx, programs)
    if sizes:
        today = day_in_tokyo(now)
        lines = [line for line in lines if line.size in sizes and rules.is_due(line, today)]
    usual = payout_store.usual_maxima(tx, now - rules.USUAL_PERIOD)
    refused = result_store.refused_shops(tx)
    return rules.proposal(lines, usual, hold=hold, release=release, refused=refused)


def _payees(tx: WriteTx, proposal: Proposal) -> list[Payee]:
    yen = proposal.yen_by_shop
    shops = [shop for shop in merchants.directory.payees(tx) if shop.id in yen]
    problems = [problem for shop in shops for problem in rules.payee_problems(shop, yen[shop.id])]
    if problems:
        raise PayeesRefused(tuple(problems))
    return [_payee(shop, yen[shop.id]) for shop in shops]


def _payee(shop: Shop, yen: int) -> Payee:
    return Payee(shop=shop.id, shop_number=shop.number, units=yen, account=shop.account)


def _fill(tx: WriteTx, batch: BatchId, payees: list[Payee], proposal: Proposal) -> None:
    payout_store.add_payees(tx, batch, payees)
    payout_store.add_holds(tx, batch, proposal.held)
    taken = payout_store.take_payables(tx, batch, [line.payable for line in proposal.lines])
    if taken != len(proposal.lines):
        raise PayablesTaken


def approve_batch(tx: WriteTx, clock: Clock, batch: BatchId, *, approved_by: UUID) -> Batch:
    """Release a batch for payment, as somebody other than its maker; the ledger pays it now.

    The same person again gives the same answer.
    Raises LinesDisputed, PayDayOver, SamePerson, UnknownBatch, WrongState.
    """
    found = _locked(tx, batch)
    if found.made_by == approved_by:
        raise SamePerson
    if found.state in {BatchState.APPROVED, BatchState.SENT} and found.decided_by == approved_by:
        return found
    _must_be_made(found)
    rules.check_still_to_come(found.pay_on, clock.now())
    disputed = dispute_store.count_in_batch(tx, batch)
    if disputed:
        raise LinesDisputed(disputed)
    lines = obligation_store.taken_lines(tx, batch)
    command = ledger.model.Move(
        operation=OperationId(batch), legs=rules.legs(lines), actor=approved_by
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
