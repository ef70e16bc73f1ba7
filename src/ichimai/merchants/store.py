"""The tables of associations, shops and tills."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ichimai.merchants.model import (
    Association,
    BankAccount,
    Shop,
    ShopId,
    ShopSize,
    Terminal,
    TerminalAtShop,
    TerminalId,
)
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Byteas

_SIZES = {size.value: size for size in ShopSize}


def add_associations(tx: WriteTx, new: Iterable[Association]) -> None:
    """Write associations."""
    tx.copy_rows(
        "COPY association (number, name, members, accepts_gift_vouchers) FROM STDIN",
        ((a.number, a.name, a.members, a.accepts_gift_vouchers) for a in new),
    )


def associations(tx: ReadTx) -> list[Association]:
    """All associations by number; the operator's own places are none."""
    found = tx.rows(
        "SELECT number, name, members, accepts_gift_vouchers FROM association"
        " WHERE number > 0 ORDER BY number"
    )
    return [Association(*row) for row in found]


def add_shops(tx: WriteTx, new: Iterable[Shop]) -> None:
    """Write shops."""
    tx.copy_rows(
        """
        COPY shop (
            id, number, association, name, kana, size, category,
            bank_code, bank_name, branch_code, branch_name,
            account_kind, account_number, account_holder
        ) FROM STDIN
        """,
        (_row_of(shop) for shop in new),
    )


def shop(tx: ReadTx, id_: ShopId) -> Shop | None:
    """One shop."""
    row = tx.row(
        """
        SELECT id, number, association, name, kana, size, category,
            bank_code, bank_name, branch_code, branch_name,
            account_kind, account_number, account_holder
        FROM shop WHERE id = %s
        """,
        [id_],
    )
    return None if row is None else _shop_of(row)


def shops(
    tx: ReadTx,
    *,
    text: str,
    kana: str,
    association: int | None,
    after: str,
    limit: int | None,
) -> list[Shop]:
    """Shops by number whose number or name holds ``text`` or whose kana holds ``kana``.

    ``association`` None: of all, which leaves the operator's own places out.
    """
    found = tx.rows(
        """
        SELECT id, number, association, name, kana, size, category,
            bank_code, bank_name, branch_code, branch_name,
            account_kind, account_number, account_holder
        FROM shop
        WHERE number > %s
            AND CASE WHEN %s::smallint IS NULL THEN association > 0 ELSE association = %s END
            AND (strpos(number, %s) > 0 OR strpos(lower(name), lower(%s)) > 0
                OR strpos(kana, %s) > 0)
        ORDER BY number LIMIT %s
        """,
        [after, association, association, text, text, kana, limit],
    )
    return [_shop_of(row) for row in found]


def shop_numbers(tx: ReadTx) -> list[str]:
    """The numbers of all shops."""
    return [number for (number,) in tx.rows("SELECT number FROM shop")]


def known_shops(tx: ReadTx, ids: Sequence[ShopId]) -> set[ShopId]:
    """Those of ``ids`` that are shops."""
    found = tx.rows("SELECT id FROM shop WHERE id = ANY(%s::uuid[])", [list(ids)])
    return {id_ for (id_,) in found}


def add_enrolment(
    tx: WriteTx, code_hash: bytes, shop_id: ShopId, *, at: datetime, expires_at: datetime
) -> None:
    """Write a one-time code for a till of ``shop_id``."""
    tx.execute(
        "INSERT INTO enrolment (code_hash, shop, created_at, expires_at) VALUES (%s, %s, %s, %s)",
        [code_hash, shop_id, at, expires_at],
    )


def use_enrolment(
    tx: WriteTx, code_hash: bytes, terminal: TerminalId, token_hash: bytes, at: datetime
) -> tuple[TerminalId, ShopId] | None:
    """Use a code up and write its till; None when it is unknown, used or too old.

    One statement: of two that bring the same code, the second waits for the first and then
    finds the code used.
    """
    row = tx.row(
        """
        WITH used AS (
            UPDATE enrolment SET used_at = %s, terminal = %s
            WHERE code_hash = %s AND used_at IS NULL AND expires_at > %s
            RETURNING shop
        )
        INSERT INTO terminal (id, token_hash, shop, enrolled_at)
        SELECT %s, %s, shop, %s FROM used
        RETURNING id, shop
        """,
        [at, terminal, code_hash, at, terminal, token_hash, at],
    )
    return None if row is None else (row[0], row[1])


def enrolled_before(
    tx: WriteTx, code_hash: bytes, token_hash: bytes, at: datetime
) -> tuple[TerminalId, ShopId] | None:
    """The till that a code made, if that has this token, is in use, and the code is good still."""
    row = tx.row(
        """
        SELECT terminal.id, terminal.shop
        FROM enrolment JOIN terminal ON terminal.id = enrolment.terminal
        WHERE code_hash = %s AND token_hash = %s AND expires_at > %s AND revoked_at IS NULL
        """,
        [code_hash, token_hash, at],
    )
    return None if row is None else (row[0], row[1])


def add_terminals(
    tx: WriteTx, new: Iterable[tuple[TerminalId, bytes, ShopId]], at: datetime
) -> None:
    """Write tills, each as (id, hash of its token, shop)."""
    tx.copy_rows(
        "COPY terminal (id, token_hash, shop, enrolled_at) FROM STDIN",
        ((id_, token_hash, shop_id, at) for id_, token_hash, shop_id in new),
    )


def stand_ins(tx: ReadTx, terminal: TerminalId) -> list[TerminalAtShop]:
    """A till of each shop and place, by number; all of them are ``terminal``, which is none."""
    rows = tx.rows(
        "SELECT shop.id, association.number, accepts_gift_vouchers, size, category, shop.number"
        " FROM shop JOIN association ON association.number = shop.association"
        " ORDER BY shop.number"
    )
    return [
        TerminalAtShop(terminal, ShopId(id_), association, accepts, _SIZES[size], category, number)
        for id_, association, accepts, size, category, number in rows
    ]


def asked_terminals(
    tx: ReadTx, token_hashes: list[bytes]
) -> Callable[[], dict[bytes, TerminalAtShop]]:
    """The tills in use with any of ``token_hashes``; one query, whose rows are called for."""
    rows = tx.asked(
        """
        SELECT t.token_hash, t.id, t.shop, s.association, a.accepts_gift_vouchers,
            s.size, s.category, s.number
        FROM terminal AS t
        JOIN shop AS s ON s.id = t.shop
        JOIN association AS a ON a.number = s.association
        WHERE t.token_hash = ANY(%s::bytea[]) AND t.revoked_at IS NULL
        """,
        [Byteas(token_hashes)],
    )
    return lambda: {
        token_hash: TerminalAtShop(
            id_, shop_id, association, accepts, _SIZES[size], category, number
        )
        for token_hash, id_, shop_id, association, accepts, size, category, number in rows()
    }


def terminals_of(tx: ReadTx, shop_id: ShopId) -> list[Terminal]:
    """All tills that a shop ever had, oldest first."""
    found = tx.rows(
        """
        SELECT id, shop, enrolled_at, revoked_at FROM terminal
        WHERE shop = %s ORDER BY enrolled_at, id
        """,
        [shop_id],
    )
    return [Terminal(*row) for row in found]


def revoke(tx: WriteTx, terminal: TerminalId, at: datetime) -> bool:
    """Revoke a till unless it is revoked already; whether there is such a till."""
    touched = tx.execute(
        "UPDATE terminal SET revoked_at = coalesce(revoked_at, %s) WHERE id = %s", [at, terminal]
    )
    return touched == 1


def _row_of(shop: Shop) -> tuple[Any, ...]:
    account = shop.account
    return (
        shop.id,
        shop.number,
        shop.association,
        shop.name,
        shop.kana,
        shop.size.value,
        shop.category,
        account.bank_code,
        account.bank_name,
        account.branch_code,
        account.branch_name,
        account.kind,
        account.number,
        account.holder_kana,
    )


def _shop_of(row: tuple[Any, ...]) -> Shop:
    id_, number, association, name, kana, size, category, *account = row
    return Shop(id_, number, association, name, kana, _SIZES[size], category, BankAccount(*account))


def shop_names(tx: ReadTx, shops: Sequence[UUID]) -> dict[UUID, str]:
    """The names of those ids that are shops."""
    rows = tx.rows("SELECT id, name FROM shop WHERE id = ANY(%s::uuid[])", (list(shops),))
    return dict(rows)
