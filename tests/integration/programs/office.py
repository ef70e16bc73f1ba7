"""The office that grants by list: rows of people, two officers, and what is left in wallets."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from ichimai import ledger, programs
from ichimai.kernel import Asset
from ichimai.ledger import Posted
from ichimai.ledger.verification import Verified
from ichimai.programs import Desk, lists
from ichimai.programs.model import GrantList, GrantListId, Progress
from ichimai.programs.terms import Program
from ichimai.storage import Database, Schema, WriteTx
from tests.town import GIFT, Town

HEADER = "宛名番号,氏名,カナ,生年月日,事由,婚姻日,夫婦番号"


def kiju(number: str, name: str = "豊島 太郎") -> str:
    """A row of somebody who is 77."""
    return f"{number},{name},トシマ タロウ,1949-03-03,喜寿,,"


def kinkon(number: str, couple: str) -> str:
    """A row of one of a couple married for 50 years."""
    return f"{number},巣鴨 花,スガモ ハナ,1950-04-05,金婚,1976-05-06,{couple}"


def csv_of(rows: Sequence[str]) -> bytes:
    """The file with those rows."""
    return "\r\n".join([HEADER, *rows, ""]).encode()


def many(count: int) -> list[str]:
    """Rows of so many people."""
    return [kiju(f"P{number:05}") for number in range(count)]


@dataclass
class Office:
    """What the tests do again and again, each time in a transaction of its own."""

    town: Town

    @property
    def desk(self) -> Desk:
        """The town's desk."""
        return self.town.desk

    def open(self, program: Program) -> None:
        """Start a program, or change its terms."""
        with self.town.database.write(self.town.operator) as tx:
            lists.open_program(tx, self.town.clock, program)

    def check(self, *rows: str, key: Asset = GIFT.key) -> programs.lists.CheckedList:
        """Check a list."""
        with self.town.database.read(self.town.operator) as tx:
            return lists.check(tx, key, csv_of(rows))

    def submit(
        self,
        *rows: str,
        by: str = "officer",
        id_: GrantListId | None = None,
        key: Asset = GIFT.key,
    ) -> GrantList:
        """Submit a list."""
        with self.town.database.write(self.town.operator) as tx:
            return lists.submit(
                tx, self.town.clock, key, csv_of(rows), by=self.town.staff[by].id, id_=id_
            )

    def decide(self, id_: GrantListId, *, by: str = "approver", is_approved: bool) -> GrantList:
        """Approve or decline a list."""
        with self.town.database.write(self.town.operator) as tx:
            return lists.decide(
                tx, self.town.clock, id_, by=self.town.staff[by].id, is_approved=is_approved
            )

    def approved(self, *rows: str, key: Asset = GIFT.key) -> GrantListId:
        """A list that waits to be posted."""
        submitted = self.submit(*rows, key=key)
        return self.decide(submitted.id, is_approved=True).id

    def post(self, id_: GrantListId, desk: Desk | None = None) -> Progress:
        """Post a list to its end; the last progress."""
        *_, last = lists.post_list(desk or self.desk, id_)
        return last

    def granted(self, *rows: str, key: Asset = GIFT.key) -> GrantListId:
        """A list that was approved and posted."""
        id_ = self.approved(*rows, key=key)
        self.post(id_)
        return id_

    def found(self, id_: GrantListId) -> GrantList:
        """A list as it stands."""
        with self.town.database.read(self.town.operator) as tx:
            return lists.grant_list(tx, id_)

    def gifts(self) -> dict[str, list[int]]:
        """What people of the register have, by their numbers: the units left in each lot."""
        with self.town.database.read(self.town.operator) as tx:
            people = tx.rows("SELECT number, subject FROM recipient ORDER BY number")
            wallets = {
                number: programs.wallets.wallet(tx, self.town.clock, subject)
                for number, subject in people
            }
        return {
            number: [lot.left.units for lot in wallet.lots] for number, wallet in wallets.items()
        }

    def granted_units(self, key: Asset = GIFT.key) -> int:
        """What was ever granted of a program."""
        with self.town.database.read(self.town.operator) as tx:
            return -ledger.reports.total(tx, ledger.model.Role.ISSUED, key)

    def verify(self) -> Verified:
        """See that the ledger recomputes."""
        with self.town.database.snapshot(self.town.operator) as tx:
            return ledger.verification.verify(tx)

    def dump(self) -> str:
        """Everything that is in the database, as text: every row of every table."""
        with psycopg.connect(self.town.database.url) as connection:
            tables = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            return "\n".join(
                row
                for (table,) in tables
                for (row,) in connection.execute(f"SELECT t::text FROM {table} AS t").fetchall()
            )


class Crash(Exception):
    """The process dies here."""


def moved(posted: Posted) -> int:
    """The units that an operation moved."""
    return sum(transfer.units for transfer in posted.transfers)


class DyingDatabase(Database):
    """A database whose user dies at the end of a transaction, after ``left`` of them."""

    def __init__(self, url: str, left: int) -> None:
        super().__init__(url)
        self.left = left

    @contextmanager
    def write(self, schema: Schema, *, is_pipelined: bool = False) -> Iterator[WriteTx]:
        """A transaction that may not live to be committed."""
        with super().write(schema, is_pipelined=is_pipelined) as tx:
            yield tx
            if self.dies():
                raise Crash

    def dies(self) -> bool:
        """Whether this transaction is the last."""
        self.left -= 1
        return self.left < 0
