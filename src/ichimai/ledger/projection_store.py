"""SQL of the projections: accounts, lots, holds, refusals and stops as a batch leaves them."""

from typing import Final, LiteralString

from ichimai.ledger.book import Book
from ichimai.ledger.model import MINIMUM, Account, Lot, Role
from ichimai.storage import WriteTx
from ichimai.storage.arrays import (
    Bigints,
    Byteas,
    Dates,
    Fixed,
    Instants,
    Prepared,
    Rest,
    RowType,
    Smallints,
    Texts,
    Uuids,
)

Writes = WriteTx | Prepared

_LOT: Final = RowType(
    "lot",
    *(Fixed.UUID, Fixed.UUID, Fixed.UUID, Fixed.BIGINT, Fixed.BIGINT, Fixed.BIGINT),
    *(Fixed.INSTANT, Fixed.INSTANT),
)
_CHANGE: Final = RowType(
    "balance_change",
    *(Fixed.UUID, Fixed.BIGINT, Fixed.DATE, Fixed.BIGINT),
    rest=Rest.BYTEA,
)
_ADDITION: Final = RowType(
    "balance_addition",
    *(Fixed.UUID, Fixed.UUID, Fixed.SMALLINT, Fixed.BIGINT),
    rest=Rest.TEXT,
)
_LOT_CHANGE: Final = RowType(
    "lot_change",
    *(Fixed.UUID, Fixed.UUID, Fixed.BIGINT, Fixed.BIGINT, Fixed.BIGINT, Fixed.INSTANT),
)
_TALLY: Final = RowType("tally", Fixed.UUID, Fixed.BIGINT)
_COUNTED: Final = RowType(
    "counted", *(Fixed.UUID, Fixed.INTEGER, Fixed.UUID, Fixed.BIGINT, Fixed.BOOLEAN)
)
_SALE: Final = RowType(
    "sale",
    *(Fixed.UUID, Fixed.UUID, Fixed.UUID, Fixed.UUID, Fixed.UUID, Fixed.UUID),
    *(Fixed.BIGINT, Fixed.BIGINT, Fixed.INSTANT, Fixed.INSTANT),
    rest=Rest.TEXT,
)


def save(tx: Writes, book: Book) -> None:
    """Write what a batch changed; for use in a pipeline."""
    if book.new_accounts:
        _add_accounts(tx, book.new_accounts)
    if book.filled_lots:
        _fill_lots(tx, book.filled_lots)
    if book.changed_accounts or book.changed_lots or book.added_to:
        _save_changes(tx, book)
    _save_the_rest(tx, book)


def _add_accounts(tx: Writes, opened: list[Account]) -> None:
    tx.execute(
        "INSERT INTO account SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[],"
        " %s::text[], %s::bigint[], %s::bigint[], %s::date[], %s::bigint[], %s::bytea[])",
        (
            Uuids(account.id for account in opened),
            Uuids(account.owner for account in opened),
            Smallints(account.role for account in opened),
            Texts(account.asset for account in opened),
            Bigints(account.balance for account in opened),
            [account.minimum for account in opened],
            Dates(account.spent_on for account in opened),
            Bigints(account.spent_units for account in opened),
            Byteas(account.recent for account in opened),
        ),
    )


def _fill_lots(tx: Writes, filled: list[Lot]) -> None:
    """Open lots, or add to those that are there with nothing left in them."""
    rows = [
        (
            *(lot.account, lot.id, lot.funder, lot.added, lot.remaining, lot.capped_left),
            *(lot.expires_at, lot.usable_at),
        )
        for lot in filled
    ]
    tx.execute(
        "INSERT INTO lot SELECT * FROM unnest(%s::lot[])"
        " ON CONFLICT (account, id) DO UPDATE SET units = lot.units + excluded.units,"
        " remaining = lot.remaining + excluded.remaining,"
        " capped_left = lot.capped_left + excluded.capped_left,"
        " expires_at = greatest(lot.expires_at, excluded.expires_at)",
        (_LOT.array(tx, rows),),
    )


_BOUND_AT_NONE: Final = ", ".join([str(role.value) for role in Role if MINIMUM[role] == 0])
_CHANGES: Final[LiteralString] = f"""
WITH changed AS (
    UPDATE account SET balance = new.balance, spent_on = new.spent_on,
        spent_units = new.spent_units, recent = new.recent
    FROM unnest(%s::balance_change[]) AS new WHERE account.id = new.id
), added AS (
    INSERT INTO account
    SELECT id, owner, role, asset, balance, CASE WHEN role IN ({_BOUND_AT_NONE}) THEN 0 END, %s,
        0, ''
    FROM unnest(%s::balance_addition[])
    ON CONFLICT (id) DO UPDATE SET balance = account.balance + excluded.balance
)
UPDATE lot SET units = lot.units + new.added, remaining = new.remaining,
    capped_left = lot.capped_left + new.capped_by,
    expires_at = greatest(lot.expires_at, new.expires_at)
FROM unnest(%s::lot_change[]) AS new WHERE lot.account = new.account AND lot.id = new.id
"""
"""The hottest of all statements: what payments change, in one."""


def _save_changes(tx: Writes, book: Book) -> None:
    changed = [
        (account.id, account.balance, account.spent_on, account.spent_units, account.recent)
        for account in book.changed_accounts
    ]
    added = [
        (account.id, account.owner, account.role, account.balance, account.asset)
        for account in book.added_to
    ]
    lots = [
        (lot.account, lot.id, lot.added, lot.remaining, lot.capped_by, lot.expires_at)
        for lot in book.changed_lots
    ]
    tx.execute(
        _CHANGES,
        (
            _CHANGE.array(tx, changed),
            book.today,
            _ADDITION.array(tx, added),
            _LOT_CHANGE.array(tx, lots),
        ),
    )


def _save_the_rest(tx: Writes, book: Book) -> None:
    if book.counted:
        tallies = [(key, book.tallies[key]) for key in book.counted]
        tx.execute(
            "INSERT INTO tally SELECT * FROM unnest(%s::tally[])"
            " ON CONFLICT (id) DO UPDATE SET count = excluded.count",
            (_TALLY.array(tx, tallies),),
        )
    if book.new_counts:
        tx.execute(
            "INSERT INTO counted SELECT * FROM unnest(%s::counted[])",
            (_COUNTED.array(tx, book.new_counts),),
        )
    if book.new_asked:
        tx.execute(
            "INSERT INTO asked SELECT * FROM unnest(%s::uuid[], %s::text[])",
            (Uuids(book.new_asked), Texts(book.asked[key] for key in book.new_asked)),
        )
    if book.new_sales:
        tx.execute(
            "INSERT INTO sale SELECT * FROM unnest(%s::sale[])", (_SALE.array(tx, book.new_sales),)
        )
    if book.new_holds:
        rows = [(key, book.holds[key]) for key in book.new_holds]
        tx.execute(
            "INSERT INTO hold SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[],"
            " %s::boolean[])",
            (
                Uuids(key for key, _ in rows),
                [hold.payee for _, hold in rows],
                Instants(hold.expires_at for _, hold in rows),
                [hold.is_open for _, hold in rows],
            ),
        )
    if book.closed_holds:
        tx.execute(
            "UPDATE hold SET is_open = false WHERE operation = ANY(%s::uuid[])",
            (book.closed_holds,),
        )
    if book.new_refusals:
        refused = [book.refusals[key] for key in book.new_refusals]
        tx.execute(
            "INSERT INTO refusal SELECT *, %s::timestamptz FROM unnest(%s::uuid[], %s::text[],"
            " %s::smallint[], %s::bigint[], %s::uuid[], %s::uuid[], %s::text[])",
            (
                book.now,
                Uuids(book.new_refusals),
                Texts(refusal.code for refusal in refused),
                Smallints(refusal.kind for refusal in refused),
                Bigints(refusal.units for refusal in refused),
                Uuids(refusal.terminal for refusal in refused),
                Uuids(refusal.actor for refusal in refused),
                Texts(refusal.asked for refusal in refused),
            ),
        )
    if book.new_stops:
        stops = [book.operations[book.stops[actor]][0] for actor in book.new_stops]
        tx.execute(
            "INSERT INTO credential_stop SELECT *, %s::timestamptz"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[])",
            (
                book.now,
                Uuids(stop.actor for stop in stops),
                Uuids(stop.operation for stop in stops),
                Bigints(stop.number for stop in stops),
            ),
        )


def ensure_account(tx: WriteTx, account: Account) -> None:
    """Open an account, unless it is there."""
    tx.execute(
        f"{_OPEN} ON CONFLICT DO NOTHING",
        _opened(account),
    )


_OPEN: Final = "INSERT INTO account VALUES (%s, %s, %s, %s, 0, %s, %s, 0, '')"


def _opened(account: Account) -> tuple[object, ...]:
    return (
        account.id,
        account.owner,
        account.role,
        account.asset,
        account.minimum,
        account.spent_on,
    )


def set_minimum(tx: WriteTx, account: Account) -> bool:
    """Open an account with a bound of its own, or change the bound; False: it is below it.

    Takes the head lock, so that no batch works with the old bound.
    """
    tx.row("SELECT number FROM ledger_head FOR UPDATE")
    written = tx.execute(
        f"{_OPEN} ON CONFLICT (id) DO UPDATE SET minimum = excluded.minimum"
        " WHERE excluded.minimum IS NULL OR account.balance >= excluded.minimum",
        _opened(account),
    )
    return written > 0
