"""The tables of second factors: staff_totp and staff_recovery_code."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ichimai.people.model import SecondFactors
from ichimai.storage import ReadTx, WriteTx


def second_factors(tx: ReadTx, staff: UUID) -> SecondFactors:
    """What a member of staff has besides the password."""
    row = tx.row(
        "SELECT EXISTS (SELECT 1 FROM staff_totp WHERE staff = %s AND secret IS NOT NULL),"
        " (SELECT count(*) FROM passkey WHERE owner = %s AND audience = 'staff'),"
        " (SELECT count(*) FROM staff_recovery_code WHERE staff = %s AND used_at IS NULL)",
        (staff, staff, staff),
    )
    has_totp, passkeys, codes = row or (False, 0, 0)
    return SecondFactors(has_totp=has_totp, passkeys=passkeys, recovery_codes_left=codes)


def upsert_pending(tx: WriteTx, staff: UUID, pending: bytes) -> None:
    """Keep the secret of an app that is being set up; one before it is forgotten."""
    tx.execute(
        "INSERT INTO staff_totp (staff, pending, last_step) VALUES (%s, %s, 0)"
        " ON CONFLICT (staff) DO UPDATE SET pending = excluded.pending",
        (staff, pending),
    )


def pending_secret(tx: ReadTx, staff: UUID) -> bytes | None:
    """The secret of an app that is being set up."""
    row = tx.row("SELECT pending FROM staff_totp WHERE staff = %s", (staff,))
    return bytes(row[0]) if row and row[0] is not None else None


def confirm_pending(tx: WriteTx, staff: UUID, step: int, at: datetime) -> None:
    """Make the pending secret the one that counts; its code of ``step`` is used."""
    tx.execute(
        "UPDATE staff_totp"
        " SET secret = pending, confirmed_at = %s, pending = NULL, last_step = %s WHERE staff = %s",
        (at, step, staff),
    )


def secret(tx: ReadTx, staff: UUID) -> bytes | None:
    """The secret of a member's app."""
    row = tx.row("SELECT secret FROM staff_totp WHERE staff = %s", (staff,))
    return bytes(row[0]) if row and row[0] is not None else None


def use_step(tx: WriteTx, staff: UUID, step: int) -> bool:
    """Use the code of a step up; False when it, or a later one, was used before."""
    return bool(
        tx.execute(
            "UPDATE staff_totp SET last_step = %s WHERE staff = %s AND last_step < %s",
            (step, staff, step),
        )
    )


def delete_totp(tx: WriteTx, staff: UUID) -> None:
    """Forget a member's app and its recovery codes."""
    tx.execute("DELETE FROM staff_totp WHERE staff = %s", (staff,))
    tx.execute("DELETE FROM staff_recovery_code WHERE staff = %s", (staff,))


def replace_recovery_codes(tx: WriteTx, staff: UUID, hashes: Sequence[bytes], at: datetime) -> None:
    """Keep new recovery codes in place of all old ones."""
    tx.execute("DELETE FROM staff_recovery_code WHERE staff = %s", (staff,))
    tx.execute_many(
        "INSERT INTO staff_recovery_code (staff, code_hash, made_at) VALUES (%s, %s, %s)",
        [(staff, each, at) for each in hashes],
    )


def use_recovery_code(tx: WriteTx, staff: UUID, code_hash: bytes, at: datetime) -> bool:
    """Use a code up; False when it is not theirs or was used before."""
    return bool(
        tx.execute(
            "UPDATE staff_recovery_code SET used_at = %s"
            " WHERE staff = %s AND code_hash = %s AND used_at IS NULL",
            (at, staff, code_hash),
        )
    )
