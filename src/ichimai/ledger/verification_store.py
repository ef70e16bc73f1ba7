"""SQL of the verification. Each WRONG query returns the first wrong (key, expected, found)."""

from collections.abc import Iterator
from typing import Final, LiteralString

from ichimai.kernel.ids import NIL
from ichimai.ledger.model import Block, Kind, Role
from ichimai.ledger.store import LEAF
from ichimai.storage import ReadTx

_WALLET: Final = Role.WALLET.value
_POST, _VOID = Kind.POST.value, Kind.VOID.value

WRONG_BALANCE: Final[LiteralString] = """
    WITH moved AS (
        SELECT id, sum(units)::bigint AS balance FROM (
            SELECT credit AS id, sum(units) AS units FROM transfer GROUP BY credit
            UNION ALL
            SELECT debit, -sum(units) FROM transfer GROUP BY debit
        ) AS sides GROUP BY id
    )
    SELECT coalesce(account.id, moved.id), coalesce(moved.balance, 0), account.balance
    FROM account FULL JOIN moved ON moved.id = account.id
    WHERE account.balance IS DISTINCT FROM coalesce(moved.balance, 0)
    ORDER BY 1 LIMIT 1
"""

BELOW_BOUND: Final[LiteralString] = """
    SELECT id, minimum, balance FROM account WHERE balance < minimum ORDER BY id LIMIT 1
"""

WRONG_LOT: Final[LiteralString] = f"""
    WITH moved AS (
        SELECT lot, sum(units)::bigint AS remaining, sum(capped)::bigint AS capped_left,
               max(expires_at) AS expires_at, max(funder::text)::uuid AS funder,
               max(granted) AS granted
        FROM (
            SELECT transfer.lot, transfer.units, transfer.capped, transfer.expires_at,
                   CASE WHEN transfer.kind = {Kind.GRANT.value} THEN transfer.debit END AS funder,
                   CASE WHEN transfer.kind = {Kind.GRANT.value} THEN transfer.units END AS granted
            FROM transfer JOIN account ON account.id = transfer.credit
            WHERE account.role = {_WALLET}
            UNION ALL
            SELECT transfer.lot, -transfer.units, -transfer.capped, NULL, NULL, NULL
            FROM transfer JOIN account ON account.id = transfer.debit
            WHERE account.role = {_WALLET}
        ) AS sides GROUP BY lot
    )
    SELECT coalesce(lot.id, moved.lot),
           (moved.remaining, moved.capped_left, moved.expires_at, moved.funder,
            moved.granted)::text,
           (lot.remaining, lot.capped_left, lot.expires_at, lot.funder, lot.units)::text
    FROM lot FULL JOIN moved ON moved.lot = lot.id
    WHERE (lot.remaining, lot.capped_left, lot.expires_at, lot.funder, lot.units) IS DISTINCT FROM
          (moved.remaining, moved.capped_left, moved.expires_at, moved.funder, moved.granted)
    ORDER BY 1 LIMIT 1
"""

WRONG_WALLET: Final[LiteralString] = f"""
    SELECT account.id, coalesce(held.remaining, 0), account.balance
    FROM account LEFT JOIN
         (SELECT account, sum(remaining)::bigint AS remaining FROM lot GROUP BY account) AS held
         ON held.account = account.id
    WHERE account.role = {_WALLET} AND account.balance <> coalesce(held.remaining, 0)
    ORDER BY 1 LIMIT 1
"""

WRONG_HOLD: Final[LiteralString] = f"""
    SELECT coalesce(hold.operation, held.operation), held.is_open, hold.is_open
    FROM hold FULL JOIN (
        SELECT holding.operation, holding.units <> coalesce(sum(released.units), 0) AS is_open
        FROM (SELECT operation, sum(units) AS units FROM transfer
              WHERE kind = {Kind.HOLD.value} GROUP BY operation) AS holding
        LEFT JOIN transfer AS released
             ON released.reverses = holding.operation AND released.kind IN ({_POST}, {_VOID})
            AND released.reverses <> '{NIL}'
        GROUP BY holding.operation, holding.units
    ) AS held ON held.operation = hold.operation
    WHERE hold.is_open IS DISTINCT FROM held.is_open
    ORDER BY 1 LIMIT 1
"""

OVER_REFUNDED: Final[LiteralString] = f"""
    SELECT back.reverses, coalesce(paid.units, 0), back.units
    FROM (SELECT reverses, lot, sum(units) AS units FROM transfer
          WHERE kind = {Kind.REFUND.value} AND reverses <> '{NIL}' GROUP BY reverses, lot) AS back
    LEFT JOIN (SELECT operation, lot, sum(units) AS units FROM transfer
               WHERE kind IN ({Kind.PAYMENT.value}, {_POST}) GROUP BY operation, lot) AS paid
         ON paid.operation = back.reverses AND paid.lot = back.lot
    WHERE back.units > coalesce(paid.units, 0)
    ORDER BY 1 LIMIT 1
"""

AFTER_STOP: Final[LiteralString] = f"""
    SELECT transfer.operation, 'number up to ' || stop.after_number, transfer.number
    FROM transfer JOIN credential_stop AS stop ON stop.actor = transfer.actor
    WHERE transfer.number > stop.after_number
      AND transfer.kind IN ({Kind.PAYMENT.value}, {Kind.HOLD.value})
    ORDER BY transfer.number LIMIT 1
"""

MIXED_ASSET: Final[LiteralString] = """
    SELECT transfer.number, account.asset, transfer.asset
    FROM transfer JOIN account ON account.id IN (transfer.debit, transfer.credit)
    WHERE account.asset <> transfer.asset
    ORDER BY transfer.number LIMIT 1
"""


def blocks(tx: ReadTx) -> Iterator[Block]:
    """All blocks, in order."""
    after = 0
    while page := tx.rows(
        "SELECT sequence, previous, merkle_root, hash, first_number, count, recorded_at"
        " FROM block WHERE sequence > %s ORDER BY sequence LIMIT 1000",
        (after,),
    ):
        yield from (Block(*row) for row in page)
        after = page[-1][0]


def leaves(tx: ReadTx) -> Iterator[bytes]:
    """The canonical forms of all transfers, in order, a page of numbers at a time."""
    after = -1
    while True:
        page = tx.connection.execute(
            f"SELECT {LEAF} FROM transfer WHERE number > %s ORDER BY number LIMIT 20000",
            (after,),
            binary=True,
        ).fetchall()
        if not page:
            return
        for (leaf,) in page:
            yield leaf
        after = int.from_bytes(page[-1][0][:8])


def head(tx: ReadTx) -> tuple[int, int, bytes]:
    """(sequence, number, hash) that the next batch would build on."""
    row = tx.row("SELECT sequence, number, hash FROM ledger_head")
    if row is None:
        raise LookupError("ledger_head")
    return row[0], row[1], row[2]


def counts(tx: ReadTx) -> tuple[int, int]:
    """How many accounts and lots there are."""
    row = tx.row("SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM lot)")
    return (0, 0) if row is None else (row[0], row[1])
