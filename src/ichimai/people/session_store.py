"""The tables of sign-ins: resident_pin, session, sign_in_counter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ichimai.people.model import (
    Audience,
    Counter,
    OrganisationId,
    SecretHash,
    Session,
    SessionId,
)
from ichimai.storage import ReadTx, WriteTx

_COLUMNS: Final = (
    "session, audience, owner, organisation, sealed, started_at, seen_at, is_from_counter"
)


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


def lock_pin(tx: WriteTx, subject: UUID) -> SecretHash | None:
    """The same; nobody changes it until this transaction ends."""
    row = tx.row("SELECT pin_hash FROM resident_pin WHERE subject = %s FOR SHARE", (subject,))
    return SecretHash(row[0]) if row else None


def delete_pin(tx: WriteTx, subject: UUID) -> None:
    """Forget a resident's PIN."""
    tx.execute("DELETE FROM resident_pin WHERE subject = %s", (subject,))


def insert_session(tx: WriteTx, session: Session, token_hash: bytes) -> None:
    """Keep a new session."""
    tx.execute(
        "INSERT INTO session"
        " (session, token_hash, audience, owner, organisation, sealed, started_at, seen_at,"
        " is_from_counter) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            session.id,
            token_hash,
            session.audience.value,
            session.owner,
            session.organisation,
            session.sealed,
            session.started_at,
            session.seen_at,
            session.is_from_counter,
        ),
    )


def session_of(tx: ReadTx, token_hash: bytes) -> Session | None:
    """The session of a token, live or not."""
    row = tx.row(f"SELECT {_COLUMNS} FROM session WHERE token_hash = %s", (token_hash,))
    return _session(row) if row else None


def sessions_of(tx: ReadTx, owner: UUID) -> list[Session]:
    """An owner's sessions, live or not, the latest sign-in first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM session WHERE owner = %s ORDER BY started_at DESC, session",
        (owner,),
    )
    return [_session(row) for row in rows]


def update_seen(tx: WriteTx, session: SessionId, at: datetime) -> None:
    """Write a session's last use."""
    tx.execute(
        "UPDATE session SET seen_at = %s WHERE session = %s AND seen_at < %s", (at, session, at)
    )


def delete_session(tx: WriteTx, token_hash: bytes) -> None:
    """End the session of a token."""
    tx.execute("DELETE FROM session WHERE token_hash = %s", (token_hash,))


def delete_session_of_id(tx: WriteTx, session: SessionId) -> bool:
    """End a session; False when somebody else has."""
    return bool(tx.execute("DELETE FROM session WHERE session = %s", (session,)))


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


def insert_alarm(tx: WriteTx, id_: UUID, at: datetime) -> None:
    """Write that one secret was tried very often."""
    tx.execute("INSERT INTO sign_in_alarm (sign_in_alarm, raised_at) VALUES (%s, %s)", (id_, at))


def count_alarms(tx: ReadTx, since: datetime, until: datetime) -> int:
    """How often that was, from ``since`` on and before ``until``."""
    row = tx.row(
        "SELECT count(*) FROM sign_in_alarm WHERE raised_at >= %s AND raised_at < %s",
        (since, until),
    )
    return int(row[0]) if row else 0


def delete_counters_quiet_since(tx: WriteTx, at: datetime) -> int:
    """Remove counters whose last failure is older than ``at``; how many there were."""
    return tx.execute("DELETE FROM sign_in_counter WHERE last_at < %s", (at,))


def _session(row: tuple[Any, ...]) -> Session:
    id_, audience, owner, organisation, sealed, *times = row
    return Session(
        SessionId(id_),
        Audience(audience),
        owner,
        OrganisationId(organisation) if organisation else None,
        bytes(sealed),
        *times,
    )
