"""What is read from the journal and its projections, and by whom."""

from datetime import timedelta

import pytest

from ichimai import ledger
from ichimai.kernel import Asset
from ichimai.kernel.clock import end_of_day
from ichimai.ledger import Kind
from ichimai.ledger.model import Role, account_id
from tests.journals.database_books import DatabaseBooks
from tests.journals.words import GIFT, Terms, named, operation

POINTS = Asset("points")
SHOP, WALLET = named("shop", "S"), named("wallet", "A")
SOLD, PAYABLE = (account_id(SHOP, role, GIFT) for role in (Role.RECEIVABLE, Role.PAYABLE))


@pytest.fixture
def town(books: DatabaseBooks) -> DatabaseBooks:
    """Grants of two programs, payments of both, a refund and a closing; in this order."""
    books.programs = (Terms(GIFT, rank=0), Terms(POINTS, rank=1))
    books.say(
        "grant g1 1000 until 12-31",
        "grant g2 50 in points until 10-31",
        "pay p1 300",
        "close d1",
        "pay p2 20",
        "refund r1 20 of p2",
    )
    return books


def test_balances_are_by_owner_and_leave_out_what_is_zero(town: DatabaseBooks) -> None:
    with town.database.read(town.operator) as tx:
        assert ledger.reports.balances(tx, Role.PAYABLE) == {SHOP: 250}
        assert ledger.reports.balances(tx, Role.RECEIVABLE) == {SHOP: 50}
        assert ledger.reports.balances(tx, Role.RECEIVABLE, GIFT) == {}
        assert ledger.reports.balances(tx, Role.RECEIVABLE, POINTS) == {SHOP: 50}
        assert ledger.reports.owners_with(tx, Role.RECEIVABLE) == [SHOP]
        assert ledger.reports.owners(tx, [SOLD, PAYABLE]) == {SOLD: SHOP, PAYABLE: SHOP}


def test_totals_are_over_all_programs_or_one(town: DatabaseBooks) -> None:
    with town.database.read(town.operator) as tx:
        assert ledger.reports.total(tx, Role.ISSUED) == -1050
        assert ledger.reports.total(tx, Role.ISSUED, POINTS) == -50
        assert ledger.reports.total(tx, Role.SETTLED) == 0
        assert ledger.reports.total_moved(tx, [Kind.PAYMENT]) == 320
        assert ledger.reports.total_moved(tx, [Kind.PAYMENT, Kind.REFUND], GIFT) == 290
        assert ledger.reports.count_transfers(tx) == 7


def test_granted_is_paid_less_refunded_and_what_is_left(town: DatabaseBooks) -> None:
    """The identity of docs/explanation/money.md."""
    town.clock.advance(timedelta(days=31))
    town.say("hold h1 100 until +1d", "expire e1")
    with town.database.read(town.operator) as tx:
        moved = {
            kind: ledger.reports.total_moved(tx, [kind])
            for kind in (Kind.GRANT, Kind.PAYMENT, Kind.POST, Kind.REFUND, Kind.EXPIRY)
        }
        left = sum(ledger.reports.total(tx, role) for role in (Role.WALLET, Role.CLEARING))
    paid = moved[Kind.PAYMENT] + moved[Kind.POST] - moved[Kind.REFUND]
    assert moved[Kind.GRANT] == paid + moved[Kind.EXPIRY] + left


def test_a_statement_has_each_transfer_once_the_newest_first(town: DatabaseBooks) -> None:
    """Also one between two of its accounts; and page by page."""
    with town.database.read(town.operator) as tx:
        found = ledger.reports.statement(tx, [SOLD, PAYABLE])
        page = ledger.reports.statement(tx, [SOLD, PAYABLE], limit=2)
        rest = ledger.reports.statement(tx, [SOLD, PAYABLE], before=page[-1].number)
        closings = ledger.reports.statement(tx, [SOLD, PAYABLE], kinds=[Kind.CLOSE])
    assert [transfer.kind for transfer in found] == [
        Kind.REFUND,
        Kind.PAYMENT,
        Kind.CLOSE,
        Kind.PAYMENT,
    ]
    assert [*page, *rest] == found
    assert [transfer.kind for transfer in closings] == [Kind.CLOSE]


def test_a_statement_since_an_instant_includes_it(town: DatabaseBooks) -> None:
    wallet = account_id(WALLET, Role.WALLET, GIFT)
    now = town.clock.now()
    town.clock.advance(timedelta(seconds=100))
    town.say("pay p3 1")
    with town.database.read(town.operator) as tx:
        later = ledger.reports.statement(tx, [wallet], since=town.clock.now())
        all_of_it = ledger.reports.statement(tx, [wallet], since=now)
        after = ledger.reports.statement(
            tx, [wallet], since=town.clock.now() + timedelta(microseconds=1)
        )
    assert [transfer.units for transfer in later] == [1]
    assert len(all_of_it) > 1
    assert after == []


def test_what_lies_between_two_numbers_is_for_one_closing(town: DatabaseBooks) -> None:
    with town.database.read(town.operator) as tx:
        whole = ledger.reports.between(tx, SOLD, after_number=0, up_to_number=99)
        numbers = [transfer.number for transfer in whole]
        part = ledger.reports.between(tx, SOLD, after_number=numbers[0], up_to_number=numbers[1])
    assert numbers == sorted(numbers)
    assert part == whole[1:2]


def test_lots_that_have_something_left_the_first_to_end_first(town: DatabaseBooks) -> None:
    wallets = [account_id(WALLET, Role.WALLET, asset) for asset in (GIFT, POINTS)]
    town.say("grant g3 5 until 11-30")
    with town.database.read(town.operator) as tx:
        found = ledger.reports.lots(tx, wallets)
    ends = [lot.expires_at for _, lot in found]
    assert ends == sorted(ends)
    assert end_of_day(town.clock.now().date()) < ends[0]
    assert [asset for asset, _ in found] == [GIFT, GIFT]
    assert [str(lot.id) for _, lot in found] == [str(operation("g3")), str(operation("g1"))]
    assert all(lot.remaining for _, lot in found)


def test_holds_that_are_due_and_open(town: DatabaseBooks) -> None:
    town.say("hold h1 5 until +90s", "hold h2 6 until +1d", "hold h3 7 until +90s", "void v1 of h3")
    with town.database.read(town.operator) as tx:
        now = town.clock.now()
        assert ledger.reports.due_holds(tx, now + timedelta(seconds=89)) == []
        due = ledger.reports.due_holds(tx, now + timedelta(seconds=90))
        assert due == [operation("h1")]
        late = ledger.reports.due_holds(tx, now + timedelta(days=2), limit=1)
        assert late == due


def test_the_head_is_the_last_blocks(town: DatabaseBooks) -> None:
    last = town.ask("pay p9 3").block
    with town.database.read(town.operator) as tx:
        head = ledger.reports.head(tx)
        hashes = ledger.reports.block_hashes(tx, [last.sequence, 1, 9_999])
    assert (head.sequence, head.hash, head.recorded_at) == (
        last.sequence,
        last.hash,
        last.recorded_at,
    )
    assert set(hashes) == {1, last.sequence}
    assert hashes[last.sequence] == last.hash
