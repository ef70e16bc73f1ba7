"""SQL that compares settlement with the ledger; as ``ledger``'s, each query finds the first wrong.

Each returns (key, expected, found). Whole tables are read, once each.
"""

from typing import Final, LiteralString

from ichimai.kernel import JPY
from ichimai.ledger.model import Kind, Role
from ichimai.storage import ReadTx

_RECEIVABLE, _PAYABLE = Role.RECEIVABLE.value, Role.PAYABLE.value
_DUE, _ISSUED = Role.DUE.value, Role.ISSUED.value
_PAYMENT, _POST, _REFUND = Kind.PAYMENT.value, Kind.POST.value, Kind.REFUND.value
_CHARGE, _CORRECTION = Kind.CHARGE.value, Kind.CORRECTION.value
_CLOSE, _PAYOUT = Kind.CLOSE.value, Kind.PAYOUT.value
_CLOSED: Final = f"{_PAYMENT}, {_POST}, {_REFUND}, {_CHARGE}, {_CORRECTION}, {_CLOSE}"
_YEN: Final = str(JPY)

# Each closing goes on where the one before it of the same program ended.
WRONG_RANGE: Final[LiteralString] = """
    SELECT id, before, after_number
    FROM (SELECT id, after_number, up_to_number,
                 coalesce(lag(up_to_number) OVER (PARTITION BY asset ORDER BY closes_on), 0)
                     AS before
          FROM closing) AS ranges
    WHERE after_number <> before OR up_to_number > (SELECT number FROM ledger_head)
    ORDER BY before, id LIMIT 1
"""

# In which closing a transfer of a program is: the first that ends at its number or later.
ENDS: Final[LiteralString] = """
    ends AS MATERIALIZED (
        SELECT asset, array_agg(id ORDER BY closes_on) AS ids,
               array_agg(up_to_number ORDER BY closes_on) AS numbers
        FROM closing GROUP BY asset
    )
"""
CLOSING_OF: Final[LiteralString] = "ends.ids[width_bucket(number - 1, ends.numbers) + 1]"
_IN_CLOSING: Final[LiteralString] = f"""
    {ENDS}, moved AS MATERIALIZED (
        SELECT {CLOSING_OF} AS closing, kind, debit, credit,
               sum(units) AS units, min(number) AS number
        FROM transfer JOIN ends USING (asset) WHERE kind IN ({_CLOSED}) GROUP BY 1, 2, 3, 4
    )
"""

UNCLOSED_CHARGE: Final[LiteralString] = f"""
    WITH {_IN_CLOSING}
    SELECT number, 'one closing', 'none' FROM moved
    WHERE kind = {_CHARGE} AND closing IS NULL ORDER BY number LIMIT 1
"""

# Swept to what is owed; sold less refunded; charged; and all that came onto what the shop owes:
# charges, corrections of disputes, and what was carried too long.
WRONG_LINE: Final[LiteralString] = f"""
    WITH {_IN_CLOSING}, sides AS (
        SELECT closing, kind, debit AS account, credit AS other, units FROM moved
        WHERE closing IS NOT NULL
        UNION ALL
        SELECT closing, kind, credit, debit, -units FROM moved WHERE closing IS NOT NULL
    ), said AS (
        SELECT sides.closing, mine.owner AS shop,
               coalesce(-sum(sides.units) FILTER (
                   WHERE kind = {_CLOSE} AND mine.role = {_PAYABLE}), 0)::bigint AS units,
               coalesce(-sum(sides.units) FILTER (
                   WHERE mine.role = {_RECEIVABLE} AND kind IN ({_PAYMENT}, {_POST}, {_REFUND})),
                   0)::bigint AS accepted,
               coalesce(sum(sides.units) FILTER (
                   WHERE kind = {_CHARGE} AND mine.role = {_DUE}), 0)::bigint AS issued,
               coalesce(sum(sides.units) FILTER (
                   WHERE mine.role = {_DUE} AND (kind = {_CHARGE} OR kind = {_CORRECTION}
                   AND other.role IN ({_ISSUED}, {_RECEIVABLE}))), 0)::bigint AS due
        FROM sides JOIN account AS mine ON mine.id = sides.account
        JOIN account AS other ON other.id = sides.other
        JOIN shop ON shop.id = mine.owner
        GROUP BY sides.closing, mine.owner
    ), compared AS (
        SELECT coalesce(said.closing, line.closing) AS closing,
               coalesce(said.shop, line.shop) AS shop,
               coalesce(said.units, 0) AS units, coalesce(said.accepted, 0) AS accepted,
               coalesce(said.issued, 0) AS issued, coalesce(said.due, 0) AS due,
               coalesce(line.fee_yen, 0) AS fee_yen,
               (coalesce(line.units, 0), coalesce(line.accepted, 0), coalesce(line.issued, 0),
                coalesce(line.due, 0), coalesce(line.yen, 0))::text AS found
        FROM said FULL JOIN payable AS line
            ON line.closing = said.closing AND line.shop = said.shop
    ), expected AS (
        SELECT compared.*, (compared.units, accepted, issued, due,
                (compared.units - due) * unit_yen - fee_yen)::text AS expected
        FROM compared JOIN closing ON closing.id = compared.closing
    )
    SELECT closing || ' ' || shop, expected, found FROM expected
    WHERE expected <> found ORDER BY closing, shop LIMIT 1
"""

WRONG_FEE: Final[LiteralString] = f"""
    WITH sides AS (
        SELECT debit AS account, units FROM transfer
        WHERE kind = {_CHARGE} AND asset = '{_YEN}'
        UNION ALL
        SELECT credit, -units FROM transfer WHERE kind = {_CHARGE} AND asset = '{_YEN}'
    ), charged AS (
        SELECT owner AS shop, sum(units)::bigint AS yen
        FROM sides JOIN account ON account.id = sides.account AND role = {_DUE} GROUP BY owner
    ), asked AS (
        SELECT shop, sum(fee_yen)::bigint AS yen FROM payable GROUP BY shop
    )
    SELECT coalesce(charged.shop, asked.shop), coalesce(charged.yen, 0), coalesce(asked.yen, 0)
    FROM charged FULL JOIN asked ON asked.shop = charged.shop
    WHERE coalesce(charged.yen, 0) <> coalesce(asked.yen, 0) ORDER BY 1 LIMIT 1
"""

WRONG_BATCH: Final[LiteralString] = """
    WITH told AS (
        SELECT batch, count(DISTINCT line.shop) AS shops, sum(yen)::bigint AS yen
        FROM payout_line AS line JOIN payable USING (closing, shop)
        WHERE batch IS NOT NULL GROUP BY batch
    ), named AS (SELECT batch, count(*) AS shops FROM payee GROUP BY batch)
    SELECT batch.id, (told.shops, told.yen, told.shops)::text,
           (batch.shops, batch.units, named.shops)::text
    FROM payout_batch AS batch LEFT JOIN told ON told.batch = batch.id
    LEFT JOIN named ON named.batch = batch.id
    WHERE (told.shops, told.yen, told.shops) IS DISTINCT FROM
          (batch.shops::bigint, batch.units, named.shops)
    ORDER BY batch.id LIMIT 1
"""

# What is approved is paid, and nothing else, shop by shop.
WRONG_PAID: Final[LiteralString] = f"""
    WITH paid AS (
        SELECT operation AS taker, owner AS shop, sum(units)::bigint AS units
        FROM transfer JOIN account ON account.id = credit
        WHERE kind = {_PAYOUT} AND operation IN (SELECT id FROM payout_batch)
        GROUP BY operation, owner
    ), told AS (
        SELECT line.batch AS taker, line.shop, sum(payable.units)::bigint AS units
        FROM payout_line AS line JOIN payable USING (closing, shop)
        JOIN payout_batch AS batch ON batch.id = line.batch
            AND batch.state IN ('approved', 'sent', 'taken_back')
        GROUP BY line.batch, line.shop
    )
    SELECT coalesce(told.taker, paid.taker) || ' ' || coalesce(told.shop, paid.shop),
           coalesce(paid.units, 0), coalesce(told.units, 0)
    FROM told FULL JOIN paid ON paid.taker = told.taker AND paid.shop = told.shop
    WHERE coalesce(paid.units, 0) <> coalesce(told.units, 0)
    ORDER BY coalesce(told.taker, paid.taker), coalesce(told.shop, paid.shop) LIMIT 1
"""

# A line is taken for as long as nobody gave its batch up and the bank did not send it back.
WRONG_TAKEN: Final[LiteralString] = """
    WITH back AS (
        SELECT DISTINCT batch, shop FROM bank_result_line WHERE outcome <> 'done'
    ), told AS (
        SELECT line.taker, line.closing, line.shop, line.is_live,
               line.bill IS NOT NULL
                   OR batch.state NOT IN ('rejected', 'taken_back') AND back.batch IS NULL
                   AS is_taken
        FROM payout_line AS line LEFT JOIN payout_batch AS batch ON batch.id = line.batch
        LEFT JOIN back ON back.batch = line.batch AND back.shop = line.shop
    )
    SELECT taker || ' ' || closing || ' ' || shop, is_taken, is_live FROM told
    WHERE is_taken <> is_live ORDER BY taker, closing, shop LIMIT 1
"""

# What the ledger says is owed to a shop is in no payout that was approved and no paid bill.
WRONG_OWED: Final[LiteralString] = f"""
    WITH owed AS (
        SELECT closing.asset, payable.shop, sum(payable.units)::bigint AS units
        FROM payable JOIN closing ON closing.id = payable.closing
        LEFT JOIN payout_line AS line ON line.closing = payable.closing
            AND line.shop = payable.shop AND line.is_live
        LEFT JOIN payout_batch AS batch ON batch.id = line.batch
        LEFT JOIN bill ON bill.id = line.bill
        WHERE batch.state IS DISTINCT FROM 'approved' AND batch.state IS DISTINCT FROM 'sent'
            AND bill.paid_at IS NULL
        GROUP BY closing.asset, payable.shop
    )
    SELECT coalesce(account.id, owed.shop), coalesce(account.balance, 0), coalesce(owed.units, 0)
    FROM owed FULL JOIN (SELECT * FROM account WHERE role = {_PAYABLE}) AS account
        ON account.owner = owed.shop AND account.asset = owed.asset
    WHERE coalesce(account.balance, 0) <> coalesce(owed.units, 0)
    ORDER BY 1 LIMIT 1
"""

# A bill asks for its lines, and is paid when all of it came in, or by a netting.
WRONG_BILL: Final[LiteralString] = """
    WITH told AS (
        SELECT bill, count(DISTINCT line.shop) AS shops, -sum(yen)::bigint AS yen
        FROM payout_line AS line JOIN payable USING (closing, shop)
        WHERE bill IS NOT NULL GROUP BY bill
    ), came AS (SELECT bill, sum(yen)::bigint AS yen FROM bill_payment GROUP BY bill),
    netted AS (
        SELECT DISTINCT obligation FROM netting_line JOIN netting ON netting.id = netting
        WHERE is_live AND state = 'approved'
    )
    SELECT bill.id,
           (told.shops, told.yen, obligation.yen, obligation.debtor,
            netted.obligation IS NOT NULL OR coalesce(came.yen, 0) = told.yen)::text,
           (bill.shops, bill.yen, bill.yen, 'association:' || bill.association,
            bill.paid_at IS NOT NULL)::text
    FROM bill LEFT JOIN told ON told.bill = bill.id
    LEFT JOIN obligation ON obligation.id = bill.id
    LEFT JOIN came ON came.bill = bill.id LEFT JOIN netted ON netted.obligation = bill.id
    WHERE (told.shops, told.yen, obligation.yen, obligation.debtor) IS DISTINCT FROM
          (bill.shops::bigint, bill.yen, bill.yen, 'association:' || bill.association)
       OR (netted.obligation IS NOT NULL OR coalesce(came.yen, 0) = told.yen)
          <> (bill.paid_at IS NOT NULL)
       OR coalesce(came.yen, 0) > CASE WHEN netted.obligation IS NULL THEN bill.yen ELSE 0 END
    ORDER BY bill.id LIMIT 1
"""

WRONG_NETTING: Final[LiteralString] = """
    WITH told AS (
        SELECT line.netting, count(*) AS obligations, sum(yen)::bigint AS yen,
               bool_and(is_live) AS is_live, bool_or(is_live) AS is_any_live
        FROM netting_line AS line JOIN obligation ON obligation.id = line.obligation
        GROUP BY line.netting
    )
    SELECT id, (told.obligations, told.yen, told.is_live, told.is_any_live)::text,
           (netting.obligations, netting.yen, state <> 'rejected', state <> 'rejected')::text
    FROM netting LEFT JOIN told ON told.netting = netting.id
    WHERE (told.obligations, told.yen, told.is_live, told.is_any_live) IS DISTINCT FROM
          (netting.obligations::bigint, netting.yen, state <> 'rejected', state <> 'rejected')
    ORDER BY id LIMIT 1
"""

# What transfers bring each party is what it was owed less what it owed; together that is 0.
WRONG_POSITION: Final[LiteralString] = """
    WITH owed AS (
        SELECT netting, creditor AS party, yen
        FROM netting_line JOIN obligation ON obligation.id = netting_line.obligation
        UNION ALL
        SELECT netting, debtor, -yen
        FROM netting_line JOIN obligation ON obligation.id = netting_line.obligation
    ), paid AS (
        SELECT netting, creditor AS party, yen FROM netting_transfer
        UNION ALL
        SELECT netting, debtor, -yen FROM netting_transfer
    ), sums AS (
        SELECT netting, party, sum(owed)::bigint AS owed, sum(paid)::bigint AS paid FROM (
            SELECT netting, party, yen AS owed, 0 AS paid FROM owed
            UNION ALL
            SELECT netting, party, 0, yen FROM paid
        ) AS sides GROUP BY netting, party
    )
    SELECT netting || ' ' || party, owed, paid FROM sums WHERE owed <> paid
    ORDER BY netting, party LIMIT 1
"""

# What a bank did not pay of a netting is owed again: the same sum, between the same two, once.
WRONG_RETURN: Final[LiteralString] = """
    WITH back AS (
        SELECT line.obligation AS id, transfer.debtor, transfer.creditor, transfer.yen
        FROM netting_result_line AS line
        JOIN netting_transfer AS transfer USING (netting, place) WHERE outcome <> 'done'
    ), owed AS (SELECT id, debtor, creditor, yen FROM obligation WHERE why = 'returned')
    SELECT coalesce(back.id, owed.id), (back.debtor, back.creditor, back.yen)::text,
           (owed.debtor, owed.creditor, owed.yen)::text
    FROM back FULL JOIN owed ON owed.id = back.id
    WHERE (owed.debtor, owed.creditor, owed.yen) IS DISTINCT FROM
          (back.debtor, back.creditor, back.yen)
    ORDER BY 1 LIMIT 1
"""


def counts(tx: ReadTx) -> tuple[int, int, int, int, int]:
    """How many closings, lines, batches, bills and nettings there are."""
    ((closings, lines, batches, bills, nettings),) = tx.rows(
        "SELECT (SELECT count(*) FROM closing), (SELECT count(*) FROM payable),"
        " (SELECT count(*) FROM payout_batch), (SELECT count(*) FROM bill),"
        " (SELECT count(*) FROM netting)"
    )
    return closings, lines, batches, bills, nettings
