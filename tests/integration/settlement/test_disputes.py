"""Disputed lines wait, two people decide, corrections are new entries; the rest is netted."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest

from ichimai import settlement
from ichimai.ledger.model import Role
from ichimai.programs import funding
from ichimai.settlement.clearing import (
    Bill,
    ClosingRun,
    DisputedLine,
    DisputeId,
    Netting,
    NettingId,
    NettingState,
    ObligationId,
    Policy,
)
from ichimai.settlement.errors import (
    AlreadyDisputed,
    DifferentDispute,
    DifferentNetting,
    DisputeDecided,
    DisputeTooLate,
    LinesDisputed,
    NothingToCorrect,
    NothingToNet,
    NothingToPay,
    SamePerson,
    UnknownDispute,
    UnknownLine,
    UnknownNetting,
    WrongState,
)
from ichimai.settlement.model import HeldFor, HeldPayee
from ichimai.storage import EmbeddedServer

from .conftest import APPROVER, TREASURER
from .many import GIFT, POINTS, STAMPS, Streets, streets_in

clearing = settlement.clearing
SHOPKEEPER = UUID(int=0x5)
CITY = funding.party_id("operator")


@pytest.fixture
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """The streets; the first wallet has many gifts."""
    with streets_in(server, template) as made:
        made.grant(GIFT, 1_000_000)
        yield made


def bills(streets: Streets, run: ClosingRun) -> list[Bill]:
    with streets.database.read(streets.operator) as tx:
        return clearing.bills(tx, run.id, 100)


def dispute(
    streets: Streets, run: ClosingRun, shop: int = 0, id_: DisputeId | None = None
) -> DisputeId:
    """A shop disputes what a closing of gifts says of it."""
    closing = streets.closings(run)[GIFT.key]
    with streets.database.write(streets.operator) as tx:
        found = clearing.dispute_line(
            tx,
            streets.clock,
            id_ or DisputeId(streets.operation()),
            closing.id,
            streets.shops[shop].id,
            claimed=70,
            reason="レシートと合わない",
            opened_by=SHOPKEEPER,
        )
    return found.id


def settle(streets: Streets, dispute: DisputeId, units: int) -> None:
    """Two people decide."""
    with streets.database.write(streets.operator) as tx:
        clearing.propose(tx, dispute, units=units, finding="控えを確認した", proposed_by=TREASURER)
        with pytest.raises(SamePerson):
            clearing.decide(tx, streets.clock, dispute, decided_by=TREASURER)
        first = clearing.decide(tx, streets.clock, dispute, decided_by=APPROVER)
        assert clearing.decide(tx, streets.clock, dispute, decided_by=APPROVER) == first


def test_a_disputed_line_is_not_paid_until_it_is_decided(streets: Streets) -> None:
    """It stands: then it is paid as it was closed."""
    streets.pay(0, GIFT, 500)
    streets.pay(1, GIFT, 200)
    run = streets.close()
    disputed = dispute(streets, run)
    made = streets.make()
    with streets.database.read(streets.operator) as tx:
        assert settlement.reports.held(tx, made.id) == [
            HeldPayee(streets.shops[0].id, 500, HeldFor.DISPUTED)
        ]
    assert streets.paid(streets.approve(made)) == {"08-017": 200}
    settle(streets, disputed, 0)
    assert streets.paid(streets.approve(streets.make())) == {"01-001": 500}


@pytest.mark.parametrize("units, paid", [(70, 570), (-70, 430), (-500, None)])
def test_what_is_put_right_is_a_new_entry_in_the_next_closing(
    streets: Streets, units: int, paid: int | None
) -> None:
    """Nothing of the old closing changes, and the line waits for the correction."""
    streets.pay(0, GIFT, 500)
    run = streets.close()
    settle(streets, dispute(streets, run), units)
    with pytest.raises(NothingToPay):
        streets.make()
    streets.week()
    second = streets.close()
    assert streets.lines(run, GIFT) == [("01-001", 500, 0, 0, 500)]
    assert streets.lines(second, GIFT) == [("01-001", 0, -units, 0, units)]
    party = ("operator", "operator", "correction", abs(units))
    assert streets.owed(second) == [party]
    if paid is None:
        with pytest.raises(NothingToPay):
            streets.make()
    else:
        assert streets.paid(streets.approve(streets.make())) == {"01-001": paid}
    streets.verify()


def test_a_shop_sees_its_disputes_and_what_came_of_them(streets: Streets) -> None:
    """Of 70 claimed 40 are given; nothing of another shop is among its own."""
    streets.pay(0, GIFT, 500)
    streets.pay(1, GIFT, 200)
    run = streets.close()
    mine, theirs = dispute(streets, run), dispute(streets, run, shop=1)
    with streets.database.write(streets.operator) as tx:
        tries: list[tuple[clearing.Award, int | None]] = [("whole", None), ("part", 40)]
        for award, part in tries:
            clearing.propose_award(
                tx, mine, award, part=part, finding="控えに40円", proposed_by=TREASURER
            )
        clearing.decide(tx, streets.clock, mine, decided_by=APPROVER)

    def found(shop: int | None) -> list[DisputedLine]:
        owner = None if shop is None else streets.shops[shop].id
        with streets.database.read(streets.operator) as tx:
            return clearing.disputed_lines(tx, shop=owner)

    assert [each.dispute.id for each in found(None)] == [theirs, mine]
    assert found(2) == []
    (one,) = found(0)
    assert (one.dispute.claimed, one.dispute.units, one.line.yen) == (70, 40, 500)
    assert (one.closing.asset, one.answer_by) == (GIFT.key, date(2026, 10, 12))
    assert one.corrected_on is None
    streets.week()
    assert found(0)[0].corrected_on is None
    later = streets.close()
    assert found(0)[0].corrected_on == later.closes_on
    assert found(1)[0].corrected_on is None


def test_a_batch_in_which_something_is_disputed_afterwards_is_not_approved(
    streets: Streets,
) -> None:
    streets.pay(0, GIFT, 500)
    run = streets.close()
    made = streets.make()
    dispute(streets, run)
    with pytest.raises(LinesDisputed):
        streets.approve(made)
    assert streets.balance(Role.SETTLED, GIFT) == 0


def test_disputes_end_after_some_days(streets: Streets) -> None:
    """Seven days after the closing it still can be disputed, on the eighth no more."""
    streets.pay(0, GIFT, 500)
    streets.pay(1, GIFT, 200)
    run = streets.close()
    streets.clock.advance(timedelta(days=7))
    first = dispute(streets, run)
    assert dispute(streets, run, id_=first) == first
    with pytest.raises(AlreadyDisputed):
        dispute(streets, run)
    with pytest.raises(DifferentDispute):
        dispute(streets, run, shop=1, id_=first)
    with pytest.raises(UnknownLine):
        dispute(streets, run, shop=2)
    streets.clock.advance(timedelta(days=1))
    with pytest.raises(DisputeTooLate) as late:
        dispute(streets, run, shop=1)
    assert late.value.until_on == date(2026, 10, 12)
    with streets.database.write(streets.operator) as tx:
        clearing.set_policy(tx, Policy(dispute_days=8))
        assert clearing.policy(tx) == Policy(8, 3)
    dispute(streets, run, shop=1)


def test_a_dispute_is_decided_once_and_only_by_what_was_proposed(streets: Streets) -> None:
    streets.pay(0, GIFT, 500)
    streets.earn(0, STAMPS, 1)
    streets.pay(0, STAMPS, 1)
    run = streets.close()
    disputed = dispute(streets, run)
    write, clock = streets.database.write, streets.clock
    with pytest.raises(DisputeDecided), write(streets.operator) as tx:
        clearing.decide(tx, clock, disputed, decided_by=APPROVER)
    settle(streets, disputed, 0)
    with pytest.raises(DisputeDecided), write(streets.operator) as tx:
        clearing.decide(tx, clock, disputed, decided_by=SHOPKEEPER)
    with pytest.raises(DisputeDecided), write(streets.operator) as tx:
        clearing.propose(tx, disputed, units=1, finding="x", proposed_by=TREASURER)
    with pytest.raises(UnknownDispute), write(streets.operator) as tx:
        clearing.decide(tx, clock, DisputeId(UUID(int=1)), decided_by=APPROVER)
    with write(streets.operator) as tx:
        stamps = clearing.dispute_line(
            tx,
            clock,
            DisputeId(streets.operation()),
            streets.closings(run)[STAMPS.key].id,
            streets.shops[0].id,
            claimed=1,
            reason="一つ足りない",
            opened_by=SHOPKEEPER,
        )
        with pytest.raises(NothingToCorrect):
            clearing.propose(tx, stamps.id, units=1, finding="x", proposed_by=TREASURER)
        assert [one.dispute.id for one in clearing.disputed_lines(tx)] == [stamps.id, disputed]


def test_the_database_itself_wants_two_people(streets: Streets) -> None:
    streets.pay(0, GIFT, 500)
    disputed = dispute(streets, streets.close())
    with streets.database.write(streets.operator) as tx:
        clearing.propose(tx, disputed, units=1, finding="x", proposed_by=TREASURER)
    with (
        pytest.raises(psycopg.errors.CheckViolation),
        streets.database.write(streets.operator) as tx,
    ):
        tx.execute(
            "UPDATE dispute SET state = 'decided', decided_by = proposed_by, decided_at = opened_at"
        )


def net(streets: Streets, id_: NettingId | None = None, by: UUID = TREASURER) -> Netting:
    """Net all that nobody can dispute any more."""
    with streets.database.write(streets.operator) as tx:
        return clearing.make_netting(
            tx, streets.clock, id_ or NettingId(streets.operation()), made_by=by
        )


def points_everywhere(streets: Streets) -> ClosingRun:
    """One shop gives 300 points, two take 100 and 200; the city buys 70 for a class."""
    streets.earn(0, POINTS, 300)
    streets.pay(1, POINTS, 100)
    streets.pay(3, POINTS, 200)
    streets.pay(0, GIFT, 1_000)
    return streets.close()


def test_a_netting_settles_what_nobody_disputes_any_more(streets: Streets) -> None:
    points_everywhere(streets)
    with pytest.raises(NothingToNet):
        net(streets)
    streets.clock.advance(timedelta(days=8))
    streets.earn(0, POINTS, 500)
    streets.close()
    made = net(streets)
    # It took in 300 for the points and owes 300 for their use; the city's own gifts are its own.
    assert (made.obligations, made.yen, made.transfers) == (3, 1_600, ())
    assert net(streets, made.id) == made
    with pytest.raises(DifferentNetting):
        net(streets, made.id, APPROVER)
    with pytest.raises(NothingToNet):
        net(streets)
    streets.clock.advance(timedelta(days=8))
    later = net(streets)
    assert [tuple(debt) for debt in later.transfers] == [("operator", "association:8", 500)]


def test_a_netting_takes_two_people_and_pays_bills(streets: Streets) -> None:
    with streets.database.write(streets.operator) as tx:
        clearing.set_contract(tx, 1, 0)
    streets.earn(0, POINTS, 300)
    run = streets.close()
    (bill,) = bills(streets, run)
    streets.clock.advance(timedelta(days=8))
    made = net(streets)
    assert [tuple(debt) for debt in made.transfers] == [("association:1", "association:8", 300)]
    write, clock = streets.database.write, streets.clock
    with pytest.raises(SamePerson), write(streets.operator) as tx:
        clearing.approve_netting(tx, clock, made.id, approved_by=TREASURER)
    with write(streets.operator) as tx:
        approved = clearing.approve_netting(tx, clock, made.id, approved_by=APPROVER)
        assert clearing.approve_netting(tx, clock, made.id, approved_by=APPROVER) == approved
        found = clearing.bill(tx, bill.id)
    assert approved.state is NettingState.APPROVED
    assert found is not None
    assert found.paid_by == APPROVER
    assert streets.balance(Role.DUE, POINTS, streets.shops[0].id) == 0
    with pytest.raises(WrongState), write(streets.operator) as tx:
        clearing.reject_netting(tx, clock, made.id, rejected_by=TREASURER)
    with pytest.raises(UnknownNetting), write(streets.operator) as tx:
        clearing.approve_netting(tx, clock, NettingId(UUID(int=1)), approved_by=TREASURER)


def test_a_rejected_netting_gives_its_obligations_back(streets: Streets) -> None:
    points_everywhere(streets)
    streets.clock.advance(timedelta(days=8))
    made = net(streets)
    with streets.database.write(streets.operator) as tx:
        rejected = clearing.reject_netting(tx, streets.clock, made.id, rejected_by=TREASURER)
        again = clearing.reject_netting(tx, streets.clock, made.id, rejected_by=APPROVER)
        assert rejected == again
    assert net(streets).obligations == made.obligations
    with streets.database.read(streets.operator) as tx:
        assert {one.state.value for one in clearing.nettings(tx, 10)} == {"made", "rejected"}


def stated_debts(streets: Streets) -> list[tuple[UUID, UUID | None, bool]]:
    """What the pages list: each debt, its last dispute, and whether that waits."""
    with streets.database.read(streets.operator) as tx:
        found = clearing.debts(tx, streets.clock)
        assert [clearing.debt(tx, one.obligation.id) for one in found] == found
        with pytest.raises(UnknownLine):
            clearing.debt(tx, ObligationId(UUID(int=1)))
    return [
        (one.obligation.id, one.dispute.id if one.dispute else None, one.is_disputed)
        for one in found
    ]


def test_a_disputed_obligation_is_not_netted(streets: Streets) -> None:
    run = points_everywhere(streets)
    assert streets.balance(Role.DUE, GIFT, CITY) == -1_000
    with streets.database.write(streets.operator) as tx:
        use = next(one for one in settlement.reports.obligations(tx, run.id) if one.yen == 1_000)
        disputed = clearing.dispute_obligation(
            tx,
            streets.clock,
            DisputeId(streets.operation()),
            use.id,
            reason="予算と合わない",
            opened_by=SHOPKEEPER,
        )
        with pytest.raises(NothingToCorrect):
            clearing.propose(tx, disputed.id, units=5, finding="x", proposed_by=TREASURER)
    first, *others = stated_debts(streets)
    assert (first, len(others)) == ((use.id, disputed.id, True), 2)
    assert {(said, is_disputed) for _, said, is_disputed in others} == {(None, False)}
    streets.clock.advance(timedelta(days=8))
    assert stated_debts(streets) == [first]
    assert net(streets).obligations == 2
    settle(streets, disputed.id, 0)
    assert stated_debts(streets) == [(use.id, disputed.id, False)]
    later = net(streets)
    assert (later.obligations, later.transfers) == (1, ())
    assert streets.balance(Role.DUE, GIFT, CITY) == -1_000
    with streets.database.write(streets.operator) as tx:
        clearing.approve_netting(tx, streets.clock, later.id, approved_by=APPROVER)
    assert streets.balance(Role.DUE, GIFT, CITY) == 0
    assert streets.balance(Role.SETTLED, GIFT, CITY) == -1_000
    streets.verify()
