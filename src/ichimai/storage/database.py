"""Transactions on one schema: opened by an edge, committed when its block ends.

A transaction takes the role of its schema (see ``migrate``), so a mistake in one
package cannot reach the other kind of schema, and no role can rewrite a journal.
"""

import os
import select
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, LiteralString, NewType
from weakref import WeakKeyDictionary

import psycopg
from psycopg import errors as pg_errors
from psycopg_pool import ConnectionPool, PoolTimeout

from ichimai.storage.errors import DatabaseUnavailable, Outdated

Schema = NewType("Schema", str)

REGISTRY: Final = Schema("registry")

Params = Sequence[Any] | Mapping[str, Any]

_WAIT_SECONDS: Final = 3
"""How long a request waits for a connection before it is told to ask again."""

_DEAD_SECONDS: Final = 10
"""How long a database on another machine may be silent before it is taken for gone."""

_BUFFER_BYTES: Final = 1 << 20

Connection = psycopg.Connection[tuple[Any, ...]]
_Pool = ConnectionPool[Connection]

_MOST_CURSORS: Final = 100
_MOST_ROWS: Final = 1_000

_READING: Final = "-c default_transaction_read_only=on "

_LOST = (
    psycopg.OperationalError,  # includes connection loss, disk full, out of memory, shutdown
    pg_errors.InFailedSqlTransaction,
    PoolTimeout,
)


def operator_schema(code: str) -> Schema:
    """The schema of the operator with a local-government code (6 digits, JIS X 0402).

    Raises ValueError when ``code`` is no such code's form.
    """
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        raise ValueError(f"not a local-government code: {code}")
    return Schema(f"op_{code}")


class Cursors:
    """The cursors of one connection, kept with the statements they had last.

    A new cursor would look up anew how each parameter and column is converted. ``oids``: of the
    types that were asked for by name.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept: dict[str, psycopg.Cursor[tuple[Any, ...]]] = {}
        self.oids: dict[str, int] = {}

    def take(self, sql: str) -> psycopg.Cursor[tuple[Any, ...]]:
        """A cursor that nobody uses: the one that had ``sql`` before, if it can be."""
        kept = self._kept.pop(sql, None)
        return self._connection.cursor() if kept is None else kept

    def keep(self, sql: str, cursor: psycopg.Cursor[tuple[Any, ...]], *, rows: int = 0) -> None:
        """Nobody uses ``cursor`` any more; it still holds the rows of its last result."""
        if rows <= _MOST_ROWS:
            self._kept[sql] = cursor
            if len(self._kept) > _MOST_CURSORS:
                del self._kept[next(iter(self._kept))]


class ReadTx:
    """Reading from one schema."""

    def __init__(
        self,
        connection: Connection,
        cursors: Cursors | None = None,
        *,
        is_pipelined: bool = False,
    ) -> None:
        self.connection = connection
        self._cursors = cursors or Cursors(connection)
        self._is_pipelined = is_pipelined

    def together(self) -> AbstractContextManager[object]:
        """A block whose statements go in one round trip; fetch their results after it."""
        return nullcontext() if self._is_pipelined else self.connection.pipeline()

    def rows(self, sql: LiteralString, params: Params = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.asked(sql, params)()

    def asked(self, sql: LiteralString, params: Params = ()) -> Callable[[], list[tuple[Any, ...]]]:
        """Send a query; its rows are waited for when they are called for."""
        cursor = self._cursors.take(sql)
        cursor.execute(sql, params, binary=True)

        def fetched() -> list[tuple[Any, ...]]:
            rows = cursor.fetchall()
            self._cursors.keep(sql, cursor, rows=len(rows))
            return rows

        return fetched

    def row(self, sql: LiteralString, params: Params = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        return self.connection.execute(sql, params, binary=True).fetchone()


class WriteTx(ReadTx):
    """A transaction on one schema that may write."""

    def __init__(
        self,
        connection: Connection,
        cursors: Cursors | None = None,
        *,
        is_pipelined: bool = False,
    ) -> None:
        super().__init__(connection, cursors, is_pipelined=is_pipelined)
        self._at_end: list[Callable[[bool], None]] = []

    def at_end(self, told: Callable[[bool], None]) -> None:
        """Have ``told`` called when the transaction has ended: whether it was committed."""
        self._at_end.append(told)

    def ended(self, *, is_committed: bool) -> None:
        """Tell everybody who wants to know."""
        for told in self._at_end:
            told(is_committed)

    def execute(self, sql: LiteralString, params: Params = ()) -> int:
        """Run one statement; the number of rows it touched."""
        cursor = self._cursors.take(sql)
        touched = cursor.execute(sql, params, binary=True).rowcount
        self._cursors.keep(sql, cursor)
        return touched

    def type_oid(self, name: str) -> int:
        """What PostgreSQL calls a composite type of this schema."""
        known = self._cursors.oids.get(name)
        if known is None:
            ((known,),) = self.rows("SELECT %s::regtype::oid::bigint", (name,))
            self._cursors.oids[name] = known
        return known

    def execute_many(self, sql: LiteralString, params: Iterable[Params]) -> None:
        """Run one statement for each of ``params``."""
        with self.connection.cursor() as cursor:
            cursor.executemany(sql, params)

    def copy_rows(self, sql: LiteralString, rows: Iterable[Sequence[Any]]) -> None:
        """Write ``rows`` with a ``COPY … FROM STDIN`` statement."""
        with self.connection.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)


class Database:
    """Connections to one PostgreSQL database, a pool of them for each role that is used.

    Every method raises DatabaseUnavailable when the server cannot be reached, stops, or
    has no room; whether a commit that was under way then happened is unknown.
    """

    def __init__(self, url: str, *, max_connections: int = 16) -> None:
        self.url = url
        self._max_connections = max_connections
        self._pools: dict[str, _Pool] = {}
        self._opening = threading.Lock()
        self._cursors: WeakKeyDictionary[Connection, Cursors] = WeakKeyDictionary()

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()

    @contextmanager
    def read(self, schema: Schema) -> Iterator[ReadTx]:
        """For reading: each statement is a transaction of its own, with its own snapshot."""
        with self._connection(_READING + _role_of(schema)) as connection:
            yield ReadTx(connection, self._cursors_of(connection))

    @contextmanager
    def snapshot(self, schema: Schema) -> Iterator[ReadTx]:
        """A read-only transaction in which every statement sees the same instant.

        It has the auditor's role: all of an operator's tables, none of them for writing.
        """
        with self._connection(_role_of(schema, audit=True)) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield ReadTx(connection, self._cursors_of(connection))
            connection.execute("COMMIT")

    @contextmanager
    def write(self, schema: Schema, *, is_pipelined: bool = False) -> Iterator[WriteTx]:
        """A transaction that may write; committed at the end of the block.

        Raises Outdated where a statement says so: see ``head_moved`` in the ledger's tables.

        ``is_pipelined``: a statement is sent with the next whose result is wanted, and what
        was wrong with it is only told then. Not for COPY.
        """
        with self._writing(_role_of(schema), is_pipelined=is_pipelined) as tx:
            yield tx

    @contextmanager
    def rekey(self) -> Iterator[WriteTx]:
        """A transaction on the registry that may replace the hashes of numbers, and no more."""
        with self._writing(f"-c role=ichimai_rekey -c search_path={REGISTRY}") as tx:
            yield tx

    @contextmanager
    def _writing(self, role: str, *, is_pipelined: bool = False) -> Iterator[WriteTx]:
        with self._connection(role) as connection:
            tx = WriteTx(connection, self._cursors_of(connection), is_pipelined=is_pipelined)
            is_committed = False
            try:
                with connection.pipeline() if is_pipelined else nullcontext():
                    # After a lock was waited for, statements must see what was committed before.
                    tx.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                    yield tx
                    tx.execute("COMMIT")
                is_committed = True
            finally:
                tx.ended(is_committed=is_committed)

    def is_ready(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read(REGISTRY) as tx:
                return tx.row("SELECT 1") is not None
        except DatabaseUnavailable:
            return False

    @contextmanager
    def _connection(self, role: str) -> Iterator[Connection]:
        pool = self._pool(role)
        try:
            connection = _live(pool)
        except _LOST as error:
            raise DatabaseUnavailable from error
        try:
            yield connection
        except pg_errors.SerializationFailure as error:
            raise Outdated from error
        except _LOST as error:
            raise DatabaseUnavailable from error
        finally:
            _roll_back(connection)
            pool.putconn(connection)

    def _cursors_of(self, connection: Connection) -> Cursors:
        found = self._cursors.get(connection)
        if found is None:
            found = self._cursors[connection] = Cursors(connection)
        return found

    def _pool(self, role: str) -> _Pool:
        pool = self._pools.get(role)
        if pool is None:
            with self._opening:
                pool = self._pools.get(role) or _new_pool(self.url, role, self._max_connections)
                self._pools[role] = pool
        return pool


def _new_pool(url: str, role: str, max_connections: int) -> _Pool:
    return ConnectionPool(
        url,
        min_size=1,
        max_size=max_connections,
        timeout=_WAIT_SECONDS,
        # The pool waits twice as long after each failure: without an end, it would still
        # be waiting when the database has long been back. Each request tries anew.
        reconnect_timeout=_WAIT_SECONDS / 2,
        kwargs={
            "autocommit": True,
            "connect_timeout": _DEAD_SECONDS,
            # A database whose machine lost its power says nothing, for hours.
            "tcp_user_timeout": _DEAD_SECONDS * 1_000,
            "keepalives_idle": _DEAD_SECONDS,
            "keepalives_interval": 2,
            "application_name": "ichimai",
            # Every query here is made for its generic plan; planning one over the
            # journal's months anew for each batch costs more than running it.
            "options": f"-c TimeZone=UTC -c plan_cache_mode=force_generic_plan {role}",
        },
        configure=_widen,
        open=True,
    )


def _widen(connection: Connection) -> None:
    """Let it hold what a batch writes: else it is sent piece by piece, as PostgreSQL takes it."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)


def _live(pool: _Pool) -> Connection:
    """A connection of the pool, past those that a restart of the database broke."""
    for _ in range(pool.max_size):
        connection = pool.getconn()
        if not _has_news(connection):
            return connection
        connection.close()
        pool.putconn(connection)
    raise PoolTimeout


def _has_news(connection: Connection) -> bool:
    """Whether the server said something unasked: that it ends, or that it is gone."""
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    return bool(line.poll(0))


def _roll_back(connection: Connection) -> None:
    """Undo what is still open. The pool would, with a warning each time, and drops the broken."""
    try:
        connection.rollback()
    except psycopg.OperationalError:
        connection.close()


def _role_of(schema: Schema, *, audit: bool = False) -> str:
    """The settings with which a connection is only good for one schema, in one role."""
    if schema == REGISTRY:
        role = "ichimai_registry"
    else:
        role = "ichimai_auditor" if audit else "ichimai_operator"
    return f"-c role={role} -c search_path={schema}"
