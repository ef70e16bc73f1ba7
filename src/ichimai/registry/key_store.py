"""The registry's note of its key, and putting new hashes in the place of old ones."""

from ichimai.registry.model import KeyState
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Byteas


def held(tx: WriteTx) -> KeyState | None:
    """The note; nobody changes the key until this transaction ends."""
    row = tx.row("SELECT digest, generation, numbers_digest, rewritten_to FROM key_check FOR SHARE")
    return None if row is None else KeyState(*row)


def locked(tx: WriteTx) -> KeyState | None:
    """The note; nobody else writes credentials until this transaction ends."""
    row = tx.row(
        "SELECT digest, generation, numbers_digest, rewritten_to FROM key_check FOR UPDATE"
    )
    return None if row is None else KeyState(*row)


def keep(tx: WriteTx, state: KeyState) -> None:
    """Write the note unless there is one already."""
    tx.execute(
        "INSERT INTO key_check VALUES (true, %s, %s, %s, %s) ON CONFLICT DO NOTHING", list(state)
    )


def begin(tx: WriteTx, generation: int, numbers_digest: bytes) -> None:
    """Note that all numbers are from now on to be of ``generation``; none is yet."""
    tx.execute(
        "UPDATE key_check SET generation = %s, numbers_digest = %s, rewritten_to = %s",
        [generation, numbers_digest, b""],
    )


def note_progress(tx: WriteTx, rewritten_to: bytes | None) -> None:
    """Note how far it has come."""
    tx.execute("UPDATE key_check SET rewritten_to = %s", [rewritten_to])


def older_hashes(tx: ReadTx, after: bytes, generation: int, limit: int) -> list[bytes]:
    """The first hashes ``after`` one that are of an older generation."""
    found = tx.rows(
        """
        SELECT number_hash FROM credential
        WHERE number_hash > %s AND generation < %s ORDER BY number_hash LIMIT %s
        """,
        [after, generation, limit],
    )
    return [hash_ for (hash_,) in found]


def rewrite(tx: WriteTx, old: list[bytes], new: list[bytes], generation: int) -> None:
    """Put ``new`` hashes in the place of ``old`` ones.

    The row moves: on Citus, it belongs on another machine.
    """
    tx.execute(
        """
        WITH moved AS (
            DELETE FROM credential WHERE number_hash = ANY (%s::bytea[]) RETURNING *
        )
        INSERT INTO credential (number_hash, id, holder, kind, scheme, status, generation,
            issued_at, valid_until, stopped_at, replaced_by, public_key)
        SELECT change.new, id, holder, kind, scheme, status, %s,
            issued_at, valid_until, stopped_at, replaced_by, public_key
        FROM moved JOIN unnest(%s::bytea[], %s::bytea[]) AS change (old, new)
            ON change.old = moved.number_hash
        """,
        [Byteas(old), generation, Byteas(old), Byteas(new)],
    )
