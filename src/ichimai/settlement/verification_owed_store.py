"""SQL that compares what parties and shops owe with what settlement says was settled.

As in ``verification_store``: each query finds the first wrong record, as (key, expected, found).
All take ``Known``. Only what closings themselves moved is read of the journal, a few rows a shop.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from ichimai.kernel import JPY, Asset
from ichimai.ledger.model import Kind, Role
from ichimai.settlement.model import ClosingId
from ichimai.settlement.verification_store import CLOSING_OF, ENDS
from ichimai.storage import ReadTx
from ichimai.storage.arrays import Texts, Uuids

_RECEIVABLE, _SETTLED = Role.RECEIVABLE.value, Role.SETTLED.value
_DUE, _ISSUED = Role.DUE.value, Role.ISSUED.value
_CHARGE, _CORRECTION, _CLOSE = Kind.CHARGE.value, Kind.CORRECTION.value, Kind.CLOSE.value
_INTO: Final = f"{Kind.GRANT.value}, {Kind.EARN.value}, {Kind.TOP_UP.value}"
_BACK: Final = f"{Kind.TAKE_BACK.value}, {Kind.CASH_OUT.value}"
_YEN: Final = str(JPY)


class Known(NamedTuple):
    """What the programs say: the party of each owner that is no shop, and of closings.

    ``keepers``: who had the money for units charged at issue; ``answers``: who paid for what was
    put right.
    """

    parties: Mapping[UUID, str]
    keepers: Mapping[ClosingId, str]
    answers: Mapping[ClosingId, str]

    @property
    def params(self) -> dict[str, object]:
        """As the statements take it."""
        return {
            "owners": Uuids(self.parties),
            "parties": Texts(self.parties.values()),
            "closings": Uuids(self.keepers),
            "keepers": Texts(self.keepers.values()),
            "answers": Texts(self.answers[closing] for closing in self.keepers),
        }


_PARTY: Final[LiteralString] = """
    party AS MATERIALIZED (
        SELECT * FROM unnest(%(owners)s::uuid[], %(parties)s::text[]) AS party (owner, party)
    )
"""

# What closings and what puts them right moved, seen from each account; closing: in which it is,
# as in ``verification_store``; none: in the next.
_SIDES: Final[LiteralString] = f"""
    {ENDS}, {_PARTY}, moved AS MATERIALIZED (
        SELECT {CLOSING_OF} AS closing, asset, kind, debit, credit, sum(units) AS units
        FROM transfer JOIN ends USING (asset)
        WHERE kind IN ({_CHARGE}, {_CORRECTION}, {_CLOSE}) GROUP BY 1, 2, 3, 4, 5
    ), sides AS MATERIALIZED (
        SELECT closing, moved.asset, kind, mine.owner, mine.role, other.role AS other, side.units
        FROM moved CROSS JOIN LATERAL (
            VALUES (debit, credit, -units), (credit, debit, units)
        ) AS side (account, other, units)
        JOIN account AS mine ON mine.id = side.account
        JOIN account AS other ON other.id = side.other
    ), terms AS MATERIALIZED (
        SELECT * FROM unnest(%(closings)s::uuid[], %(keepers)s::text[], %(answers)s::text[])
            AS terms (closing, keeper, answers)
    )
"""

# A line is settled by a payout that was approved, and by a bill that is paid.
_LINES: Final[LiteralString] = """
    lines AS MATERIALIZED (
        SELECT closing.asset, payable.*,
               coalesce(batch.state IN ('approved', 'sent'), bill.paid_at IS NOT NULL, false)
                   AS is_settled
        FROM payable JOIN closing ON closing.id = payable.closing
        LEFT JOIN payout_line AS line ON line.closing = payable.closing
            AND line.shop = payable.shop AND line.is_live
        LEFT JOIN payout_batch AS batch ON batch.id = line.batch
        LEFT JOIN bill ON bill.id = line.bill
    )
"""

# Refunds above sales are carried until sales, or what is owed for them, make up for them. For how
# long is counted from the closing before.
WRONG_CARRIED: Final[LiteralString] = f"""
    WITH {_SIDES}, late AS (
        SELECT closing, owner AS shop, sum(units) FILTER (WHERE kind = {_CLOSE}) AS swept,
               sum(units) FILTER (WHERE kind = {_CORRECTION} AND other = {_DUE}) AS units
        FROM sides WHERE role = {_RECEIVABLE} GROUP BY closing, owner
    ), moves AS (
        SELECT coalesce(payable.closing, late.closing) AS closing,
               coalesce(payable.shop, late.shop) AS shop,
               coalesce(payable.accepted, 0) + coalesce(late.swept, 0) + coalesce(late.units, 0)
                   AS units, coalesce(late.units, 0) AS late,
               payable.carried, payable.carried_before
        FROM payable FULL JOIN late ON late.closing = payable.closing AND late.shop = payable.shop
        WHERE coalesce(payable.closing, late.closing) IS NOT NULL
    ), carriers AS (
        SELECT DISTINCT asset, shop FROM moves JOIN closing ON closing.id = moves.closing
        WHERE units < 0 OR carried <> 0 OR carried_before <> 0
    ), told AS (
        SELECT closing.id AS closing, carriers.shop, closing.asset, closes_on, late,
               coalesce(carried, 0) AS carried, coalesce(carried_before, 0) AS carried_before,
               -sum(units) OVER shops AS below, lag(coalesce(carried, 0)) OVER shops AS last,
               lag(coalesce(carried_before, 0)) OVER shops AS last_before
        FROM carriers JOIN closing USING (asset)
        LEFT JOIN moves ON moves.closing = closing.id AND moves.shop = carriers.shop
        WINDOW shops AS (PARTITION BY closing.asset, carriers.shop ORDER BY closes_on)
    ), compared AS (
        SELECT closing, shop, greatest(below, 0)::bigint AS below, carried, carried_before,
               CASE WHEN last > 0 AND (below > 0 OR late > 0) THEN last_before + 1 ELSE 0 END
                   AS before
        FROM told
    )
    SELECT closing || ' ' || shop, (below, before)::text, (carried, carried_before)::text
    FROM compared WHERE (below, before) IS DISTINCT FROM (carried, carried_before)
    ORDER BY closing, shop LIMIT 1
"""

# What was put right is what was decided: in favour of a shop, or against it.
WRONG_CORRECTION: Final[LiteralString] = f"""
    WITH {_SIDES}, put AS (
        SELECT owner AS shop, asset, sum(units)::bigint AS units FROM sides
        WHERE kind = {_CORRECTION} AND role = {_DUE} AND other = {_ISSUED} GROUP BY owner, asset
    ), told AS (
        SELECT dispute.shop, asset, sum(units)::bigint AS units
        FROM dispute JOIN closing ON closing.id = dispute.closing
        WHERE state = 'decided' GROUP BY dispute.shop, asset
    )
    SELECT coalesce(told.shop, put.shop) || ' ' || coalesce(told.asset, put.asset),
           coalesce(put.units, 0), coalesce(told.units, 0)
    FROM told FULL JOIN put ON put.shop = told.shop AND put.asset = told.asset
    WHERE coalesce(told.units, 0) <> coalesce(put.units, 0) ORDER BY 1 LIMIT 1
"""

# Of a closing the fees of all shops together are the rate of what they are owed.
WRONG_FEES: Final[LiteralString] = """
    WITH told AS (
        SELECT closing.id, sum(units * unit_yen)::bigint * fee_basis_points / 10000 AS fees,
               sum(fee_yen)::bigint AS yen
        FROM closing JOIN payable ON payable.closing = closing.id GROUP BY closing.id
    )
    SELECT id, fees, yen FROM told WHERE fees <> yen ORDER BY id LIMIT 1
"""

# Who owes whom is what was charged, accepted, put right and asked as fees, worth so many yen. One
# that is below 0 is written the other way round; what one owes itself has no way.
WRONG_OBLIGATION: Final[LiteralString] = f"""
    WITH {_SIDES}, dues AS (
        SELECT closing, kind, owner, -sum(units) AS units FROM sides
        WHERE role = {_DUE} AND (kind = {_CHARGE} OR kind = {_CORRECTION} AND other = {_ISSUED})
        GROUP BY closing, kind, owner
    ), charged AS (
        SELECT dues.closing, charging, unit_yen, units, kind, keeper, answers, shop.id AS shop,
               CASE WHEN shop.id IS NULL THEN party ELSE 'operator' END AS party
        FROM dues JOIN closing ON closing.id = dues.closing
        JOIN terms ON terms.closing = closing.id
        LEFT JOIN party ON party.owner = dues.owner LEFT JOIN shop ON shop.id = dues.owner
    ), owed AS (
        SELECT closing, party AS debtor, keeper AS creditor, 'issue' AS why, units * unit_yen AS yen
        FROM charged WHERE kind = {_CHARGE} AND charging = 'at_issue'
        UNION ALL
        SELECT closing, party, 'operator', 'use', units * unit_yen FROM charged
        WHERE kind = {_CHARGE} AND charging = 'at_use' AND shop IS NULL
        UNION ALL
        SELECT closing, answers, 'operator', 'correction', -units * unit_yen FROM charged
        WHERE kind = {_CORRECTION} AND shop IS NOT NULL
        UNION ALL
        SELECT payable.closing, keeper, 'operator', 'use', accepted * unit_yen
        FROM payable JOIN closing ON closing.id = payable.closing JOIN terms ON terms.closing = id
        WHERE charging = 'at_issue'
        UNION ALL
        SELECT closing, 'operator', keeper, 'fee', fee_yen
        FROM payable JOIN terms USING (closing) WHERE fee_yen > 0
    ), unknown AS (SELECT DISTINCT closing FROM charged WHERE party IS NULL),
    sums AS (
        SELECT closing, debtor, creditor, why, sum(yen) AS expected, 0 AS found
        FROM owed GROUP BY closing, debtor, creditor, why
        UNION ALL
        SELECT closing, debtor, creditor, why, 0, yen FROM obligation WHERE closing IS NOT NULL
    ), compared AS (
        SELECT closing, why, least(debtor, creditor) AS one, greatest(debtor, creditor) AS other,
               sum(CASE WHEN debtor = creditor THEN abs(expected)
                   WHEN debtor < creditor THEN expected ELSE -expected END)::bigint AS expected,
               sum(CASE WHEN debtor <= creditor THEN found ELSE -found END)::bigint AS found
        FROM sums WHERE closing NOT IN (SELECT closing FROM unknown) GROUP BY 1, 2, 3, 4
    )
    SELECT closing || ' ' || one || ' ' || other || ' ' || why, expected, found FROM compared
    WHERE expected <> found ORDER BY closing, one, other, why LIMIT 1
"""

# What is settled came off what is owed: of shops by payouts and bills, of parties by nettings;
# what was put right since the last closing is in no line yet. Without a payable: swept for good.
WRONG_DEBT: Final[LiteralString] = f"""
    WITH {_SIDES}, {_LINES}, charged AS (
        SELECT sides.closing, sides.asset, owner, keeper, charging, party, -sum(units) AS units
        FROM sides JOIN party USING (owner) JOIN closing ON closing.id = sides.closing
        JOIN terms ON terms.closing = closing.id
        WHERE kind = {_CHARGE} AND role = {_DUE} GROUP BY 1, 2, 3, 4, 5, 6
    ), netted AS (
        SELECT closing, why, least(debtor, creditor) AS one, greatest(debtor, creditor) AS other
        FROM netting_line AS line JOIN netting ON netting.id = line.netting
        JOIN obligation ON obligation.id = line.obligation
        WHERE is_live AND state = 'approved' AND why IN ('issue', 'use')
    ), parted AS (
        SELECT charged.asset, owner, units, netted.closing IS NOT NULL AS is_settled
        FROM charged CROSS JOIN LATERAL (
            SELECT CASE charging WHEN 'at_issue' THEN keeper ELSE 'operator' END AS to_party,
                   CASE charging WHEN 'at_issue' THEN 'issue' ELSE 'use' END AS why
        ) AS about
        LEFT JOIN netted ON netted.closing = charged.closing AND netted.why = about.why
            AND one = least(party, to_party) AND other = greatest(party, to_party)
    ), said AS (
        SELECT asset, owner, CASE WHEN is_settled THEN {_SETTLED} ELSE {_DUE} END AS role, -units
            AS units FROM parted
        UNION ALL
        SELECT asset, shop, {_DUE}, -due FROM lines WHERE NOT is_settled
        UNION ALL
        SELECT asset, shop, {_SETTLED}, units - due FROM lines WHERE is_settled
        UNION ALL
        SELECT '{_YEN}', shop, CASE WHEN is_settled THEN {_SETTLED} ELSE {_DUE} END, -fee_yen
        FROM lines WHERE fee_yen > 0
        UNION ALL
        SELECT asset, owner, role, units FROM sides
        WHERE role = {_DUE} AND kind = {_CORRECTION} AND other = {_ISSUED} AND closing IS NULL
        UNION ALL
        SELECT asset, owner, role, units FROM sides WHERE role = {_SETTLED} AND kind = {_CLOSE}
    ), told AS (
        SELECT asset, owner, role, sum(units)::bigint AS units FROM said GROUP BY asset, owner, role
    ), held AS (
        SELECT id, asset, owner, role, balance FROM account
        WHERE role IN ({_DUE}, {_SETTLED})
    )
    SELECT coalesce(held.id, told.owner), coalesce(balance, 0), coalesce(told.units, 0)
    FROM told FULL JOIN held ON held.asset = told.asset AND held.owner = told.owner
        AND held.role = told.role
    WHERE coalesce(balance, 0) <> coalesce(told.units, 0) ORDER BY 1 LIMIT 1
"""

# What a bank says of a line is said of the sum that its file had.
WRONG_ANSWER: Final[LiteralString] = """
    WITH told AS (
        SELECT batch, line.shop, sum(yen)::bigint AS yen
        FROM payout_line AS line JOIN payable USING (closing, shop)
        WHERE batch IS NOT NULL GROUP BY batch, line.shop
    ), lines AS (
        SELECT result || ' ' || line.shop AS key, yen, units
        FROM bank_result_line AS line
        LEFT JOIN told ON told.batch = line.batch AND told.shop = line.shop
        UNION ALL
        SELECT result || ' ' || place, yen, units
        FROM netting_result_line LEFT JOIN netting_transfer USING (netting, place)
    )
    SELECT key, yen, units FROM lines WHERE units IS DISTINCT FROM yen ORDER BY key LIMIT 1
"""

# What is owed because of a closing is of its run, and of a bill of the bill's.
WRONG_RUN: Final[LiteralString] = """
    SELECT obligation.id, coalesce(closing.run, bill.run), obligation.run
    FROM obligation LEFT JOIN closing ON closing.id = obligation.closing
    LEFT JOIN bill ON bill.id = obligation.id
    WHERE obligation.run IS DISTINCT FROM coalesce(closing.run, bill.run)
    ORDER BY obligation.id LIMIT 1
"""

# What an association's shops accepted, and what they and itself gave.
WRONG_STREET: Final[LiteralString] = f"""
    WITH {ENDS}, {_PARTY}, moved AS (
        SELECT {CLOSING_OF} AS closing, CASE WHEN kind IN ({_INTO}) THEN debit ELSE credit END
            AS issuer, sum(CASE WHEN kind IN ({_INTO}) THEN units ELSE -units END) AS units
        FROM transfer JOIN ends USING (asset) WHERE kind IN ({_INTO}, {_BACK}) GROUP BY 1, 2
    ), given AS (
        SELECT closing, coalesce(shop.association, substring(party FROM '^association:(.*)')::int)
            AS association, units
        FROM moved JOIN account ON account.id = issuer AND role = {_ISSUED}
        LEFT JOIN shop ON shop.id = owner LEFT JOIN party USING (owner)
        WHERE closing IS NOT NULL
    ), sums AS (
        SELECT closing, association, units AS gave, 0 AS took, 0 AS issued, 0 AS accepted
        FROM given WHERE association IS NOT NULL
        UNION ALL
        SELECT closing, association, 0, accepted, 0, 0
        FROM payable JOIN shop ON shop.id = payable.shop
        UNION ALL
        SELECT closing, association, 0, 0, issued, accepted FROM association_closing
    ), told AS (
        SELECT closing, association, (sum(gave), sum(took))::text AS expected,
               (sum(issued), sum(accepted))::text AS found
        FROM sums GROUP BY closing, association
    )
    SELECT closing || ' ' || association, expected, found FROM told WHERE expected <> found
    ORDER BY closing, association LIMIT 1
"""


def closings(tx: ReadTx) -> list[tuple[ClosingId, Asset, datetime]]:
    """All closings: of which program each is, and when it was made."""
    rows = tx.rows("SELECT id, asset, closed_at FROM closing ORDER BY closed_at")
    return [(ClosingId(id_), Asset(asset), at) for id_, asset, at in rows]
