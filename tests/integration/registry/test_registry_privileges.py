"""What the roles of the registry and of an operator may not do, whatever a bug asks for."""

from typing import LiteralString

import psycopg
import pytest

from ichimai.storage import REGISTRY, Database, Schema


@pytest.mark.parametrize("table", ["association", "shop", "terminal", "enrolment"])
def test_the_registry_cannot_reach_an_operator(
    database: Database, operator: Schema, table: str
) -> None:
    """A transaction on the registry sees no table of an operator."""
    sql: LiteralString = f"SELECT 1 FROM {operator}.{table}"
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.write(REGISTRY) as tx:
        tx.execute(sql)


@pytest.mark.parametrize(
    "table",
    [
        *("key_check", "holder", "credential", "subject", "holder_of_subject"),
        *("holder_change", "holder_group", "scheme"),
    ],
)
@pytest.mark.parametrize("audited", [False, True])
def test_an_operator_cannot_reach_the_registry(
    database: Database, operator: Schema, table: str, *, audited: bool
) -> None:
    """Neither an operator's transaction nor its auditor's sees a table of the registry."""
    sql: LiteralString = f"SELECT 1 FROM registry.{table}"
    transaction = database.snapshot if audited else database.read
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(operator) as tx:
        tx.rows(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM credential",
        "DELETE FROM holder",
        "DELETE FROM subject",
        "UPDATE credential SET holder = id",
        "UPDATE credential SET number_hash = number_hash",
        "UPDATE subject SET subject = holder",
        "UPDATE holder_of_subject SET holder = subject",
        "UPDATE key_check SET digest = digest",
        "UPDATE key_check SET generation = 0",
        "UPDATE credential SET kind = kind",
        "UPDATE credential SET valid_until = NULL",
        "UPDATE credential SET public_key = public_key",
        "UPDATE holder_change SET kept = merged",
        "UPDATE holder_group SET members = members",
        "UPDATE scheme SET name = name",
        "DELETE FROM holder_change",
        "DELETE FROM holder_group",
        "TRUNCATE credential",
    ],
)
def test_who_a_card_belongs_to_cannot_be_rewritten(database: Database, sql: LiteralString) -> None:
    """Nothing in the registry is deleted, and of a card only its stop may change."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.write(REGISTRY) as tx:
        tx.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM subject",
        "SELECT 1 FROM holder",
        "UPDATE credential SET holder = id",
        "UPDATE key_check SET digest = digest",
        "DELETE FROM key_check",
        "INSERT INTO holder VALUES (gen_random_uuid(), 'epoch')",
    ],
)
def test_who_changes_the_key_changes_nothing_else(database: Database, sql: LiteralString) -> None:
    """The role that replaces hashes sees no subject and gives no card to another holder."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.rekey() as tx:
        tx.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM terminal",
        "DELETE FROM shop",
        "UPDATE shop SET id = id",
        "UPDATE shop SET number = '99-999'",
        "UPDATE shop SET association = association",
        "UPDATE terminal SET token_hash = token_hash",
        "UPDATE terminal SET shop = id",
        "UPDATE enrolment SET expires_at = 'infinity'",
        "UPDATE association SET accepts_gift_vouchers = true",
    ],
)
def test_a_shop_and_a_tills_shop_cannot_be_rewritten(
    database: Database, operator: Schema, sql: LiteralString
) -> None:
    """The role that serves requests can neither move a shop nor its tills.

    A shop's account it may change, since two people can; of that see ``test_account_changes``.
    """
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.write(operator) as tx:
        tx.execute(sql)


@pytest.mark.parametrize(
    "sql", ["SELECT token_hash FROM terminal", "SELECT code_hash FROM enrolment"]
)
def test_an_auditor_sees_no_hash_of_a_secret(
    database: Database, operator: Schema, sql: LiteralString
) -> None:
    """The auditor reads who has a till since when, and nothing to test guesses against."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.snapshot(operator) as tx:
        tx.rows(sql)
    with database.snapshot(operator) as tx:
        assert tx.rows("SELECT id, shop, enrolled_at, revoked_at FROM terminal") == []
