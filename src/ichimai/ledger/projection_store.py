"""SQL of the projections: accounts, lots, holds, refusals and stops as a batch leaves them."""

from typing import Final, LiteralString

from ichimai.ledger.book import Book
from ichimai.ledger.model import MINIMUM, Account, Role
from ichimai.storage import WriteTx
from ichimai.storage.arrays import (
    Bigints,
    Byteas,
    Dates,
    Fixed,
    Instants,
    Rest,
    Rows,
    RowType,
    Smallints,
    Texts,
    Uuids,
    Writing,
)

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


def save(tx: WriteTx, book: Book) -> None:
    """Write what a batch changed."""
    writing = Writing(tx)
    _save_accounts(writing, book)
    _save_lots(writing, book)
    _save_sales(writing, book)
    _save_the_rest(writing, book)
    writing.send()


_BOUND_AT_NONE: Final = ", ".join([str(role.value) for role in Role if MINIMUM[role] == 0])
_OPEN: Final[LiteralString] = f"""
    INSERT INTO account
    SELECT id, owner, role, asset, balance, CASE WHEN role IN ({_BOUND_AT_NONE}) THEN 0 END, %s,
        0, ''
    FROM unnest(%s::balance_addition[])
"""
_ADD: Final[LiteralString] = (
    f"{_OPEN} ON CONFLICT (id) DO UPDATE SET balance = account.balance + excluded.balance"
)


def _save_accounts(writing: Writing, book: Book) -> None:
    opened: list[Account] = []
    spent: list[Account] = []
    for account in book.new_accounts:
        (spent if account.recent or account.spent_units else opened).append(account)
    if opened:
        writing.add(_OPEN, (book.today, _additions(writing, opened)))
    if spent:
        _open_spent(writing, spent)
    if book.added_to:
        writing.add(_ADD, (book.today, _additions(writing, book.added_to)))
    if book.changed_accounts:
        changed = [
            (account.id, account.balance, account.spent_on, account.spent_units, account.recent)
            for account in book.changed_accounts
        ]
        writing.add(
            "UPDATE account SET balance = new.balance, spent_on = new.spent_on,"
            " spent_units = new.spent_units, recent = new.recent"
            " FROM unnest(%s::balance_change[]) AS new WHERE account.id = new.id",
            (_CHANGE.array(writing, changed),),
        )


def _additions(writing: Writing, accounts: list[Account]) -> Rows:
    return _ADDITION.array(
        writing,
        [
            (account.id, account.owner, account.role, account.balance, account.asset)
            for account in accounts
        ],
    )


def _open_spent(writing: Writing, accounts: list[Account]) -> None:
    """Open accounts from which the batch has spent already."""
    writing.add(
        "INSERT INTO account SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[],"
        " %s::text[], %s::bigint[], %s::bigint[], %s::date[], %s::bigint[], %s::bytea[])",
        (
            Uuids(account.id for account in accounts),
            Uuids(account.owner for account in accounts),
            Smallints(account.role for account in accounts),
            Texts(account.asset for account in accounts),
            Bigints(account.balance for account in accounts),
            [account.minimum for account in accounts],
            Dates(account.spent_on for account in accounts),
            Bigints(account.spent_units for account in accounts),
            Byteas(account.recent for account in accounts),
        ),
    )


def _save_lots(writing: Writing, book: Book) -> None:
    if book.filled_lots:
        # They are opened, or added to those that are there with nothing left in them.
        rows = [
            (
                *(lot.account, lot.id, lot.funder, lot.added, lot.remaining, lot.capped_left),
                *(lot.expires_at, lot.usable_at),
            )
            for lot in book.filled_lots
        ]
        writing.add(
            "INSERT INTO lot SELECT * FROM unnest(%s::lot[])"
            " ON CONFLICT (account, id) DO UPDATE SET units = lot.units + excluded.units,"
            " remaining = lot.remaining + excluded.remaining,"
            " capped_left = lot.capped_left + excluded.capped_left,"
            " expires_at = greatest(lot.expires_at, excluded.expires_at)",
            (_LOT.array(writing, rows),),
        )
    if book.changed_lots:
        changed = [
            (lot.account, lot.id, lot.added, lot.remaining, lot.capped_by, lot.expires_at)
            for lot in book.changed_lots
        ]
        writing.add(
            "UPDATE lot SET units = lot.units + new.added, remaining = new.remaining,"
            " capped_left = lot.capped_left + new.capped_by,"
            " expires_at = greatest(lot.expires_at, new.expires_at)"
            " FROM unnest(%s::lot_change[]) AS new"
            " WHERE lot.account = new.account AND lot.id = new.id",
            (_LOT_CHANGE.array(writing, changed),),
        )


def _save_sales(writing: Writing, book: Book) -> None:
    if book.counted:
        tallies = [(key, book.tallies[key]) for key in book.counted]
        writing.add(
            "INSERT INTO tally SELECT * FROM unnest(%s::tally[])"
            " ON CONFLICT (id) DO UPDATE SET count = excluded.count",
            (_TALLY.array(writing, tallies),),
        )
    if book.new_counts:
        rows = _COUNTED.array(writing, book.new_counts)
        writing.add("INSERT INTO counted SELECT * FROM unnest(%s::counted[])", (rows,))
    if book.new_sales:
        rows = _SALE.array(writing, book.new_sales)
        writing.add("INSERT INTO sale SELECT * FROM unnest(%s::sale[])", (rows,))


def _save_the_rest(writing: Writing, book: Book) -> None:
    if book.new_asked:
        writing.add(
            "INSERT INTO asked SELECT * FROM unnest(%s::uuid[], %s::text[])",
            (Uuids(book.new_asked), Texts(book.asked[key] for key in book.new_asked)),
        )
    if book.new_holds:
        rows = [(key, book.holds[key]) for key in book.new_holds]
        writing.add(
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
        writing.add(
            "UPDATE hold SET is_open = false WHERE operation = ANY(%s::uuid[])",
            (book.closed_holds,),
        )
    if book.new_refusals:
        refused = [book.refusals[key] for key in book.new_refusals]
        writing.add(
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
        writing.add(
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
        f"{_OPENED} ON CONFLICT DO NOTHING",
        _opened(account),
    )


_OPENED: Final = "INSERT INTO account VALUES (%s, %s, %s, %s, 0, %s, %s, 0, '')"


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

    Takes the head lock and revises the head, so that no batch works with the old bound.
    """
    tx.execute("UPDATE ledger_head SET revision = revision + 1")
    written = tx.execute(
        f"{_OPENED} ON CONFLICT (id) DO UPDATE SET minimum = excluded.minimum"
        " WHERE excluded.minimum IS NULL OR account.balance >= excluded.minimum",
        _opened(account),
    )
    return written > 0
