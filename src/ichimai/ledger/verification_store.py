"""SQL of the verification. Each WRONG query returns the first wrong (key, expected, found)."""

from collections.abc import Iterator
from typing import Final, LiteralString

from ichimai.kernel.ids import NIL
from ichimai.ledger.journal_store import LEAF
from ichimai.ledger.model import MINIMUM, Block, Kind, Role
from ichimai.storage import ReadTx

_WALLET, _ISSUED = Role.WALLET.value, Role.ISSUED.value
_GRANT, _PAYMENT, _REFUND = Kind.GRANT.value, Kind.PAYMENT.value, Kind.REFUND.value
_HOLD, _POST, _VOID = Kind.HOLD.value, Kind.POST.value, Kind.VOID.value
_EXPIRY, _STOP, _SALE = Kind.EXPIRY.value, Kind.STOP.value, Kind.SALE.value
_RESTORE: Final = Kind.RESTORE.value
_EARN, _TAKE_BACK = Kind.EARN.value, Kind.TAKE_BACK.value
_MERGE: Final = Kind.MERGE.value
_GIVE: Final = f"{Kind.GIVE.value}, {_MERGE}, {Kind.SPLIT.value}, {Kind.RECALL.value}"
"""What goes from one wallet to another, each lot as it is."""
_MARKS: Final = f"{_STOP}, {_SALE}"
"""What moves nothing."""
_INTO: Final = f"{_GRANT}, {Kind.EARN.value}, {Kind.TOP_UP.value}"
"""What comes into a wallet from who funds it."""
_OUT: Final = ", ".join(
    str(kind.value)
    for kind in (
        *(Kind.PAYMENT, Kind.HOLD, Kind.EXPIRY, Kind.TAKE_BACK, Kind.CASH_OUT, Kind.EXCHANGE),
        *(Kind.GIVE, Kind.MERGE, Kind.SPLIT, Kind.RECALL),
    )
)
"""What leaves a wallet."""
_NEVER_BELOW_0: Final = "".join(
    f"{role.value}," for role, minimum in MINIMUM.items() if minimum == 0
).rstrip(",")

PAGE: Final = 20_000
"""So many transfers are read at a time."""

# Japan has no summer time; PostgreSQL may be built without a table of zones.
_DAY: Final = "((recorded_at AT TIME ZONE 'UTC') + interval '9 hours')::date"

# As model.account_id: the owner XOR a mask of role and asset, with the marks of a UUIDv8.
WRONG_ID: Final[LiteralString] = """
    SELECT id, encode(substr(bit_send(derived), 5), 'hex')::uuid, id
    FROM (
        SELECT id, ('x' || replace(id::text, '-', ''))::bit(128) AS known,
            ((('x' || replace(owner::text, '-', ''))::bit(128)
              # ('x' || encode(substr(sha256(convert_to(role || '/' || asset, 'UTF8')), 1, 16),
                               'hex'))::bit(128))
             & X'ffffffffffff0fff3fffffffffffffff') | X'00000000000080008000000000000000' AS derived
        FROM account
    ) AS ids
    WHERE known <> derived ORDER BY id LIMIT 1
"""

WRONG_BALANCE: Final[LiteralString] = f"""
    WITH moved AS (
        SELECT id, sum(units)::bigint AS balance, min(first) AS first, max(last) AS last FROM (
            SELECT credit AS id, sum(units) AS units, min(asset) AS first, max(asset) AS last
            FROM transfer WHERE kind NOT IN ({_MARKS}) GROUP BY credit
            UNION ALL
            SELECT debit, -sum(units), min(asset), max(asset)
            FROM transfer WHERE kind NOT IN ({_MARKS}) GROUP BY debit
        ) AS sides GROUP BY id
    )
    SELECT coalesce(account.id, moved.id), (moved.balance, moved.first, moved.last)::text,
           (account.balance, account.asset, account.asset)::text
    FROM account FULL JOIN moved ON moved.id = account.id
    WHERE account.id IS NULL OR account.balance <> coalesce(moved.balance, 0)
       OR account.asset <> moved.first OR account.asset <> moved.last
    ORDER BY 1 LIMIT 1
"""

# An issuer's bound is its budget, which no transfer tells.
WRONG_BOUND: Final[LiteralString] = f"""
    SELECT id, bound, (minimum, balance)::text
    FROM (
        SELECT id, balance, minimum, CASE WHEN role = {_ISSUED} THEN minimum
               WHEN role IN ({_NEVER_BELOW_0}) THEN 0 END AS bound
        FROM account
    ) AS bounds
    WHERE balance < minimum OR minimum IS DISTINCT FROM bound
    ORDER BY id LIMIT 1
"""

# Units that many pay for when they give them are one lot, which names itself as its funder.
WRONG_LOT: Final[LiteralString] = f"""
    WITH moved AS (
        SELECT account, lot, sum(units)::bigint AS remaining, sum(capped)::bigint AS capped_left,
               max(expires_at) AS expires_at, min(usable_at) AS usable_at,
               min(funder)::uuid AS funder, sum(granted)::bigint AS granted
        FROM (
            SELECT credit AS account, lot, sum(units) AS units, sum(capped) AS capped,
                   max(expires_at) AS expires_at,
                   min(CASE WHEN kind IN ({_INTO}) THEN occurred_at END) AS usable_at,
                   min(CASE WHEN kind IN ({_INTO}) THEN debit::text END) AS funder,
                   sum(CASE WHEN kind IN ({_INTO}, {_GIVE}) THEN units END) AS granted
            FROM transfer
            WHERE kind IN ({_INTO}, {_REFUND}, {_VOID}, {_GIVE}, {_RESTORE}) AND units > 0
            GROUP BY credit, lot
            UNION ALL
            SELECT debit, lot, -sum(units), -sum(capped), NULL, NULL, NULL, NULL
            FROM transfer WHERE kind IN ({_OUT}) AND units > 0 GROUP BY debit, lot
        ) AS sides GROUP BY account, lot
    )
    SELECT coalesce(lot.id, moved.lot),
           (moved.remaining, moved.capped_left, moved.expires_at, moved.usable_at, moved.funder,
            moved.granted)::text,
           (lot.remaining, lot.capped_left, lot.expires_at, lot.usable_at, lot.funder,
            lot.units)::text
    FROM lot FULL JOIN moved ON moved.lot = lot.id AND moved.account = lot.account
    WHERE (lot.remaining, lot.capped_left, lot.expires_at, lot.units) IS DISTINCT FROM
          (moved.remaining, moved.capped_left, moved.expires_at, moved.granted)
       OR lot.funder <> moved.funder AND lot.funder <> lot.id OR lot.usable_at <> moved.usable_at
    ORDER BY 1 LIMIT 1
"""

# What one person gave another is of the same funder, and of the same day.
WRONG_GIFT: Final[LiteralString] = f"""
    SELECT mine.id, (theirs.funder, theirs.usable_at)::text, (mine.funder, mine.usable_at)::text
    FROM (SELECT DISTINCT debit, credit, lot FROM transfer WHERE kind IN ({_GIVE})) AS given
    JOIN lot AS mine ON mine.account = given.credit AND mine.id = given.lot
    JOIN lot AS theirs ON theirs.account = given.debit AND theirs.id = given.lot
    WHERE (mine.funder, mine.usable_at) IS DISTINCT FROM (theirs.funder, theirs.usable_at)
    ORDER BY 1 LIMIT 1
"""

# What an operation wrote besides transfers has its digest in the first: ``chain.detail_of``.
WRONG_DETAIL: Final[LiteralString] = f"""
    WITH rung_up AS (
        SELECT operation, sha256('\\x03'::bytea || uuid_send(operation) || uuid_send(returns)
            || uuid_send(wallet) || uuid_send(payee) || uuid_send(terminal) || uuid_send(actor)
            || int8send(total_yen) || int8send(paid_units) || timestamptz_send(occurred_at)
            || timestamptz_send(recorded_at) || convert_to(asked, 'UTF8')) AS part
        FROM sale
    ), said AS (
        SELECT operation, sha256('\\x05'::bytea || convert_to(words, 'UTF8')) AS part FROM asked
    ), counts AS (
        SELECT operation, sha256('\\x04'::bytea || string_agg(int4send(leg) || uuid_send(tally)
            || int8send(units) || boolsend(is_of_times), ''::bytea ORDER BY leg, tally)) AS part
        FROM counted GROUP BY operation
    ), wrote AS (
        SELECT operation, encode(substr(sha256(coalesce(rung_up.part, '') ||
            coalesce(said.part, '') || coalesce(counts.part, '')), 1, 16), 'hex')::uuid AS detail
        FROM rung_up FULL JOIN said USING (operation) FULL JOIN counts USING (operation)
    )
    SELECT coalesce(made.operation, wrote.operation), made.detail, wrote.detail
    FROM (SELECT operation, detail FROM transfer WHERE detail <> '{NIL}') AS made
    FULL JOIN wrote USING (operation) WHERE made.detail IS DISTINCT FROM wrote.detail
    ORDER BY 1 LIMIT 1
"""

WRONG_TALLY: Final[LiteralString] = """
    SELECT coalesce(tally.id, counts.tally), coalesce(counts.count, 0), tally.count
    FROM tally FULL JOIN
         (SELECT tally, sum(units)::bigint AS count FROM counted GROUP BY tally) AS counts
         ON counts.tally = tally.id
    WHERE tally.count IS DISTINCT FROM counts.count ORDER BY 1 LIMIT 1
"""

# What programs paid of a sale, and what came back of it, is what the journal moved; whose, where
# and when is what the journal says too. What only sales move is missed where there is none.
WRONG_SALE: Final[LiteralString] = f"""
    WITH rung_up AS (
        -- A payment by itself is of no sale: only what more than paid is looked at.
        SELECT operation FROM sale
        UNION SELECT operation FROM transfer WHERE kind IN ({_EARN}, {_TAKE_BACK}, {_SALE})
    ), moved AS (
        SELECT operation,
               coalesce(sum(units) FILTER (WHERE kind IN ({_PAYMENT}, {_REFUND})), 0)::bigint
                   AS units,
               min(terminal::text)::uuid AS terminal, min(actor::text)::uuid AS actor,
               min(recorded_at) AS recorded_at, min(reverses::text)::uuid AS returns,
               min(occurred_at) FILTER (WHERE kind <> {_EARN}) AS occurred_at,
               min(CASE kind WHEN {_PAYMENT} THEN credit WHEN {_REFUND} THEN debit END::text)::uuid
                   AS shop,
               min(CASE WHEN kind IN ({_PAYMENT}, {_TAKE_BACK}) THEN debit
                        WHEN kind IN ({_EARN}, {_REFUND}) THEN credit END::text)::uuid AS wallet,
               bool_or(kind IN ({_TAKE_BACK}, {_SALE}))
                   OR bool_or(kind = {_PAYMENT}) AND bool_or(kind = {_EARN}) AS is_of_sale
        FROM transfer WHERE kind IN ({_PAYMENT}, {_REFUND}, {_EARN}, {_TAKE_BACK}, {_SALE})
            AND operation IN (SELECT operation FROM rung_up)
        GROUP BY operation
    ), returned AS (
        SELECT returns, -sum(total_yen) AS yen, -sum(paid_units) AS units FROM sale
        WHERE returns <> '{NIL}' GROUP BY returns
    )
    SELECT coalesce(sale.operation, moved.operation),
           (moved.units, shop.owner, wallet.owner, moved.terminal, moved.actor, moved.returns,
            moved.occurred_at, moved.recorded_at)::text,
           (abs(sale.paid_units), sale.payee, sale.wallet, sale.terminal, sale.actor, sale.returns,
            sale.occurred_at, sale.recorded_at)::text
    FROM sale FULL JOIN moved ON moved.operation = sale.operation
    LEFT JOIN account AS shop ON shop.id = moved.shop
    LEFT JOIN account AS wallet ON wallet.id = moved.wallet
    LEFT JOIN returned ON returned.returns = sale.operation
    LEFT JOIN sale AS bought ON bought.operation = sale.returns
    WHERE sale.operation IS NULL AND moved.is_of_sale
       OR sale.operation IS NOT NULL
          AND (abs(sale.paid_units), sale.terminal, sale.actor, sale.recorded_at, sale.returns)
              IS DISTINCT FROM
              (moved.units, moved.terminal, moved.actor, moved.recorded_at, moved.returns)
       OR sale.returns <> '{NIL}'
          AND (sale.wallet, sale.payee) IS DISTINCT FROM (bought.wallet, bought.payee)
       OR sale.payee <> shop.owner OR sale.wallet <> wallet.owner
       OR sale.occurred_at <> moved.occurred_at
       OR sale.total_yen > 0 AND (coalesce(returned.yen, 0) > sale.total_yen
                                  OR coalesce(returned.units, 0) > sale.paid_units)
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

# What payments and holds took from a wallet on the last day on which any did, less what
# came back of them on that day; and what those had spent on it who became one with its owner.
WRONG_SPENT: Final[LiteralString] = f"""
    WITH RECURSIVE taken AS (
        SELECT number, operation, debit AS wallet, units, {_DAY} AS day
        FROM transfer WHERE kind IN ({_PAYMENT}, {_HOLD})
    ), back AS (
        SELECT number, credit AS wallet, units, reverses, {_DAY} AS day
        FROM transfer WHERE kind IN ({_REFUND}, {_VOID})
    ), origin AS (
        SELECT operation AS undone, day FROM taken
        WHERE operation IN (SELECT reverses FROM back)
        UNION
        SELECT post.operation, taken.day FROM transfer AS post
        JOIN taken ON taken.operation = post.reverses
        WHERE post.kind = {_POST} AND post.operation IN (SELECT reverses FROM back)
    ), own AS (
        SELECT number, wallet, day, units FROM taken
        UNION ALL
        SELECT back.number, back.wallet, back.day, -back.units
        FROM back JOIN origin ON origin.undone = back.reverses AND origin.day = back.day
    ), merged AS (
        SELECT min(number) AS number, debit, credit, min({_DAY}) AS day
        FROM transfer WHERE kind = {_MERGE} AND reverses = '{NIL}'
        GROUP BY operation, debit, credit
    ), carried AS (
        SELECT merged.number, merged.credit AS wallet, own.day, own.units
        FROM own JOIN merged ON merged.debit = own.wallet AND merged.day = own.day
            AND merged.number > own.number
        UNION ALL
        SELECT merged.number, merged.credit, carried.day, carried.units
        FROM carried JOIN merged ON merged.debit = carried.wallet AND merged.day = carried.day
            AND merged.number > carried.number
    ), counted AS (
        SELECT wallet, day, units FROM own
        UNION ALL
        SELECT wallet, day, sum(units) FROM carried GROUP BY number, wallet, day
        HAVING sum(units) > 0
    ), last AS (
        SELECT wallet, max(day) AS day FROM counted GROUP BY wallet
    ), spent AS (
        SELECT wallet, day, sum(units)::bigint AS units FROM counted GROUP BY wallet, day
    )
    SELECT account.id, (last.day, coalesce(spent.units, 0))::text,
           (account.spent_on, account.spent_units)::text
    FROM account LEFT JOIN last ON last.wallet = account.id
    LEFT JOIN spent ON spent.wallet = last.wallet AND spent.day = last.day
    WHERE account.spent_units <> coalesce(spent.units, 0) OR account.spent_on <> last.day
    ORDER BY 1 LIMIT 1
"""

WRONG_HOLD: Final[LiteralString] = f"""
    WITH held AS (
        SELECT operation, max(owner::text)::uuid AS payee, max(expires_at) AS expires_at,
               sum(units) AS units
        FROM transfer JOIN account ON account.id = transfer.credit
        WHERE kind = {_HOLD} GROUP BY operation
    ), released AS (
        SELECT reverses, sum(units) AS units FROM transfer
        WHERE kind IN ({_POST}, {_VOID}) GROUP BY reverses
    )
    SELECT coalesce(hold.operation, held.operation),
           (held.payee, held.expires_at, held.units <> coalesce(released.units, 0))::text,
           (hold.payee, hold.expires_at, hold.is_open)::text
    FROM hold FULL JOIN held ON held.operation = hold.operation
    LEFT JOIN released ON released.reverses = held.operation
    WHERE (hold.payee, hold.expires_at, hold.is_open) IS DISTINCT FROM
          (held.payee, held.expires_at, held.units <> coalesce(released.units, 0))
    ORDER BY 1 LIMIT 1
"""

WRONG_STOP: Final[LiteralString] = f"""
    SELECT coalesce(stop.actor, first.actor),
           (first.operation, first.number, first.recorded_at)::text,
           (stop.operation, stop.after_number, stop.recorded_at)::text
    FROM credential_stop AS stop FULL JOIN (
        SELECT DISTINCT ON (actor) actor, operation, number, recorded_at
        FROM transfer WHERE kind = {_STOP} ORDER BY actor, number
    ) AS first ON first.actor = stop.actor
    WHERE (stop.operation, stop.after_number, stop.recorded_at)
          IS DISTINCT FROM (first.operation, first.number, first.recorded_at)
    ORDER BY 1 LIMIT 1
"""

AFTER_STOP: Final[LiteralString] = f"""
    SELECT transfer.operation, 'number up to ' || stop.after_number, transfer.number
    FROM transfer JOIN credential_stop AS stop ON stop.actor = transfer.actor
    WHERE transfer.number > stop.after_number AND transfer.kind <> {_STOP}
    ORDER BY transfer.number LIMIT 1
"""


def prepare(tx: ReadTx) -> None:
    """Let the rest of the transaction read whole tables, whatever their statistics say.

    Guesses about tables that were never analysed have made hours of seconds.
    """
    tx.connection.execute("SET LOCAL enable_nestloop = off")
    tx.connection.execute("SET LOCAL work_mem = '64MB'")


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
            f"SELECT {LEAF} FROM transfer WHERE number > %s ORDER BY number"
            f" FETCH FIRST {PAGE} ROWS WITH TIES",
            (after,),
            binary=True,
        ).fetchall()
        if not page:
            return
        for (leaf,) in page:
            yield leaf
        after = int.from_bytes(page[-1][0][:8])


def counts(tx: ReadTx) -> tuple[int, int]:
    """How many accounts and lots there are."""
    ((accounts, lots),) = tx.rows(
        "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM lot)"
    )
    return accounts, lots
