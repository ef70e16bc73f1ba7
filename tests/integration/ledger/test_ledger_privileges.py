"""What is written stays written: no role of the application can change or delete the journal."""

from typing import Final, LiteralString

import psycopg
import pytest

from ichimai import storage
from tests.journals.database_books import DatabaseBooks

JOURNAL: Final = ["transfer", "block", "refusal", "credential_stop", "sale"]
STATE: Final = {
    "ledger_head": {"sequence", "number", "hash", "recorded_at", "revision"},
    "account": {"balance", "minimum", "spent_on", "spent_units", "recent"},
    "lot": {"units", "remaining", "capped_left", "expires_at"},
    "tally": {"count"},
    "hold": {"is_open"},
}
"""What of the projections may be written again."""


@pytest.mark.parametrize("role", ["ichimai_operator", "ichimai_auditor", "ichimai_registry"])
def test_no_role_may_change_a_journal_or_any_part_of_it(books: DatabaseBooks, role: str) -> None:
    with books.as_owner() as connection:
        found = connection.execute(
            """
            SELECT relname, privilege
            FROM pg_class, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
                AS privilege
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
              AND (relname = ANY(%(journal)s) OR relispartition)
              AND (has_table_privilege(%(role)s, pg_class.oid, privilege)
                   OR privilege IN ('UPDATE', 'REFERENCES')
                      AND has_any_column_privilege(%(role)s, pg_class.oid, privilege))
            """,
            {"journal": JOURNAL, "role": role},
        ).fetchall()
    assert found == []


def test_of_the_projections_only_what_changes_may_be_written_again(books: DatabaseBooks) -> None:
    with books.as_owner() as connection:
        found = connection.execute(
            "SELECT table_name, column_name FROM information_schema.column_privileges"
            " WHERE table_schema = current_schema() AND grantee = 'ichimai_operator'"
            " AND privilege_type = 'UPDATE' AND table_name = ANY(%s)",
            [[*JOURNAL, *STATE]],
        ).fetchall()
        deletes = connection.execute(
            "SELECT table_name FROM information_schema.table_privileges"
            " WHERE table_schema = current_schema() AND grantee = ANY(%s)"
            " AND privilege_type IN ('DELETE', 'TRUNCATE') AND table_name = ANY(%s)",
            [[*storage.migrate.ROLES, "PUBLIC"], [*JOURNAL, *STATE]],
        ).fetchall()
    columns: dict[str, set[str]] = {}
    for table, column in found:
        columns.setdefault(str(table), set()).add(str(column))
    assert columns == STATE
    assert deletes == []


WRITES: Final[tuple[LiteralString, ...]] = (
    "UPDATE transfer SET units = 1",
    "DELETE FROM transfer",
    "TRUNCATE transfer",
    "UPDATE block SET hash = previous",
    "DELETE FROM block",
    "UPDATE refusal SET code = 'x'",
    "DELETE FROM credential_stop",
    "DELETE FROM account",
    "DELETE FROM lot",
    "DELETE FROM hold",
    "DELETE FROM ledger_head",
    "INSERT INTO ledger_head VALUES (true, 0, 0, decode(repeat('00', 32), 'hex'), now())",
    "UPDATE account SET owner = id",
    "UPDATE lot SET funder = id",
    "UPDATE sale SET total_yen = 1",
    "DELETE FROM sale",
    "DELETE FROM tally",
    "UPDATE hold SET payee = operation",
    "ALTER TABLE transfer DISABLE TRIGGER ALL",
    "DROP TABLE transfer",
    "CREATE TABLE shadow (number bigint)",
)


@pytest.mark.parametrize("sql", WRITES)
def test_the_application_is_refused(books: DatabaseBooks, sql: LiteralString) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        books.database.write(books.operator) as tx,
    ):
        tx.execute(sql)


READS: Final[tuple[LiteralString, ...]] = (
    "INSERT INTO block SELECT * FROM block",
    "UPDATE account SET balance = 0",
    "SELECT number FROM ledger_head FOR UPDATE",
)


@pytest.mark.parametrize("sql", READS)
def test_an_auditor_writes_nothing(books: DatabaseBooks, sql: LiteralString) -> None:
    """Not even in a transaction that could."""
    with psycopg.connect(books.database.url) as connection:
        connection.execute(f"SET search_path TO {books.operator}".encode())
        connection.execute("SET ROLE ichimai_auditor")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(sql)


def test_reading_cannot_write(books: DatabaseBooks) -> None:
    with (
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        books.database.read(books.operator) as tx,
    ):
        tx.rows("UPDATE account SET balance = 0 RETURNING id")


def test_the_operator_role_does_not_reach_the_registry_nor_the_other_way(
    books: DatabaseBooks,
) -> None:
    """Who holds a card and what is on it are never read together (ARCHITECTURE)."""
    tables = {"ichimai_operator": "registry", "ichimai_registry": str(books.operator)}
    with books.as_owner() as connection:
        for role, schema in tables.items():
            found = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace"
                " AND relkind IN ('r', 'p', 'v') AND has_schema_privilege(%s, %s, 'USAGE')",
                [schema, role, schema],
            ).fetchall()
            assert found == [], role
            held = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace"
                " AND relkind IN ('r', 'p', 'v') AND has_table_privilege(%s, oid, 'SELECT')",
                [schema, role],
            ).fetchall()
            assert held == [], role


def test_a_transaction_cannot_take_off_its_role(books: DatabaseBooks) -> None:
    """RESET ROLE gives back what the connection began with, and that is the role."""
    with books.database.write(books.operator) as tx:
        tx.execute("RESET ROLE")
        row = tx.row("SELECT current_user")
    assert row == ("ichimai_operator",)


def test_a_connection_serves_the_schema_it_was_asked_for(
    books: DatabaseBooks, operator: storage.Schema
) -> None:
    for _ in range(3):
        for schema in (operator, storage.REGISTRY):
            with books.database.read(schema) as tx:
                assert tx.row("SELECT current_schema()") == (schema,)
        with books.database.snapshot(operator) as tx:
            assert tx.row("SELECT current_schema(), current_user") == (operator, "ichimai_auditor")
