"""Statements, invoices and bank results over several programs at once, against the journal."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from ichimai import settlement
from ichimai.kernel import Asset, ids
from ichimai.ledger.model import Role
from ichimai.settlement.bank.model import BankResultId, PayoutResult
from ichimai.settlement.clearing import ClosingRun
from ichimai.settlement.errors import IssuerRefused
from ichimai.settlement.model import Batch
from ichimai.settlement.statements import InvoiceIssuer, ShopStatement
from ichimai.simulation import bank
from ichimai.storage import EmbeddedServer

from .conftest import TREASURER
from .many import CAMPAIGN, GIFT, POINTS, PROGRAMS, Streets, streets_in

ISSUER = InvoiceIssuer("T8000020131164", "豊島区", 10)


@pytest.fixture
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """The streets, before anything was given or bought."""
    with streets_in(server, template) as made:
        yield made


def set_issuer(streets: Streets, issuer: InvoiceIssuer = ISSUER) -> None:
    with streets.database.write(streets.operator) as tx:
        settlement.statements.set_invoice_issuer(tx, streets.clock, issuer, entered_by=TREASURER)


def statement(streets: Streets, run: ClosingRun, asset: Asset, shop: int) -> ShopStatement:
    with streets.database.read(streets.operator) as tx:
        return settlement.statements.statement(
            tx, streets.closings(run)[asset].id, streets.shops[shop].id
        )


def a_week(streets: Streets) -> ClosingRun:
    """Gifts, units of ten yen with a fee, and points that the first shop gave."""
    streets.grant(GIFT, 1_000)
    streets.grant(CAMPAIGN, 50)
    streets.earn(0, POINTS, 300)
    streets.pay(0, GIFT, 700)
    streets.pay(1, GIFT, 300)
    streets.pay(0, CAMPAIGN, 50)
    return streets.close()


def sent(streets: Streets) -> tuple[Batch, bytes]:
    """The payout of everything, handed over; it is a week later."""
    batch = streets.approve(streets.make())
    with streets.database.write(streets.operator) as tx:
        content = settlement.release.payout_file(
            tx, streets.clock, batch.id, handed_to=TREASURER
        ).content
    streets.week()
    return batch, content


def take(streets: Streets, content: bytes) -> PayoutResult:
    with streets.database.write(streets.operator) as tx:
        return settlement.bank.results.import_result(
            tx,
            streets.clock,
            BankResultId(ids.uuid7(streets.clock)),
            content,
            imported_by=TREASURER,
        )


def balances(streets: Streets) -> dict[tuple[str, str], int]:
    """What the first shop has in each account, where it has anything."""
    shop = streets.shops[0].id
    roles = (Role.PAYABLE, Role.SETTLED, Role.DUE)
    found = {
        (role.name, program.key): streets.balance(role, program, shop)
        for role in roles
        for program in PROGRAMS
    }
    return {key: units for key, units in found.items() if units}


def test_a_statement_says_what_is_given_charged_and_left_of_each_program(
    streets: Streets,
) -> None:
    set_issuer(streets)
    run = a_week(streets)
    campaign = statement(streets, run, CAMPAIGN.key, 0)
    assert (campaign.payable, campaign.fee_yen, campaign.yen) == (50, 7, 493)
    assert campaign.invoice is not None
    assert (campaign.invoice.fee_yen, campaign.invoice.tax_yen) == (7, 0)
    points = statement(streets, run, POINTS.key, 0)
    assert (points.given, points.yen, points.invoice) == (300, -300, None)
    table = settlement.statements.statement_csv(campaign).decode("utf-8-sig")
    _, *lines = csv.reader(io.StringIO(table, newline=""))
    assert sum(int(line[6]) for line in lines) == 493
    assert settlement.statements.statement_pdf(
        campaign, issuer="豊島区", program="キャンペーン"
    ).startswith(b"%PDF-")


def test_what_all_statements_say_is_what_the_bank_is_asked_to_pay(streets: Streets) -> None:
    run = a_week(streets)
    said = sum(
        statement(streets, run, asset, 0).yen for asset in (GIFT.key, CAMPAIGN.key, POINTS.key)
    )
    assert said == streets.paid(streets.approve(streets.make()))["01-001"] == 893


def test_an_old_statement_keeps_the_issuer_of_its_time(streets: Streets) -> None:
    """And without an issuer there is a fee but no qualified invoice."""
    run = a_week(streets)
    assert statement(streets, run, CAMPAIGN.key, 0).invoice is None
    streets.clock.advance(timedelta(seconds=1))
    set_issuer(streets)
    assert statement(streets, run, CAMPAIGN.key, 0).invoice is None
    with pytest.raises(IssuerRefused):
        set_issuer(streets, InvoiceIssuer("T8000020131165", "豊島区", 10))


def test_an_association_gets_its_figures_and_the_list_of_what_its_shops_owe(
    streets: Streets,
) -> None:
    streets.earn(0, POINTS, 300)
    streets.pay(1, POINTS, 200)
    run = streets.close()
    for _ in range(4):
        streets.week()
        streets.earn(0, POINTS, 10)
        run = streets.close()
    with streets.database.read(streets.operator) as tx:
        found = settlement.statements.association_statement(tx, run.id, 1)
        bills = [one for one in settlement.clearing.bills(tx, None, 100) if one.association == 1]
        billed = [settlement.statements.association_statement(tx, one.run, 1) for one in bills]
    table = settlement.statements.association_csv(
        found, {program.key: program.name_ja for program in PROGRAMS}
    ).decode("utf-8-sig")
    assert POINTS.name_ja in table
    assert found.rows[0][1].issued >= 0
    assert billed, "after so many closings the debt is asked of the association"
    for one in billed:
        assert one.bill is not None
        listed = settlement.statements.billing_csv(
            one, {shop.number: shop.name for shop in streets.shops}
        ).decode("utf-8-sig")
        _, *lines = csv.reader(io.StringIO(listed, newline=""))
        assert sum(int(line[4]) for line in lines[:-1]) == int(lines[-1][4]) == one.bill.yen


def test_a_transfer_over_all_programs_that_failed_is_owed_again_in_each(streets: Streets) -> None:
    """Also what had been set against it: points that the shop gave, and its fee."""
    a_week(streets)
    before = balances(streets)
    batch, content = sent(streets)
    paid = balances(streets)
    assert paid != before
    found = take(streets, bank.answer(content, streets.clock.now().date(), {"01001": "33"}))
    assert {line.units for line in found.lines} == {893, 300}
    assert balances(streets) == before
    streets.verify()
    again = streets.make(release=frozenset({streets.shops[0].id}))
    assert streets.paid(streets.approve(again)) == {"01-001": 893}
    assert balances(streets) == paid
    streets.verify()
    assert again.id != batch.id
    assert UUID(int=0) != found.id
