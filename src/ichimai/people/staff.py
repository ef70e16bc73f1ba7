"""Who works for the operator and for the organisations in it, with which role in each."""

import json
from collections.abc import Sequence
from uuid import UUID

from ichimai.kernel import Clock, check_digits, ids
from ichimai.people import factor_store, passkey_store, sessions, store, two_person
from ichimai.people.errors import AboutYourself, NameTaken, UnknownMember, UnknownOrganisation
from ichimai.people.model import (
    THE_OPERATOR,
    Audience,
    Deed,
    Member,
    Organisation,
    OrganisationId,
    OrganisationKind,
    RequestId,
    RoleChange,
    SecretHash,
    Staff,
    StaffId,
    StaffRole,
    TwoPersonRequest,
)
from ichimai.storage import ReadTx, WriteTx


def add_organisation(
    tx: WriteTx, clock: Clock, *, kind: OrganisationKind, name: str
) -> Organisation:
    """Enter an organisation whose people will sign in. Raises MyNumberRefused."""
    check_digits.without_my_number(name)
    made = Organisation(OrganisationId(ids.uuid7(clock)), kind, name)
    store.insert_organisation(tx, made, clock.now())
    return made


def organisations(tx: ReadTx) -> list[Organisation]:
    """All of them, the operator first."""
    return store.organisations(tx)


def add(
    tx: WriteTx,
    clock: Clock,
    *,
    name: str,
    role: StaffRole,
    password: SecretHash,
    organisation: Organisation = THE_OPERATOR,
) -> Staff:
    """Take somebody on, under a name that nobody else has. Raises NameTaken, MyNumberRefused."""
    check_digits.without_my_number(name)
    member = Member(StaffId(ids.uuid7(clock)), name)
    if not store.insert_staff(tx, member, password, clock.now()):
        raise NameTaken
    set_role(tx, clock, member.id, organisation.id, role)
    return Staff(member.id, name, role, organisation)


def leave(tx: WriteTx, clock: Clock, staff: StaffId) -> None:
    """Let somebody go: signed out everywhere at once, kept by name for what they did."""
    store.lock_staff(tx, staff)
    store.update_left(tx, staff, clock.now())
    factor_store.delete_totp(tx, staff)
    passkey_store.delete_passkeys_of(tx, Audience.STAFF, staff)
    sessions.end_all(tx, staff)


def set_role(
    tx: WriteTx,
    clock: Clock,
    staff: StaffId,
    organisation: OrganisationId,
    role: StaffRole | None,
) -> None:
    """Give a present member a role in an organisation in place of the one before; None: take it.

    They are signed out everywhere: what they may do next is decided by a new session
    (faults.md G107). In the console this takes two (``two_person``). Raises UnknownMember and
    UnknownOrganisation.
    """
    if store.lock_staff(tx, staff) is None:
        raise UnknownMember
    if organisation not in {each.id for each in store.organisations(tx)}:
        raise UnknownOrganisation
    store.end_role(tx, staff, organisation, clock.now())
    if role is not None:
        store.insert_role(
            tx, ids.uuid7(clock), staff, organisation=organisation, role=role, at=clock.now()
        )
    sessions.end_all(tx, staff)


def members(tx: ReadTx, ids_: Sequence[StaffId]) -> dict[StaffId, Member]:
    """Those of ``ids_`` that exist, also those who left: for the names in a journal."""
    return {member.id: member for member in store.members(tx, ids_)}


def named(tx: ReadTx, name: str) -> Member:
    """The present member of a name. Raises UnknownMember."""
    found = store.member_named(tx, name)
    if found is None:
        raise UnknownMember
    return found


def roles_of(tx: ReadTx, staff: StaffId) -> list[Staff]:
    """Everything that a present member may act as, for the operator first."""
    return store.roles_of(tx, staff)


def everybody(tx: ReadTx) -> list[Staff]:
    """Everybody present with every role, by name."""
    return store.all_roles(tx)


def ask_role_change(
    tx: WriteTx,
    clock: Clock,
    *,
    staff: StaffId,
    organisation: OrganisationId,
    role: StaffRole | None,
    reason: str,
    by: Staff,
) -> TwoPersonRequest:
    """Ask that a member be given a role in place of the one before; None: none any more.

    Raises MayNotAskOrApprove.
    """
    details = json.dumps(
        {"staff": str(staff), "organisation": str(organisation), "role": role and role.value}
    )
    return two_person.ask(tx, clock, Deed.ROLE_CHANGE, details=details, reason=reason, by=by)


def approve_role_change(tx: WriteTx, clock: Clock, id_: RequestId, *, by: Staff) -> RoleChange:
    """Approve what another administrator asked, and do it.

    Raises what ``two_person.approve`` raises, UnknownMember when that person has left, and
    AboutYourself: nobody approves a role of their own.
    """
    change = _role_change(two_person.approve(tx, clock, id_, by=by))
    if change.staff == by.id:
        raise AboutYourself
    set_role(tx, clock, change.staff, change.organisation, change.role)
    two_person.done(tx, clock, id_)
    return change


def role_changes(tx: ReadTx, clock: Clock) -> list[RoleChange]:
    """What waits for a second administrator, the oldest first."""
    return [_role_change(one) for one in two_person.undone(tx, clock, [Deed.ROLE_CHANGE])]


def _role_change(request: TwoPersonRequest) -> RoleChange:
    told = json.loads(request.details)
    return RoleChange(
        request,
        StaffId(UUID(told["staff"])),
        OrganisationId(UUID(told["organisation"])),
        StaffRole(told["role"]) if told["role"] else None,
    )
