"""The tables of people: staff, resident_pin, session, sign_in_counter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ichimai.people.model import (
    Audience,
    Counter,
    SecretHash,
    Session,
    SessionId,
    Staff,
    StaffId,
    StaffRole,
)
from ichimai.storage import ReadTx, WriteTx


def insert_staff(tx: WriteTx, member: Staff, password: SecretHash, at: datetime) -> bool:
    """Add a member of staff; False when the name is taken."""
    return bool(
        tx.execute(
            "INSERT INTO staff (staff, name, role, password_hash, added_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (name) DO NOTHING",
            (member.id, member.name, member.role.value, password, at),
        )
    )


def update_left(tx: WriteTx, staff: StaffId, at: datetime) -> None:
    """Write when a member of staff left."""
    tx.execute("UPDATE staff SET left_at = %s WHERE staff = %s AND left_at IS NULL", (at, staff))


def staff_secret(tx: ReadTx, name: str) -> tuple[UUID, SecretHash] | None:
    """The id and password hash of a present member of staff."""
    return _pair(
        tx.row(
            "SELECT staff, password_hash FROM staff WHERE name = %s AND left_at IS NULL", (name,)
        )
    )


def staff_members(tx: ReadTx, ids: Sequence[StaffId]) -> list[Staff]:
    """Those of ``ids`` that exist, whether or not they left."""
    rows = tx.rows(
        "SELECT staff, name, role FROM staff WHERE staff = ANY(%s::uuid[])", (list(ids),)
    )
    return [Staff(StaffId(id_), name, StaffRole(role)) for id_, name, role in rows]


def present_staff(tx: ReadTx, staff: StaffId) -> Staff | None:
    """A member of staff who has not left."""
    row = tx.row("SELECT name, role FROM staff WHERE staff = %s AND left_at IS NULL", (staff,))
    return Staff(staff, row[0], StaffRole(row[1])) if row else None


def insert_pin(tx: WriteTx, subject: UUID, pin: SecretHash, at: datetime) -> bool:
    """Keep a first PIN; False when there is one already."""
    return bool(
        tx.execute(
            "INSERT INTO resident_pin (subject, pin_hash, chosen_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (subject) DO NOTHING",
            (subject, pin, at),
        )
    )


def pin_of(tx: ReadTx, subject: UUID) -> SecretHash | None:
    """The hash of a resident's PIN, when one was chosen."""
    row = tx.row("SELECT pin_hash FROM resident_pin WHERE subject = %s", (subject,))
    return SecretHash(row[0]) if row else None


def delete_pin(tx: WriteTx, subject: UUID) -> None:
    """Forget a resident's PIN."""
    tx.execute("DELETE FROM resident_pin WHERE subject = %s", (subject,))


def insert_session(tx: WriteTx, session: Session, token_hash: bytes) -> None:
    """Keep a new session."""
    tx.execute(
        "INSERT INTO session (session, token_hash, audience, owner, sealed, started_at, seen_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            session.id,
            token_hash,
            session.audience.value,
            session.owner,
            session.sealed,
            session.started_at,
            session.seen_at,
        ),
    )


def session_of(tx: ReadTx, token_hash: bytes) -> Session | None:
    """The session of a token, live or not."""
    row = tx.row(
        "SELECT session, audience, owner, sealed, started_at, seen_at FROM session"
        " WHERE token_hash = %s",
        (token_hash,),
    )
    if row is None:
        return None
    id_, audience, owner, sealed, started_at, seen_at = row
    return Session(SessionId(id_), Audience(audience), owner, bytes(sealed), started_at, seen_at)


def update_seen(tx: WriteTx, session: SessionId, at: datetime) -> None:
    """Write a session's last use."""
    tx.execute(
        "UPDATE session SET seen_at = %s WHERE session = %s AND seen_at < %s", (at, session, at)
    )


def delete_session(tx: WriteTx, token_hash: bytes) -> None:
    """End the session of a token."""
    tx.execute("DELETE FROM session WHERE token_hash = %s", (token_hash,))


def delete_sessions_of(tx: WriteTx, owner: UUID) -> None:
    """End every session of an owner."""
    tx.execute("DELETE FROM session WHERE owner = %s", (owner,))


def delete_sessions_started_before(tx: WriteTx, at: datetime) -> int:
    """Remove sessions too old to be live; how many there were."""
    return tx.execute("DELETE FROM session WHERE started_at < %s", (at,))


def lock_counters(tx: WriteTx, keys: Sequence[bytes], at: datetime) -> dict[bytes, Counter]:
    """The counters of ``keys``, held until the transaction ends; new ones start at 0."""
    ordered = sorted(set(keys))
    tx.execute(
        "INSERT INTO sign_in_counter (counter, failures, last_at)"
        " SELECT key, 0, %s FROM unnest(%s::bytea[]) AS key ON CONFLICT (counter) DO NOTHING",
        (at, ordered),
    )
    rows = tx.rows(
        "SELECT counter, failures, last_at FROM sign_in_counter WHERE counter = ANY(%s::bytea[])"
        " ORDER BY counter FOR UPDATE",
        (ordered,),
    )
    return {bytes(key): Counter(failures, last_at) for key, failures, last_at in rows}


def update_counters(tx: WriteTx, counters: Mapping[bytes, Counter]) -> None:
    """Write counters that this transaction holds."""
    tx.execute_many(
        "UPDATE sign_in_counter SET failures = %s, last_at = %s WHERE counter = %s",
        [(counter.failures, counter.last_at, key) for key, counter in counters.items()],
    )


def delete_counters_quiet_since(tx: WriteTx, at: datetime) -> int:
    """Remove counters whose last failure is older than ``at``; how many there were."""
    return tx.execute("DELETE FROM sign_in_counter WHERE last_at < %s", (at,))


def _pair(row: tuple[Any, ...] | None) -> tuple[UUID, SecretHash] | None:
    return (row[0], SecretHash(row[1])) if row else None
