"""SQL that compares what closings say of associations with the journal.

As in ``verification_store``: the query finds the first wrong record, as (key, expected, found). It
takes ``Known``, and reads the journal whole.
"""

from typing import Final, LiteralString

from ichimai.ledger.model import Kind, Role
from ichimai.settlement.verification_store import CLOSING_OF, ENDS

_ISSUED, _RECEIVABLE = Role.ISSUED.value, Role.RECEIVABLE.value
_PAYMENT, _REFUND = Kind.PAYMENT.value, Kind.REFUND.value
_HOLD, _POST = Kind.HOLD.value, Kind.POST.value

# The association to which what is issued is counted; of a lot, whose it is: its funder's, or of a
# pooled lot everybody's who gave.
_WHOSE: Final[LiteralString] = f"""
    party AS MATERIALIZED (
        SELECT * FROM unnest(%(owners)s::uuid[], %(parties)s::text[]) AS party (owner, party)
    ), issuer AS MATERIALIZED (
        SELECT account.id,
               coalesce(shop.association, substring(party FROM '^association:(.*)')::int) AS giver
        FROM account LEFT JOIN shop ON shop.id = owner LEFT JOIN party USING (owner)
        WHERE role = {_ISSUED}
    ), whose AS MATERIALIZED (
        SELECT lot.account, lot.id AS lot, lot.funder = lot.id AS is_pooled, giver
        FROM lot LEFT JOIN issuer ON issuer.id = lot.funder
    )
"""

# What was left of lots, and what every issuer had given, as each closing was made.
_STOOD: Final[LiteralString] = f"""
    sides AS MATERIALIZED (
        SELECT {CLOSING_OF} AS closing, asset, side.account, lot, sum(side.units) AS units
        FROM transfer JOIN ends USING (asset)
        CROSS JOIN LATERAL (VALUES (credit, units), (debit, -units)) AS side (account, units)
        GROUP BY 1, 2, 3, 4
    ), changed AS (
        SELECT closing, asset, NULL::uuid AS issuer, is_pooled, giver, sum(units) AS units
        FROM sides JOIN whose USING (account, lot) GROUP BY closing, asset, is_pooled, giver
        UNION ALL
        SELECT closing, asset, issuer.id, false, giver, -sum(units)
        FROM sides JOIN issuer ON issuer.id = sides.account
        GROUP BY closing, asset, issuer.id, giver
    ), stood AS (
        SELECT closing.id AS closing, known.issuer, known.is_pooled, known.giver,
               sum(coalesce(changed.units, 0)) OVER (
                   PARTITION BY closing.asset, known.issuer, known.is_pooled, known.giver
                   ORDER BY closes_on) AS units
        FROM (SELECT DISTINCT asset, issuer, is_pooled, giver FROM changed) AS known
        JOIN closing USING (asset)
        LEFT JOIN changed ON changed.closing = closing.id
            AND changed.issuer IS NOT DISTINCT FROM known.issuer
            AND changed.is_pooled = known.is_pooled
            AND changed.giver IS NOT DISTINCT FROM known.giver
    )
"""

# What shops accepted of whose units; of a posted hold, the hold knows the wallet.
_USED: Final[LiteralString] = f"""
    moved AS (
        SELECT asset, number, lot, debit AS account, credit AS till, units
        FROM transfer WHERE kind = {_PAYMENT}
        UNION ALL
        SELECT asset, number, lot, credit, debit, -units FROM transfer WHERE kind = {_REFUND}
        UNION ALL
        SELECT post.asset, post.number, post.lot, held.debit, post.credit, post.units
        FROM transfer AS post JOIN transfer AS held ON held.operation = post.reverses
            AND held.lot = post.lot AND held.asset = post.asset AND held.kind = {_HOLD}
        WHERE post.kind = {_POST}
    ), taken AS (
        SELECT {CLOSING_OF} AS closing, lot, account, till, units FROM moved JOIN ends USING (asset)
    ), used AS (
        SELECT closing, shop.association AS taker, is_pooled, giver, sum(taken.units) AS units
        FROM taken JOIN whose USING (account, lot)
        JOIN account AS at ON at.id = taken.till AND at.role = {_RECEIVABLE}
        JOIN shop ON shop.id = at.owner GROUP BY 1, 2, 3, 4
    )
"""

# What is of a pool is shared by what each ever gave; the largest remainder gets the next unit.
_SHARED: Final[LiteralString] = """
    whole AS (
        SELECT closing, taker, units FROM used WHERE is_pooled AND closing IS NOT NULL
        UNION ALL
        SELECT closing, NULL, units FROM stood WHERE is_pooled AND issuer IS NULL
    ), weight AS (
        SELECT closing, giver, sum(greatest(units, 0)) AS weight
        FROM stood WHERE issuer IS NOT NULL GROUP BY closing, giver
    ), total AS (
        SELECT closing, sum(weight) AS total FROM weight GROUP BY closing HAVING sum(weight) > 0
    ), parted AS (
        SELECT closing, taker, giver, units, div(abs(units) * weight, total) AS part,
               abs(units) * weight %% total AS rest
        FROM whole JOIN total USING (closing) JOIN weight USING (closing)
    ), ranked AS (
        SELECT parted.*,
               row_number() OVER (
                   PARTITION BY closing, taker ORDER BY rest DESC, giver IS NULL, giver) AS place,
               abs(units) - sum(part) OVER (PARTITION BY closing, taker) AS over
        FROM parted
    ), shared AS (
        SELECT closing, taker, giver,
               sign(units) * (part + CASE WHEN place <= over THEN 1 ELSE 0 END) AS units
        FROM ranked
    )
"""

# What is outstanding of an association's units, and what went across borders.
WRONG_ACROSS: Final[LiteralString] = f"""
    WITH {ENDS}, {_WHOSE}, {_STOOD}, {_USED}, {_SHARED}, crossed AS (
        SELECT * FROM (
            SELECT closing, taker, giver, units FROM used WHERE NOT is_pooled
            UNION ALL
            SELECT closing, taker, giver, units FROM shared WHERE taker IS NOT NULL
        ) AS every WHERE closing IS NOT NULL AND giver <> taker
    ), sums AS (
        SELECT closing, giver AS association, units AS open, 0 AS away, 0 AS here,
               0 AS outstanding, 0 AS elsewhere, 0 AS from_others
        FROM stood WHERE issuer IS NULL AND NOT is_pooled AND giver IS NOT NULL
        UNION ALL
        SELECT closing, giver, units, 0, 0, 0, 0, 0
        FROM shared WHERE taker IS NULL AND giver IS NOT NULL
        UNION ALL
        SELECT closing, giver, 0, units, 0, 0, 0, 0 FROM crossed
        UNION ALL
        SELECT closing, taker, 0, 0, units, 0, 0, 0 FROM crossed
        UNION ALL
        SELECT closing, association, 0, 0, 0, outstanding, elsewhere, from_others
        FROM association_closing
    ), told AS (
        SELECT closing, association,
               (sum(open)::bigint, sum(away)::bigint, sum(here)::bigint)::text AS expected,
               (sum(outstanding)::bigint, sum(elsewhere)::bigint, sum(from_others)::bigint)::text
                   AS found
        FROM sums GROUP BY closing, association
    )
    SELECT closing || ' ' || association, expected, found FROM told WHERE expected <> found
    ORDER BY closing, association LIMIT 1
"""
