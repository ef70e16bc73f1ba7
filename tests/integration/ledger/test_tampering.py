"""Whoever has the machine may change any row; ``verify`` names the record (faults.md K131)."""

from typing import Any, Final, LiteralString

import pytest

from ichimai import ledger
from ichimai.ledger import verification_store
from ichimai.ledger.model import Kind, Role, account_id
from ichimai.ledger.verification import Discrepancy
from tests.integration.ledger.attic import NAMES, Attic, judge
from tests.integration.ledger.day import DAY, PROGRAMS
from tests.journals.database_books import DatabaseBooks
from tests.journals.words import GIFT, named, operation

# How a value of each column becomes another one that its constraints still allow.
FLIPS: Final = {
    "uuid": "overlay({0}::text placing CASE right({0}::text, 1) WHEN '0' THEN '1' ELSE '0' END"
    " from 36)::uuid",
    "bigint": "{0} + 1",
    "integer": "{0} + 1",
    "smallint": "CASE {0} WHEN 1 THEN 2 ELSE {0} - 1 END",
    "timestamp with time zone": "{0} - interval '1 microsecond'",
    "date": "{0} - 1",
    "text": "{0} || 'x'",
    "boolean": "NOT {0}",
    "bytea": "set_byte({0}, 0, get_byte({0}, 0) # 1)",
}

KEPT_APART: Final = {
    ("ledger_head", "is_head"): "its only value",
    ("ledger_head", "revision"): "only for batches that are under way, to see that it changed",
    ("account", "recent"): "90 seconds of payments that a repeat is compared with; no value",
    ("refusal", "operation"): "refusals move nothing",
    ("refusal", "code"): "refusals move nothing",
    ("refusal", "kind"): "refusals move nothing",
    ("refusal", "units"): "refusals move nothing",
    ("refusal", "terminal"): "refusals move nothing",
    ("refusal", "actor"): "refusals move nothing",
    ("refusal", "asked"): "refusals move nothing",
    ("refusal", "recorded_at"): "refusals move nothing",
}
"""Columns that verification says nothing of, and why."""

ONLY: Final = {
    # Of those that never paid it says nothing.
    ("account", "spent_on"): f"role = {Role.WALLET.value} AND id IN (SELECT debit FROM transfer"
    f" WHERE kind IN ({Kind.PAYMENT.value}, {Kind.HOLD.value}))",
}
"""The rows of which a column is checked."""


def columns(attic: Attic) -> list[tuple[str, str, str]]:
    """(table, column, type) of all that the ledger has."""
    return attic.rows(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = ANY(%s)"
        " ORDER BY table_name, ordinal_position",
        [*NAMES, "refusal"],
    )


def rows_of(attic: Attic, table: str) -> list[tuple[Any, ...]]:
    """(where, what) of each row of a table."""
    return attic.connection.execute(
        f"SELECT tableoid, ctid::text, {table}::text FROM {table}".encode()
    ).fetchall()


def test_every_value_of_every_row_is_checked(attic: Attic) -> None:
    """Each is changed alone; what no check can know is in KEPT_APART with its reason."""
    wrong, tried = [], 0
    for table, column, kind in columns(attic):
        if (table, column) in KEPT_APART:
            continue
        value = FLIPS[kind].format(column)
        for oid, place, row in rows_of(attic, table):
            with attic.attempt():
                touched = attic.connection.execute(
                    f"UPDATE {table} SET {column} = {value} WHERE tableoid = %s AND"
                    f" ctid = %s::tid AND {column} IS DISTINCT FROM {value}"
                    f" AND {ONLY.get((table, column), 'true')}".encode(),
                    [oid, place],
                ).rowcount
                if touched:
                    tried += 1
                    wrong.append(judge(attic, table, f"{table}.{column} of {row}"))
    assert [text for text in wrong if text] == []
    assert tried > 400


def test_no_column_is_forgotten(attic: Attic) -> None:
    """A new column is either checked or listed with a reason."""
    known = {(table, column) for table, column, _ in columns(attic)}
    assert set(KEPT_APART) <= known
    assert all(kind in FLIPS for _, _, kind in columns(attic))


@pytest.mark.parametrize("table", NAMES)
def test_a_row_that_is_gone_is_missed(attic: Attic, table: str) -> None:
    """Also of a sale that only paid, or only earned."""
    if table == "ledger_head":
        return
    wrong = []
    for oid, place, row in rows_of(attic, table):
        with attic.attempt():
            attic.connection.execute(
                f"DELETE FROM {table} WHERE tableoid = %s AND ctid = %s::tid".encode(),
                [oid, place],
            )
            wrong.append(judge(attic, table, row))
    assert [text for text in wrong if text] == []
    assert wrong


def test_a_sale_that_was_changed_or_is_gone_is_named(attic: Attic) -> None:
    """By its operation: of the one that only paid (b3), and of a return that moved nothing."""
    for name in ("b1", "b2", "b3", "v1", "v2"):
        for sql in (
            "DELETE FROM sale WHERE operation = %s",
            "UPDATE sale SET total_yen = total_yen + sign(total_yen) WHERE operation = %s",
            "UPDATE sale SET asked = 'with ' || asked WHERE operation = %s",
        ):
            with attic.attempt():
                assert attic.connection.execute(sql.encode(), [operation(name)]).rowcount == 1
                discrepancy = attic.finding()
                assert discrepancy is not None
                assert discrepancy.record == f"sale, words or counts of {operation(name)}"


@pytest.mark.parametrize("table", ["transfer", "block"])
def test_a_row_that_is_there_twice_is_found(attic: Attic, table: str) -> None:
    """Even when its key was dropped; the other tables have keys that refuse a second."""
    wrong = []
    for oid, place, row in rows_of(attic, table):
        with attic.attempt():
            attic.connection.execute(
                f"INSERT INTO {table} SELECT * FROM {table}"
                " WHERE tableoid = %s AND ctid = %s::tid".encode(),
                [oid, place],
            )
            wrong.append(judge(attic, table, row))
    assert [text for text in wrong if text] == []
    assert wrong


MADE_UP: Final[tuple[tuple[str, LiteralString], ...]] = (
    (
        "lot",
        """
        INSERT INTO lot SELECT funder, id, funder, 1, 0, 0, expires_at, usable_at
        FROM lot LIMIT 1
        """,
    ),
    (
        "sale",
        """
        INSERT INTO sale SELECT returns, operation, wallet, payee, terminal, actor, total_yen,
            paid_units, occurred_at, recorded_at, asked FROM sale LIMIT 1
        """,
    ),
    ("hold", "INSERT INTO hold SELECT payee, payee, expires_at, false FROM hold LIMIT 1"),
    ("tally", "INSERT INTO tally SELECT id, 0 FROM lot LIMIT 1"),
    ("asked", "INSERT INTO asked SELECT id, 'event class' FROM lot LIMIT 1"),
    ("counted", "INSERT INTO counted SELECT id, 0, funder, 1, false FROM lot LIMIT 1"),
    ("credential_stop", "INSERT INTO credential_stop SELECT id, id, 0, now() FROM lot LIMIT 1"),
    (
        "account",
        """
        INSERT INTO account SELECT owner, owner, role, asset, 0, 0, spent_on, 0, ''
        FROM account WHERE role = 1 LIMIT 1
        """,
    ),
)


@pytest.mark.parametrize("table,sql", MADE_UP)
def test_a_row_without_a_transfer_is_found(attic: Attic, table: str, sql: LiteralString) -> None:
    with attic.attempt():
        assert attic.do(sql) == 1
        assert judge(attic, table, sql) == ""


def test_whatever_a_stopped_card_did_is_found(attic: Attic) -> None:
    """Not only what it paid: had the card been stopped just before each of C's operations."""
    card = named("card", "C")
    done = attic.rows("SELECT number, kind FROM transfer WHERE actor = %s ORDER BY number", card)
    assert {Kind(kind) for _, kind in done} > {Kind.EARN, Kind.TOP_UP, Kind.EXCHANGE, Kind.GIVE}
    for number, _ in done:
        with attic.attempt():
            attic.do(
                "INSERT INTO credential_stop VALUES (%s, %s, %s, now())",
                *(card, operation("stop"), number - 1),
            )
            ((_, _, found),) = attic.rows(verification_store.AFTER_STOP)
            assert found == number


def test_transfers_that_changed_places_are_found(attic: Attic) -> None:
    (last,) = attic.rows("SELECT max(number) FROM transfer")[0]
    for number in range(1, last):
        with attic.attempt():
            attic.do(
                "UPDATE transfer SET number = 2 * %s + 1 - number WHERE number IN (%s, %s)",
                *(number, number, number + 1),
            )
            assert judge(attic, "transfer", str(number)) == ""


def test_blocks_that_changed_places_are_found(attic: Attic) -> None:
    (last,) = attic.rows("SELECT max(sequence) FROM block")[0]
    for sequence in range(1, last):
        with attic.attempt():
            attic.do(
                "UPDATE block SET sequence = 2 * %s + 1 - sequence WHERE sequence IN (%s, %s)",
                *(sequence, sequence, sequence + 1),
            )
            assert judge(attic, "block", str(sequence)) == ""


def test_a_transfer_slipped_in_at_the_end_is_found(attic: Attic) -> None:
    attic.do(
        "INSERT INTO transfer SELECT number + 1, %s, leg, kind, debit, credit, units, capped, lot,"
        " occurred_at, recorded_at, expires_at, terminal, actor, reverses, detail, asset"
        " FROM transfer ORDER BY number DESC LIMIT 1",
        operation("slipped in"),
    )
    discrepancy = attic.finding()
    assert discrepancy is not None
    assert discrepancy.record.startswith("transfer ")
    attic.do("DELETE FROM transfer WHERE operation = %s", operation("slipped in"))


def test_a_duplicate_at_the_end_of_a_page_is_found(
    attic: Attic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal is read in pages by number; two of one number must not fall between them."""
    for size in range(1, 8):
        monkeypatch.setattr("ichimai.ledger.chain_store.PAGE", size)
        with attic.attempt():
            attic.do(
                "INSERT INTO transfer SELECT number, %s, leg, kind, debit, credit, units, capped,"
                " lot, occurred_at, recorded_at, expires_at, terminal, actor, reverses, detail,"
                " asset FROM transfer WHERE number = 4",
                operation("twin"),
            )
            discrepancy = attic.finding()
        assert discrepancy is not None
        assert discrepancy.record == "transfer 5 number"


def test_balances_moved_between_two_wallets_are_found(attic: Attic) -> None:
    """The sum is right, each is not."""
    with attic.attempt():
        for sign, name in ((1, "A"), (-1, "B")):
            attic.do(
                "UPDATE account SET balance = balance + %s WHERE id = %s",
                *(sign * 100, account_id(named("wallet", name), Role.WALLET, GIFT)),
            )
        assert judge(attic, "account", "two wallets") == ""


def test_value_in_a_wallet_but_in_none_of_its_lots_is_found(attic: Attic) -> None:
    """Had somebody booked it there as a kind of its own, with balances and a chain that fit."""
    with attic.attempt():
        attic.do(
            "INSERT INTO transfer SELECT 1 + (SELECT max(number) FROM transfer), %s, leg, %s,"
            " debit, credit, 5, 0, lot, occurred_at, recorded_at, expires_at, terminal, actor,"
            " reverses, detail, asset FROM transfer WHERE operation = %s",
            *(operation("posted"), 26, operation("g1")),
        )
        fits = "balance = balance + CASE id WHEN credit THEN 5 ELSE -5 END FROM transfer"
        attic.do(f"UPDATE account SET {fits} WHERE kind = 26 AND id IN (debit, credit)")
        ((record, _, _),) = attic.rows(verification_store.WRONG_VALUE)
        assert record.startswith("balance and asset of account ")


def test_a_whole_new_history_is_right_in_itself_and_has_another_head(
    books: DatabaseBooks,
) -> None:
    """Only a head kept elsewhere tells it from the old one: that is what receipts are for."""
    books.programs = PROGRAMS
    books.say(*DAY)
    before = books.verify()
    receipt = books.ask("pay p1 300")
    books.empty()
    books.say("grant g1 10000", "grant g2 5000 to B capped 1000", "pay p1 299", *DAY[3:])
    after = books.verify()
    assert after.head != before.head
    with books.database.read(books.operator) as tx:
        row = tx.row("SELECT hash FROM block WHERE sequence = %s", [receipt.block.sequence])
    assert row is not None
    assert bytes(row[0]) != receipt.block.hash


def test_a_discrepancy_says_what_was_expected_and_what_was_found(books: DatabaseBooks) -> None:
    books.say("grant g1 10000")
    with books.as_owner() as connection:
        connection.execute("UPDATE lot SET remaining = 9999")
    with pytest.raises(Discrepancy, match=r"expected .*10000.*, found .*9999") as raised:
        books.verify()
    assert raised.value.record.startswith("lot ")
    assert raised.value.code == "ledger_discrepancy"


def test_an_empty_ledger_is_right(books: DatabaseBooks) -> None:
    verified = books.verify()
    assert (verified.blocks, verified.transfers, verified.accounts) == (0, 0, 0)
    assert verified.head == ledger.chain.GENESIS
