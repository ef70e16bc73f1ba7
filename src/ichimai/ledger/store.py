"""The ledger's SQL: what a batch reads under the head lock, and what it writes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

import msgspec

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.ledger import projection_store
from ichimai.ledger.book import Book, HoldState, Refused
from ichimai.ledger.model import (
    Account,
    Block,
    Kind,
    Lot,
    OperationId,
    Role,
    Transfer,
    account_id,
)
from ichimai.ledger.needs import Needs
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Bigints, Instants, Integers, Smallints, Texts, Uuids

_COLUMNS: Final = (
    "number, operation, leg, kind, debit, credit, units, capped, lot, occurred_at, recorded_at, "
    "expires_at, terminal, actor, reverses, asset"
)

LEAF: Final = (
    "int8send(number) || uuid_send(operation) || int4send(leg) || int2send(kind)"
    " || uuid_send(debit) || uuid_send(credit) || int8send(units) || int8send(capped)"
    " || uuid_send(lot) || timestamptz_send(occurred_at) || timestamptz_send(recorded_at)"
    " || timestamptz_send(expires_at) || uuid_send(terminal) || uuid_send(actor)"
    " || uuid_send(reverses) || convert_to(asset, 'UTF8')"
)
"""The canonical form of a row, in SQL; ``chain.leaf_bytes`` is the same in Python."""


def _transfer(row: tuple[Any, ...]) -> Transfer:
    return Transfer._make((*row[:3], Kind(row[3]), *row[4:]))


# One statement an entry: what is read for every batch, in one round trip.
_TRANSFERS: Final[LiteralString] = (
    f"SELECT {_COLUMNS} FROM transfer WHERE operation = ANY(%s::uuid[])"
    " AND operation BETWEEN %s AND %s ORDER BY number"
)
_REFUSALS: Final = (
    "SELECT operation, code, kind, units, terminal, actor FROM refusal"
    " WHERE operation = ANY(%s::uuid[])"
)
_ACCOUNTS: Final = (
    "SELECT id, owner, role, asset, balance, minimum, spent_on, spent_units, recent"
    " FROM account WHERE id = ANY(%s::uuid[])"
)
_ROLE_ACCOUNTS: Final = (
    "SELECT id, owner, role, asset, balance, minimum, spent_on, spent_units, recent"
    " FROM account WHERE role = ANY(%s::smallint[]) AND asset = %s"
)
_EXPIRED_ACCOUNTS: Final = (
    "SELECT id, owner, role, asset, balance, minimum, spent_on, spent_units, recent"
    f" FROM account WHERE role = {Role.EXPIRED.value}"
)
_LOTS: Final = (
    "SELECT account, id, funder, units, remaining, capped_left, expires_at"
    " FROM lot WHERE account = ANY(%s::uuid[])"
)
_STOPS: Final = "SELECT actor, operation FROM credential_stop WHERE actor = ANY(%s::uuid[])"
_HOLDS: Final = (
    "SELECT operation, payee, expires_at, is_open FROM hold WHERE operation = ANY(%s::uuid[])"
)
_REFUNDED: Final = (
    "SELECT reverses, credit, lot, sum(units)::bigint FROM transfer"
    f" WHERE reverses = ANY(%s::uuid[]) AND reverses <> '{NIL}' AND kind = {Kind.REFUND.value}"
    " GROUP BY reverses, credit, lot"
)
_DUE: Final = (
    "SELECT account, id, funder, units, remaining, capped_left, expires_at FROM lot"
    " WHERE expires_at <= %s AND remaining > 0 ORDER BY expires_at, id LIMIT %s"
)


_ROLES: Final = {role.value: role for role in Role}


class Head(NamedTuple):
    """The last block's place in the chain, read under the one lock."""

    sequence: int
    number: int
    hash: bytes
    recorded_at: datetime


_HEAD: Final = "SELECT sequence, number, hash, recorded_at FROM ledger_head"
_LOCKED: Final = f"{_HEAD} FOR UPDATE"
_LOCKED_IF_FREE: Final = f"{_HEAD} FOR UPDATE SKIP LOCKED"


def lock_head(tx: WriteTx) -> Head:
    """Take the head lock: nobody else posts until the transaction ends."""
    return Head(*tx.rows(_LOCKED)[0])


class Loaded(NamedTuple):
    """What a batch needs, as it stood at ``head``; ``is_held``: the head lock was taken first."""

    head: Head
    book: Book
    is_held: bool


def load(tx: WriteTx, needs: Needs, now: datetime, *, may_read_ahead: bool) -> Loaded:
    """Take the head lock and read what a batch needs, in one round trip.

    Every statement after the lock sees what was committed before it was given. A batch that
    ``may_read_ahead`` does not wait for the lock: it reads while somebody else holds it.
    """
    ids = Uuids(needs.operations)
    with tx.together():
        run = tx.connection.execute
        lock = run(_LOCKED_IF_FREE if may_read_ahead else _LOCKED)
        seen = run(_HEAD) if may_read_ahead else lock
        transfers = run(_TRANSFERS, (ids, *_ends(ids)))
        refusals = run(_REFUSALS, (ids,))
        accounts = run(_ACCOUNTS, (Uuids(needs.accounts),)) if needs.accounts else None
        lots = run(_LOTS, (Uuids(needs.wallets),)) if needs.wallets else None
        stops = run(_STOPS, (Uuids(needs.actors),)) if needs.actors else None
        holds = run(_HOLDS, (Uuids(needs.parents),)) if needs.parents else None
    held = lock.fetchall()
    head = Head(*(held or seen.fetchall())[0])
    book = Book(now)
    _fill_operations(book, transfers.fetchall())
    book.refusals = _refusals(refusals.fetchall())
    _fill_accounts(book, accounts.fetchall() if accounts else ())
    _fill_lots(book, lots.fetchall() if lots else ())
    book.stops.update(stops.fetchall() if stops else ())
    for operation, *hold in holds.fetchall() if holds else ():
        book.holds[operation] = HoldState(*hold)
    return Loaded(head, book, bool(held))


def lock_late(tx: WriteTx, needs: Needs) -> tuple[Head, dict[OperationId, Refused]]:
    """Take the head lock after reading ahead, and read what leaves no trace in the chain."""
    with tx.together():
        head = tx.connection.execute(_LOCKED)
        refusals = tx.connection.execute(_REFUSALS, (Uuids(needs.operations),))
    return Head(*head.fetchall()[0]), _refusals(refusals.fetchall())


def _ends(ids: Uuids) -> tuple[UUID, UUID]:
    """The least and the greatest: they name the months, and so the partitions, to look in."""
    in_order = attrgetter("int")
    return min(ids, key=in_order), max(ids, key=in_order)


def load_parents(tx: WriteTx, needs: Needs, book: Book) -> None:
    """Read what refunds and releases undo: their wallets, lots, and what was undone before."""
    grandparents = {
        transfer.reverses
        for parent in needs.parents
        for transfer in book.operations.get(parent, ())
        if transfer.kind == Kind.POST
    }
    missing = grandparents - book.operations.keys()
    if missing:
        ids = Uuids(missing)
        found = tx.connection.execute(_TRANSFERS, (ids, *_ends(ids)))
        _fill_operations(book, found.fetchall())
    wallets, others = set(), set()
    for parent in needs.parents & book.holds.keys():
        payee = book.holds[parent].payee
        assets = {transfer.asset for transfer in book.operations[parent]}
        others |= {account_id(payee, Role.RECEIVABLE, asset) for asset in assets}
    for parent in (*needs.parents, *grandparents):
        for transfer in book.operations.get(parent, ()):
            others.add(transfer.credit)
            if transfer.kind in {Kind.PAYMENT, Kind.HOLD}:
                wallets.add(transfer.debit)
            else:
                others.add(transfer.debit)
    with tx.together():
        run = tx.connection.execute
        accounts = run(_ACCOUNTS, (Uuids([*wallets, *others]),))
        lots = run(_LOTS, (Uuids(wallets),))
        refunded = run(_REFUNDED, (Uuids(needs.parents),))
    _fill_accounts(book, accounts.fetchall())
    _fill_lots(book, lots.fetchall())
    for payment, wallet, lot, units in refunded.fetchall():
        book.refunded[payment, wallet, lot] = units


def load_due(tx: WriteTx, book: Book, limit: int) -> None:
    """Read the lots whose end has come, their wallets, and where they go."""
    rows = tx.rows(_DUE, (book.now, limit))
    _fill_lots(book, rows)
    _fill_accounts(book, tx.rows(_ACCOUNTS, (Uuids(row[0] for row in rows),)))
    _fill_accounts(book, tx.rows(_EXPIRED_ACCOUNTS))


def load_roles(tx: WriteTx, book: Book, roles: Sequence[Role], asset: Asset) -> None:
    """Read every account of some roles of one asset."""
    values = [role.value for role in roles]
    _fill_accounts(book, tx.rows(_ROLE_ACCOUNTS, (values, asset)))


def _fill_operations(book: Book, rows: Iterable[tuple[Any, ...]]) -> None:
    for row in rows:
        book.operations.setdefault(row[1], []).append(_transfer(row))


def _refusals(rows: Iterable[tuple[Any, ...]]) -> dict[OperationId, Refused]:
    return {operation: Refused(code, Kind(kind), *asked) for operation, code, kind, *asked in rows}


def _fill_accounts(book: Book, rows: Iterable[tuple[Any, ...]]) -> None:
    for id_, owner, role, *rest in rows:
        if id_ not in book.accounts:
            book.accounts[id_] = Account(id_, owner, _ROLES[role], *rest)


def _fill_lots(book: Book, rows: Iterable[tuple[Any, ...]]) -> None:
    for row in rows:
        book.lots.setdefault(row[0], {}).setdefault(row[1], Lot(*row))


def save(tx: WriteTx, book: Book, block: Block | None) -> None:
    """Write what the journal's new rows make: projections, block and head, in one round trip."""
    with tx.together():
        projection_store.save(tx, book)
        if block is not None:
            save_block(tx, block)


_AS_ARRAYS: Final[tuple[Callable[[Iterable[Any]], list[Any]], ...]] = (
    *(Bigints, Uuids, Integers, Smallints, Uuids, Uuids, Bigints, Bigints, Uuids),
    *(Instants, Instants, Instants, Uuids, Uuids, Uuids, Texts),
)


def save_journal(tx: WriteTx, book: Book) -> None:
    """Write the transfers that were made since this was last called."""
    new = book.made[book.written :]
    if not new:
        return
    book.written = len(book.made)
    columns = [
        as_array(column)
        for as_array, column in zip(_AS_ARRAYS, zip(*new, strict=True), strict=True)
    ]
    tx.connection.execute(
        f"INSERT INTO transfer ({_COLUMNS}) SELECT * FROM unnest("
        "%s::bigint[], %s::uuid[], %s::integer[], %s::smallint[], %s::uuid[], %s::uuid[],"
        " %s::bigint[], %s::bigint[], %s::uuid[], %s::timestamptz[], %s::timestamptz[],"
        " %s::timestamptz[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[])",
        columns,
    )


def save_block(tx: WriteTx, block: Block) -> None:
    """Write a block and make it the head of the chain."""
    last = block.first_number + block.count - 1
    tx.connection.execute(
        "INSERT INTO block VALUES (%s, %s, %s, %s, %s, %s, %s)", msgspec.structs.astuple(block)
    )
    tx.connection.execute(
        "UPDATE ledger_head SET sequence = %s, number = %s, hash = %s, recorded_at = %s",
        (block.sequence, last, block.hash, block.recorded_at),
    )


def transfers_of(tx: ReadTx, operation: OperationId) -> list[Transfer]:
    """The transfers of one operation, in order; none when there is no such operation."""
    return [_transfer(row) for row in tx.rows(_TRANSFERS, ([operation], operation, operation))]


def blocks_of(tx: ReadTx, numbers: Sequence[int]) -> list[tuple[Block, list[bytes]]]:
    """The blocks that hold some numbers, in order, each with its transfers' canonical forms."""
    if not numbers:
        return []
    blocks = [
        Block(*row)
        for row in tx.rows(
            "SELECT DISTINCT held.* FROM unnest(%s::bigint[]) AS wanted (number)"
            " CROSS JOIN LATERAL (SELECT sequence, previous, merkle_root, hash, first_number,"
            " count, recorded_at FROM block WHERE first_number <= wanted.number"
            " ORDER BY first_number DESC LIMIT 1) AS held ORDER BY sequence",
            (Bigints(numbers),),
        )
    ]
    leaves: dict[int, list[bytes]] = {block.sequence: [] for block in blocks}
    for sequence, leaf in tx.rows(
        f"SELECT sequence, {LEAF} FROM (SELECT sequence, first_number, count FROM block"
        " WHERE sequence = ANY(%s::bigint[])) AS held JOIN transfer"
        " ON number >= first_number AND number < first_number + count ORDER BY number",
        (Bigints(leaves),),
    ):
        leaves[sequence].append(bytes(leaf))
    return [(block, leaves[block.sequence]) for block in blocks]
