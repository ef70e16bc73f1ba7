"""The SQL by which a closing reads the journal: whole tables at a time, by sets."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger.model import Kind, Role
from ichimai.storage import ReadTx
from ichimai.storage.arrays import Bigints, Smallints, Texts, Uuids

_HASHED: Final = 50_000
"""From so many transfers on, tables are read whole rather than row by row."""

_INTO: Final = f"{Kind.GRANT.value}, {Kind.EARN.value}, {Kind.TOP_UP.value}"
_BACK: Final = f"{Kind.TAKE_BACK.value}, {Kind.CASH_OUT.value}"
_RECEIVABLE: Final = Role.RECEIVABLE.value
_ISSUED: Final = Role.ISSUED.value
_DUE: Final = Role.DUE.value

POOLED: Final = -1
"""In place of the association that gave units: many did together (a pooled lot)."""

# Of each program, from where on: the head lock is held, so that the journal ends here.
_PARTS: Final = (
    "SELECT * FROM unnest(%(assets)s::text[], %(afters)s::bigint[]) AS part (asset, after_number)"
)
_IN_PART: Final = (
    "part.asset = transfer.asset AND transfer.number > part.after_number"
    " AND transfer.number > %(least)s"
)

# What shops accepted, by shop, by who funded it, and by the associations on both sides. Of a
# posted hold, the hold knows the wallet; a lot has one funder, whoever was given it. Behind a lot
# of a pool nobody stands but itself: it is what the keeper of the pool pays for.
_USES: Final[LiteralString] = f"""
    WITH part AS MATERIALIZED ({_PARTS}), moved AS (
        SELECT transfer.asset, lot, debit AS wallet, credit AS receivable, units
        FROM transfer JOIN part ON {_IN_PART} WHERE kind = {Kind.PAYMENT.value}
        UNION ALL
        SELECT transfer.asset, lot, credit, debit, -units
        FROM transfer JOIN part ON {_IN_PART} WHERE kind = {Kind.REFUND.value}
        UNION ALL
        SELECT transfer.asset, transfer.lot, held.debit, transfer.credit, transfer.units
        FROM transfer JOIN part ON {_IN_PART}
        JOIN transfer AS held ON held.operation = transfer.reverses AND held.lot = transfer.lot
            AND held.asset = transfer.asset AND held.kind = {Kind.HOLD.value}
        WHERE transfer.kind = {Kind.POST.value}
    ), known AS (
        SELECT moved.asset, moved.units, shops.owner AS shop,
               coalesce(funders.owner, lot.funder) AS funder,
               taker.association AS taken_at,
               CASE WHEN lot.funder = lot.id THEN {POOLED}
                    ELSE coalesce(giver.association, party.association) END AS given_by
        FROM moved
        JOIN account AS shops ON shops.id = moved.receivable AND shops.role = {_RECEIVABLE}
        JOIN lot ON lot.account = moved.wallet AND lot.id = moved.lot
        LEFT JOIN account AS funders ON funders.id = lot.funder AND funders.role = {_ISSUED}
        JOIN shop AS taker ON taker.id = shops.owner
        LEFT JOIN shop AS giver ON giver.id = funders.owner
        LEFT JOIN unnest(%(owners)s::uuid[], %(numbers)s::smallint[])
            AS party (owner, association) ON party.owner = funders.owner
    )
    SELECT grouping(shop), grouping(funder), asset, shop, funder, given_by, taken_at,
           sum(units)::bigint
    FROM known
    GROUP BY GROUPING SETS ((asset, shop), (asset, funder), (asset, given_by, taken_at))
"""

_ISSUES: Final[LiteralString] = f"""
    WITH part AS MATERIALIZED ({_PARTS}), moved AS (
        SELECT debit AS issuer, sum(units) AS units
        FROM transfer JOIN part ON {_IN_PART} WHERE kind IN ({_INTO}) GROUP BY debit
        UNION ALL
        SELECT credit, -sum(units)
        FROM transfer JOIN part ON {_IN_PART} WHERE kind IN ({_BACK}) GROUP BY credit
    )
    SELECT asset, owner, sum(units)::bigint
    FROM moved JOIN account ON account.id = issuer AND role = {_ISSUED} GROUP BY asset, owner
"""

_OUTSTANDING: Final[LiteralString] = f"""
    SELECT asset, owner, sum(remaining)::bigint
    FROM account JOIN lot ON lot.funder = account.id
    WHERE role = {_ISSUED} AND asset = ANY(%s::text[]) AND remaining > 0 GROUP BY asset, owner
"""

# What came onto an account of what is owed: charged, or moved there from another account.
_DUES: Final[LiteralString] = f"""
    WITH part AS MATERIALIZED ({_PARTS}), moved AS (
        SELECT transfer.asset, debit AS due, credit AS other, kind, units
        FROM transfer JOIN part ON {_IN_PART}
        WHERE kind IN ({Kind.CHARGE.value}, {Kind.CORRECTION.value})
        UNION ALL
        SELECT transfer.asset, credit, debit, kind, -units
        FROM transfer JOIN part ON {_IN_PART}
        WHERE kind IN ({Kind.CHARGE.value}, {Kind.CORRECTION.value})
    )
    SELECT moved.asset, due.owner, moved.kind, other.role, sum(units)::bigint
    FROM moved JOIN account AS due ON due.id = moved.due AND due.role = {_DUE}
    JOIN account AS other ON other.id = moved.other
    GROUP BY moved.asset, due.owner, moved.kind, other.role
"""

_POOLED: Final[LiteralString] = """
    SELECT asset, sum(remaining)::bigint
    FROM account JOIN lot ON lot.account = account.id
    WHERE lot.funder = lot.id AND remaining > 0 AND asset = ANY(%s::text[]) GROUP BY asset
"""

_EVER: Final = (
    "SELECT asset, owner, -balance FROM account"
    f" WHERE role = {_ISSUED} AND asset = ANY(%s::text[]) AND balance < 0"
)

_CARRIED: Final = (
    "SELECT asset, owner, -balance FROM account"
    f" WHERE role = {_RECEIVABLE} AND asset = ANY(%s::text[]) AND balance < 0"
)


class Range(NamedTuple):
    """Of each program, the number of the last transfer that was closed before."""

    after: Mapping[Asset, int]

    @property
    def params(self) -> dict[str, object]:
        """As the statements take it."""
        afters = list(self.after.values())
        return {"assets": Texts(self.after), "afters": Bigints(afters), "least": min(afters)}


By = dict[Asset, dict[UUID, int]]


class Uses(NamedTuple):
    """What shops accepted: by shop, by who funded it, and by association (given, accepted).

    ``pooled``: what many had given together, by the association that accepted.
    """

    by_shop: By
    by_funder: By
    crossed: dict[Asset, dict[tuple[int | None, int], int]]
    pooled: dict[Asset, dict[int, int]]


class Dues(NamedTuple):
    """What came onto accounts of what is owed: charged; corrected, in the owner's favour."""

    charged: By
    corrected: By


def prepare(tx: ReadTx, count: int) -> None:
    """Let the transaction read whole tables where many transfers are to be read.

    Plans are generic, and guesses about tables not yet analysed have made hours of seconds.
    """
    if count >= _HASHED:
        tx.connection.execute("SET LOCAL enable_nestloop = off")
        tx.connection.execute("SET LOCAL work_mem = '128MB'")


def recover(tx: ReadTx, count: int) -> None:
    """Undo ``prepare``."""
    if count >= _HASHED:
        tx.connection.execute("SET LOCAL enable_nestloop = on")


def uses(tx: ReadTx, range_: Range, associations: Mapping[UUID, int]) -> Uses:
    """What shops accepted; ``associations``: by which association else somebody gives."""
    owners = {
        "owners": Uuids(associations),
        "numbers": Smallints(associations.values()),
    }
    found = Uses({}, {}, {}, {})
    for no_shop, no_funder, asset, shop, funder, given_by, taken_at, units in tx.rows(
        _USES, {**range_.params, **owners}
    ):
        if not no_shop:
            found.by_shop.setdefault(asset, {})[shop] = units
        elif not no_funder:
            found.by_funder.setdefault(asset, {})[funder] = units
        elif given_by == POOLED:
            found.pooled.setdefault(asset, {})[taken_at] = units
        else:
            found.crossed.setdefault(asset, {})[given_by, taken_at] = units
    return found


def issues(tx: ReadTx, range_: Range) -> By:
    """What was given, less what was taken back, by who funds it."""
    return _by(tx.rows(_ISSUES, range_.params))


def outstanding(tx: ReadTx, assets: Collection[Asset]) -> By:
    """What is not spent of all that was ever given, by who funds it."""
    return _by(tx.rows(_OUTSTANDING, (list(assets),)))


def pooled(tx: ReadTx, assets: Collection[Asset]) -> dict[Asset, int]:
    """What is not spent of lots behind which nobody stands alone."""
    return dict(tx.rows(_POOLED, (list(assets),)))


def ever_issued(tx: ReadTx, assets: Collection[Asset]) -> By:
    """All that was ever given, less what was taken back, by who funds it."""
    return _by(tx.rows(_EVER, (list(assets),)))


def dues(tx: ReadTx, range_: Range) -> Dues:
    """What was charged, and what was put right."""
    found = Dues({}, {})
    for asset, owner, kind, other, units in tx.rows(_DUES, range_.params):
        if kind == Kind.CHARGE:
            found.charged.setdefault(asset, {})[owner] = units
        elif other == Role.ISSUED:
            found.corrected.setdefault(asset, {})[owner] = -units
    return found


def carried(tx: ReadTx, assets: Collection[Asset]) -> By:
    """What shops refunded above what they sold."""
    return _by(tx.rows(_CARRIED, (list(assets),)))


def _by(rows: Sequence[tuple[Any, ...]]) -> By:
    found: By = {}
    for asset, owner, units in rows:
        found.setdefault(asset, {})[owner] = units
    return found
