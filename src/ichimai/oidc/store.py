"""The tables of digital identities: oidc_question and oidc_identity."""

from datetime import datetime
from uuid import UUID

from ichimai.storage import ReadTx, WriteTx


def insert_question(
    tx: WriteTx, state_hash: bytes, browser: bytes, subject: UUID | None, at: datetime
) -> None:
    """Keep that a browser was sent to the provider."""
    tx.execute(
        "INSERT INTO oidc_question (state_hash, browser, subject, asked_at)"
        " VALUES (%s, %s, %s, %s)",
        (state_hash, browser, subject, at),
    )


def take_question(
    tx: WriteTx, state_hash: bytes, browser: bytes
) -> tuple[UUID | None, datetime] | None:
    """For whom that browser was sent, and when; it can be taken once."""
    row = tx.row(
        "DELETE FROM oidc_question WHERE state_hash = %s AND browser = %s"
        " RETURNING subject, asked_at",
        (state_hash, browser),
    )
    return (row[0], row[1]) if row else None


def delete_questions_before(tx: WriteTx, at: datetime) -> int:
    """Remove questions that are too old to be answered; how many there were."""
    return tx.execute("DELETE FROM oidc_question WHERE asked_at < %s", (at,))


def insert_identity(tx: WriteTx, identity: bytes, subject: UUID, at: datetime) -> bool:
    """Bind an identity to a resident; False when either is bound already."""
    return bool(
        tx.execute(
            "INSERT INTO oidc_identity (identity, subject, bound_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (identity, subject, at),
        )
    )


def subject_of(tx: ReadTx, identity: bytes) -> UUID | None:
    """Whose an identity is."""
    row = tx.row("SELECT subject FROM oidc_identity WHERE identity = %s", (identity,))
    return row[0] if row else None


def bound_at(tx: ReadTx, subject: UUID) -> datetime | None:
    """Since when a resident has an identity bound."""
    row = tx.row("SELECT bound_at FROM oidc_identity WHERE subject = %s", (subject,))
    return row[0] if row else None


def delete_identity(tx: WriteTx, subject: UUID) -> None:
    """Forget a resident's identity."""
    tx.execute("DELETE FROM oidc_identity WHERE subject = %s", (subject,))
