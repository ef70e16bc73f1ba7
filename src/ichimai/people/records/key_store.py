"""The tables of keys: subject_key, erasure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ichimai.people.records import sealing
from ichimai.people.records.sealing import PersonalKey, SubjectKey
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Byteas, Uuids


def held(tx: WriteTx, key: PersonalKey, fresh: SubjectKey, at: datetime) -> SubjectKey:
    """A person's key, held so that nobody else changes that record until this is committed.

    ``fresh`` is kept when there is none yet.
    """
    row = None
    while row is None:  # again when the person was erased between the two
        _insert(tx, key, fresh, at)
        row = tx.row(
            "SELECT id, wrapped FROM subject_key WHERE subject = %s FOR UPDATE", [fresh.subject]
        )
    return sealing.unwrapped(key, subject=fresh.subject, id_=row[0], kept=bytes(row[1]))


def _insert(tx: WriteTx, key: PersonalKey, fresh: SubjectKey, at: datetime) -> None:
    tx.execute(
        "INSERT INTO subject_key (subject, id, wrapped, wrapped_with, made_at)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (subject) DO NOTHING",
        (fresh.subject, fresh.id, sealing.wrapped(key, fresh), key.fingerprint, at),
    )


def key_of(tx: ReadTx, key: PersonalKey, subject: UUID) -> SubjectKey | None:
    """A person's key; None: nothing was ever sealed, or it was erased."""
    row = tx.row("SELECT id, wrapped FROM subject_key WHERE subject = %s", [subject])
    return opened(key, (subject, *row)) if row else None


def opened(key: PersonalKey, row: tuple[UUID, UUID, bytes]) -> SubjectKey:
    """A person's key from its subject, id and what is kept of it. Raises WrongPersonalKey."""
    subject, id_, kept = row
    return sealing.unwrapped(key, subject=subject, id_=id_, kept=bytes(kept))


class Erasure(NamedTuple):
    """That a person was erased; ``key`` is the id of the key that went, if there was one."""

    key: UUID
    subject: UUID
    erased_at: datetime


def delete_key(tx: WriteTx, subject: UUID, staff: UUID, at: datetime) -> bool:
    """Remove a person's key for ever, and write that it was done; False when there is none."""
    row = tx.row("SELECT id FROM subject_key WHERE subject = %s FOR UPDATE", [subject])
    if row is None:
        return False
    tx.execute("DELETE FROM subject_key WHERE subject = %s", [subject])
    insert_erasures(tx, [Erasure(row[0], subject, at)], staff)
    return True


def insert_erasures(tx: WriteTx, erasures: Iterable[Erasure], staff: UUID) -> None:
    """Write that people were erased; what was written before stays as it is."""
    tx.execute_many(
        "INSERT INTO erasure (key, subject, staff, erased_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (key) DO NOTHING",
        [(each.key, each.subject, staff, each.erased_at) for each in erasures],
    )


def erasures_since(tx: ReadTx, since: datetime) -> list[Erasure]:
    """Who was erased from ``since`` on, in order."""
    rows = tx.rows(
        "SELECT key, subject, erased_at FROM erasure WHERE erased_at >= %s ORDER BY erased_at, key",
        [since],
    )
    return [Erasure(*row) for row in rows]


def known_erasures(tx: ReadTx, keys: Sequence[UUID]) -> set[UUID]:
    """Which of these erasures are written here."""
    rows = tx.rows("SELECT key FROM erasure WHERE key = ANY(%s::uuid[])", [Uuids(keys)])
    return {key for (key,) in rows}


def erased(tx: ReadTx, subjects: Sequence[UUID]) -> set[UUID]:
    """Which of ``subjects`` were erased, and have no key again."""
    rows = tx.rows(
        "SELECT subject FROM erasure WHERE subject = ANY(%s::uuid[]) AND NOT EXISTS ("
        "SELECT FROM subject_key WHERE subject_key.subject = erasure.subject)",
        [Uuids(subjects)],
    )
    return {subject for (subject,) in rows}


def subjects_of_hashes(tx: ReadTx, hashes: Sequence[bytes]) -> list[UUID]:
    """The people of whom anything is kept whose id has one of these SHA-256."""
    rows = tx.rows(
        "SELECT subject FROM (SELECT subject FROM subject_key UNION SELECT subject FROM personal"
        " UNION SELECT subject FROM consent UNION SELECT subject FROM oidc_identity"
        " UNION SELECT subject FROM resident_pin UNION SELECT subject FROM link"
        " UNION SELECT delegate FROM delegation"
        " UNION SELECT owner FROM passkey WHERE audience = 'resident') AS known"
        " WHERE sha256(uuid_send(subject)) = ANY(%s) ORDER BY subject",
        [Byteas(hashes)],
    )
    return [subject for (subject,) in rows]


def wrapped_before(tx: WriteTx, key: PersonalKey, limit: int) -> list[SubjectKey]:
    """Up to ``limit`` keys that another key than this wrapped, held."""
    rows = tx.rows(
        "SELECT subject, id, wrapped FROM subject_key WHERE wrapped_with <> %s"
        " ORDER BY subject LIMIT %s FOR UPDATE SKIP LOCKED",
        (key.fingerprint, limit),
    )
    return [
        sealing.unwrapped(key, subject=subject, id_=id_, kept=bytes(kept))
        for subject, id_, kept in rows
    ]


def update_wrapping(tx: WriteTx, key: PersonalKey, opened: Iterable[SubjectKey]) -> None:
    """Wrap keys, which are held, with this key."""
    tx.execute_many(
        "UPDATE subject_key SET wrapped = %s, wrapped_with = %s WHERE subject = %s",
        [(sealing.wrapped(key, own), key.fingerprint, own.subject) for own in opened],
    )


def wrappings(tx: ReadTx) -> set[bytes]:
    """The first and the last of the fingerprints of what people's keys are wrapped with."""
    row = tx.row("SELECT min(wrapped_with), max(wrapped_with) FROM subject_key")
    return {bytes(each) for each in row or () if each is not None}
