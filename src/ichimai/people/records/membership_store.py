"""The tables of memberships: member_group, membership, membership_term, membership_end."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from ichimai.people.records import key_store, membership_rules, sealing
from ichimai.people.records.membership_model import (
    Group,
    GroupId,
    Membership,
    MembershipId,
    MembershipKind,
    Term,
)
from ichimai.people.records.sealing import PersonalKey, SubjectKey
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Byteas

_SELECT: Final = (
    "SELECT membership.id, service, kind, sealed, ended_on,"
    " ARRAY(SELECT row(from_on, until_on, grade) FROM membership_term"
    "  WHERE membership_term.membership = membership.id ORDER BY from_on)"
    " FROM membership LEFT JOIN membership_end ON membership_end.membership = membership.id"
)


def insert_group(tx: WriteTx, own: SubjectKey, name: str, *, staff: UUID, at: datetime) -> None:
    """Write a group, whose id is its key's subject."""
    tx.execute(
        "INSERT INTO member_group (id, key, sealed, staff, recorded_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        (own.subject, own.id, own.seal(own.subject, name), staff, at),
    )


def group_name(tx: ReadTx, own: SubjectKey) -> str | None:
    """A group's name."""
    row = tx.row(
        "SELECT sealed FROM member_group WHERE id = %s AND key = %s", (own.subject, own.id)
    )
    return own.open(own.subject, bytes(row[0])) if row else None


def groups(tx: ReadTx, key: PersonalKey) -> list[Group]:
    """All groups, oldest first."""
    rows = tx.rows(
        "SELECT member_group.id, subject_key.id, wrapped, sealed FROM member_group"
        " JOIN subject_key ON subject_key.id = member_group.key ORDER BY member_group.id"
    )
    return [
        Group(GroupId(id_), key_store.opened(key, (id_, own, kept)).open(id_, bytes(sealed)))
        for id_, own, kept, sealed in rows
    ]


def insert(
    tx: WriteTx,
    own: SubjectKey,
    new: Membership,
    *,
    number_hash: bytes,
    staff: UUID,
    at: datetime,
) -> bool:
    """Write a membership and its first term; False when its number is taken."""
    is_new = tx.execute(
        "INSERT INTO membership (id, service, kind, member, is_group, key, number_hash, sealed,"
        " staff, recorded_at) VALUES (%s, %s, %s, %s,"
        " EXISTS (SELECT FROM member_group WHERE id = %s), %s, %s, %s, %s, %s)"
        " ON CONFLICT (service, number_hash) DO NOTHING",
        (
            new.id,
            new.service,
            new.kind.value,
            own.subject,
            own.subject,
            own.id,
            number_hash,
            own.seal(new.id, new.number),
            staff,
            at,
        ),
    )
    if is_new:
        insert_term(tx, new.id, new.terms[0], staff=staff, at=at)
    return bool(is_new)


def insert_term(
    tx: WriteTx, membership: MembershipId, term: Term, *, staff: UUID, at: datetime
) -> None:
    """Write one more term."""
    tx.execute(
        "INSERT INTO membership_term (membership, from_on, until_on, grade, staff, recorded_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (membership, *term, staff, at),
    )


def insert_end(
    tx: WriteTx, membership: MembershipId, ended_on: date, *, staff: UUID, at: datetime
) -> None:
    """End a membership; the first end stays."""
    tx.execute(
        "INSERT INTO membership_end (membership, ended_on, staff, recorded_at)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (membership) DO NOTHING",
        (membership, ended_on, staff, at),
    )


def of_member(tx: ReadTx, own: SubjectKey) -> list[Membership]:
    """A person's or group's memberships, ended ones too, oldest first."""
    rows = tx.rows(
        _SELECT + " WHERE member = %s AND key = %s ORDER BY membership.id", (own.subject, own.id)
    )
    return [_membership(row, own.open(row[0], bytes(row[3]))) for row in rows]


def unsealed_of_member(tx: ReadTx, member: UUID, service: str | None = None) -> list[Membership]:
    """The same without their numbers, of those whose member was not erased; of one service."""
    rows = tx.rows(
        _SELECT + " JOIN subject_key ON subject_key.id = membership.key"
        " WHERE member = %s AND (%s::text IS NULL OR service = %s) ORDER BY membership.id",
        (member, service, service),
    )
    return [_membership(row, "") for row in rows]


def unsealed_of_number(tx: ReadTx, service: str, hashes: Sequence[bytes]) -> list[Membership]:
    """The membership with a number, if there is one and its member was not erased."""
    rows = tx.rows(
        _SELECT + " JOIN subject_key ON subject_key.id = membership.key"
        " WHERE service = %s AND number_hash = ANY(%s)",
        (service, Byteas(hashes)),
    )
    return [_membership(row, "") for row in rows]


def has_number(tx: ReadTx, service: str, hashes: Sequence[bytes]) -> bool:
    """Whether a number was ever given by a service."""
    sql = "SELECT 1 FROM membership WHERE service = %s AND number_hash = ANY(%s)"
    return tx.row(sql, (service, Byteas(hashes))) is not None


def update_hashes(tx: WriteTx, key: PersonalKey, own: SubjectKey) -> None:
    """Hash a member's numbers with a new key."""
    tx.execute_many(
        "UPDATE membership SET number_hash = %s WHERE id = %s",
        [(number_hashes(key, one.service, one.number)[0], one.id) for one in of_member(tx, own)],
    )


def number_hashes(key: PersonalKey, service: str, number: str) -> list[bytes]:
    """By what a number of a service is found; first by the present key."""
    return sealing.blinds(key, "membership", service, number)


def services_of(tx: ReadTx, member: UUID, day: date) -> set[str]:
    """The services of which one is a member on ``day``."""
    known = unsealed_of_member(tx, member)
    return {one.service for one in known if membership_rules.standing(one, day).is_valid}


def _membership(row: Sequence[Any], number: str) -> Membership:
    id_, service, kind, _, ended_on, terms = row
    return Membership(
        id=MembershipId(id_),
        service=service,
        kind=MembershipKind(kind),
        number=number,
        terms=tuple(Term(*term) for term in terms),
        ended_on=ended_on,
    )
