"""Memberships: given, renewed, ended, read; and checked at a door."""

from ichimai import audit
from ichimai.kernel import Clock, ids
from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.people.records import key_store, membership_rules, membership_store
from ichimai.people.records.errors import (
    AlreadyMember,
    InvalidMembership,
    NumberTaken,
    UnknownMembership,
)
from ichimai.people.records.membership_model import (
    NO_STANDING,
    Group,
    GroupId,
    Member,
    Membership,
    MembershipId,
    MembershipKind,
    Standing,
    Term,
)
from ichimai.people.records.membership_rules import check_term, renewed_from, standing
from ichimai.people.records.sealing import PersonalKey, SubjectKey
from ichimai.storage import ReadTx, WriteTx

__all__ = [
    "Group",
    "GroupId",
    "Membership",
    "MembershipId",
    "MembershipKind",
    "Standing",
    "Term",
    "add",
    "add_group",
    "check",
    "check_number",
    "check_term",
    "end",
    "group_name",
    "groups",
    "read",
    "renew",
    "renewed_from",
    "standing",
]


def add_group(tx: WriteTx, key: PersonalKey, clock: Clock, look: audit.Look, name: str) -> GroupId:
    """A new group that can be a member. Raises InvalidMembership, MyNumberRefused."""
    now = clock.now()
    checked = membership_rules.checked_name(name)
    group = GroupId(ids.uuid7(clock))
    audit.record(tx, clock, look, [group], audit.What.MEMBERSHIPS, is_change=True)
    own = key_store.held(tx, key, SubjectKey.new(group, ids.uuid7(clock)), now)
    membership_store.insert_group(tx, own, checked, staff=look.staff, at=now)
    return group


def group_name(
    tx: WriteTx, key: PersonalKey, clock: Clock, look: audit.Look, group: GroupId
) -> str | None:
    """A group's name; None when there is no such group."""
    audit.record(tx, clock, look, [group], audit.What.MEMBERSHIPS)
    own = key_store.key_of(tx, key, group)
    return membership_store.group_name(tx, own) if own else None


def groups(tx: WriteTx, key: PersonalKey, clock: Clock, look: audit.Look) -> list[Group]:
    """All groups, in the order in which they were entered; one look, at none of them alone."""
    audit.record(tx, clock, look, [NIL], audit.What.MEMBERSHIPS)
    return membership_store.groups(tx, key)


def add(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    look: audit.Look,
    member: Member,
    *,
    service: str,
    kind: MembershipKind,
    number: str,
    term: Term,
) -> MembershipId:
    """Make a person or a group a member of a service.

    Raises InvalidMembership, MyNumberRefused, AlreadyMember, NumberTaken.
    """
    now = clock.now()
    membership_rules.check_service(service)
    plain = membership_rules.normalised_number(number)
    check_term(term, ())
    audit.record(tx, clock, look, [member], audit.What.MEMBERSHIPS, is_change=True)
    own = key_store.held(tx, key, SubjectKey.new(member, ids.uuid7(clock)), now)
    known = membership_store.of_member(tx, own)
    if any(one.service == service and one.ended_on is None for one in known):
        raise AlreadyMember
    hashes = membership_store.number_hashes(key, service, plain)
    id_ = MembershipId(ids.uuid7(clock))
    if membership_store.has_number(tx, service, hashes) or not membership_store.insert(
        tx,
        own,
        Membership(id_, service, kind, plain, (term,), None),
        number_hash=hashes[0],
        staff=look.staff,
        at=now,
    ):
        raise NumberTaken
    return id_


def renew(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    look: audit.Look,
    member: Member,
    *,
    membership: MembershipId,
    term: Term,
) -> None:
    """Add a term, which counts from its first day on, also where the one before still runs.

    Raises UnknownMembership, InvalidMembership, TermsOutOfOrder.
    """
    audit.record(tx, clock, look, [member], audit.What.MEMBERSHIPS, is_change=True)
    now = clock.now()
    known = _held(tx, key, clock, member, membership)
    check_term(term, known.terms)
    membership_store.insert_term(tx, membership, term, staff=look.staff, at=now)


def end(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    look: audit.Look,
    member: Member,
    *,
    membership: MembershipId,
) -> None:
    """End a membership today. Raises UnknownMembership."""
    audit.record(tx, clock, look, [member], audit.What.MEMBERSHIPS, is_change=True)
    now = clock.now()
    _held(tx, key, clock, member, membership)
    today = day_in_tokyo(now)
    membership_store.insert_end(tx, membership, today, staff=look.staff, at=now)


def _held(
    tx: WriteTx, key: PersonalKey, clock: Clock, member: Member, membership: MembershipId
) -> Membership:
    """A membership that has not ended, with its member's record held."""
    own = key_store.held(tx, key, SubjectKey.new(member, ids.uuid7(clock)), clock.now())
    for known in membership_store.of_member(tx, own):
        if known.id == membership and known.ended_on is None:
            return known
    raise UnknownMembership


def read(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    by: audit.Look | audit.Myself,
    member: Member,
) -> list[Membership]:
    """A person's or group's memberships, ended ones too, oldest first."""
    audit.record(tx, clock, by, [member], audit.What.MEMBERSHIPS)
    own = key_store.key_of(tx, key, member)
    return membership_store.of_member(tx, own) if own else []


def check(tx: ReadTx, clock: Clock, member: Member, service: str) -> Standing:
    """Whether the holder of a card is a member today, and of which grade; nothing else."""
    today = day_in_tokyo(clock.now())
    return membership_rules.best(membership_store.unsealed_of_member(tx, member, service), today)


def check_number(
    tx: ReadTx, key: PersonalKey, clock: Clock, number: str, *, service: str
) -> Standing:
    """The same by the number on an old card; any text that is none of ours gets the same no."""
    try:
        plain = membership_rules.normalised_number(number)
    except (InvalidMembership, MyNumberRefused):
        return NO_STANDING
    hashes = membership_store.number_hashes(key, service, plain)
    found = membership_store.unsealed_of_number(tx, service, hashes)
    return membership_rules.best(found, day_in_tokyo(clock.now()))
