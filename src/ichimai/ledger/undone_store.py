"""SQL of the verification: nothing comes back twice, to another, or that was not given.

Each query returns the first wrong (key, most, found).
"""

from typing import Final, LiteralString

from ichimai.kernel.ids import NIL
from ichimai.ledger.model import Kind

_PAYMENT, _POST, _REFUND = Kind.PAYMENT.value, Kind.POST.value, Kind.REFUND.value
_EXPIRY, _RESTORE = Kind.EXPIRY.value, Kind.RESTORE.value
_EARN, _TAKE_BACK = Kind.EARN.value, Kind.TAKE_BACK.value
_TOP_UP, _CASH_OUT = Kind.TOP_UP.value, Kind.CASH_OUT.value
_MERGE, _SPLIT, _RECALL = Kind.MERGE.value, Kind.SPLIT.value, Kind.RECALL.value

OVER_REFUNDED: Final[LiteralString] = f"""
    WITH back AS (
        SELECT reverses, lot, units FROM transfer
        WHERE kind = {_REFUND} OR kind = {_CASH_OUT} AND reverses <> '{NIL}'
    )
    SELECT operation, sum(paid), sum(refunded) FROM (
        SELECT operation, lot, units AS paid, 0 AS refunded FROM transfer
        WHERE kind IN ({_PAYMENT}, {_POST}, {_TOP_UP}) AND operation IN (SELECT reverses FROM back)
        UNION ALL
        SELECT reverses, lot, 0, units FROM back
    ) AS sides
    GROUP BY operation, lot HAVING sum(refunded) > sum(paid)
    ORDER BY 1 LIMIT 1
"""

# Of what a purchase earned, by lot and who gave it: no more than is not kept (return_rules); of a
# premium, no more than was given.
OVER_TAKEN_BACK: Final[LiteralString] = f"""
    WITH back AS (
        SELECT reverses AS operation, lot, debit AS wallet, credit AS giver, sum(units) AS units
        FROM transfer WHERE kind = {_TAKE_BACK} GROUP BY reverses, lot, debit, credit
    ), earned AS (
        SELECT operation, lot, credit AS wallet, debit AS giver, sum(units) AS units
        FROM transfer WHERE kind = {_EARN} AND operation IN (SELECT operation FROM back)
        GROUP BY operation, lot, credit, debit
    ), kept AS (
        SELECT bought.operation, bought.total_yen, bought.total_yen + sum(came.total_yen) AS yen
        FROM sale AS came JOIN sale AS bought ON bought.operation = came.returns
        WHERE came.returns <> '{NIL}' GROUP BY bought.operation, bought.total_yen
        UNION SELECT operation, 1, 0 FROM transfer
        WHERE kind = {_TOP_UP} AND operation IN (SELECT operation FROM back)
    ), known AS (
        SELECT operation, back.units AS found,
               coalesce(earned.units - div(earned.units * kept.yen, kept.total_yen), 0) AS most
        FROM back LEFT JOIN earned USING (operation, lot, wallet, giver)
        LEFT JOIN kept USING (operation)
    )
    SELECT operation, most, found FROM known WHERE found > most ORDER BY 1 LIMIT 1
"""

# Nothing is given back to a lot that did not end, nor more than it lost.
OVER_RESTORED: Final[LiteralString] = f"""
    WITH back AS (
        SELECT reverses, credit, debit, lot, sum(units)::bigint AS units
        FROM transfer WHERE kind = {_RESTORE} GROUP BY reverses, credit, debit, lot
    )
    SELECT back.reverses, coalesce(ended.units, 0), back.units
    FROM back LEFT JOIN transfer AS ended ON ended.operation = back.reverses
        AND ended.kind = {_EXPIRY} AND ended.lot = back.lot
        AND ended.debit = back.credit AND ended.credit = back.debit
    WHERE back.units > coalesce(ended.units, 0)
    ORDER BY 1 LIMIT 1
"""

# Nothing is given back that no merge moved, and to nobody but whose it was.
OVER_SPLIT: Final[LiteralString] = f"""
    WITH joined AS (
        SELECT CASE reverses WHEN '{NIL}' THEN operation ELSE reverses END AS merge, lot, asset,
               CASE kind WHEN {_MERGE} THEN debit ELSE credit END AS wallet,
               CASE kind WHEN {_MERGE} THEN units ELSE 0 END AS moved,
               CASE kind WHEN {_MERGE} THEN 0 ELSE units END AS back
        FROM transfer WHERE kind IN ({_MERGE}, {_SPLIT}, {_RECALL})
    )
    SELECT merge, sum(moved), sum(back) FROM joined GROUP BY merge, wallet, asset, lot
    HAVING sum(back) > sum(moved) ORDER BY 1 LIMIT 1
"""

# What is recalled through a wallet does not stay there: whose goods they were, it is taken back.
OVER_RECALLED: Final[LiteralString] = f"""
    WITH leg AS MATERIALIZED (
        SELECT operation, kind, debit, credit, lot, units FROM transfer
        WHERE kind IN ({_RECALL}, {_TAKE_BACK}) AND units > 0
    ), through AS (
        SELECT operation, credit AS wallet, lot, units AS brought, 0 AS taken
        FROM leg WHERE kind = {_RECALL}
        UNION ALL
        SELECT operation, debit, lot, 0, units FROM leg
    )
    SELECT operation, sum(taken), sum(brought) FROM through GROUP BY operation, wallet, lot
    HAVING sum(brought) > sum(taken) ORDER BY 1 LIMIT 1
"""

# What a merge counted of the one under the other's limits counts there no more than once less.
OVER_UNCOUNTED: Final[LiteralString] = f"""
    WITH leg AS (
        SELECT operation, leg, CASE kind WHEN {_MERGE} THEN operation ELSE reverses END AS merge
        FROM transfer WHERE kind IN ({_MERGE}, {_SPLIT}, {_RECALL})
    )
    SELECT merge, tally, sum(units) FROM leg JOIN counted USING (operation, leg)
    GROUP BY merge, tally HAVING sum(units) < 0 ORDER BY 1 LIMIT 1
"""
