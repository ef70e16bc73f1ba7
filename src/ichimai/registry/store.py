"""The registry's tables."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ichimai.registry.model import CredentialId, HolderId, SubjectId
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Byteas


def key_digest(tx: ReadTx) -> bytes | None:
    """What was kept of the key at the first use of the registry."""
    row = tx.row("SELECT digest FROM key_check")
    return None if row is None else row[0]


def keep_key_digest(tx: WriteTx, digest: bytes) -> None:
    """Keep ``digest`` unless one is kept already."""
    tx.execute("INSERT INTO key_check VALUES (true, %s) ON CONFLICT DO NOTHING", [digest])


def add_holders(tx: WriteTx, holders: Iterable[HolderId], at: datetime) -> None:
    """Write new holders."""
    tx.copy_rows(
        "COPY holder (id, created_at) FROM STDIN",
        ((holder, at) for holder in holders),
    )


def add_cards(
    tx: WriteTx, cards: Iterable[tuple[bytes, CredentialId, HolderId]], at: datetime
) -> None:
    """Write new printed cards, each as (number's hash, id, holder)."""
    tx.copy_rows(
        "COPY credential (number_hash, id, kind, holder, status, issued_at) FROM STDIN",
        ((hash_, id_, "printed_qr", holder, "active", at) for hash_, id_, holder in cards),
    )


def has_holder(tx: ReadTx, holder: HolderId) -> bool:
    """Whether ``holder`` exists."""
    return tx.row("SELECT 1 FROM holder WHERE id = %s", [holder]) is not None


def subjects(tx: ReadTx, sector: str, holders: Sequence[HolderId]) -> dict[HolderId, SubjectId]:
    """The subjects that ``holders`` have in ``sector`` so far."""
    found = tx.rows(
        "SELECT holder, subject FROM subject WHERE sector = %s AND holder = ANY(%s::uuid[])",
        [sector, list(holders)],
    )
    return dict(found)


def add_subjects(
    tx: WriteTx,
    sector: str,
    pairs: Sequence[tuple[HolderId, SubjectId]],
    at: datetime,
) -> None:
    """Write subjects for (holder, subject) ``pairs``; a holder that has one keeps it.

    The pairs are sorted by holder, so that two writers of the same holders wait for each other
    in one order and do not deadlock.
    """
    holders, new = zip(*pairs, strict=True)
    tx.execute(
        """
        WITH added AS (
            INSERT INTO subject (holder, sector, subject, created_at)
            SELECT holder, %s, subject, %s
            FROM unnest(%s::uuid[], %s::uuid[]) AS new (holder, subject)
            ON CONFLICT (holder, sector) DO NOTHING
            RETURNING subject, sector, holder
        )
        INSERT INTO holder_of_subject (subject, sector, holder)
        SELECT subject, sector, holder FROM added
        """,
        [sector, at, list(holders), list(new)],
    )


def known_as(
    tx: ReadTx, sector: str, hashes: list[bytes]
) -> dict[bytes, tuple[bytes, CredentialId, bool, SubjectId | None]]:
    """The credentials with any of ``hashes``: (hash, id, is stopped, subject in ``sector``).

    One query. The LIMITs keep PostgreSQL at one index look-up a hash: for a large batch it
    would else read both tables whole. On Citus, where the two have different keys, it becomes
    two queries.
    """
    found = tx.rows(
        """
        SELECT c.number_hash, c.id, c.stopped_at IS NOT NULL, s.subject
        FROM unnest(%s::bytea[]) AS asked (number_hash)
        CROSS JOIN LATERAL (
            SELECT number_hash, id, holder, stopped_at FROM credential
            WHERE number_hash = asked.number_hash LIMIT 1
        ) AS c
        LEFT JOIN LATERAL (
            SELECT subject FROM subject WHERE holder = c.holder AND sector = %s LIMIT 1
        ) AS s ON true
        """,
        [Byteas(hashes), sector],
    )
    return {row[0]: row for row in found}


def stop(
    tx: WriteTx, hashes: list[bytes], at: datetime
) -> list[tuple[CredentialId, HolderId, datetime]]:
    """Stop the credentials with any of ``hashes``: (id, holder, since when it is stopped).

    One that was stopped before stays stopped since then.
    """
    tx.execute(
        """
        UPDATE credential SET status = 'stopped', stopped_at = %s
        WHERE number_hash = ANY(%s::bytea[]) AND status = 'active'
        """,
        [at, hashes],
    )
    return tx.rows(
        """
        SELECT id, holder, stopped_at FROM credential
        WHERE number_hash = ANY(%s::bytea[]) ORDER BY issued_at, id
        """,
        [hashes],
    )


def sectors_of(tx: ReadTx, holder: HolderId) -> list[str]:
    """Where ``holder`` has a subject."""
    found = tx.rows("SELECT sector FROM subject WHERE holder = %s ORDER BY sector", [holder])
    return [sector for (sector,) in found]


def holder_of(tx: ReadTx, sector: str, subject: SubjectId) -> HolderId | None:
    """Who ``subject`` is, if it is a subject of ``sector``."""
    row = tx.row(
        "SELECT holder FROM holder_of_subject WHERE subject = %s AND sector = %s",
        [subject, sector],
    )
    return None if row is None else row[0]


def hashes_of(tx: ReadTx, holder: HolderId) -> list[bytes]:
    """The hashes of all of a holder's credentials."""
    found = tx.rows("SELECT number_hash FROM credential WHERE holder = %s", [holder])
    return [hash_ for (hash_,) in found]


def holders_without_card(
    tx: ReadTx, sector: str, subjects: Sequence[SubjectId]
) -> dict[SubjectId, HolderId]:
    """The holders behind those of a sector's ``subjects`` who have no card that works."""
    found = tx.rows(
        """
        SELECT s.subject, s.holder FROM holder_of_subject AS s
        WHERE s.sector = %s AND s.subject = ANY(%s::uuid[]) AND NOT EXISTS (
            SELECT 1 FROM credential AS c WHERE c.holder = s.holder AND c.status = 'active'
        )
        """,
        [sector, list(subjects)],
    )
    return dict(found)
