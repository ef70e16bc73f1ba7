"""Delegates on a real PostgreSQL: each with a card of their own, within the limit whoever races."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from threading import Barrier
from uuid import UUID

import psycopg
import pytest

from ichimai.audit import Myself
from ichimai.audit.errors import NotYourRecord
from ichimai.kernel import ids
from ichimai.kernel.errors import DomainError
from ichimai.people.records import claims, delegates, errors
from ichimai.people.records.claims import ClaimKind
from ichimai.people.records.delegates import DelegateKind, DelegationId, NewDelegation, Scope
from ichimai.registry import SubjectId
from tests.integration.people.records.office import HANAKO, LOOK, MIKA, TARO, Office

CARD, OTHER_CARD = UUID(int=0xCA1), UUID(int=0xCA2)


def delegate(
    office: Office,
    *,
    who: SubjectId = TARO,
    of: SubjectId = HANAKO,
    card: UUID = CARD,
    kind: DelegateKind = DelegateKind.FAMILY,
    until_on: date = date(2026, 12, 31),
) -> DelegationId:
    """Somebody may shop, for 3,000 yen a day and 10,000 in all."""
    scopes = frozenset({Scope.PAY})
    new = NewDelegation(of, who, card, kind, scopes, 3_000, 10_000, office.today, until_on)
    with office.write() as tx:
        return delegates.add(tx, office.key, office.clock, LOOK, new)


def use(office: Office, yen: int, *, card: UUID = CARD, operation: UUID | None = None) -> SubjectId:
    """Shop, with a new operation unless one is named."""
    with office.write() as tx:
        return delegates.use(
            tx,
            office.key,
            office.clock,
            card,
            Scope.PAY,
            operation=operation or ids.uuid7(office.clock),
            yen=yen,
        )


def outcome(what: Callable[[], object]) -> str:
    """The code of its refusal, or ``done``."""
    try:
        what()
    except DomainError as error:
        return error.code
    return "done"


def test_a_delegate_shops_for_somebody_and_it_is_in_the_log(office: Office) -> None:
    """The log has the delegate's own line: what, how much, when."""
    delegate(office)
    assert use(office, 1_200) == HANAKO
    assert use(office, 800) == HANAKO
    with office.write() as tx:
        done = delegates.uses(tx, office.key, office.clock, Myself(HANAKO), HANAKO)
    assert sorted(one.yen for one in done) == [800, 1_200]
    assert office.looks(HANAKO) == ["delegates"]
    assert office.looks(TARO) == ["delegates"]


def test_limits_are_for_a_day_and_in_all(office: Office) -> None:
    delegate(office)
    day, total = "delegation_day_limit_exceeded", "delegation_total_limit_exceeded"
    for days, yen, expected in (
        (0, 3_000, "done"),
        (0, 1, day),
        (1, 3_000, "done"),
        (1, 3_000, "done"),
        (1, 3_000, total),
        (0, 3_001, day),
        (0, 1_000, "done"),
        (0, 1, total),
    ):
        office.clock.advance(timedelta(days=days))
        assert outcome(partial(use, office, yen)) == expected


def test_the_same_operation_counts_once_and_only_as_it_was(office: Office) -> None:
    delegate(office)
    operation = ids.uuid7(office.clock)
    assert use(office, 3_000, operation=operation) == HANAKO
    assert use(office, 3_000, operation=operation) == HANAKO
    with pytest.raises(errors.DifferentUse):
        use(office, 2_000, operation=operation)
    assert spent(office) == (3_000, 3_000)


def spent(office: Office) -> tuple[int, int]:
    """What was spent by the projection, and by the log."""
    with office.database.read(office.operator) as tx:
        (total,) = tx.rows("SELECT in_all_yen FROM delegation_total")
        (lines,) = tx.rows("SELECT coalesce(sum(yen), 0)::bigint FROM delegation_use")
    return total[0], lines[0]


def test_parallel_uses_stay_within_the_limit(office: Office) -> None:
    """32 tills at once, 500 yen each: six of them fit into 3,000."""
    delegate(office)
    barrier = Barrier(32, timeout=30)

    def shop(_: int) -> str:
        barrier.wait()
        return outcome(lambda: use(office, 500))

    # No more at once than the pool has connections, or some would wait for one in vain.
    office.database._max_connections = 40
    with ThreadPoolExecutor(32) as pool:
        codes = list(pool.map(shop, range(32)))
    assert codes.count("done") == 6
    assert set(codes) == {"done", "delegation_day_limit_exceeded"}
    assert spent(office) == (3_000, 3_000)


def test_an_ended_delegation_lets_nothing_through(office: Office) -> None:
    """The person ends it from their own page; nobody else can."""
    made = delegate(office)
    with pytest.raises(errors.UnknownDelegation), office.write() as tx:
        delegates.end(tx, office.key, office.clock, Myself(MIKA), MIKA, delegation=made)
    with pytest.raises(NotYourRecord), office.write() as tx:
        delegates.end(tx, office.key, office.clock, Myself(TARO), HANAKO, delegation=made)
    for _ in range(2):
        with office.write() as tx:
            delegates.end(tx, office.key, office.clock, Myself(HANAKO), HANAKO, delegation=made)
    assert outcome(lambda: use(office, 1)) == "delegation_ended"


def test_the_last_day_is_a_whole_day_in_tokyo(office: Office) -> None:
    delegate(office, until_on=office.today)
    office.clock.advance(timedelta(hours=11, minutes=59, seconds=59))
    assert use(office, 1) == HANAKO
    office.clock.advance(timedelta(seconds=1))
    assert outcome(lambda: use(office, 1)) == "delegation_ended"


def test_using_while_it_is_ended_is_before_or_after(office: Office) -> None:
    """Whatever the order, no line is written after the end."""
    for number in range(10):
        card, barrier = UUID(int=0xD00 + number), Barrier(2)
        made = delegate(office, card=card)

        def stop(made: DelegationId = made, barrier: Barrier = barrier) -> None:
            barrier.wait()
            with office.write() as tx:
                delegates.end(tx, office.key, office.clock, LOOK, HANAKO, delegation=made)

        def shop(card: UUID = card, barrier: Barrier = barrier) -> str:
            barrier.wait()
            return outcome(lambda: use(office, 100, card=card))

        with ThreadPoolExecutor(2) as pool:
            ending, shopping = pool.submit(stop), pool.submit(shop)
            ending.result()
            assert shopping.result() in ("done", "delegation_ended")
        assert outcome(partial(use, office, 100, card=card)) == "delegation_ended"


def test_each_delegation_has_a_card_of_its_own(office: Office) -> None:
    delegate(office)
    with pytest.raises(errors.CredentialInUse):
        delegate(office, who=MIKA)
    with pytest.raises(errors.CredentialInUse):
        delegate(office, who=MIKA, of=TARO)
    with pytest.raises(errors.DelegationOverlaps):
        delegate(office, card=OTHER_CARD)
    delegate(office, who=MIKA, card=OTHER_CARD)
    assert outcome(lambda: use(office, 1, card=UUID(int=0xBAD))) == "unknown_delegation"


def test_two_clerks_make_one_delegation(office: Office) -> None:
    barrier = Barrier(6)

    def make(number: int) -> str:
        barrier.wait()
        return outcome(lambda: delegate(office, card=UUID(int=0xE00 + number)))

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(make, range(6)))
    assert codes == ["delegation_overlaps"] * 5 + ["done"]


def test_a_guardian_acts_until_the_eve_of_the_18th_birthday(office: Office) -> None:
    def guard(until_on: date) -> DelegationId:
        return delegate(office, of=MIKA, kind=DelegateKind.GUARDIAN, until_on=until_on)

    with pytest.raises(errors.BirthDateUnknown):
        guard(date(2027, 3, 31))
    born = office.claim(ClaimKind.BIRTH_DATE, "2012-02-29", of=MIKA)
    with pytest.raises(errors.NoLongerAChild):
        guard(date(2030, 3, 1))
    guard(date(2030, 2, 28))
    with office.write() as tx:
        claims.end(tx, office.key, office.clock, LOOK, MIKA, claim=born)


def test_erasing_either_of_the_two_ends_it(office: Office) -> None:
    delegate(office)
    office.erase(TARO)
    assert outcome(lambda: use(office, 1)) == "delegation_ended"
    delegate(office, who=MIKA, card=OTHER_CARD)
    office.erase(HANAKO)
    assert outcome(lambda: use(office, 1, card=OTHER_CARD)) == "delegation_ended"


def test_the_database_keeps_the_projection_sane(office: Office) -> None:
    delegate(office)
    with pytest.raises(psycopg.errors.CheckViolation), office.write() as tx:
        tx.execute("UPDATE delegation_total SET in_all_yen = -1, day_yen = -1")
