"""Batches, blocks and proofs as they come back from PostgreSQL."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from msgspec import structs

from ichimai import ledger, storage
from ichimai.kernel.clock import ManualClock, end_of_day
from ichimai.ledger import Kind, OperationId, Posted, chain
from ichimai.ledger.issuing import Gift
from ichimai.ledger.journal_store import LEAF
from ichimai.ledger.model import Grant, Pay, Purse, Role, Sweep, account_id, derived_id
from tests.integration.ledger.day import DAY, PROGRAMS
from tests.journals.database_books import TABLES, DatabaseBooks
from tests.journals.words import GIFT, named, operation, word


def check_proof(posted: Posted) -> None:
    """A receipt's proof leads to its block's root, and the root to its hash."""
    block = posted.block
    for transfer in posted.transfers:
        proof = chain.inclusion(posted.tree, transfer.number - block.first_number)
        assert proof.leaf == chain.leaf_hash(chain.leaf_bytes(transfer))
        assert chain.root_of(proof, block.count) == block.merkle_root
    assert block.hash == chain.block_hash(
        sequence=block.sequence,
        previous=block.previous,
        merkle_root=block.merkle_root,
        count=block.count,
        recorded_at=block.recorded_at,
    )


def test_the_canonical_form_is_the_same_in_sql_and_in_python(books: DatabaseBooks) -> None:
    """Of every kind of transfer, and of names that are not ASCII."""
    books.programs = PROGRAMS
    answers = books.say(*DAY, "grant g9 5 in 長寿祝い")
    assert answers.count("posted") == len(DAY)
    books.clock.advance(timedelta(days=400))
    books.say("expire e1")
    with books.database.snapshot(books.operator) as tx:
        rows = tx.rows(f"SELECT operation, leg, {LEAF} FROM transfer ORDER BY number")
        kinds = set()
        for id_, leg, leaf in rows:
            posted = ledger.reports.posted(tx, OperationId(id_))
            assert posted is not None
            transfer = posted.transfers[leg]
            kinds.add(transfer.kind)
            assert chain.leaf_bytes(transfer) == bytes(leaf)
            check_proof(posted)
    assert kinds == set(Kind)


def test_a_batch_is_one_block_on_top_of_the_last(books: DatabaseBooks) -> None:
    (grant,) = books.ask_together("grant g1 1000")
    pays = books.ask_together("pay p1 1", "pay p2 2", "pay p3 99999", "pay p4 4")
    assert isinstance(grant, Posted)
    posted = [answer for answer in pays if isinstance(answer, Posted)]
    assert {answer.block.sequence for answer in posted} == {2}
    assert posted[0].block.previous == grant.block.hash
    assert (posted[0].block.first_number, posted[0].block.count) == (2, 3)
    for answer in (grant, *posted):
        check_proof(answer)
    assert books.verify().head == posted[0].block.hash


def test_a_batch_that_makes_nothing_makes_no_block(books: DatabaseBooks) -> None:
    books.say("grant g1 1000")
    before = books.verify()
    assert books.say_together("pay p1 9999", "refund r1 1 of p9", "grant g1 1000") == [
        "insufficient_balance",
        "unknown_operation",
        "again",
    ]
    assert books.verify() == before


def test_the_first_answer_comes_again_with_its_own_proof(books: DatabaseBooks) -> None:
    books.say("grant g1 1000")
    first = books.ask_together("pay p1 1", "pay p2 2", "pay p3 3")
    books.say("pay p4 4")
    books.clock.advance(timedelta(days=40))
    later = books.ask_together("pay p5 5", "pay p3 3", "pay p1 1", "grant g1 1000")
    assert [word(answer) for answer in later] == ["posted", "again", "again", "again"]
    for once, again in ((first[2], later[1]), (first[0], later[2])):
        assert isinstance(once, Posted)
        assert isinstance(again, Posted)
        assert (again.transfers, again.block) == (once.transfers, once.block)
        assert again.recorded_at == once.recorded_at
        check_proof(again)


def test_many_answers_come_again_with_few_statements(
    books: DatabaseBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an outage every till asks again, and all wait for the one lock."""
    books.say("grant g1 10000")
    texts = [f"pay p{number} {number}" for number in range(1, 41)]
    for text in texts:
        books.say(text)
    statements = 0
    rows = storage.ReadTx.rows

    def counting(self: storage.ReadTx, *args: object) -> object:
        nonlocal statements
        statements += 1
        return rows(self, *args)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(storage.ReadTx, "rows", counting)
    assert books.say_together(*texts) == ["again"] * 40
    assert statements <= 3


def test_the_same_id_twice_in_one_batch_is_done_once(books: DatabaseBooks) -> None:
    books.say("grant g1 1000")
    assert books.say_together(
        "pay p1 300", "pay p1 300", "pay p1 301", "pay p9 9999", "pay p9 1"
    ) == [
        "posted",
        "again",
        "exists_with_different_amount",
        "insufficient_balance",
        "exists_with_different_amount",
    ]
    assert books.balance(account_id(named("wallet", "A"), Role.WALLET, GIFT)) == 700


def test_a_hold_is_posted_and_refunded_in_its_own_batch(books: DatabaseBooks) -> None:
    """For a shop that has sold before: its accounts are there and must be found."""
    books.say("grant g1 1000", "pay p0 10")
    assert (
        books.say_together(
            "hold h1 300 until 10-01 13:00", "post c1 200 of h1", "refund r1 50 of c1"
        )
        == ["posted"] * 3
    )
    books.verify()
    assert books.balance(account_id(named("shop", "S"), Role.RECEIVABLE, GIFT)) == 160


def test_a_hold_that_is_read_for_two_reasons_is_one(books: DatabaseBooks) -> None:
    """Once because it is sent again, once because what was posted of it is refunded."""
    books.say("grant g1 1000", "hold h1 300 until 10-01 13:00", "post c1 200 of h1")
    texts = ["hold h1 300 until 10-01 13:00", "refund r1 50 of c1", "post c2 of h1"]
    assert books.say_together(*texts) == ["again", "posted", "hold_closed"]
    assert books.say_together(texts[1], texts[0]) == ["again", "again"]
    of_another = "hold h1 300 by B until 10-01 13:00"
    assert books.say_together(of_another, "refund r2 50 of c1") == [
        "exists_with_different_credential",
        "posted",
    ]
    books.verify()


def test_two_expiries_in_one_batch_share_what_is_due(books: DatabaseBooks) -> None:
    for number in range(5):
        books.say(f"grant g{number} 10 until 10-0{number + 1}")
    books.clock.advance(timedelta(days=30))
    assert (
        books.say_together("expire e1 limit 2", "expire e2 limit 2", "expire e3 limit 9")
        == ["posted"] * 3
    )
    books.verify()
    assert books.say("expire e4") == ["nothing_to_move"]


def test_a_program_that_begins_in_the_batch_in_which_others_expire(books: DatabaseBooks) -> None:
    books.say("grant g1 10 until 10-01")
    books.clock.advance(timedelta(days=2))
    assert books.say("expire e1") == ["posted"]
    texts = ["grant g2 10 until 10-02", "grant g3 10 in points until 10-02", "expire e2"]
    assert books.say_together(*texts) == ["posted"] * 3
    assert books.say_together("grant g4 10 in points until 10-02", "expire e3") == ["posted"] * 2
    books.verify()


def test_blocks_never_go_back_in_time(books: DatabaseBooks) -> None:
    """A clock that is a little behind is lifted to the last block; one far behind is refused."""
    first = books.ask("grant g1 1000")
    books.clock.advance(timedelta(seconds=-10))
    assert books.ask("pay p1 1").recorded_at == first.recorded_at
    books.clock.advance(timedelta(milliseconds=-1))
    with pytest.raises(ledger.errors.ClockBehind):
        books.say("pay p2 2")
    books.verify()


def test_a_restored_ledger_refuses_a_clock_behind_it(books: DatabaseBooks) -> None:
    """faults.md A20: the clock at a restore is behind the last entry."""
    books.say("grant g1 1000")
    books.clock.at = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ledger.errors.ClockBehind):
        books.post_all([Sweep(operation=OperationId(derived_id("x")), asset=GIFT)])


def test_nothing_is_posted_without_commands(books: DatabaseBooks) -> None:
    assert books.post_all([]) == []


def test_what_the_transaction_does_not_commit_did_not_happen(books: DatabaseBooks) -> None:
    books.say("grant g1 1000")
    before = books.verify()

    class Cut(Exception):
        pass

    pay = Pay(
        operation=operation("p1"),
        wallet=named("wallet", "A"),
        payee=named("shop", "S"),
        units=1,
        purses=(Purse(asset=GIFT),),
        terminal=named("till", "S1"),
        actor=named("card", "A"),
    )
    with suppress(Cut), books.database.write(books.operator) as tx:
        (answer,) = ledger.post(tx, books.clock, [pay])
        assert word(answer) == "posted"
        raise Cut
    assert books.verify() == before
    assert books.say("pay p1 1") == ["posted"]


def test_a_budget_cannot_be_lowered_below_what_was_granted(books: DatabaseBooks) -> None:
    city = named("funder", "city")
    books.set_budget(GIFT, city, 1000, books.clock.now())
    books.say("grant g1 600")
    books.set_budget(GIFT, city, 600, books.clock.now())
    with pytest.raises(ledger.errors.BoundExceeded):
        books.set_budget(GIFT, city, 599, books.clock.now())
    assert books.say("grant g2 1") == ["bound_exceeded"]
    books.set_budget(GIFT, city, 700, books.clock.now())
    assert books.say("grant g2 1") == ["posted"]
    books.verify()


def test_two_operators_on_one_server_share_nothing(
    database: storage.Database, database_url: str, clock: ManualClock
) -> None:
    """The same ids, the same people, prepared statements used many times: two ledgers."""
    schemas = [storage.operator_schema(code) for code in ("131164", "131237")]
    storage.migrate.migrate(database_url, schemas, clock.now())
    towns = [DatabaseBooks(database, schema) for schema in schemas]
    for number in range(12):
        assert towns[0].say(f"grant g{number} 100", f"pay p{number} 7 confirmed") == ["posted"] * 2
        assert towns[1].say(f"grant g{number} 50") == ["posted"]
    wallet = account_id(named("wallet", "A"), Role.WALLET, GIFT)
    assert [town.balance(wallet) for town in towns] == [12 * 93, 600]
    assert [town.verify().transfers for town in towns] == [24, 12]


GIFTS = [
    Gift(
        OperationId(derived_id(f"gift/{number}")),
        derived_id(f"w/{number % 7}"),
        10 + number,
        number,
    )
    for number in range(20)
]


def test_many_grants_at_once_are_those_of_one_by_one(
    books: DatabaseBooks, database: storage.Database
) -> None:
    """Every table is the same, but for nothing: hashes too."""
    other = DatabaseBooks(database, books.operator)
    end, funder, actor = end_of_day(books.clock.now().date()), derived_id("city"), derived_id("me")
    for found in (books, other):
        found.say("grant g1 1000 to A", "grant g2 5 in points")
        found.set_budget(GIFT, funder, 10_000, found.clock.now())
    books.post_all(
        [
            Grant(
                operation=gift.operation,
                wallet=gift.wallet,
                funder=funder,
                asset=GIFT,
                units=gift.units,
                expires_at=end,
                capped_units=gift.capped_units,
                actor=actor,
            )
            for gift in GIFTS
        ]
    )
    with other.database.write(other.operator) as tx:
        block = ledger.issuing.grant_all(
            tx, other.clock, GIFTS, funder=funder, asset=GIFT, expires_at=end, actor=actor
        )
    assert block is not None
    assert block.hash == books.verify().head == other.verify().head
    for table in TABLES:
        assert _rows(books, table) == _rows(other, table), table
    spend = ["pay p1 40 confirmed", "expire e1"]
    assert books.say(*spend) == other.say(*spend)


def _rows(books: DatabaseBooks, table: str) -> list[tuple[object, ...]]:
    with books.as_owner() as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2".encode()).fetchall()


@pytest.mark.parametrize("wrong", ["budget", "used", "zero", "twice"])
def test_many_grants_are_made_all_or_none(books: DatabaseBooks, wrong: str) -> None:
    books.set_budget(GIFT, derived_id("city"), 400, books.clock.now())
    gifts = {
        "budget": [*GIFTS, Gift(OperationId(derived_id("more")), derived_id("w"), 11, 0)],
        "used": [Gift(operation("g1"), derived_id("w"), 1, 0)],
        "zero": [Gift(OperationId(derived_id("none")), derived_id("w"), 0, 0)],
        "twice": [GIFTS[0], GIFTS[0]],
    }[wrong]
    books.say("grant g1 10 from ward")
    before = books.verify()
    expected = ledger.errors.BoundExceeded if wrong == "budget" else psycopg.errors.IntegrityError
    with pytest.raises(expected), books.database.write(books.operator) as tx:
        _grant_all(books, tx, gifts)
    assert books.verify() == before
    with books.database.write(books.operator) as tx:
        assert _grant_all(books, tx, []) is None
        assert _grant_all(books, tx, GIFTS) is not None
    assert books.verify().transfers == before.transfers + len(GIFTS)


def _grant_all(
    books: DatabaseBooks, tx: storage.WriteTx, gifts: list[Gift]
) -> ledger.model.Block | None:
    return ledger.issuing.grant_all(
        tx,
        books.clock,
        gifts,
        funder=derived_id("city"),
        asset=GIFT,
        expires_at=datetime(2026, 12, 31, tzinfo=UTC),
        actor=derived_id("me"),
    )


def test_many_grants_refuse_a_clock_that_is_behind(books: DatabaseBooks) -> None:
    books.say("grant g1 10")
    books.clock.advance(timedelta(seconds=-11))
    with (
        pytest.raises(ledger.errors.ClockBehind),
        books.database.write(books.operator) as tx,
    ):
        _grant_all(books, tx, GIFTS)


def test_a_large_city_is_closed_in_one_operation(books: DatabaseBooks) -> None:
    """More shops than two bytes count, each sold something; the closing has a leg for each."""
    count = 33_000
    books.say("grant g1 100000")
    with books.as_owner() as connection:
        connection.execute(
            "INSERT INTO account SELECT (lpad(to_hex(n), 32, '0'))::uuid,"
            " (lpad(to_hex(n), 32, '0'))::uuid, %s, 'gift', 1, NULL, '2026-10-01', 0, ''"
            " FROM generate_series(1, %s) AS n",
            [Role.RECEIVABLE.value, count],
        )
    closed = books.ask("close d1")
    assert len(closed.transfers) == closed.block.count == count
    check_proof(structs.replace(closed, transfers=closed.transfers[-3:]))
