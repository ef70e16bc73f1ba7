"""Netting what parties owe each other, and noting that bills are paid."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Clock, errors
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Leg, Move, Role, account_id
from ichimai.programs import funding, lists
from ichimai.settlement import (
    closing_rules,
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
from ichimai.settlement.model import Closing
from ichimai.settlement.obligation_model import (
    Bill,
    Debt,
    Netting,
    NettingId,
    NettingState,
    Obligation,
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
    netted = netting_store.netted(tx, netting)
    legs = _charged(tx, [each for each in netted if each.why in {Why.ISSUE, Why.USE}])
    _move(tx, clock, OperationId(netting), legs, approved_by)
    for obligation in netted:
        if obligation.why is Why.BILL:
            pay_bill(tx, clock, obligation.id, noted_by=approved_by)
    netting_store.decide(tx, netting, NettingState.APPROVED, approved_by, clock.now())
    return _known(tx, netting)


def _charged(tx: WriteTx, obligations: Sequence[Obligation]) -> list[Leg]:
    """What settles the charges that obligations of parties are about, in their accounts."""
    parties = funding.parties(lists.catalogue(tx).every)
    legs = []
    for obligation in obligations:
        closing = store.closing(tx, obligation.closing) if obligation.closing else None
        if closing is None:
            continue
        party = closing_rules.party_charged(obligation)
        for owner, units in _charges(tx, closing).items():
            if parties.get(owner) == party and units:
                way = (Role.SETTLED, Role.DUE) if units > 0 else (Role.DUE, Role.SETTLED)
                legs.append(
                    Leg(
                        owner=owner,
                        asset=closing.asset,
                        from_role=way[0],
                        to_role=way[1],
                        units=abs(units),
                        kind=Kind.OFFSET,
                    )
                )
    return legs


def _charges(tx: WriteTx, closing: Closing) -> dict[UUID, int]:
    """What a closing charged everybody, as the journal has it; below 0: gave back."""
    posted = ledger.reports.posted(tx, closing_rules.charge_of(closing))
    transfers = [
        transfer
        for transfer in (posted.transfers if posted else ())
        if transfer.asset == closing.asset and transfer.kind is Kind.CHARGE
    ]
    owners = ledger.reports.owners(tx, [transfer.debit for transfer in transfers])
    found: dict[UUID, int] = defaultdict(int)
    for transfer in transfers:
        owner = owners[transfer.debit]
        is_due = transfer.debit == account_id(owner, Role.DUE, closing.asset)
        found[owner] += transfer.units if is_due else -transfer.units
    return found


def _move(tx: WriteTx, clock: Clock, operation: OperationId, legs: Sequence[Leg], by: UUID) -> None:
    if not legs:
        return
    command = Move(operation=operation, legs=tuple(legs), actor=by)
    (answer,) = ledger.post(tx, clock, [command])
    if isinstance(answer, errors.DomainError):
        raise answer


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
    _move(tx, clock, operation, rules.legs(lines), noted_by)
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
