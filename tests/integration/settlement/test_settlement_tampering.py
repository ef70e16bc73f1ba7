"""Whoever has the machine may change any row of settlement; ``verify`` names the record."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

import psycopg
import pytest

from ichimai import settlement
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger.model import Role
from ichimai.ledger.verification import Discrepancy
from ichimai.settlement.bank.model import BankResultId
from ichimai.settlement.clearing import DisputeId, NettingId
from ichimai.settlement.model import Batch
from ichimai.simulation import bank
from ichimai.storage import EmbeddedServer, ReadTx

from .conftest import APPROVER, TREASURER
from .many import CAMPAIGN, GIFT, POINTS, STAMPS, Streets, streets_in

clearing = settlement.clearing
SHOPKEEPER = UUID(int=0x5)


@pytest.fixture(scope="module")
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """Weeks in which all happened: fees, payouts sent back, taken back and given up, bills.

    In the last of them a shop gave back more than it sold, and carries it.
    """
    with streets_in(server, template) as made:
        with made.database.write(made.operator) as tx:
            for street in (1, 90):
                clearing.set_contract(tx, street, 0)
        made.grant(GIFT, 100_000)
        made.grant(CAMPAIGN, 1_000)
        made.earn(0, POINTS, 300)
        made.earn(3, POINTS, 90)
        made.earn(0, STAMPS, 3)
        sold = made.pay(1, GIFT, 1_000)
        for shop, program, units in (
            (0, STAMPS, 1),
            (2, CAMPAIGN, 70),
            (0, GIFT, 10),
            (3, GIFT, 20),
        ):
            made.pay(shop, program, units)
        made.pay(1, POINTS, 100)
        run = made.close()
        with made.database.write(made.operator) as tx:
            disputed = clearing.dispute_line(
                tx,
                made.clock,
                DisputeId(made.operation()),
                made.closings(run)[GIFT.key].id,
                made.shops[1].id,
                claimed=40,
                reason="足りない",
                opened_by=SHOPKEEPER,
            )
            clearing.propose_award(tx, disputed.id, "whole", finding="確認", proposed_by=TREASURER)
            clearing.decide(tx, made.clock, disputed.id, decided_by=APPROVER)
        given_up = made.make()
        with made.database.write(made.operator) as tx:
            settlement.reject_batch(tx, made.clock, given_up.id, rejected_by=TREASURER)
        late = made.approve(made.make())
        with made.database.write(made.operator) as tx:
            settlement.release.take_back(tx, made.clock, late.id, taken_back_by=TREASURER)
        sent_back(made, made.approve(made.make()))
        made.week()
        made.pay(1, GIFT, 500)
        made.close()
        made.approve(made.make(release=frozenset(shop.id for shop in made.shops)))
        made.clock.advance(timedelta(days=1))
        with made.database.write(made.operator) as tx:
            bill = clearing.bills(tx, run.id, 10)[-1]
            clearing.pay_bill(tx, made.clock, bill.id, noted_by=TREASURER)
        net(made)
        for units in (300, 200):
            made.week()
            made.posted(made.refunding(1, sold, units))
            made.pay(2, CAMPAIGN, 70)
            made.close()
        net(made)
        made.pay(0, GIFT, 30)
        made.verify()
        yield made


def sent_back(streets: Streets, batch: Batch) -> None:
    """The bank could not pay the third shop."""
    with streets.database.write(streets.operator) as tx:
        file = settlement.release.payout_file(tx, streets.clock, batch.id, handed_to=TREASURER)
        streets.clock.advance(timedelta(days=4))
        on = day_in_tokyo(streets.clock.now())
        settlement.bank.results.import_result(
            tx,
            streets.clock,
            BankResultId(streets.operation()),
            bank.answer(file.content, on, {"08018": "11"}),
            imported_by=TREASURER,
        )


def net(streets: Streets) -> None:
    """What nobody can dispute is netted: given up once, and then approved."""
    for is_approved in (False, True):
        with streets.database.write(streets.operator) as tx:
            made = clearing.make_netting(
                tx, streets.clock, NettingId(streets.operation()), made_by=TREASURER
            )
            decide = clearing.approve_netting if is_approved else clearing.reject_netting
            by = {"approved_by": APPROVER} if is_approved else {"rejected_by": APPROVER}
            decide(tx, streets.clock, made.id, **by)


def one(table: str, change: str, where: str = "true") -> str:
    """Write over one row of a table."""
    row = f"(SELECT min(ctid) FROM {table} WHERE {where})"
    return f"UPDATE {table} SET {change} WHERE ctid = {row}"


def less(table: str, where: str = "true") -> str:
    """Take one row of a table away."""
    return f"DELETE FROM {table} WHERE ctid = (SELECT min(ctid) FROM {table} WHERE {where})"


OWES: Final = "(closing, shop) IN (SELECT closing, shop FROM payable WHERE units = 0)"
NO_BILL: Final = "obligation NOT IN (SELECT id FROM bill)"
LINE: Final = "line of closing"
OBLIGATION: Final = "obligation of closing and parties"
ACCOUNT: Final = "account of what is owed or settled"
OPEN: Final = (
    "closing IS NOT NULL AND debtor <> creditor AND id NOT IN (SELECT obligation FROM netting_line)"
)
NEWEST: Final = "up_to_number = (SELECT max(up_to_number) FROM closing)"
TWICE: Final = "SELECT gen_random_uuid(), run, closing, debtor, creditor, yen, why FROM obligation"
FEES: Final = "id IN (SELECT closing FROM payable WHERE fee_yen > 0)"
LAST: Final = "id = (SELECT id FROM netting WHERE state = 'approved' ORDER BY made_at DESC LIMIT 1)"
SHOPS: Final = "IN (SELECT id FROM shop)"
SAID: Final = (
    "SELECT gen_random_uuid(), netting, place, 'done', '00', yen + 1 FROM netting_transfer"
)
OTHER_RUN: Final = "run = (SELECT id FROM closing_run WHERE id <> obligation.run LIMIT 1)"
TAKEN_BACK: Final = "state = 'taken_back'"
NOT_BACK: Final = "taken_back_by = NULL, taken_back_at = NULL"
BACK: Final = "state = 'taken_back', taken_back_by = made_by, taken_back_at = made_at"
LATE: Final = (
    f"WITH late AS (UPDATE payout_batch SET {BACK} WHERE state = 'approved' RETURNING id)"
    " UPDATE payout_line SET is_live = false WHERE taker IN (SELECT id FROM late)"
)
DAMAGE: Final = [
    (one("closing", "after_number = after_number + 1", "after_number > 0"), "closing "),
    (one("closing", "up_to_number = up_to_number - 1"), "closing "),
    (one("closing", "unit_yen = unit_yen + 1", "asset = 'gift'"), LINE),
    (one("closing", "asset = 'none'", NEWEST), "closing "),
    (less("closing", f"asset = 'gift' AND {NEWEST}"), "charge "),
    *(
        (one("payable", f"{column} = {column} + 1", "fee_yen > 0"), LINE)
        for column in ("units", "accepted", "issued", "due", "fee_yen", "yen")
    ),
    (one("payable", "fee_yen = fee_yen + 1, yen = yen - 1", "fee_yen > 0"), "fees of shop"),
    (less("payable", "units > 0"), LINE),
    (one("payout_batch", "units = units + 1"), "payout "),
    (one("payout_batch", "shops = shops + 1"), "payout "),
    (less("payee"), "payout "),
    (one("payout_batch", "state = 'rejected'", "state = 'approved'"), "payout's transfers"),
    (
        one("payout_batch", "state = 'sent', decided_by = id", "state = 'rejected'"),
        "payout's transfers",
    ),
    (one("payout_batch", f"state = 'approved', {NOT_BACK}", TAKEN_BACK), "line of payout"),
    (one("payout_batch", f"state = 'rejected', {NOT_BACK}", TAKEN_BACK), "payout's transfers"),
    (one("payout_batch", BACK, "state = 'approved'"), "line of payout"),
    (
        LATE,
        "account of what is owed to",
    ),
    (one("payout_line", "is_live = false", "batch IS NOT NULL AND is_live"), "line of payout"),
    (one("payout_line", "is_live = false", "bill IS NOT NULL"), "line of payout"),
    (less("payout_line", "batch IS NOT NULL AND is_live"), "payout "),
    (less("payout_line", f"bill IS NOT NULL AND {OWES}"), "bill "),
    (less("bank_result_line", "outcome <> 'done'"), "line of payout"),
    (one("bill", "yen = yen + 1"), "bill "),
    (one("bill", "shops = shops + 1"), "bill "),
    (one("bill", "paid_by = NULL, paid_at = NULL"), "account of what is owed"),
    (one("bill_payment", "yen = yen + 1"), "bill "),
    (less("bill_payment"), "bill "),
    (one("obligation", "yen = yen + 1", "why = 'bill'"), "bill "),
    (one("obligation", "yen = yen + 1", "why = 'issue' AND debtor = 'operator'"), "netting "),
    (one("obligation", "debtor = 'association:9'", "why = 'issue'"), "netting and party"),
    (one("netting", "yen = yen - 1", "state = 'approved'"), "netting "),
    (one("netting", "obligations = obligations + 1"), "netting "),
    (one("netting_line", "is_live = false", f"is_live AND {NO_BILL}"), "netting "),
    (less("netting_line", f"is_live AND {NO_BILL}"), "netting "),
    (one("netting_transfer", "yen = yen + 1"), "netting and party"),
    (one("netting_transfer", "creditor = 'association:7'"), "netting and party"),
    (less("netting_transfer"), "netting and party"),
    *(
        (one("payable", change, f"{column} > 0"), "carried of closing")
        for column, change in (
            ("carried", "carried = carried + 1"),
            ("carried", "carried = 0"),
            ("carried_before", "carried_before = 0"),
        )
    ),
    (less("payable", "carried > 0"), LINE),
    (one("dispute", "units = units + 1"), "corrections of shop"),
    (
        one(
            "dispute",
            "state = 'open', units = NULL, finding = NULL, proposed_by = NULL,"
            " decided_by = NULL, decided_at = NULL",
        ),
        "corrections of shop",
    ),
    (one("closing", "fee_basis_points = fee_basis_points + 100", FEES), "fees of closing"),
    *(
        (one("obligation", change, OPEN), OBLIGATION)
        for change in (
            "yen = yen + 1",
            "debtor = 'association:9'",
            "creditor = 'association:9'",
            "debtor = creditor, creditor = debtor",
            "why = 'correction'",
        )
    ),
    (less("obligation", OPEN), OBLIGATION),
    (f"INSERT INTO obligation {TWICE} WHERE why = 'fee' LIMIT 1", OBLIGATION),
    (one("netting", "state = 'made', decided_by = NULL, decided_at = NULL", LAST), ACCOUNT),
    *(
        (one("account", "balance = balance + 1", f"role = {role} AND {whose}"), ACCOUNT)
        for role in (Role.DUE.value, Role.SETTLED.value)
        for whose in (f"owner {SHOPS}", f"NOT owner {SHOPS}")
    ),
    (one("bank_result_line", "units = units + 1", "outcome = 'done'"), "line of a bank's"),
    (f"INSERT INTO netting_result_line {SAID} LIMIT 1", "line of a bank's"),
    (one("association_closing", "accepted = accepted + 1"), "association of"),
    (one("association_closing", "issued = issued + 1"), "association of"),
    (less("association_closing", "issued > 0"), "association of"),
    *(
        (one("association_closing", f"{column} = {column} + 1"), "units of association")
        for column in ("outstanding", "elsewhere", "from_others")
    ),
    (one("obligation", OTHER_RUN, OPEN), "run of obligation"),
    (one("obligation", OTHER_RUN, "why = 'bill'"), "run of obligation"),
]
"""What is written over or taken away, and of which records the first is named."""


@pytest.mark.parametrize("statement, named", DAMAGE, ids=[damage[:40] for damage, _ in DAMAGE])
def test_a_record_that_was_changed_is_named(streets: Streets, statement: str, named: str) -> None:
    """By the database's own owner, past every constraint between tables; then it is undone."""
    with psycopg.connect(streets.database.url) as owner:
        owner.execute(f"SET LOCAL search_path TO {streets.operator}".encode())
        owner.execute("SET LOCAL session_replication_role = replica")
        assert owner.execute(statement.encode()).rowcount >= 1
        with pytest.raises(Discrepancy) as wrong:
            settlement.reports.verify(ReadTx(owner))
        owner.rollback()
    assert wrong.value.record.startswith(named), str(wrong.value)
    assert wrong.value.expected != wrong.value.found
