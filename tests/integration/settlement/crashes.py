"""A process that dies before any statement of a step: what it wrote is not there."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, LiteralString

from ichimai.storage import Database, Schema, WriteTx
from ichimai.storage.database import Params


class Crash(Exception):
    """The process dies here."""


class CrashingConnection:
    """A connection that dies with its transaction, also where the ledger talks to it itself."""

    def __init__(self, connection: object, execute: Callable[..., object]) -> None:
        self._connection, self.execute = connection, execute

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


class CrashingTx(WriteTx):
    """A transaction that dies instead of running its ``last``-th statement."""

    def __init__(self, tx: WriteTx, last: int) -> None:
        self._left = last
        self._execute: Callable[..., object] = tx.connection.execute
        connection = CrashingConnection(tx.connection, self._counted)
        super().__init__(connection)  # type: ignore[arg-type] # it passes for one

    def _counted(self, *args: object, **named: object) -> object:
        self._count()
        return self._execute(*args, **named)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Crash

    def asked(self, sql: LiteralString, params: Params = ()) -> Callable[[], list[tuple[Any, ...]]]:
        """Ask, or die."""
        self._count()
        return super().asked(sql, params)

    def execute(self, sql: LiteralString, params: Params = ()) -> int:
        """Write, or die."""
        self._count()
        return super().execute(sql, params)

    def copy_rows(self, sql: LiteralString, rows: Iterable[Sequence[Any]]) -> None:
        """Copy, or die."""
        self._count()
        super().copy_rows(sql, rows)


def everywhere(
    database: Database,
    operator: Schema,
    step: Callable[[WriteTx], object],
    look: Callable[[], object],
) -> int:
    """Let ``step`` die before each of its statements in turn, until it gets through.

    After each death ``look`` sees what it saw before. How often it died.
    """
    crashes, before = 0, look()
    while True:
        try:
            with database.write(operator) as tx:
                step(CrashingTx(tx, crashes))
        except Crash:
            crashes += 1
            assert look() == before
        else:
            return crashes
