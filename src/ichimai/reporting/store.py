"""The SQL of reports: they read the ledger's journal, and of its projections only whose is what.

Every query reads whole tables once, in a snapshot (``prepare``).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.ledger.model import Kind, Role
from ichimai.reporting import giver_rules
from ichimai.reporting.giver_rules import Part
from ichimai.reporting.model import ExpiredUnits, OpenUnits, Spent
from ichimai.storage import ReadTx

_WALLET, _CLEARING = Role.WALLET.value, Role.CLEARING.value
_PAYMENT, _REFUND = Kind.PAYMENT.value, Kind.REFUND.value
_HOLD, _POST, _EXPIRY = Kind.HOLD.value, Kind.POST.value, Kind.EXPIRY.value
_RESTORE: Final = Kind.RESTORE.value
_INTO: Final = f"{Kind.GRANT.value}, {Kind.EARN.value}, {Kind.TOP_UP.value}"
"""What comes into a wallet from who funds it."""

_ON: Final = ", ".join(str(kind.value) for kind in (Kind.GIVE, Kind.MERGE, Kind.SPLIT, Kind.RECALL))
"""What goes on from one wallet to another."""

_TO_LOT: Final = f"{_INTO}, {_REFUND}, {Kind.VOID.value}, {_RESTORE}, {_ON}"
"""What says until when a lot may be spent."""

# Japan has no summer time; PostgreSQL may be built without a table of zones.
_SIX_MONTHS_AFTER: Final[LiteralString] = """
    ((date_trunc('day', (issued_at AT TIME ZONE 'UTC') + interval '9 hours')
      + interval '6 months' + interval '1 day' - interval '9 hours') AT TIME ZONE 'UTC')"""

# Of all transfers up to a number: what is left of each lot, wherever it is. What is under a hold
# ends with its lot, also when that was moved; of one in several wallets, with the latest. What is
# earned of two programs, from one instant until another, is in lots with one id: asset tells them.
_LOTS: Final[LiteralString] = f"""
    origin AS (
        SELECT lot, asset, min(occurred_at) FILTER (WHERE kind IN ({_INTO})) AS usable_at,
               min(recorded_at) FILTER (WHERE kind IN ({_INTO})) AS issued_at,
               max(expires_at) AS expires_at,
               min(debit::text) FILTER (WHERE kind IN ({_INTO}))::uuid AS issuer
        FROM transfer WHERE number <= %(number)s AND kind IN ({_TO_LOT}) GROUP BY lot, asset
    ), held AS (
        SELECT account, lot, sum(units)::bigint AS units, max(expires_at) AS expires_at
        FROM (
            SELECT credit AS account, lot, sum(units) AS units,
                   max(expires_at) FILTER (WHERE kind IN ({_TO_LOT})) AS expires_at
            FROM transfer WHERE number <= %(number)s AND lot <> '{NIL}' GROUP BY credit, lot
            UNION ALL
            SELECT debit, lot, -sum(units), NULL
            FROM transfer WHERE number <= %(number)s AND lot <> '{NIL}' GROUP BY debit, lot
        ) AS sides GROUP BY account, lot HAVING sum(units) <> 0
    )
"""

# What each gave to a lot of a wallet, less what was taken back: all shops are one giver.
_GIVEN: Final[LiteralString] = f"""
    issuer AS (
        SELECT account.id, CASE WHEN shop.id IS NULL THEN account.owner
                                ELSE (SELECT min(id::text)::uuid FROM shop) END AS giver
        FROM account LEFT JOIN shop ON shop.id = account.owner WHERE role = {Role.ISSUED.value}
    ), given AS (
        SELECT account, lot, giver, sum(units)::bigint AS units
        FROM (
            SELECT credit AS account, lot, debit AS issuer, units
            FROM transfer WHERE number <= %(number)s AND kind IN ({_INTO})
            UNION ALL
            SELECT debit, lot, credit, -units
            FROM transfer WHERE number <= %(number)s AND kind = {Kind.TAKE_BACK.value}
        ) AS sides JOIN issuer ON issuer.id = sides.issuer
        GROUP BY account, lot, giver HAVING sum(units) > 0
    ), moved AS (
        SELECT DISTINCT lot, debit, credit
        FROM transfer WHERE number <= %(number)s AND kind IN ({_ON}) AND units > 0
    )
"""

_GIVERS: Final[LiteralString] = """
    gave AS (
        SELECT account, lot, array_agg(giver ORDER BY giver) AS givers,
               array_agg(units ORDER BY giver) AS weights
        FROM given GROUP BY account, lot
    ), touched AS (
        SELECT debit AS account, lot FROM moved UNION SELECT credit, lot FROM moved
    )
"""

# Of a lot that several gave, its size and what each gave; of one that went between wallets, or is
# under a hold, whose it is: ``giver_rules`` split them.
_WHOSE: Final[LiteralString] = """
    CASE WHEN is_elsewhere THEN account END, CASE WHEN is_elsewhere THEN lot END,
    CASE WHEN NOT is_elsewhere THEN givers END,
    CASE WHEN NOT is_elsewhere AND cardinality(givers) > 1 THEN weights END,
    CASE WHEN NOT is_elsewhere AND cardinality(givers) > 1 THEN units END,
    sum(units)::bigint
"""

_OPEN: Final[LiteralString] = f"""
    WITH {_LOTS}, {_GIVEN}, {_GIVERS}, open AS (
        SELECT account.asset, held.account, held.lot, held.units, origin.usable_at,
               coalesce(held.expires_at, origin.expires_at) AS expires_at,
               {_SIX_MONTHS_AFTER} AS six_months_at, givers, weights,
               touched.lot IS NOT NULL OR givers IS NULL AS is_elsewhere
        FROM held JOIN account ON account.id = held.account
        JOIN origin ON origin.lot = held.lot AND origin.asset = account.asset
        LEFT JOIN gave ON gave.account = held.account AND gave.lot = held.lot
        LEFT JOIN touched ON touched.account = held.account AND touched.lot = held.lot
        WHERE account.role IN ({_WALLET}, {_CLEARING})
    )
    SELECT asset, width_bucket(usable_at, %(starts)s::timestamptz[]),
           width_bucket(usable_at, %(ages)s::timestamptz[]),
           width_bucket(expires_at, %(ends)s::timestamptz[]),
           expires_at > six_months_at, {_WHOSE}
    FROM open GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""

# From which wallets units went to which, and from which they are under a hold that is not over.
_MOVES: Final[LiteralString] = f"""
    WITH {_GIVEN}
    SELECT lot, debit, credit, false FROM moved
    UNION ALL
    SELECT DISTINCT hold.lot, hold.debit, hold.credit, true FROM transfer AS hold
    WHERE hold.number <= %(number)s AND hold.kind = {_HOLD} AND NOT EXISTS (
        SELECT 1 FROM transfer AS over WHERE over.number <= %(number)s
        AND over.kind IN ({_POST}, {Kind.VOID.value})
        AND over.reverses = hold.operation AND over.lot = hold.lot)
"""

_GIVEN_TO: Final[LiteralString] = f"""
    WITH {_GIVEN}
    SELECT given.account, given.lot, giver, units FROM given
    JOIN unnest(%(accounts)s::uuid[], %(lots)s::uuid[]) AS part (account, lot)
        ON part.account = given.account AND part.lot = given.lot
"""

_BALANCES: Final[LiteralString] = """
    SELECT account.asset, account.role, sum(sides.units)::bigint
    FROM (
        SELECT credit AS id, sum(units) AS units FROM transfer
        WHERE number <= %(number)s GROUP BY credit
        UNION ALL
        SELECT debit, -sum(units) FROM transfer WHERE number <= %(number)s GROUP BY debit
    ) AS sides JOIN account ON account.id = sides.id
    GROUP BY account.asset, account.role
"""

# What ended and what was given back of it, by the lot and the wallet in which it ended.
_EXPIRED: Final[LiteralString] = f"""
    WITH {_GIVEN}, {_GIVERS}, gone AS (
        SELECT number, debit AS account, lot, units, asset FROM transfer
        WHERE kind = {_EXPIRY} AND number > %(after)s AND number <= %(number)s
        UNION ALL
        SELECT number, credit, lot, -units, asset FROM transfer
        WHERE kind = {_RESTORE} AND number > %(after)s AND number <= %(number)s
    ), origin AS (
        SELECT lot, asset, min(occurred_at) AS usable_at
        FROM transfer WHERE number <= %(number)s AND kind IN ({_INTO})
            AND lot IN (SELECT lot FROM gone) GROUP BY lot, asset
    ), ended AS (
        SELECT gone.number, max(given.expires_at) <= %(from_at)s AS is_early
        FROM gone JOIN transfer AS given ON given.credit = gone.account AND given.lot = gone.lot
        WHERE given.number < gone.number AND given.kind IN ({_TO_LOT}) GROUP BY gone.number
    ), part AS (
        SELECT gone.asset, gone.account, gone.lot, usable_at, is_early,
               sum(gone.units)::bigint AS units
        FROM gone JOIN origin ON origin.lot = gone.lot AND origin.asset = gone.asset
        JOIN ended ON ended.number = gone.number
        GROUP BY gone.asset, gone.account, gone.lot, usable_at, is_early
    ), whose AS (
        SELECT part.*, givers, weights,
               touched.lot IS NOT NULL OR givers IS NULL AS is_elsewhere
        FROM part LEFT JOIN gave ON gave.account = part.account AND gave.lot = part.lot
        LEFT JOIN touched ON touched.account = part.account AND touched.lot = part.lot
        WHERE units <> 0
    )
    SELECT asset, width_bucket(usable_at, %(starts)s::timestamptz[]), is_early, {_WHOSE}
    FROM whose GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""

# A posted hold leads to its wallet through the hold.
_SPENT: Final[LiteralString] = f"""
    WITH moved AS (
        SELECT credit AS shop, debit AS wallet, units FROM transfer
        WHERE kind = {_PAYMENT} AND asset = %(asset)s
            AND number > %(after)s AND number <= %(number)s
        UNION ALL
        SELECT debit, credit, -units FROM transfer
        WHERE kind = {_REFUND} AND asset = %(asset)s
            AND number > %(after)s AND number <= %(number)s
        UNION ALL
        SELECT post.credit, held.debit, post.units FROM transfer AS post
        JOIN transfer AS held ON held.operation = post.reverses AND held.kind = {_HOLD}
            AND held.lot = post.lot AND held.credit = post.debit
        WHERE post.kind = {_POST} AND post.asset = %(asset)s
            AND post.number > %(after)s AND post.number <= %(number)s
    )
    SELECT shop.association, shop.size, sum(moved.units)::bigint, count(DISTINCT person.owner)
    FROM moved JOIN account AS till ON till.id = moved.shop
    JOIN shop ON shop.id = till.owner
    JOIN account AS person ON person.id = moved.wallet
    GROUP BY GROUPING SETS ((shop.association, shop.size), (shop.association), (shop.size), ())
    HAVING count(*) > 0
    ORDER BY 1, 2
"""


def prepare(tx: ReadTx) -> None:
    """Let the rest of the snapshot read whole tables, whatever their statistics say."""
    tx.connection.execute("SET LOCAL enable_nestloop = off")
    tx.connection.execute("SET LOCAL work_mem = '64MB'")


def number_before(tx: ReadTx, at: datetime) -> int:
    """The number of the last transfer that was recorded before an instant; 0: none was."""
    row = tx.row(
        "SELECT first_number + count - 1 FROM block WHERE recorded_at < %s"
        " ORDER BY sequence DESC LIMIT 1",
        (at,),
    )
    return 0 if row is None else int(row[0])


def open_units(
    tx: ReadTx,
    number: int,
    *,
    starts: Sequence[datetime],
    ages: Sequence[datetime],
    ends: Sequence[datetime],
) -> list[OpenUnits]:
    """What is on cards and set aside after the transfer ``number``, from transfers alone."""
    rows = tx.rows(
        _OPEN,
        {"number": number, "starts": list(starts), "ages": list(ages), "ends": list(ends)},
    )
    shared = _by_giver(tx, number, [row[5:] for row in rows])
    return [
        OpenUnits(Asset(asset), giver, epoch, age, end, part, part if is_long else 0)
        for (asset, epoch, age, end, is_long, *_), parts in zip(rows, shared, strict=True)
        for giver, part in parts.items()
    ]


def _by_giver(
    tx: ReadTx, number: int, rows: Sequence[tuple[Any, ...]]
) -> Iterator[Mapping[UUID, int]]:
    """Whose the units of each row of ``_WHOSE`` are; together they are those of the row."""
    elsewhere = _given_elsewhere(tx, number) if any(row[0] for row in rows) else {}
    for account, lot, givers, weights, size, units in rows:
        if account:
            yield giver_rules.split(units, elsewhere[Part(account, lot)])
        elif weights:
            given = dict(zip(givers, weights, strict=True))
            lots = units // size
            yield {one: part * lots for one, part in giver_rules.split(size, given).items()}
        else:
            yield {givers[0]: units}


def _given_elsewhere(tx: ReadTx, number: int) -> dict[Part, dict[UUID, int]]:
    """Who gave what went between wallets, or is under a hold, by where it is now."""
    moves: list[tuple[Part, Part]] = []
    holds: list[tuple[Part, Part]] = []
    for lot, debit, credit, is_hold in tx.rows(_MOVES, {"number": number}):
        (holds if is_hold else moves).append((Part(debit, lot), Part(credit, lot)))
    groups = giver_rules.joined(moves)
    wanted = {*groups, *(wallet for wallet, _ in holds)}
    rows = tx.rows(
        _GIVEN_TO,
        {
            "number": number,
            "accounts": [part.account for part in wanted],
            "lots": [part.lot for part in wanted],
        },
    )
    given = giver_rules.together(
        ((Part(account, lot), giver, units) for account, lot, giver, units in rows), groups
    )
    found = {part: given.get(head, {}) for part, head in groups.items()}
    for wallet, aside in holds:
        for giver, units in given.get(groups.get(wallet, wallet), {}).items():
            by_giver = found.setdefault(aside, {})
            by_giver[giver] = by_giver.get(giver, 0) + units
    return found


def balances(tx: ReadTx, number: int) -> dict[tuple[Asset, Role], int]:
    """The sum of all accounts of each role after the transfer ``number``, without their lots."""
    rows = tx.rows(_BALANCES, {"number": number})
    return {(Asset(asset), Role(role)): units for asset, role, units in rows}


def expired_units(
    tx: ReadTx, *, after: int, number: int, from_at: datetime, starts: Sequence[datetime]
) -> list[ExpiredUnits]:
    """What ended by transfers in (after, number], and whose it was; early: over at ``from_at``."""
    rows = tx.rows(
        _EXPIRED,
        {"after": after, "number": number, "from_at": from_at, "starts": list(starts)},
    )
    shared = _by_giver(tx, number, [row[3:] for row in rows])
    return [
        ExpiredUnits(Asset(asset), giver, epoch, part, part if is_early else 0)
        for (asset, epoch, is_early, *_), parts in zip(rows, shared, strict=True)
        for giver, part in parts.items()
    ]


def spent(tx: ReadTx, asset: Asset, *, after: int, number: int) -> list[Spent]:
    """Where a program was spent in (after, number], by class of shop and over all of them."""
    rows = tx.rows(_SPENT, {"asset": asset, "after": after, "number": number})
    return [Spent(*row) for row in rows]


def shop_numbers(tx: ReadTx) -> dict[UUID, tuple[str, str]]:
    """The number and name of each shop."""
    return {
        id_: (number, name) for id_, number, name in tx.rows("SELECT id, number, name FROM shop")
    }
