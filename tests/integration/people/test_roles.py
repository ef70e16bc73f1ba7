"""Roles in several organisations, and what takes two people."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest

from ichimai.kernel import errors as kinds
from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.kernel.clock import ManualClock
from ichimai.people import errors, sessions, staff, two_person
from ichimai.people.model import (
    THE_OPERATOR,
    Audience,
    Deed,
    Organisation,
    OrganisationKind,
    RequestId,
    Staff,
    StaffRole,
)
from ichimai.storage import Database, Schema
from tests.integration.people.desk import Entrance

ADMINISTRATOR = StaffRole.ADMINISTRATOR


@pytest.fixture
def entrance(database: Database, operator: Schema, clock: ManualClock) -> Entrance:
    return Entrance(database, operator, clock, needs_second_factor=False)


@pytest.fixture
def library(entrance: Entrance) -> Organisation:
    with entrance.database.write(entrance.operator) as tx:
        return staff.add_organisation(
            tx, entrance.clock, kind=OrganisationKind.LIBRARY, name="中央図書館"
        )


def acting(entrance: Entrance, token: str) -> Staff | None:
    with entrance.database.read(entrance.operator) as tx:
        session = sessions.live(tx, entrance.clock, token, Audience.STAFF)
        return sessions.staff_of(tx, session) if session else None


def give(entrance: Entrance, member: Staff, of: Organisation, role: StaffRole | None) -> None:
    with entrance.database.write(entrance.operator) as tx:
        staff.set_role(tx, entrance.clock, member.id, of.id, role)


def test_a_role_counts_where_it_was_given_only(entrance: Entrance, library: Organisation) -> None:
    member = entrance.hire("佐藤", StaffRole.AUDITOR)
    give(entrance, member, library, StaffRole.CLERK)
    new = entrance.give_password("佐藤")
    here = acting(entrance, new.token)
    assert here
    assert (here.role, here.organisation) == (StaffRole.AUDITOR, THE_OPERATOR)
    with entrance.database.write(entrance.operator) as tx:
        changed = sessions.act_for(tx, entrance.clock, new.session, library.id)
    there = acting(entrance, changed.token)
    assert there
    assert (there.role, there.organisation) == (StaffRole.CLERK, library)


def test_changing_hats_changes_the_session_and_is_no_sign_in(
    entrance: Entrance, library: Organisation
) -> None:
    """A new id and token, the old one dead, the age kept (faults.md G107)."""
    member = entrance.hire()
    give(entrance, member, library, StaffRole.CLERK)
    new = entrance.give_password("佐藤")
    entrance.clock.advance(timedelta(minutes=20))
    with entrance.database.write(entrance.operator) as tx:
        changed = sessions.act_for(tx, entrance.clock, new.session, library.id)
    assert changed.token != new.token
    assert changed.session.id != new.session.id
    assert changed.session.started_at == new.session.started_at
    assert acting(entrance, new.token) is None
    with (
        pytest.raises(errors.SignInRefused),
        entrance.database.write(entrance.operator) as tx,
    ):
        sessions.act_for(tx, entrance.clock, new.session, library.id)


def test_nobody_acts_where_they_have_no_role(entrance: Entrance, library: Organisation) -> None:
    entrance.hire()
    new = entrance.give_password("佐藤")
    with (
        pytest.raises(errors.UnknownOrganisation),
        entrance.database.write(entrance.operator) as tx,
    ):
        sessions.act_for(tx, entrance.clock, new.session, library.id)


def test_who_works_elsewhere_only_comes_in_there(entrance: Entrance, library: Organisation) -> None:
    member = entrance.hire()
    give(entrance, member, library, StaffRole.OFFICER)
    give(entrance, member, THE_OPERATOR, None)
    here = acting(entrance, entrance.give_password("佐藤").token)
    assert here
    assert here.organisation == library


def test_who_has_no_role_at_all_does_not_come_in(entrance: Entrance) -> None:
    member = entrance.hire()
    give(entrance, member, THE_OPERATOR, None)
    with pytest.raises(errors.SignInRefused):
        entrance.give_password("佐藤")


@pytest.mark.parametrize("role", [StaffRole.TREASURER, None])
def test_a_change_of_role_ends_every_session_at_once(
    entrance: Entrance, role: StaffRole | None
) -> None:
    """Also for a worker that has another connection (faults.md G107)."""
    member = entrance.hire()
    tokens = [entrance.give_password("佐藤").token for _ in range(2)]
    give(entrance, member, THE_OPERATOR, role)
    worker = Entrance(Database(entrance.database.url), entrance.operator, entrance.clock)
    assert [acting(worker, token) for token in tokens] == [None, None]
    worker.database.close()


def test_a_former_role_is_kept_for_the_auditor(entrance: Entrance) -> None:
    member = entrance.hire()
    give(entrance, member, THE_OPERATOR, StaffRole.TREASURER)
    with entrance.database.snapshot(entrance.operator) as tx:
        rows = tx.rows("SELECT role, ended_at IS NULL FROM staff_role ORDER BY granted_at, role")
    assert sorted(rows) == [("officer", False), ("treasurer", True)]


def test_a_member_has_one_role_in_a_place(entrance: Entrance) -> None:
    """Said once more by the database."""
    member = entrance.hire()
    with (
        pytest.raises(psycopg.errors.UniqueViolation),
        entrance.database.write(entrance.operator) as tx,
    ):
        tx.execute(
            "INSERT INTO staff_role SELECT %s, staff, organisation, 'auditor', granted_at"
            " FROM staff_role WHERE staff = %s",
            (member.id, member.id),
        )


def ask(entrance: Entrance, by: Staff, whose: Staff, role: StaffRole | None) -> RequestId:
    with entrance.database.write(entrance.operator) as tx:
        return staff.ask_role_change(
            tx,
            entrance.clock,
            staff=whose.id,
            organisation=THE_OPERATOR.id,
            role=role,
            reason="異動",
            by=by,
        ).id


def approve(entrance: Entrance, id_: RequestId, by: Staff) -> str:
    """Empty, or the code of the refusal."""
    try:
        with entrance.database.write(entrance.operator) as tx:
            staff.approve_role_change(tx, entrance.clock, id_, by=by)
    except kinds.DomainError as refused:
        return refused.code
    return ""


def role_of(entrance: Entrance, name: str) -> StaffRole | None:
    with entrance.database.read(entrance.operator) as tx:
        return {each.name: each.role for each in staff.everybody(tx)}.get(name)


def test_a_role_is_given_by_two_administrators(entrance: Entrance) -> None:
    first, second = entrance.hire("管理一", ADMINISTRATOR), entrance.hire("管理二", ADMINISTRATOR)
    member = entrance.hire("佐藤")
    id_ = ask(entrance, first, member, StaffRole.TREASURER)
    assert role_of(entrance, "佐藤") is StaffRole.OFFICER
    assert approve(entrance, id_, first) == "asked_by_yourself"
    assert role_of(entrance, "佐藤") is StaffRole.OFFICER
    assert approve(entrance, id_, second) == ""
    assert role_of(entrance, "佐藤") is StaffRole.TREASURER
    assert approve(entrance, id_, second) == "request_decided"
    with entrance.database.read(entrance.operator) as tx:
        assert staff.role_changes(tx, entrance.clock) == []


def test_nobody_approves_a_role_of_their_own(entrance: Entrance) -> None:
    first, second = entrance.hire("管理一", ADMINISTRATOR), entrance.hire("管理二", ADMINISTRATOR)
    id_ = ask(entrance, first, second, StaffRole.TREASURER)
    assert approve(entrance, id_, second) == "about_yourself"
    assert role_of(entrance, "管理二") is ADMINISTRATOR
    assert approve(entrance, id_, entrance.hire("管理三", ADMINISTRATOR)) == "", "undecided still"


@pytest.mark.parametrize("role", [each for each in StaffRole if each is not ADMINISTRATOR])
def test_other_roles_neither_ask_nor_approve(entrance: Entrance, role: StaffRole) -> None:
    first, other = entrance.hire("管理一", ADMINISTRATOR), entrance.hire("佐藤", role)
    id_ = ask(entrance, first, other, StaffRole.TREASURER)
    assert approve(entrance, id_, entrance.hire("鈴木", role)) == "may_not_ask_or_approve"
    with pytest.raises(errors.MayNotAskOrApprove):
        ask(entrance, other, first, StaffRole.AUDITOR)


def test_an_administrator_of_another_organisation_gives_no_roles(
    entrance: Entrance, library: Organisation
) -> None:
    first, member = entrance.hire("管理一", ADMINISTRATOR), entrance.hire("佐藤")
    elsewhere = Staff(entrance.hire("館長").id, "館長", ADMINISTRATOR, library)
    id_ = ask(entrance, first, member, StaffRole.TREASURER)
    assert approve(entrance, id_, elsewhere) == "may_not_ask_or_approve"
    with pytest.raises(errors.MayNotAskOrApprove):
        ask(entrance, elsewhere, member, StaffRole.TREASURER)


def test_what_was_asked_expires_after_three_days(entrance: Entrance) -> None:
    first, second = entrance.hire("管理一", ADMINISTRATOR), entrance.hire("管理二", ADMINISTRATOR)
    id_ = ask(entrance, first, entrance.hire("佐藤"), StaffRole.TREASURER)
    entrance.clock.advance(timedelta(days=3))
    with entrance.database.read(entrance.operator) as tx:
        assert staff.role_changes(tx, entrance.clock) == []
    assert approve(entrance, id_, second) == "request_expired"
    assert role_of(entrance, "佐藤") is StaffRole.OFFICER


def test_what_was_declined_is_not_approved_later(entrance: Entrance) -> None:
    first, second = entrance.hire("管理一", ADMINISTRATOR), entrance.hire("管理二", ADMINISTRATOR)
    id_ = ask(entrance, first, entrance.hire("佐藤"), None)
    with entrance.database.write(entrance.operator) as tx:
        two_person.decline(tx, entrance.clock, id_, by=second)
    assert approve(entrance, id_, second) == "request_decided"
    assert role_of(entrance, "佐藤") is StaffRole.OFFICER


def test_of_many_approvals_at_once_one_counts(entrance: Entrance) -> None:
    first, member = entrance.hire("管理一", ADMINISTRATOR), entrance.hire("佐藤")
    others = [entrance.hire(f"管理{n}", ADMINISTRATOR) for n in range(8)]
    id_, barrier = ask(entrance, first, member, StaffRole.TREASURER), Barrier(8)

    def decide(by: Staff) -> str:
        barrier.wait()
        return approve(entrance, id_, by)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(decide, others))
    assert sorted(answers) == ["", *["request_decided"] * 7]


def test_a_merge_waits_until_it_is_carried_out(entrance: Entrance) -> None:
    """Approved in the operator's schema, done in the registry's: what is between is found again."""
    clerk = entrance.hire("窓口", StaffRole.CLERK)
    registrar = entrance.hire("名寄せ", StaffRole.REGISTRAR)
    with entrance.database.write(entrance.operator) as tx:
        asked = two_person.ask(
            tx, entrance.clock, Deed.HOLDER_MERGE, details="{}", reason="二重登録", by=clerk
        )
    with (
        pytest.raises(errors.MayNotAskOrApprove),
        entrance.database.write(entrance.operator) as tx,
    ):
        two_person.approve(tx, entrance.clock, asked.id, by=clerk)
    with entrance.database.write(entrance.operator) as tx:
        two_person.approve(tx, entrance.clock, asked.id, by=registrar)
    for is_done in (False, True):
        with entrance.database.write(entrance.operator) as tx:
            found = two_person.undone(tx, entrance.clock, [Deed.HOLDER_MERGE])
            assert [each.id for each in found] == ([] if is_done else [asked.id])
            two_person.done(tx, entrance.clock, asked.id)


def test_no_name_and_no_reason_can_be_a_my_number(entrance: Entrance) -> None:
    """Whoever types it, in the console or at the machine itself (faults.md F85)."""
    clerk = entrance.hire("窓口", StaffRole.CLERK)
    typed = "1234-5678-9018"
    with pytest.raises(MyNumberRefused):
        entrance.hire(typed, StaffRole.CLERK)
    with pytest.raises(MyNumberRefused), entrance.database.write(entrance.operator) as tx:
        staff.add_organisation(tx, entrance.clock, kind=OrganisationKind.LIBRARY, name=typed)
    with pytest.raises(MyNumberRefused), entrance.database.write(entrance.operator) as tx:
        two_person.ask(
            tx, entrance.clock, Deed.HOLDER_MERGE, details="{}", reason=f"個人番号{typed}", by=clerk
        )


def test_the_database_too_refuses_a_decision_by_who_asked(entrance: Entrance) -> None:
    first = entrance.hire("管理一", ADMINISTRATOR)
    id_ = ask(entrance, first, entrance.hire("佐藤"), StaffRole.TREASURER)
    with (
        pytest.raises(psycopg.errors.CheckViolation),
        entrance.database.write(entrance.operator) as tx,
    ):
        tx.execute(
            "UPDATE two_person_request SET decided_by = asked_by, decided_at = asked_at,"
            " is_approved = true WHERE request = %s",
            (id_,),
        )


def test_nobody_rewrites_what_was_asked(entrance: Entrance) -> None:
    """The application's role has no right to change details, who asked, or a role's holder."""
    for column, table in itertools.chain(
        [(name, "two_person_request") for name in ("details", "asked_by", "kind", "expires_at")],
        [(name, "staff_role") for name in ("staff", "role", "organisation")],
    ):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            entrance.database.write(entrance.operator) as tx,
        ):
            tx.execute(f"UPDATE {table} SET {column} = {column}".encode())  # type: ignore[arg-type]  # of the list above
