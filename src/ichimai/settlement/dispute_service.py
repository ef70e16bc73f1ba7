"""Disputing a line, and deciding on it by two people; what is put right is a new entry."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from ichimai import ledger, programs
from ichimai.kernel import Asset, Clock, errors
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import NEVER, Leg, Move, Role
from ichimai.merchants import ShopId
from ichimai.programs.terms import Charging
from ichimai.settlement import (
    closing_rules,
    dispute_rules,
    dispute_store,
    obligation_store,
    rules,
    store,
)
from ichimai.settlement.dispute_rules import Award
from ichimai.settlement.errors import (
    AlreadyDisputed,
    DifferentDispute,
    DisputeDecided,
    DisputeTooLate,
    NothingToCorrect,
    SamePerson,
    UnknownClosing,
    UnknownDispute,
    UnknownLine,
)
from ichimai.settlement.model import ClosingId
from ichimai.settlement.obligation_model import (
    Dispute,
    DisputedLine,
    DisputeId,
    DisputeState,
    Obligation,
    ObligationId,
    Policy,
    StatedDebt,
)
from ichimai.storage import ReadTx, WriteTx


def dispute_line(
    tx: WriteTx,
    clock: Clock,
    dispute: DisputeId,
    closing: ClosingId,
    shop: ShopId,
    *,
    claimed: int,
    reason: str,
    opened_by: UUID,
) -> Dispute:
    """Say that a closing gives a shop ``claimed`` units too few: unless it is paid, it waits.

    The same id again gives the same dispute.
    Raises AlreadyDisputed, ClaimRefused, DifferentDispute, DisputeTooLate, UnknownClosing,
    UnknownLine.
    """
    dispute_rules.check_claim(claimed)
    found = store.closing(tx, closing)
    if found is None:
        raise UnknownClosing
    if store.payable(tx, closing, shop) is None:
        raise UnknownLine
    new = _new(clock, dispute, reason, opened_by, closing=closing, shop=shop, claimed=claimed)
    return _open(tx, new, closed_at=found.closed_at)


def dispute_obligation(
    tx: WriteTx,
    clock: Clock,
    dispute: DisputeId,
    obligation: ObligationId,
    *,
    reason: str,
    opened_by: UUID,
) -> Dispute:
    """Say that what one party owes another is wrong: it is not netted until that is decided.

    Raises as ``dispute_line``.
    """
    found = obligation_store.obligation(tx, obligation)
    run = store.run(tx, found.run) if found and found.run else None
    if run is None:
        raise UnknownLine
    new = _new(clock, dispute, reason, opened_by, obligation=obligation)
    return _open(tx, new, closed_at=run.closed_at)


def _new(
    clock: Clock,
    dispute: DisputeId,
    reason: str,
    opened_by: UUID,
    *,
    closing: ClosingId | None = None,
    shop: ShopId | None = None,
    obligation: ObligationId | None = None,
    claimed: int | None = None,
) -> Dispute:
    return Dispute(
        id=dispute,
        closing=closing,
        shop=shop,
        obligation=obligation,
        claimed=claimed,
        reason=dispute_rules.words(reason, "reason"),
        opened_by=opened_by,
        opened_at=clock.now(),
        state=DisputeState.OPEN,
        units=None,
        finding=None,
        proposed_by=None,
        decided_by=None,
        decided_at=None,
    )


def _open(tx: WriteTx, new: Dispute, *, closed_at: datetime) -> Dispute:
    earlier = dispute_store.dispute(tx, new.id)
    if earlier is not None:
        return _same(earlier, new)
    last = rules.last_dispute_day(closed_at, store.policy(tx))
    if day_in_tokyo(new.opened_at) > last:
        raise DisputeTooLate(last)
    if dispute_store.add(tx, new):
        return new
    earlier = dispute_store.dispute(tx, new.id)
    if earlier is None:
        raise AlreadyDisputed
    return _same(earlier, new)


def _same(earlier: Dispute, new: Dispute) -> Dispute:
    def body(one: Dispute) -> tuple[object, ...]:
        return one.closing, one.shop, one.obligation, one.claimed, one.reason, one.opened_by

    if body(earlier) != body(new):
        raise DifferentDispute
    return earlier


def disputed_lines(
    tx: ReadTx, *, shop: ShopId | None = None, limit: int = 200
) -> list[DisputedLine]:
    """The last disputes of shops (or of one), those not decided first, with their lines."""
    policy = store.policy(tx)
    return [
        DisputedLine(
            dispute=dispute,
            closing=closing,
            line=line,
            answer_by=rules.last_dispute_day(closing.closed_at, policy),
            corrected_on=corrected_on,
        )
        for dispute, closing, line, corrected_on in dispute_store.of_lines(tx, shop, limit)
    ]


def debts(tx: ReadTx, clock: Clock, limit: int = 2_000) -> list[StatedDebt]:
    """What parties owe each other and may still dispute, or disputed; the latter first."""
    policy = store.policy(tx)
    first = start_of_day(rules.first_disputable_day(day_in_tokyo(clock.now()), policy))
    return _stated(policy, dispute_store.of_obligations(tx, first, None, limit))


def debt(tx: ReadTx, obligation: ObligationId) -> StatedDebt:
    """One obligation of a closing, with the last dispute of it. Raises UnknownLine."""
    found = dispute_store.of_obligations(tx, NEVER, obligation, 1)
    if not found:
        raise UnknownLine
    return _stated(store.policy(tx), found)[0]


def _stated(
    policy: Policy, found: Iterable[tuple[Obligation, date, datetime, Dispute | None]]
) -> list[StatedDebt]:
    return [
        StatedDebt(one, closes_on, rules.last_dispute_day(closed_at, policy), dispute)
        for one, closes_on, closed_at, dispute in found
    ]


def propose(
    tx: WriteTx, dispute: DisputeId, *, units: int, finding: str, proposed_by: UUID
) -> Dispute:
    """Say how a dispute is to be decided: ``units`` more (below 0: less) for the shop, or 0.

    Another proposal takes the place of the last one.
    Raises ClaimRefused, DisputeDecided, NothingToCorrect, UnknownDispute.
    """
    told = dispute_rules.words(finding, "finding")
    found = _locked(tx, dispute)
    if found.state is DisputeState.DECIDED:
        raise DisputeDecided(found.state.value)
    if units and (found.closing is None or _charging(tx, found.closing) is Charging.NEVER):
        raise NothingToCorrect
    dispute_store.propose(tx, dispute, units, told, proposed_by)
    return _known(tx, dispute)


def propose_award(
    tx: WriteTx,
    dispute: DisputeId,
    award: Award,
    *,
    part: int | None = None,
    finding: str,
    proposed_by: UUID,
) -> Dispute:
    """Say whether a shop is to get what it claims, ``part`` of it, or nothing.

    Raises as ``propose``; an obligation is no shop's: of it nothing is awarded.
    """
    claimed = _locked(tx, dispute).claimed or 0
    units = dispute_rules.awarded(claimed, award, part)
    return propose(tx, dispute, units=units, finding=finding, proposed_by=proposed_by)


def decide(tx: WriteTx, clock: Clock, dispute: DisputeId, *, decided_by: UUID) -> Dispute:
    """Decide as was proposed, as somebody else; what is put right is in the next closing.

    Until then a line that was wrong stays unpaid. The same person again changes nothing.
    Raises BoundExceeded, DisputeDecided, SamePerson, UnknownDispute.
    """
    found = _locked(tx, dispute)
    if found.proposed_by == decided_by:
        raise SamePerson
    if found.state is DisputeState.DECIDED and found.decided_by == decided_by:
        return found
    if found.state is not DisputeState.PROPOSED:
        raise DisputeDecided(found.state.value)
    if found.units:
        _correct(tx, clock, found, decided_by)
    dispute_store.decide(tx, dispute, decided_by, clock.now())
    return _known(tx, dispute)


def _correct(tx: WriteTx, clock: Clock, dispute: Dispute, decided_by: UUID) -> None:
    found = store.closing(tx, dispute.closing) if dispute.closing else None
    if found is None or dispute.shop is None:
        raise UnknownClosing
    correct(
        tx,
        clock,
        OperationId(closing_rules.part_of(dispute.id, "correction")),
        dispute.shop,
        found.asset,
        units=dispute.units or 0,
        decided_by=decided_by,
    )


def correct(
    tx: WriteTx,
    clock: Clock,
    operation: OperationId,
    shop: ShopId,
    asset: Asset,
    *,
    units: int,
    decided_by: UUID,
) -> None:
    """Put ``units`` of a program right in the shop's favour (below 0: against it).

    They are from whoever answers for the program, and in its next closing.
    Raises BoundExceeded, InvalidAmount, UnknownProgram.
    """
    terms = closing_rules.terms_of(programs.lists.in_force(tx, asset, clock.now()))
    owner: UUID
    to: UUID
    answers = programs.funding.party_id(terms.answers)
    if units > 0:
        owner, to, way = answers, shop, (Role.ISSUED, Role.DUE)
    else:
        owner, to, way = shop, answers, (Role.DUE, Role.ISSUED)
    leg = Leg(
        owner=owner,
        asset=asset,
        from_role=way[0],
        to_role=way[1],
        units=abs(units),
        kind=Kind.CORRECTION,
        to=to,
    )
    (answer,) = ledger.post(tx, clock, [Move(operation=operation, legs=(leg,), actor=decided_by)])
    if isinstance(answer, errors.DomainError):
        raise answer


def _charging(tx: WriteTx, closing: ClosingId) -> Charging:
    found = store.closing(tx, closing)
    return found.charging if found else Charging.NEVER


def _locked(tx: WriteTx, dispute: DisputeId) -> Dispute:
    dispute_store.lock(tx, dispute)
    return _known(tx, dispute)


def _known(tx: WriteTx, dispute: DisputeId) -> Dispute:
    found = dispute_store.dispute(tx, dispute)
    if found is None:
        raise UnknownDispute
    return found
