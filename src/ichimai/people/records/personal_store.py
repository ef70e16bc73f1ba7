"""The tables of what describes a person: personal, personal_index."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ichimai.people.records import personal_rules
from ichimai.people.records.personal_model import Details
from ichimai.people.records.sealing import SubjectKey
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Byteas


def insert(
    tx: WriteTx, own: SubjectKey, id_: UUID, details: Details, *, staff: UUID, at: datetime
) -> None:
    """Write details of a person whose record is held; those before stay in the journal."""
    tx.execute(
        "INSERT INTO personal (id, subject, key, version, sealed, staff, recorded_at)"
        " SELECT %s, %s, %s, coalesce(max(version), 0) + 1, %s, %s, %s FROM personal"
        " WHERE key = %s",
        (
            id_,
            own.subject,
            own.id,
            own.seal(id_, personal_rules.to_text(details)),
            staff,
            at,
            own.id,
        ),
    )


def latest(tx: ReadTx, own: SubjectKey) -> Details | None:
    """A person's details, as last written."""
    row = tx.row(
        "SELECT id, sealed FROM personal WHERE key = %s ORDER BY version DESC LIMIT 1", [own.id]
    )
    return personal_rules.of_text(own.open(row[0], bytes(row[1]))) if row else None


def set_index(tx: WriteTx, subject: UUID, hash_: bytes | None) -> None:
    """By what a person is found from now on; None: by nothing."""
    if hash_ is None:
        tx.execute("DELETE FROM personal_index WHERE subject = %s", [subject])
        return
    tx.execute(
        "INSERT INTO personal_index (subject, hash) VALUES (%s, %s)"
        " ON CONFLICT (subject) DO UPDATE SET hash = excluded.hash",
        (subject, hash_),
    )


def found(tx: ReadTx, hashes: Sequence[bytes], limit: int) -> list[SubjectId]:
    """The people with that kana and birth date."""
    rows = tx.rows(
        "SELECT subject FROM personal_index WHERE hash = ANY(%s) ORDER BY subject LIMIT %s",
        (Byteas(hashes), limit),
    )
    return [SubjectId(subject) for (subject,) in rows]
