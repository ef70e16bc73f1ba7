"""A ledger in PostgreSQL that journals can be written into."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import psycopg

from ichimai import ledger, storage
from ichimai.kernel import Asset, errors
from ichimai.kernel.clock import ManualClock
from ichimai.ledger import Posted
from ichimai.ledger.model import AccountId, Command, Lot, LotId, Role
from ichimai.ledger.verification import Verified
from tests.journals.journal import NOON, start_of_day_one
from tests.journals.words import Terms, command, moment, word

TABLES = (
    *("transfer", "block", "refusal", "credential_stop", "account", "lot", "hold"),
    *("sale", "tally", "counted", "asked"),
)


class DatabaseBooks:
    """One operator's ledger, and a clock that stands until it is moved.

    ``say`` and ``say_together`` post what phrases stand for; each ``say`` is a batch.
    """

    def __init__(
        self, database: storage.Database, operator: storage.Schema, *programs: Terms
    ) -> None:
        self.database = database
        self.operator = operator
        self.programs = programs or (Terms(),)
        self.clock = ManualClock(moment(NOON, start_of_day_one()))

    def say(self, *texts: str) -> list[str]:
        """Post each phrase in a batch of its own; the answers in words."""
        return [answer for text in texts for answer in self.say_together(text)]

    def say_together(self, *texts: str) -> list[str]:
        """Post phrases as one batch; the answers in words."""
        return [word(answer) for answer in self.ask_together(*texts)]

    def ask(self, text: str) -> Posted:
        """Post a phrase that is not refused."""
        (answer,) = self.ask_together(text)
        assert isinstance(answer, Posted), answer
        return answer

    def ask_together(self, *texts: str) -> list[Posted | errors.DomainError]:
        """Post phrases as one batch."""
        now = self.clock.now()
        return self.post_all([command(text, self.programs, now) for text in texts])

    def post_all(self, commands: Sequence[Command]) -> list[Posted | errors.DomainError]:
        """Post commands as one batch, in a transaction of its own."""
        with self.database.write(self.operator) as tx:
            return ledger.post(tx, self.clock, commands)

    def post(self, command: Command, now: datetime) -> Posted | errors.DomainError:
        (answer,) = self.post_all_at([command], now)
        return answer

    def post_all_at(
        self, commands: Sequence[Command], now: datetime
    ) -> list[Posted | errors.DomainError]:
        self.clock.at = now
        return self.post_all(commands)

    def set_budget(self, asset: Asset, funder: UUID, units: int, now: datetime) -> None:
        self.clock.at = now
        with self.database.write(self.operator) as tx:
            ledger.issuing.set_bound(tx, self.clock, funder, Role.ISSUED, asset, minimum=-units)

    def balance(self, account: AccountId) -> int:
        with self.database.read(self.operator) as tx:
            row = tx.row("SELECT balance FROM account WHERE id = %s", [account])
        return 0 if row is None else int(row[0])

    def lot(self, lot: LotId) -> Lot:
        with self.database.read(self.operator) as tx:
            ((*values,),) = tx.rows(
                "SELECT account, id, remaining, capped_left, expires_at, usable_at, funder, units"
                " FROM lot WHERE id = %s",
                [lot],
            )
        return Lot(*values)

    def verify(self) -> Verified:
        """Recompute everything. Raises what verification finds."""
        with self.database.snapshot(self.operator) as tx:
            return ledger.verification.verify(tx)

    def as_owner(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection that may do everything, as somebody who has the machine."""
        connection = psycopg.connect(self.database.url)
        connection.execute(f"SET search_path TO {self.operator}".encode())
        return connection

    def empty(self) -> None:
        """Take everything out of the ledger's tables."""
        with self.as_owner() as connection:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}".encode())
            connection.execute(
                "UPDATE ledger_head SET sequence = 0, number = 0,"
                " hash = decode(repeat('00', 32), 'hex'), recorded_at = '2026-01-01T00:00:00Z'"
            )
