"""Days of a town's ledger, line by line, each line on what the one before left.

``when`` it happened, what somebody wanted to ``do``, the ``answer``, and then how things stand:
``A`` is what A's wallet holds, ``S sold`` what shop S is owed, ``S held`` what is set aside for
it, ``lot g1`` what is left of grant g1 and ``end g1`` the last day (or the instant) of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from ichimai.kernel import Asset, errors
from ichimai.kernel.clock import TOKYO, start_of_day
from ichimai.ledger import Posted
from ichimai.ledger.model import AccountId, Command, Lot, LotId
from tests.journals.words import YEAR, Terms, accounts, command, moment, named, operation, word
from tests.tables import Row, rows

NOON: Final = "10-01 12:00"


class Books(Protocol):
    """A ledger, in memory or in a database, that a journal can be written into."""

    def post(self, command: Command, now: datetime) -> Posted | errors.DomainError:
        """Post one command at an instant."""
        ...

    def balance(self, account: AccountId) -> int:
        """What an account holds; 0 where there is none."""
        ...

    def set_budget(self, asset: Asset, funder: UUID, units: int, now: datetime) -> None:
        """Let ``funder`` grant so many units of a program and no more."""
        ...

    def lot(self, lot: LotId) -> Lot:
        """A lot as it stands."""
        ...


class BatchBooks(Books, Protocol):
    """A ledger that takes many commands at once."""

    def post_all_at(
        self, commands: Sequence[Command], now: datetime
    ) -> list[Posted | errors.DomainError]:
        """Post commands as one batch at an instant."""
        ...


@dataclass(frozen=True)
class Journal:
    """A table, the programs it is about, and what the city may grant of the first in all."""

    table: str
    programs: tuple[Terms, ...] = (Terms(),)
    budget_units: int | None = None


def follow(journal: Journal, books: Books) -> None:
    """Do what a journal says, and compare every answer and every state with it."""
    now = moment(NOON, start_of_day_one())
    if journal.budget_units is not None:
        asset = journal.programs[0].asset
        books.set_budget(asset, named("funder", "city"), journal.budget_units, now)
    for row in rows(journal.table):
        now = moment(row["when"], now)
        answer = books.post(command(row["do"], journal.programs, now), now)
        expected = {column: row[column] for column in list(row.cells)[3:] if column in row}
        found = {column: _state(column, journal, books) for column in expected}
        assert {"answer": word(answer), **found} == {"answer": row["answer"], **expected}, _at(row)


def follow_in_batches(journal: Journal, books: BatchBooks) -> None:
    """The same, with all that is asked at one instant in one batch: the answers are the same."""
    now = moment(NOON, start_of_day_one())
    if journal.budget_units is not None:
        asset = journal.programs[0].asset
        books.set_budget(asset, named("funder", "city"), journal.budget_units, now)
    for at, lines in _by_instant(journal):
        commands = [command(row["do"], journal.programs, at) for row in lines]
        answers = [word(answer) for answer in books.post_all_at(commands, at)]
        assert answers == [row["answer"] for row in lines], _at(lines[0])
        last = lines[-1]
        expected = {column: last[column] for column in list(last.cells)[3:] if column in last}
        assert {column: _state(column, journal, books) for column in expected} == expected


def _by_instant(journal: Journal) -> list[tuple[datetime, list[Row]]]:
    now = moment(NOON, start_of_day_one())
    found: list[tuple[datetime, list[Row]]] = []
    for row in rows(journal.table):
        at = moment(row["when"], now)
        if not found or at != now:
            found.append((at, []))
        found[-1][1].append(row)
        now = at
    return found


def start_of_day_one() -> datetime:
    """The beginning of the year of all journals."""
    return start_of_day(datetime(YEAR, 1, 1, tzinfo=TOKYO).date())


def _at(row: Row) -> str:
    return f"line {row.number}: {row}"


def _state(column: str, journal: Journal, books: Books) -> str:
    kind, _, name = column.partition(" ")
    if kind == "lot":
        return str(books.lot(LotId(operation(name))).remaining)
    if kind == "end":
        return _end(books.lot(LotId(operation(name))).expires_at)
    return str(sum(books.balance(account) for account in accounts(column, journal.programs)))


def _end(at: datetime) -> str:
    local = at.astimezone(TOKYO)
    if local.time() == datetime.min.time():
        return f"{local - timedelta(days=1):%m-%d}"
    return f"{local:%m-%d %H:%M}"
