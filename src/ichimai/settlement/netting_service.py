"""Netting what parties owe each other, and noting that bills are paid."""

from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Clock, errors
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.ledger import OperationId
from ichimai.settlement import (
    dispute_store,
    netting_rules,
    netting_store,
    obligation_store,
    rules,
    store,
)
from ichimai.settlement.closing_rules import part_of
from ichimai.settlement.errors import (
    DifferentNetting,
    LinesDisputed,
    NothingToNet,
    ObligationsTaken,
    SamePerson,
    UnknownBill,
    UnknownNetting,
    WrongState,
)
from ichimai.settlement.obligation_model import (
    Bill,
    Debt,
    Netting,
    NettingId,
    NettingState,
    ObligationId,
    Why,
)
from ichimai.storage import WriteTx


def make_netting(tx: WriteTx, clock: Clock, netting: NettingId, *, made_by: UUID) -> Netting:
    """Set what parties owe each other against each other, for a second person to approve.

    It takes every obligation that nobody can dispute any more, that nobody disputes, and that is
    in no netting. The same id again gives the same netting.
    Raises DifferentNetting, NothingToNet, ObligationsTaken.
    """
    earlier = _same_netting(tx, netting, made_by)
    if earlier is not None:
        return earlier
    now = clock.now()
    undisputed = start_of_day(rules.first_disputable_day(day_in_tokyo(now), store.policy(tx)))
    found = netting_store.open_obligations(tx, undisputed)
    if not found:
        earlier = _same_netting(tx, netting, made_by)
        if earlier is not None:
            return earlier
        raise NothingToNet
    positions = netting_rules.positions(
        Debt(each.debtor, each.creditor, each.yen) for each in found
    )
    made = Netting(
        id=netting,
        obligations=len(found),
        yen=sum(each.yen for each in found),
        made_by=made_by,
        made_at=now,
        state=NettingState.MADE,
        decided_by=None,
        decided_at=None,
        transfers=tuple(netting_rules.transfers(positions)),
    )
    if not netting_store.add_netting(tx, made):
        return _same_netting(tx, netting, made_by) or made
    if netting_store.take_obligations(tx, netting, found) != len(found):
        raise ObligationsTaken
    return made


def _same_netting(tx: WriteTx, netting: NettingId, made_by: UUID) -> Netting | None:
    found = netting_store.netting(tx, netting)
    if found and found.made_by != made_by:
        raise DifferentNetting
    return found


def approve_netting(tx: WriteTx, clock: Clock, netting: NettingId, *, approved_by: UUID) -> Netting:
    """Settle by its transfers, as somebody else than its maker; bills in it are paid with it.

    The same person again gives the same answer.
    Raises LinesDisputed, SamePerson, UnknownNetting, WrongState.
    """
    found = _locked(tx, netting)
    if found.made_by == approved_by:
        raise SamePerson
    if found.state is NettingState.APPROVED and found.decided_by == approved_by:
        return found
    _must_be_made(found)
    disputed = dispute_store.count_in_netting(tx, netting)
    if disputed:
        raise LinesDisputed(disputed)
    netting_store.decide(tx, netting, NettingState.APPROVED, approved_by, clock.now())
    for obligation in netting_store.netted(tx, netting):
        if obligation.why is Why.BILL:
            pay_bill(tx, clock, obligation.id, noted_by=approved_by)
    return _known(tx, netting)


def reject_netting(tx: WriteTx, clock: Clock, netting: NettingId, *, rejected_by: UUID) -> Netting:
    """Give up a netting that is not approved; the same again changes nothing.

    Raises UnknownNetting, WrongState.
    """
    found = _locked(tx, netting)
    if found.state is NettingState.REJECTED:
        return found
    _must_be_made(found)
    netting_store.decide(tx, netting, NettingState.REJECTED, rejected_by, clock.now())
    return _known(tx, netting)


def pay_bill(tx: WriteTx, clock: Clock, bill: ObligationId, *, noted_by: UUID) -> Bill:
    """Note that an association paid what its shops owe: the ledger settles their lines.

    The same again changes nothing. Raises UnknownBill.
    """
    obligation_store.lock_bill(tx, bill)
    found = obligation_store.bill(tx, bill)
    if found is None:
        raise UnknownBill
    if found.paid_at is not None:
        return found
    lines = obligation_store.taken_lines(tx, bill)
    operation = OperationId(part_of(bill, "paid"))
    command = ledger.model.Move(operation=operation, legs=rules.legs(lines), actor=noted_by)
    (answer,) = ledger.post(tx, clock, [command])
    if isinstance(answer, errors.DomainError):
        raise answer
    obligation_store.pay_bill(tx, bill, noted_by, clock.now())
    return obligation_store.bill(tx, bill) or found


def _locked(tx: WriteTx, netting: NettingId) -> Netting:
    netting_store.lock(tx, netting)
    return _known(tx, netting)


def _known(tx: WriteTx, netting: NettingId) -> Netting:
    found = netting_store.netting(tx, netting)
    if found is None:
        raise UnknownNetting
    return found


def _must_be_made(netting: Netting) -> None:
    if netting.state is not NettingState.MADE:
        raise WrongState(netting.state.value)
