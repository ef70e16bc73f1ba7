"""The SQL of contacts and of changes of accounts."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ichimai.merchants import BankAccount, ShopId
from ichimai.settlement.bank.account_model import AccountChange, AccountChangeId, Contact
from ichimai.storage import ReadTx, WriteTx

_CONTACT: Final = "id, shop, mail, letter, entered_by, entered_at"
_ACCOUNT: Final = (
    "bank_code, bank_name, branch_code, branch_name, account_kind, account_number, account_holder"
)
_CHANGE: Final = (
    f"id, shop, {_ACCOUNT}, was, reason, is_from_shop, asked_by, asked_at, checked_by, checked_at,"
    " decided_by, decided_at, is_approved, delay_hours, effective_at, cancelled_by, cancelled_at,"
    " applied_at, code_hash"
)


def add_contact(tx: WriteTx, contact: Contact) -> None:
    """Write where a shop is told from now on."""
    tx.execute(
        f"INSERT INTO shop_contact ({_CONTACT}) VALUES (%s, %s, %s, %s, %s, %s)",
        (
            contact.id,
            contact.shop,
            contact.mail,
            contact.letter,
            contact.entered_by,
            contact.entered_at,
        ),
    )


def contacts(tx: ReadTx, shop: ShopId) -> list[Contact]:
    """All contacts that a shop ever had, the newest first."""
    rows = tx.rows(
        f"SELECT {_CONTACT} FROM shop_contact WHERE shop = %s ORDER BY entered_at DESC, id DESC",
        (shop,),
    )
    return [Contact(*row) for row in rows]


def add(tx: WriteTx, change: AccountChange) -> bool:
    """Write a change that is asked for; False when its id is taken, or another is open."""
    written = tx.execute(
        f"INSERT INTO account_change (id, shop, {_ACCOUNT}, was, reason, is_from_shop, asked_by,"
        " asked_at, checked_by, checked_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (
            change.id,
            change.shop,
            *_row_of(change.account),
            [str(part) for part in _row_of(change.was)],
            change.reason,
            change.is_from_shop,
            change.asked_by,
            change.asked_at,
            change.checked_by,
            change.checked_at,
        ),
    )
    return written == 1


def change(tx: ReadTx, id_: AccountChangeId) -> AccountChange | None:
    """One change."""
    row = tx.row(f"SELECT {_CHANGE} FROM account_change WHERE id = %s", (id_,))
    return _change_of(row) if row else None


def lock(tx: WriteTx, id_: AccountChangeId) -> AccountChange | None:
    """One change, that nobody else decides on until this transaction ends."""
    row = tx.row(f"SELECT {_CHANGE} FROM account_change WHERE id = %s FOR UPDATE", (id_,))
    return _change_of(row) if row else None


def lock_by_code(tx: WriteTx, code_hash: bytes) -> AccountChange | None:
    """The change that a code cancels, likewise."""
    row = tx.row(
        f"SELECT {_CHANGE} FROM account_change WHERE code_hash = %s FOR UPDATE", (code_hash,)
    )
    return _change_of(row) if row else None


def changes(tx: ReadTx, shop: ShopId | None, limit: int) -> list[AccountChange]:
    """The last changes of a shop (None: of all), the newest first."""
    rows = tx.rows(
        f"SELECT {_CHANGE} FROM account_change WHERE %s::uuid IS NULL OR shop = %s"
        " ORDER BY asked_at DESC, id DESC LIMIT %s",
        (shop, shop, limit),
    )
    return [_change_of(row) for row in rows]


def update_checked(tx: WriteTx, id_: AccountChangeId, by: UUID, at: datetime) -> None:
    """Write who checked it."""
    tx.execute(
        "UPDATE account_change SET checked_by = %s, checked_at = %s WHERE id = %s", (by, at, id_)
    )


def update_approved(
    tx: WriteTx,
    id_: AccountChangeId,
    by: UUID,
    at: datetime,
    *,
    delay: timedelta,
    code_hash: bytes,
) -> None:
    """Write who approved it, and how long it waits from when everybody was told."""
    tx.execute(
        "UPDATE account_change SET decided_by = %s, decided_at = %s, is_approved = true,"
        " delay_hours = %s, code_hash = %s WHERE id = %s",
        (by, at, delay // timedelta(hours=1), code_hash, id_),
    )


def update_declined(tx: WriteTx, id_: AccountChangeId, by: UUID, at: datetime) -> None:
    """Write who declined it."""
    tx.execute(
        "UPDATE account_change SET decided_by = %s, decided_at = %s, is_approved = false"
        " WHERE id = %s",
        (by, at, id_),
    )


def update_cancelled(tx: WriteTx, id_: AccountChangeId, by: UUID, at: datetime) -> None:
    """Write who cancelled it."""
    tx.execute(
        "UPDATE account_change SET cancelled_by = %s, cancelled_at = %s WHERE id = %s",
        (by, at, id_),
    )


def start_delays(tx: WriteTx) -> None:
    """Let the delay of each approved change run from when the last of its notices had gone out."""
    tx.execute(
        """
        UPDATE account_change SET effective_at = told.last_at + delay_hours * interval '1 hour'
        FROM (
            SELECT about, max(sent_at) AS last_at FROM notice
            GROUP BY about HAVING bool_and(sent_at IS NOT NULL)
        ) AS told
        WHERE told.about = account_change.id AND is_approved AND effective_at IS NULL
            AND cancelled_at IS NULL
        """
    )


def apply_due(tx: WriteTx, now: datetime) -> int:
    """Give each shop the account whose time has come; how many.

    A change that is being cancelled is waited for, and then not applied.
    """
    return tx.execute(
        """
        WITH due AS (
            UPDATE account_change SET applied_at = %s
            WHERE effective_at <= %s AND applied_at IS NULL AND cancelled_at IS NULL
            RETURNING shop, bank_code, bank_name, branch_code, branch_name, account_kind,
                account_number, account_holder
        )
        UPDATE shop SET bank_code = due.bank_code, bank_name = due.bank_name,
            branch_code = due.branch_code, branch_name = due.branch_name,
            account_kind = due.account_kind, account_number = due.account_number,
            account_holder = due.account_holder
        FROM due WHERE shop.id = due.shop
        """,
        (now, now),
    )


def _row_of(account: BankAccount) -> tuple[Any, ...]:
    return (
        account.bank_code,
        account.bank_name,
        account.branch_code,
        account.branch_name,
        account.kind,
        account.number,
        account.holder_kana,
    )


def _change_of(row: tuple[Any, ...]) -> AccountChange:
    id_, shop, *account = row[:9]
    was, reason, is_from_shop, asked_by, asked_at, checked_by, checked_at = row[9:16]
    decided_by, decided_at, is_approved, hours, effective_at = row[16:21]
    cancelled_by, cancelled_at, applied_at, code_hash = row[21:]
    return AccountChange(
        id=id_,
        shop=shop,
        account=BankAccount(*account),
        was=_account_of(was),
        reason=reason,
        is_from_shop=is_from_shop,
        asked_by=asked_by,
        asked_at=asked_at,
        checked_by=checked_by,
        checked_at=checked_at,
        decided_by=decided_by,
        decided_at=decided_at,
        is_approved=is_approved,
        delay=None if hours is None else timedelta(hours=hours),
        effective_at=effective_at,
        cancelled_by=cancelled_by,
        cancelled_at=cancelled_at,
        applied_at=applied_at,
        code_hash=None if code_hash is None else bytes(code_hash),
    )


def _account_of(parts: list[str]) -> BankAccount:
    bank_code, bank_name, branch_code, branch_name, kind, number, holder = parts
    return BankAccount(bank_code, bank_name, branch_code, branch_name, int(kind), number, holder)
