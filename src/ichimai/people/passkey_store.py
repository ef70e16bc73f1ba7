"""The tables of passkeys: passkey and passkey_question."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ichimai.people.model import Audience, Passkey, PasskeyQuestion
from ichimai.storage import ReadTx, WriteTx


def insert_question(tx: WriteTx, question: PasskeyQuestion, browser: bytes) -> None:
    """Keep what a browser was asked."""
    tx.execute(
        "INSERT INTO passkey_question (challenge, browser, audience, owner, asked_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        (
            question.challenge,
            browser,
            question.audience.value,
            question.owner,
            question.asked_at,
        ),
    )


def take_question(tx: WriteTx, challenge: bytes, browser: bytes) -> PasskeyQuestion | None:
    """What that browser was asked, if it was; it can be taken once."""
    row = tx.row(
        "DELETE FROM passkey_question WHERE challenge = %s AND browser = %s"
        " RETURNING audience, owner, asked_at",
        (challenge, browser),
    )
    return PasskeyQuestion(challenge, Audience(row[0]), row[1], row[2]) if row else None


def delete_questions_before(tx: WriteTx, at: datetime) -> int:
    """Remove questions that are too old to be answered; how many there were."""
    return tx.execute("DELETE FROM passkey_question WHERE asked_at < %s", (at,))


def insert_passkey(tx: WriteTx, passkey: Passkey) -> bool:
    """Keep a new passkey; False when one of this id is known."""
    return bool(
        tx.execute(
            "INSERT INTO passkey"
            " (passkey, audience, owner, public_key, sign_count, is_synced, added_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (passkey) DO NOTHING",
            (
                passkey.id,
                passkey.audience.value,
                passkey.owner,
                passkey.public_key,
                passkey.sign_count,
                passkey.is_synced,
                passkey.added_at,
            ),
        )
    )


def lock_passkey(tx: WriteTx, id_: bytes, audience: Audience) -> Passkey | None:
    """A passkey that no other transaction uses until this one ends."""
    row = tx.row(
        "SELECT passkey, audience, owner, public_key, sign_count, is_synced, added_at, used_at"
        " FROM passkey WHERE passkey = %s AND audience = %s FOR UPDATE",
        (id_, audience.value),
    )
    return _passkey(row) if row else None


def passkeys_of(tx: ReadTx, audience: Audience, owner: UUID) -> list[Passkey]:
    """An owner's passkeys, the oldest first."""
    rows = tx.rows(
        "SELECT passkey, audience, owner, public_key, sign_count, is_synced, added_at, used_at"
        " FROM passkey WHERE owner = %s AND audience = %s ORDER BY added_at, passkey",
        (owner, audience.value),
    )
    return [_passkey(row) for row in rows]


def update_used(tx: WriteTx, id_: bytes, sign_count: int, at: datetime) -> None:
    """Write a passkey's count and last use."""
    tx.execute(
        "UPDATE passkey SET sign_count = %s, used_at = %s WHERE passkey = %s",
        (sign_count, at, id_),
    )


def delete_passkey(tx: WriteTx, audience: Audience, owner: UUID, id_: bytes) -> None:
    """Forget one of an owner's passkeys."""
    tx.execute(
        "DELETE FROM passkey WHERE passkey = %s AND owner = %s AND audience = %s",
        (id_, owner, audience.value),
    )


def delete_passkeys_of(tx: WriteTx, audience: Audience, owner: UUID) -> None:
    """Forget all of an owner's passkeys."""
    tx.execute("DELETE FROM passkey WHERE owner = %s AND audience = %s", (owner, audience.value))


def _passkey(row: tuple[Any, ...]) -> Passkey:
    id_, audience, owner, key, count, is_synced, added_at, used_at = row
    return Passkey(
        bytes(id_), Audience(audience), owner, bytes(key), count, is_synced, added_at, used_at
    )
