"""The ledger's SQL: what a batch reads."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.ledger.book import Book, HoldState, MergeState, Refused
from ichimai.ledger.journal_store import COLUMNS, HEAD, LOCK_HEAD, Head, transfer_of
from ichimai.ledger.model import (
    Account,
    AccountId,
    Counted,
    Kind,
    Lot,
    OperationId,
    Role,
    Sale,
    Transfer,
    account_id,
)
from ichimai.ledger.needs import Needs
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Uuids

_TRANSFERS: Final[LiteralString] = (
    f"SELECT {COLUMNS} FROM transfer WHERE operation = ANY(%(ids)s::uuid[])"
    " AND operation BETWEEN %(least)s AND %(most)s ORDER BY number"
)
_REFUSALS: Final = (
    "SELECT operation, code, kind, units, terminal, actor, asked FROM refusal"
    " WHERE operation = ANY(%(ids)s::uuid[])"
)
_STOPS: Final = "SELECT actor, operation FROM credential_stop WHERE actor = ANY(%(actors)s::uuid[])"
# Of nearly all batches, nothing is there yet.
_HAS_TRACES: Final[LiteralString] = (
    f"EXISTS ({_TRANSFERS}) OR EXISTS ({_REFUSALS}) OR EXISTS ({_STOPS})"
)
_ACCOUNT: Final = "account.id, owner, role, asset, balance, minimum, spent_on, spent_units, recent"
_LOT: Final = "lot.id, remaining, capped_left, expires_at, usable_at"
# Of an account that was asked for by what it is, this is not yet known.
_STATE: Final = "account.id, balance, minimum, spent_on, spent_units, recent"
# What nearly all batches need, in one statement, so as it is at one head; and whether there is
# more to read. OFFSET 0 keeps PostgreSQL at one look-up an account: it would else read the table
# whole.
_STATES: Final[LiteralString] = f"""
    SELECT {HEAD}, {_HAS_TRACES}, known.* FROM ledger_head AS head LEFT JOIN LATERAL (
        SELECT {_STATE}, {_LOT} FROM account LEFT JOIN LATERAL (
            SELECT * FROM lot WHERE lot.account = account.id AND remaining > 0 OFFSET 0
        ) AS lot ON true
        WHERE account.id = ANY(%(accounts)s::uuid[]) OFFSET 0
    ) AS known ON true
"""
_WHOLE_ACCOUNTS: Final[LiteralString] = (
    f"SELECT {_ACCOUNT}, {_LOT} FROM account LEFT JOIN LATERAL"
    " (SELECT * FROM lot WHERE lot.account = account.id OFFSET 0) AS lot ON true"
    " WHERE account.id = ANY(%s::uuid[])"
)
_ROLE_ACCOUNTS: Final[LiteralString] = (
    f"SELECT {_ACCOUNT} FROM account WHERE role = ANY(%s::smallint[]) AND asset = %s"
)
_EXPIRED_ACCOUNTS: Final[LiteralString] = (
    f"SELECT {_ACCOUNT} FROM account WHERE role = {Role.EXPIRED.value}"
)
_HOLDS: Final = (
    "SELECT operation, payee, expires_at, is_open FROM hold WHERE operation = ANY(%s::uuid[])"
)
_REFUNDED: Final = (
    "SELECT reverses, credit, lot, sum(units)::bigint FROM transfer"
    f" WHERE reverses = ANY(%s::uuid[]) AND reverses <> '{NIL}'"
    f" AND kind IN ({Kind.REFUND.value}, {Kind.RESTORE.value})"
    " GROUP BY reverses, credit, lot"
)
_DUE: Final[LiteralString] = (
    f"SELECT {_ACCOUNT}, {_LOT} FROM (SELECT * FROM lot WHERE expires_at <= %s AND remaining > 0"
    " ORDER BY expires_at, id LIMIT %s) AS lot"
    " CROSS JOIN LATERAL (SELECT * FROM account WHERE account.id = lot.account OFFSET 0) AS account"
)

# Where merges lead to from some wallets, and on from there; nearly nowhere.
_MERGED_INTO: Final = f"""
    WITH RECURSIVE way (merge, credit) AS (
        SELECT CASE reverses WHEN '{NIL}' THEN operation ELSE reverses END, credit
        FROM transfer WHERE kind = {Kind.MERGE.value} AND debit = ANY(%s::uuid[])
        UNION
        SELECT further.* FROM way CROSS JOIN LATERAL (
            SELECT CASE reverses WHEN '{NIL}' THEN operation ELSE reverses END, credit
            FROM transfer WHERE kind = {Kind.MERGE.value} AND debit = way.credit OFFSET 0
        ) AS further
    )
    SELECT * FROM way
"""
_OF_MERGES: Final[LiteralString] = f"""
    SELECT {COLUMNS} FROM transfer WHERE operation = ANY(%(ids)s::uuid[])
        AND operation BETWEEN %(least)s AND %(most)s
        AND kind = {Kind.MERGE.value} AND reverses = '{NIL}'
    UNION ALL
    SELECT {COLUMNS} FROM transfer WHERE reverses = ANY(%(ids)s::uuid[]) AND reverses <> '{NIL}'
        AND kind IN ({Kind.MERGE.value}, {Kind.SPLIT.value}, {Kind.RECALL.value})
"""
# What merges count of the one under the other's tallies, with all that is counted there now.
_COUNTED_BY: Final[LiteralString] = f"""
    WITH leg AS ({_OF_MERGES})
    SELECT CASE reverses WHEN '{NIL}' THEN operation ELSE reverses END, tally,
           sum(counted.units)::bigint, min(count)
    FROM leg JOIN counted USING (operation, leg) JOIN tally ON tally.id = counted.tally
    GROUP BY 1, 2
"""

_TALLIES: Final = "SELECT id, count FROM tally WHERE id = ANY(%s::uuid[])"
_SALE: Final = (
    "operation, returns, wallet, payee, terminal, actor, total_yen, paid_units, occurred_at,"
    " recorded_at, asked"
)
_SALES: Final[LiteralString] = f"SELECT {_SALE} FROM sale WHERE operation = ANY(%s::uuid[])"
_ASKED: Final = "SELECT operation, words FROM asked WHERE operation = ANY(%s::uuid[])"
_RETURNED: Final = (
    "SELECT returns, -sum(total_yen)::bigint, -sum(paid_units)::bigint FROM sale"
    f" WHERE returns = ANY(%s::uuid[]) AND returns <> '{NIL}' GROUP BY returns"
)
# What a purchase counted, with how much is counted there now.
_COUNTED: Final = (
    "SELECT operation, leg, tally, units, is_of_times, count FROM counted"
    " JOIN tally ON tally.id = counted.tally WHERE operation = ANY(%s::uuid[]) ORDER BY leg, tally"
)
_TAKEN_BACK: Final = (
    "SELECT reverses, lot, credit, sum(units)::bigint FROM transfer"
    f" WHERE reverses = ANY(%s::uuid[]) AND reverses <> '{NIL}'"
    f" AND kind IN ({Kind.TAKE_BACK.value}, {Kind.CASH_OUT.value}) GROUP BY reverses, lot, credit"
)

_ROLES: Final = {role.value: role for role in Role}


class Loaded(NamedTuple):
    """What a batch needs, as it stood at ``head``."""

    head: Head
    book: Book


def load(tx: WriteTx, needs: Needs, now: datetime, *, is_locked: bool) -> Loaded:
    """Read what a batch needs, in one round trip; if ``is_locked``, with the head lock.

    Every statement sees what was committed before it was given: all that there is, if the lock
    is held.
    """
    named = _named(needs)
    with tx.together():
        locked = tx.asked(LOCK_HEAD) if is_locked else None
        states = tx.asked(_STATES, named)
        tallies = tx.asked(_TALLIES, (Uuids(needs.tallies),)) if needs.tallies else None
    if locked:
        locked()
    rows = states()
    *head, has_traces = rows[0][: len(Head._fields) + 1]
    book = Book(now)
    if has_traces:
        _load_traces(tx, named, needs, book)
    _fill_states(book, needs, rows)
    book.tallies = dict(tallies()) if tallies else {}
    return Loaded(Head(*head), book)


def _load_traces(tx: WriteTx, named: dict[str, object], needs: Needs, book: Book) -> None:
    """Read what earlier operations left that a batch asks about."""
    with tx.together():
        run = tx.connection.execute
        transfers = run(_TRANSFERS, named)
        refusals = run(_REFUSALS, named)
        stops = run(_STOPS, named)
        holds = run(_HOLDS, (Uuids(needs.parents),)) if needs.parents else None
        sales = run(_SALES, (Uuids(needs.operations),))
        asked = run(_ASKED, (Uuids(needs.operations),))
    book.asked.update(asked.fetchall())
    _fill_sales(book, sales.fetchall())
    _fill_operations(book, transfers.fetchall())
    book.refusals = _refusals(refusals.fetchall())
    book.stops.update(stops.fetchall())
    for operation, *hold in holds.fetchall() if holds else ():
        book.holds[operation] = HoldState(*hold)


def _named(needs: Needs) -> dict[str, object]:
    ids = Uuids(needs.operations)
    keys = {"accounts": Uuids(needs.accounts), "actors": Uuids(needs.actors)}
    return {"ids": ids, **_ends(ids), **keys}


def _ends(ids: Uuids) -> dict[str, UUID]:
    """The least and the greatest: they name the months, and so the partitions, to look in."""
    in_order = attrgetter("int")
    return {"least": min(ids, key=in_order), "most": max(ids, key=in_order)}


def load_parents(tx: WriteTx, needs: Needs, book: Book) -> None:
    """Read what commands undo: its wallets and lots, and what of it was undone before."""
    grandparents = {
        transfer.reverses
        for parent in needs.parents
        for transfer in book.operations.get(parent, ())
        if transfer.kind == Kind.POST
    }
    missing = grandparents - book.operations.keys()
    if missing:
        ids = Uuids(missing)
        found = tx.connection.execute(_TRANSFERS, {"ids": ids, **_ends(ids)})
        _fill_operations(book, found.fetchall())
    accounts: set[AccountId] = set()
    for parent in needs.parents & book.holds.keys():
        payee = book.holds[parent].payee
        assets = {transfer.asset for transfer in book.operations[parent]}
        accounts |= {account_id(payee, Role.RECEIVABLE, asset) for asset in assets}
    earners: set[AccountId] = set()
    for parent in (*needs.parents, *grandparents):
        for transfer in book.operations.get(parent, ()):
            accounts |= {transfer.credit, transfer.debit}
            if transfer.kind == Kind.EARN:
                earners.add(transfer.credit)
    with tx.together():
        run = tx.connection.execute
        merged = run(_MERGED_INTO, (Uuids(earners),)) if earners else None
        found = run(_WHOLE_ACCOUNTS, (Uuids(accounts),))
        parents = (Uuids(needs.parents),)
        refunded, taken_back = run(_REFUNDED, parents), run(_TAKEN_BACK, parents)
        sales, returned = run(_SALES, parents), run(_RETURNED, parents)
        counted = run(_COUNTED, parents)
    _fill_sales(book, sales.fetchall())
    for purchase, yen, units in returned.fetchall():
        book.returned[purchase] = yen, units
    for *row, count in counted.fetchall():
        each = Counted._make(row)
        book.counts.setdefault(each.operation, []).append(each)
        book.tallies[each.tally] = count
    for purchase, lot, giver, units in taken_back.fetchall():
        book.taken_back[purchase, lot, giver] = units
    _fill_accounts(book, found.fetchall())
    for payment, wallet, lot, units in refunded.fetchall():
        book.refunded[payment, wallet, lot] = units
    ways = merged.fetchall() if merged else []
    if ways:
        load_followers(tx, book, {merge for merge, _ in ways})
        _fill_accounts(book, tx.rows(_WHOLE_ACCOUNTS, (Uuids({wallet for _, wallet in ways}),)))


def load_followers(tx: WriteTx, book: Book, merges: Collection[OperationId]) -> None:
    """Read some merges, what followed them, what came back of them, and what they count."""
    ids = Uuids(each for each in merges if each not in book.merges)
    if not ids:
        return
    named = {"ids": ids, **_ends(ids)}
    with tx.together():
        legs = tx.connection.execute(f"{_OF_MERGES} ORDER BY number", named)
        counts = tx.connection.execute(_COUNTED_BY, named)
    for leg in map(transfer_of, legs.fetchall()):
        merge = leg.reverses if leg.reverses.int else leg.operation
        book.merges.setdefault(merge, MergeState([], {})).legs.append(leg)
    for merge, tally, units, count in counts.fetchall():
        book.tallies[tally] = count
        if units:
            book.merges[merge].counts[tally] = units


def load_funders(tx: WriteTx, book: Book, wallets: Iterable[AccountId]) -> None:
    """Read who funded the lots of some wallets, which were read before."""
    for wallet, lot, funder in tx.rows(
        "SELECT account, id, funder FROM lot WHERE account = ANY(%s::uuid[])", (Uuids(wallets),)
    ):
        if lot in book.lots.get(wallet, {}):
            book.lots[wallet][lot].funder = funder


def load_due(tx: WriteTx, book: Book, limit: int) -> None:
    """Read the lots whose end has come, their wallets, and where they go."""
    _fill_accounts(book, tx.rows(_DUE, (book.now, limit)))
    _fill_accounts(book, tx.rows(_EXPIRED_ACCOUNTS))


def load_roles(tx: WriteTx, book: Book, roles: Sequence[Role], asset: Asset) -> None:
    """Read every account of some roles of one asset."""
    values = [role.value for role in roles]
    _fill_accounts(book, tx.rows(_ROLE_ACCOUNTS, (values, asset)))


def _fill_operations(book: Book, rows: Iterable[tuple[Any, ...]]) -> None:
    for row in rows:
        book.operations.setdefault(row[1], []).append(transfer_of(row))


def _fill_sales(book: Book, rows: Iterable[tuple[Any, ...]]) -> None:
    for row in rows:
        book.sales[row[0]] = Sale._make(row)


def _refusals(rows: Iterable[tuple[Any, ...]]) -> dict[OperationId, Refused]:
    return {operation: Refused(code, Kind(kind), *asked) for operation, code, kind, *asked in rows}


def _fill_accounts(book: Book, rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows of accounts, each with one of its lots if it has any."""
    for id_, owner, role, asset, balance, minimum, spent_on, spent_units, recent, *lot in rows:
        if id_ not in book.accounts:
            book.accounts[id_] = Account(
                id_, owner, _ROLES[role], asset, balance, minimum, spent_on, spent_units, recent
            )
        if lot and lot[0] is not None:
            book.lots.setdefault(id_, {}).setdefault(lot[0], Lot(id_, *lot))


def _fill_states(book: Book, needs: Needs, rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows of ``_STATES``: accounts that a batch named by what they are, each with a lot if any."""
    accounts, lots = book.accounts, book.lots
    for _, _, _, _, _, _, id_, balance, minimum, spent_on, spent_units, recent, lot, *left in rows:
        if id_ is None:
            return  # it named none that there is
        if id_ not in accounts:
            accounts[id_] = Account(
                id_, *needs.accounts[id_], balance, minimum, spent_on, spent_units, recent
            )
            lots[id_] = {}
        if lot is not None:
            lots[id_][lot] = Lot(id_, lot, *left)


def transfers_of(tx: ReadTx, operation: OperationId) -> list[Transfer]:
    """The transfers of one operation, in order; none when there is no such operation."""
    named = {"ids": [operation], "least": operation, "most": operation}
    return [transfer_of(row) for row in tx.rows(_TRANSFERS, named)]


def sales(tx: ReadTx, operations: Sequence[OperationId]) -> list[Sale]:
    """What tills rang up under some ids."""
    return [Sale._make(row) for row in tx.rows(_SALES, (Uuids(operations),))]
