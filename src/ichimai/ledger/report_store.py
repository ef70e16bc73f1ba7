"""What the journal and its projections say: balances, lots, statements, totals."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.ledger import joining_rules
from ichimai.ledger.earning_rules import program_of
from ichimai.ledger.journal_store import COLUMNS, HEAD, Head, transfer_of
from ichimai.ledger.model import (
    AccountId,
    Kind,
    Lot,
    LotId,
    OperationId,
    Role,
    Transfer,
    account_id,
)
from ichimai.storage import ReadTx
from ichimai.storage.arrays import Uuids

_BEYOND = 2**62
"""Above every number of a transfer."""


def balances(tx: ReadTx, role: Role, asset: Asset | None = None) -> dict[UUID, int]:
    """The balance of every account of a role that is not zero, by owner (summed over assets)."""
    rows = tx.rows(
        "SELECT owner, sum(balance)::bigint FROM account WHERE role = %s"
        " AND (%s::text IS NULL OR asset = %s) AND balance <> 0 GROUP BY owner ORDER BY owner",
        (role.value, asset, asset),
    )
    return dict(rows)


def total(tx: ReadTx, role: Role, asset: Asset | None = None) -> int:
    """The sum of the balances of all accounts of a role."""
    row = tx.row(
        "SELECT coalesce(sum(balance), 0)::bigint FROM account WHERE role = %s"
        " AND (%s::text IS NULL OR asset = %s)",
        (role.value, asset, asset),
    )
    return 0 if row is None else int(row[0])


def total_moved(tx: ReadTx, kinds: Sequence[Kind], asset: Asset | None = None) -> int:
    """The sum of all transfers of some kinds."""
    row = tx.row(
        "SELECT coalesce(sum(units), 0)::bigint FROM transfer WHERE kind = ANY(%s::smallint[])"
        " AND (%s::text IS NULL OR asset = %s)",
        ([kind.value for kind in kinds], asset, asset),
    )
    return 0 if row is None else int(row[0])


def head(tx: ReadTx) -> Head:
    """The end of the chain."""
    return Head(*tx.rows(f"SELECT {HEAD} FROM ledger_head")[0])


def block_hashes(tx: ReadTx, sequences: Sequence[int]) -> dict[int, bytes]:
    """The hashes of those blocks that there are, by sequence."""
    rows = tx.rows(
        "SELECT sequence, hash FROM block WHERE sequence = ANY(%s::bigint[])", (list(sequences),)
    )
    return {sequence: bytes(digest) for sequence, digest in rows}


class StoppedAt(NamedTuple):
    """A credential that is accepted no more after the transfer ``number``."""

    credential: UUID
    number: int


def stops(tx: ReadTx, *, after: int, limit: int) -> list[StoppedAt]:
    """The credentials stopped later than the transfer ``after``, in the total order."""
    rows = tx.rows(
        "SELECT actor, after_number FROM credential_stop WHERE after_number > %s"
        " ORDER BY after_number LIMIT %s",
        (after, limit),
    )
    return [StoppedAt(*row) for row in rows]


def count_transfers(tx: ReadTx) -> int:
    """How many transfers there are: the number of the last one."""
    row = tx.row("SELECT number FROM ledger_head")
    return 0 if row is None else int(row[0])


def lots(tx: ReadTx, wallets: Collection[AccountId]) -> list[tuple[Asset, Lot]]:
    """The lots of some wallets that have something left, those that end first, first."""
    rows = tx.rows(
        "SELECT account.asset, lot.account, lot.id, lot.remaining, lot.capped_left,"
        " lot.expires_at, lot.usable_at, lot.funder, lot.units"
        " FROM account JOIN lot ON lot.account = account.id"
        " WHERE account.id = ANY(%s::uuid[]) AND lot.remaining > 0"
        " ORDER BY lot.expires_at, lot.id",
        (list(wallets),),
    )
    return [(Asset(row[0]), Lot(*row[1:])) for row in rows]


def statement(
    tx: ReadTx,
    accounts: Sequence[AccountId],
    *,
    before: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    kinds: Sequence[Kind] = tuple(Kind),
    limit: int = 100,
) -> list[Transfer]:
    """The last ``limit`` transfers of some accounts, the newest first.

    ``before``: only numbers below it, for the next page. ``since`` and ``until``: only those
    recorded from then on, and before then.
    """
    least = 0 if since is None else _first_number(tx, since)
    most = _BEYOND if before is None else before
    if until is not None:
        most = min(most, _first_number(tx, until))
    rows = tx.rows(
        f"""
        SELECT {COLUMNS} FROM (
            SELECT * FROM transfer WHERE debit = ANY(%(accounts)s::uuid[])
                AND number >= %(least)s AND number < %(most)s
                AND kind = ANY(%(kinds)s::smallint[])
            UNION ALL
            SELECT * FROM transfer WHERE credit = ANY(%(accounts)s::uuid[])
                AND debit <> ALL(%(accounts)s::uuid[])
                AND number >= %(least)s AND number < %(most)s
                AND kind = ANY(%(kinds)s::smallint[])
        ) AS sides
        ORDER BY number DESC LIMIT %(limit)s
        """,
        {
            "accounts": list(accounts),
            "least": least,
            "most": most,
            "kinds": [kind.value for kind in kinds],
            "limit": limit,
        },
    )
    return [transfer_of(row) for row in rows]


def _first_number(tx: ReadTx, at: datetime) -> int:
    """The number of the first transfer that was recorded at ``at`` or later."""
    row = tx.row(
        "SELECT first_number FROM block WHERE recorded_at >= %s"
        " ORDER BY recorded_at, first_number LIMIT 1",
        (at,),
    )
    return _BEYOND if row is None else row[0]


def between(
    tx: ReadTx, account: AccountId, *, after_number: int, up_to_number: int
) -> list[Transfer]:
    """The transfers of one account with numbers in (after_number, up_to_number], in order."""
    rows = tx.rows(
        f"SELECT {COLUMNS} FROM transfer"
        " WHERE (debit = %s OR credit = %s) AND number > %s AND number <= %s ORDER BY number",
        (account, account, after_number, up_to_number),
    )
    return [transfer_of(row) for row in rows]


def moved_by_merge(tx: ReadTx, merge: OperationId) -> dict[tuple[Asset, LotId], int]:
    """What a merge of two wallets and what followed it moved, less what was given back, by lot.

    Lots of which nothing moved are there too; empty: there is no such merge.
    """
    rows = tx.rows(
        f"SELECT {COLUMNS} FROM transfer"
        " WHERE (operation = %(merge)s OR reverses = %(merge)s) AND kind = ANY(%(kinds)s)"
        " ORDER BY number",
        {"merge": merge, "kinds": [Kind.MERGE.value, Kind.SPLIT.value, Kind.RECALL.value]},
    )
    parts = joining_rules.moved([transfer_of(row) for row in rows])
    return {place: part.units for place, part in parts.items()}


class LiveMerge(NamedTuple):
    """A merge of two wallets' owners that was not taken back."""

    operation: OperationId
    wallet: UUID
    to: UUID


def live_merges(tx: ReadTx) -> list[LiveMerge]:
    """The merges that were not taken back, in order."""
    rows = tx.rows(
        f"""
        SELECT merge.operation, given.owner, got.owner
        FROM (
            SELECT DISTINCT ON (operation) number, operation, debit, credit FROM transfer
            WHERE kind = {Kind.MERGE.value} AND reverses = '{NIL}' ORDER BY operation, number
        ) AS merge
        JOIN account AS given ON given.id = merge.debit
        JOIN account AS got ON got.id = merge.credit
        WHERE NOT EXISTS (
            SELECT FROM transfer AS back
            WHERE back.reverses = merge.operation AND back.kind = {Kind.SPLIT.value}
        ) ORDER BY merge.number
        """
    )
    return [LiveMerge(*row) for row in rows]


def owners(tx: ReadTx, accounts: Iterable[AccountId]) -> dict[AccountId, UUID]:
    """Whose each of ``accounts`` is."""
    rows = tx.rows("SELECT id, owner FROM account WHERE id = ANY(%s::uuid[])", (list(accounts),))
    return dict(rows)


def due_holds(tx: ReadTx, now: datetime, *, limit: int = 1_000) -> list[OperationId]:
    """Open holds whose time is over."""
    rows = tx.rows(
        "SELECT operation FROM hold WHERE is_open AND expires_at <= %s"
        " ORDER BY expires_at LIMIT %s",
        (now, limit),
    )
    return [OperationId(operation) for (operation,) in rows]


def expiries(
    tx: ReadTx, assets: Collection[Asset], *, ended_after_at: datetime, ended_by_at: datetime
) -> list[OperationId]:
    """What moved lots of some programs that ended after an instant and by another, in order."""
    sinks = [account_id(program_of(asset), Role.EXPIRED, asset) for asset in assets]
    rows = tx.rows(
        "SELECT operation FROM transfer WHERE credit = ANY(%s::uuid[])"
        f" AND kind = {Kind.EXPIRY.value} AND expires_at > %s AND expires_at <= %s"
        " GROUP BY operation ORDER BY min(number)",
        (Uuids(sinks), ended_after_at, ended_by_at),
    )
    return [operation for (operation,) in rows]


def owners_with(tx: ReadTx, role: Role, asset: Asset | None = None) -> list[UUID]:
    """Who has an account in a role."""
    rows = tx.rows(
        "SELECT DISTINCT owner FROM account WHERE role = %s AND (%s::text IS NULL OR asset = %s)",
        (role.value, asset, asset),
    )
    return [owner for (owner,) in rows]


def sales_total(tx: ReadTx) -> tuple[int, int]:
    """How many sales tills rang up, and what they came to in yen, less what came back."""
    row = tx.row(
        "SELECT count(*) FILTER (WHERE total_yen > 0), coalesce(sum(total_yen), 0)::bigint"
        " FROM sale"
    )
    return (0, 0) if row is None else (row[0], row[1])
