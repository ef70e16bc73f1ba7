"""A ledger as somebody has it who owns the machine, and what verification says of it then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg

from ichimai import ledger
from ichimai.ledger.verification import Discrepancy
from ichimai.storage import ReadTx

NAMES: Final = {
    "transfer": "transfer|block",
    "block": "block",
    "ledger_head": "ledger_head",
    "account": "account|wallet|hold|sale",
    "lot": "lot|wallet",
    "hold": "hold",
    "credential_stop": "stop",
    "sale": "sale",
    "tally": "tally",
    "counted": "count",
    "asked": "words",
}
"""Words of which one is in what is found, by the table that was changed."""


Connection = psycopg.Connection[tuple[Any, ...]]


class Attic:
    """A ledger as somebody has it who owns the machine: every ``attempt`` is undone."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What is done inside is taken back."""
        self.connection.execute("SAVEPOINT attempt")
        yield
        self.connection.execute("ROLLBACK TO SAVEPOINT attempt")

    def rows(self, sql: LiteralString, *params: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, params).fetchall()

    def do(self, sql: LiteralString, *params: object) -> int:
        return self.connection.execute(sql, params).rowcount

    def finding(self) -> Discrepancy | None:
        """What verification finds."""
        try:
            ledger.verification.verify(ReadTx(self.connection))
        except Discrepancy as discrepancy:
            return discrepancy
        return None


def judge(attic: Attic, table: str, what: str) -> str:
    """Empty when the change to a row was found and a record of its kind named."""
    discrepancy = attic.finding()
    if discrepancy is None:
        return f"{what}: nothing found"
    is_named = any(name in discrepancy.record for name in NAMES[table].split("|"))
    return "" if is_named else f"{what}: {discrepancy}"
