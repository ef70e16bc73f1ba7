"""SQL of the verification. Each WRONG query returns the first wrong (key, expected, found)."""

from typing import Final, LiteralString

from ichimai.kernel.ids import NIL
from ichimai.ledger.model import MINIMUM, Kind, Role
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
_INTO_LOT: Final = f"{_INTO}, {_REFUND}, {_VOID}, {_GIVE}, {_RESTORE}"
"""What comes into a lot of a wallet."""
_NEVER_BELOW_0: Final = "".join(
    f"{role.value}," for role, minimum in MINIMUM.items() if minimum == 0
).rstrip(",")

# Japan has no summer time; PostgreSQL may be built without a table of zones.
_DAY: Final = "((recorded_at AT TIME ZONE 'UTC') + interval '9 hours')::date"

# As model.account_id: the owner, with a mask of role and asset XORed to the second half, and the
# marks of a UUIDv8.
WRONG_ID: Final[LiteralString] = """
    WITH mask AS MATERIALIZED (
        SELECT role, asset, ('x' || encode(substr(sha256(
            convert_to(role || '/' || asset, 'UTF8')), 1, 16), 'hex'))::bit(128)
            & X'0000000000000000ffffffffffffffff' AS bits
        FROM account GROUP BY role, asset
    )
    SELECT id, encode(substr(bit_send(derived), 5), 'hex')::uuid, id
    FROM (
        SELECT id, ('x' || encode(uuid_send(id), 'hex'))::bit(128) AS known,
            ((('x' || encode(uuid_send(owner), 'hex'))::bit(128) # bits)
             & X'ffffffffffff0fff3fffffffffffffff') | X'00000000000080008000000000000000' AS derived
        FROM account JOIN mask USING (role, asset)
    ) AS ids
    WHERE known <> derived ORDER BY id LIMIT 1
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

# What went into and out of each lot, and through accounts besides: lots, balances, and that a
# wallet has what its lots have. Units that many pay for when they give them are one lot, which
# names itself as its funder.
WRONG_VALUE: Final[LiteralString] = f"""
    WITH moved AS MATERIALIZED (
        SELECT account, lot, asset, sum(units)::bigint AS remaining,
               sum(capped)::bigint AS capped_left, max(expires_at) AS expires_at,
               min(usable_at) AS usable_at, min(funder)::uuid AS funder,
               sum(granted)::bigint AS granted
        FROM (
            SELECT credit AS account, lot, asset, units, capped, expires_at,
                   CASE WHEN kind IN ({_INTO}) THEN occurred_at END AS usable_at,
                   CASE WHEN kind IN ({_INTO}) THEN debit::text END AS funder,
                   CASE WHEN kind IN ({_INTO}, {_GIVE}) THEN units END AS granted
            FROM transfer WHERE kind IN ({_INTO_LOT}) AND units > 0
            UNION ALL
            SELECT debit, lot, asset, -units, -capped, NULL, NULL, NULL, NULL
            FROM transfer WHERE kind IN ({_OUT}) AND units > 0
        ) AS sides GROUP BY account, lot, asset
    ), sums AS (
        SELECT account, asset, sum(in_lots + besides)::bigint AS balance,
               sum(in_lots)::bigint AS in_lots
        FROM (
            SELECT account, asset, remaining AS in_lots, 0 AS besides FROM moved
            UNION ALL
            SELECT credit, asset, 0, sum(units) FROM transfer
            WHERE kind NOT IN ({_MARKS}) AND (kind NOT IN ({_INTO_LOT}) OR units = 0)
            GROUP BY credit, asset
            UNION ALL
            SELECT debit, asset, 0, -sum(units) FROM transfer
            WHERE kind NOT IN ({_MARKS}) AND (kind NOT IN ({_OUT}) OR units = 0)
            GROUP BY debit, asset
        ) AS parts GROUP BY account, asset
    ), wrong AS (
        SELECT 1 AS place, 'balance and asset of account' AS what,
               coalesce(account.id, sums.account) AS id, (sums.balance, sums.asset)::text AS made,
               (account.balance, account.asset)::text AS found
        FROM account FULL JOIN sums ON sums.account = account.id
        WHERE account.id IS NULL OR account.balance <> coalesce(sums.balance, 0)
           OR account.asset <> sums.asset
           OR account.role = {_WALLET} AND sums.balance <> sums.in_lots
        UNION ALL
        SELECT 2, 'lot', coalesce(lot.id, moved.lot),
               (moved.remaining, moved.capped_left, moved.expires_at, moved.usable_at,
                moved.funder, moved.granted)::text,
               (lot.remaining, lot.capped_left, lot.expires_at, lot.usable_at, lot.funder,
                lot.units)::text
        FROM lot FULL JOIN moved ON moved.lot = lot.id AND moved.account = lot.account
        WHERE (lot.remaining, lot.capped_left, lot.expires_at, lot.units) IS DISTINCT FROM
              (moved.remaining, moved.capped_left, moved.expires_at, moved.granted)
           OR lot.funder <> moved.funder AND lot.funder <> lot.id
           OR lot.usable_at <> moved.usable_at
    )
    SELECT what || ' ' || id, made, found FROM wrong ORDER BY place, id LIMIT 1
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
        -- Nor is a premium that goes back with the money.
        EXCEPT SELECT operation FROM transfer WHERE kind = {Kind.CASH_OUT.value}
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

# What payments and holds took from a wallet on the last day on which any did, less what
# came back of them on that day; and what those had spent on it who became one with its owner.
WRONG_SPENT: Final[LiteralString] = f"""
    WITH RECURSIVE since AS (
        SELECT id AS wallet, spent_on AS day,
               (spent_on - interval '9 hours') AT TIME ZONE 'UTC' AS begins_at
        FROM account
    ), taken AS (
        SELECT debit AS wallet, max(recorded_at) AS recorded_at,
               sum(units) FILTER (WHERE recorded_at >= begins_at)::bigint AS units
        FROM transfer JOIN since ON since.wallet = debit
        WHERE kind IN ({_PAYMENT}, {_HOLD}) GROUP BY debit
    ), back AS (
        SELECT number, credit AS wallet, units, reverses, {_DAY} AS day
        FROM transfer WHERE kind IN ({_REFUND}, {_VOID})
    ), origin AS (
        SELECT operation AS undone, {_DAY} AS day FROM transfer
        WHERE kind IN ({_PAYMENT}, {_HOLD}) AND operation IN (SELECT reverses FROM back)
        UNION
        SELECT post.operation, held.day
        FROM (SELECT operation, reverses FROM transfer WHERE kind = {_POST}
              AND operation IN (SELECT reverses FROM back)) AS post
        JOIN (SELECT operation, {_DAY} AS day FROM transfer WHERE kind = {_HOLD}) AS held
            ON held.operation = post.reverses
    ), undone AS (
        SELECT back.number, back.wallet, back.day, -back.units AS units
        FROM back JOIN origin ON origin.undone = back.reverses AND origin.day = back.day
    ), merged AS (
        SELECT min(number) AS number, debit, credit, min({_DAY}) AS day
        FROM transfer WHERE kind = {_MERGE} AND reverses = '{NIL}'
        GROUP BY operation, debit, credit
    ), own AS (
        SELECT number, debit AS wallet, {_DAY} AS day, units FROM transfer
        WHERE kind IN ({_PAYMENT}, {_HOLD}) AND debit IN (SELECT debit FROM merged)
        UNION ALL SELECT * FROM undone
    ), carried AS (
        SELECT merged.number, merged.credit AS wallet, own.day, own.units
        FROM own JOIN merged ON merged.debit = own.wallet AND merged.day = own.day
            AND merged.number > own.number
        UNION ALL
        SELECT merged.number, merged.credit, carried.day, carried.units
        FROM carried JOIN merged ON merged.debit = carried.wallet AND merged.day = carried.day
            AND merged.number > carried.number
    ), other AS (
        SELECT wallet, max(few.day) AS day,
               sum(units) FILTER (WHERE few.day = since.day)::bigint AS units
        FROM (
            SELECT wallet, day, units FROM undone
            UNION ALL
            SELECT wallet, day, sum(units) FROM carried GROUP BY number, wallet, day
            HAVING sum(units) > 0
        ) AS few JOIN since USING (wallet) GROUP BY wallet
    ), made AS (
        SELECT account.id, spent_on, spent_units,
               greatest(other.day, {_DAY}) AS day,
               coalesce(taken.units, 0) + coalesce(other.units, 0) AS units
        FROM account LEFT JOIN taken ON taken.wallet = account.id
        LEFT JOIN other ON other.wallet = account.id
    )
    SELECT id, (day, CASE WHEN spent_on = day THEN units END)::text, (spent_on, spent_units)::text
    FROM made WHERE spent_units <> units OR spent_on <> day
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
    """Let the rest of the transaction read whole tables as they lie, whatever statistics say.

    Guesses about tables that were never analysed have made hours of seconds.
    """
    tx.connection.execute("SET LOCAL enable_nestloop = off")
    tx.connection.execute("SET LOCAL enable_mergejoin = off")
    tx.connection.execute("SET LOCAL work_mem = '64MB'")


def counts(tx: ReadTx) -> tuple[int, int]:
    """How many accounts and lots there are."""
    ((accounts, lots),) = tx.rows(
        "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM lot)"
    )
    return accounts, lots
