"""The tables of who works here: organisation, staff, staff_role."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ichimai.people.model import (
    Member,
    Organisation,
    OrganisationId,
    OrganisationKind,
    SecretHash,
    Staff,
    StaffId,
    StaffRole,
)
from ichimai.storage import ReadTx, WriteTx


def insert_organisation(tx: WriteTx, organisation: Organisation, at: datetime) -> None:
    """Add an organisation."""
    tx.execute(
        "INSERT INTO organisation (organisation, kind, name, added_at) VALUES (%s, %s, %s, %s)",
        (organisation.id, organisation.kind.value, organisation.name, at),
    )


def organisations(tx: ReadTx) -> list[Organisation]:
    """All of them, the operator first."""
    rows = tx.rows(
        "SELECT organisation, kind, name FROM organisation"
        " ORDER BY kind <> 'operator', name, organisation"
    )
    return [Organisation(OrganisationId(id_), OrganisationKind(k), name) for id_, k, name in rows]


def insert_staff(tx: WriteTx, member: Member, password: SecretHash, at: datetime) -> bool:
    """Add a member of staff; False when the name is taken."""
    return bool(
        tx.execute(
            "INSERT INTO staff (staff, name, password_hash, added_at)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (name) DO NOTHING",
            (member.id, member.name, password, at),
        )
    )


def update_password(tx: WriteTx, staff: StaffId, password: SecretHash) -> None:
    """Replace a member's password."""
    tx.execute("UPDATE staff SET password_hash = %s WHERE staff = %s", (password, staff))


def update_left(tx: WriteTx, staff: StaffId, at: datetime) -> None:
    """Write when a member of staff left."""
    tx.execute("UPDATE staff SET left_at = %s WHERE staff = %s AND left_at IS NULL", (at, staff))


def staff_secret(tx: ReadTx, name: str) -> tuple[StaffId, SecretHash] | None:
    """The id and password hash of a present member of staff."""
    row = tx.row(
        "SELECT staff, password_hash FROM staff WHERE name = %s AND left_at IS NULL", (name,)
    )
    return (StaffId(row[0]), SecretHash(row[1])) if row else None


def lock_staff(tx: WriteTx, staff: UUID) -> SecretHash | None:
    """The password hash of a present member, whom no other transaction changes until this ends."""
    row = tx.row(
        "SELECT password_hash FROM staff WHERE staff = %s AND left_at IS NULL FOR UPDATE", (staff,)
    )
    return SecretHash(row[0]) if row else None


def members(tx: ReadTx, ids: Sequence[StaffId]) -> list[Member]:
    """Those of ``ids`` that exist, whether or not they left."""
    rows = tx.rows("SELECT staff, name FROM staff WHERE staff = ANY(%s::uuid[])", (list(ids),))
    return [Member(StaffId(id_), name) for id_, name in rows]


def member_named(tx: ReadTx, name: str) -> Member | None:
    """A present member of staff."""
    row = tx.row("SELECT staff FROM staff WHERE name = %s AND left_at IS NULL", (name,))
    return Member(StaffId(row[0]), name) if row else None


def insert_role(
    tx: WriteTx,
    id_: UUID,
    staff: StaffId,
    *,
    organisation: OrganisationId,
    role: StaffRole,
    at: datetime,
) -> None:
    """Give a member a role; the one before in the same organisation must have ended."""
    tx.execute(
        "INSERT INTO staff_role (staff_role, staff, organisation, role, granted_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        (id_, staff, organisation, role.value, at),
    )


def end_role(tx: WriteTx, staff: StaffId, organisation: OrganisationId, at: datetime) -> None:
    """End the role that a member has in an organisation, if any."""
    tx.execute(
        "UPDATE staff_role SET ended_at = %s"
        " WHERE staff = %s AND organisation = %s AND ended_at IS NULL",
        (at, staff, organisation),
    )


def acting(tx: ReadTx, staff: UUID, organisation: OrganisationId) -> Staff | None:
    """A present member with the role of this moment in an organisation."""
    rows = _staff_rows(
        tx.rows(
            "SELECT s.staff, s.name, r.role, o.organisation, o.kind, o.name FROM staff s"
            " JOIN staff_role r ON r.staff = s.staff AND r.ended_at IS NULL"
            " JOIN organisation o ON o.organisation = r.organisation"
            " WHERE s.staff = %s AND s.left_at IS NULL AND o.organisation = %s",
            (staff, organisation),
        )
    )
    return rows[0] if rows else None


def roles_of(tx: ReadTx, staff: UUID) -> list[Staff]:
    """What a present member may act as, for the operator first."""
    return _staff_rows(
        tx.rows(
            "SELECT s.staff, s.name, r.role, o.organisation, o.kind, o.name FROM staff s"
            " JOIN staff_role r ON r.staff = s.staff AND r.ended_at IS NULL"
            " JOIN organisation o ON o.organisation = r.organisation"
            " WHERE s.staff = %s AND s.left_at IS NULL"
            " ORDER BY o.kind <> 'operator', o.name, o.organisation",
            (staff,),
        )
    )


def all_roles(tx: ReadTx) -> list[Staff]:
    """Everybody present with every role, by name."""
    return _staff_rows(
        tx.rows(
            "SELECT s.staff, s.name, r.role, o.organisation, o.kind, o.name FROM staff s"
            " JOIN staff_role r ON r.staff = s.staff AND r.ended_at IS NULL"
            " JOIN organisation o ON o.organisation = r.organisation"
            " WHERE s.left_at IS NULL"
            " ORDER BY s.name, o.kind <> 'operator', o.name, o.organisation"
        )
    )


def _staff_rows(rows: list[tuple[Any, ...]]) -> list[Staff]:
    return [
        Staff(
            StaffId(id_),
            name,
            StaffRole(role),
            Organisation(OrganisationId(organisation), OrganisationKind(kind), called),
        )
        for id_, name, role, organisation, kind, called in rows
    ]
