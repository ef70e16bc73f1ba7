"""Netting what parties owe each other; by two people."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Clock, errors
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Leg, Move, Role, account_id
from ichimai.programs import funding, lists
from ichimai.settlement import (
    bills,
    closing_rules,
    dispute_store,
    netting_files,
    netting_rules,
    netting_store,
    obligation_store,
    party_store,
    rules,
    store,
)
from ichimai.settlement.errors import (
    DifferentNetting,
    LinesDisputed,
    NothingToNet,
    ObligationsTaken,
    SamePerson,
    UnknownNetting,
    WrongState,
)
from ichimai.settlement.model import Closing
from ichimai.settlement.obligation_model import (
    Debt,
    Netting,
    NettingId,
    NettingState,
    Obligation,
    Why,
)
from ichimai.storage import ReadTx, WriteTx


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
    found = waiting(tx, clock)
    # A bill for which money comes in at this moment is not netted as well.
    obligation_store.lock_bills(tx, [each.id for each in found])
    found = waiting(tx, clock)
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
        pay_on=rules.pay_day(now),
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
    netting_files.prepare(tx, made)
    return made


def waiting(tx: ReadTx, clock: Clock) -> list[Obligation]:
    """What a netting made now would take."""
    return netting_store.open_obligations(tx, _undisputable(tx, clock))


def _undisputable(tx: ReadTx, clock: Clock) -> datetime:
    """Of runs closed before then nobody can dispute anything any more."""
    today = day_in_tokyo(clock.now())
    return start_of_day(rules.first_disputable_day(today, store.policy(tx)))


def _same_netting(tx: WriteTx, netting: NettingId, made_by: UUID) -> Netting | None:
    found = netting_store.netting(tx, netting)
    if found and found.made_by != made_by:
        raise DifferentNetting
    return found


def approve_netting(tx: WriteTx, clock: Clock, netting: NettingId, *, approved_by: UUID) -> Netting:
    """Settle by its transfers, as somebody else than its maker; bills in it are paid with it.

    Nor may somebody who entered an account that is in it.

    The same person again gives the same answer.
    Raises LinesDisputed, PayDayOver (of files), SamePerson, UnknownNetting, WrongState.
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
    parties = party_store.of_netting(tx, netting)
    if any(each.known.entered_by == approved_by for each in parties):
        raise SamePerson
    if any(each.sha256 for each in parties):
        rules.check_still_to_come(found.pay_on, clock.now())
    netted = netting_store.netted(tx, netting)
    legs = _charged(tx, netted)
    _move(tx, clock, OperationId(netting), legs, approved_by)
    for obligation in netted:
        if obligation.why is Why.BILL:
            bills.settle(tx, clock, obligation.id, noted_by=approved_by)
    netting_store.decide(tx, netting, NettingState.APPROVED, approved_by, clock.now())
    return known(tx, netting)


def _charged(tx: WriteTx, obligations: Sequence[Obligation]) -> list[Leg]:
    """What settles the charges that obligations of parties are about, in their accounts."""
    parties = funding.parties(lists.catalogue(tx).every)
    legs = []
    for obligation in obligations:
        closing = store.closing(tx, obligation.closing) if obligation.closing else None
        if closing is None or not closing_rules.is_about_charges(obligation, closing):
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
    return known(tx, netting)


def _locked(tx: WriteTx, netting: NettingId) -> Netting:
    netting_store.lock(tx, netting)
    return known(tx, netting)


def known(tx: ReadTx, netting: NettingId) -> Netting:
    """The netting. Raises UnknownNetting."""
    found = netting_store.netting(tx, netting)
    if found is None:
        raise UnknownNetting
    return found


def _must_be_made(netting: Netting) -> None:
    if netting.state is not NettingState.MADE:
        raise WrongState(netting.state.value)
