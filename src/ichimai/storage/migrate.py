"""Schemas, roles and forward-only migrations, run for the registry and for every operator."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

import psycopg
import yoyo
from psycopg import conninfo, sql

from ichimai.kernel.ids import NIL
from ichimai.storage.database import REGISTRY, Schema
from ichimai.storage.errors import DatabaseUnavailable, WrongSchemaVersion

# Nobody signs in as these: a transaction takes one with SET LOCAL ROLE.
_REGISTRY_ROLES = ("ichimai_registry", "ichimai_rekey")
_OPERATOR_ROLES = ("ichimai_operator", "ichimai_auditor")
ROLES = _REGISTRY_ROLES + _OPERATOR_ROLES
MONTHS_AHEAD = 24
_FIRST_MONTH = (2026, 1)
_PARTITIONED = ("transfer",)
_LOCK = 0x49434849  # "ICHI"; an advisory lock, which goes with its connection


def migrate(
    url: str, operators: list[Schema], now: datetime, *, months_ahead: int = MONTHS_AHEAD
) -> list[Schema]:
    """Bring the registry, ``operators`` and every operator already there up to this release.

    Makes what is missing: roles, schemas, tables, the journal's months up to
    ``months_ahead`` from ``now``. Runs as the owner of the database. Safe to run again,
    and at once twice.
    Raises DatabaseUnavailable.
    """
    with _connected(url) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        ensure_roles(connection)
        present = [*operator_schemas(connection), *operators]
        schemas = [REGISTRY, *sorted(set(present))]
        for schema in schemas:
            _ensure_schema(connection, schema)
            _apply(url, schema)
            if schema != REGISTRY:
                _ensure_months(connection, schema, now, months_ahead)
    return schemas


def check_version(url: str) -> None:
    """Refuse to go on when any schema differs from this release.

    Raises WrongSchemaVersion, DatabaseUnavailable.
    """
    with _connected(url) as connection:
        for schema in [REGISTRY, *operator_schemas(connection)]:
            there, wanted = applied(connection, schema), shipped(schema)
            if there != wanted:
                raise WrongSchemaVersion(
                    schema=schema,
                    missing=tuple(sorted(wanted - there)),
                    unknown=tuple(sorted(there - wanted)),
                )


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is not None:
            raise
        # Without a state it never came to the server: the address is none.
        raise DatabaseUnavailable from error


def operator_schemas(connection: psycopg.Connection[Any]) -> list[Schema]:
    """The schemas of the operators in this database, by their codes."""
    found = connection.execute(
        r"SELECT nspname FROM pg_namespace WHERE nspname ~ '^op_[0-9]{6}$' ORDER BY nspname"
    )
    return [Schema(name) for (name,) in found]


def shipped(schema: Schema) -> set[str]:
    """The migrations of a schema that this release has."""
    return {migration.id for migration in _migrations(schema)}


def _migrations(schema: Schema) -> Any:  # noqa: ANN401 - yoyo has no types
    folder = "registry" if schema == REGISTRY else "operator"
    path = Path(str(resources.files("ichimai.storage"))) / "migrations" / folder
    return yoyo.read_migrations(str(path))


def applied(connection: psycopg.Connection[Any], schema: Schema) -> set[str]:
    """The migrations that were applied to a schema."""
    table = sql.Identifier(schema, "_yoyo_migration")
    try:
        found = connection.execute(sql.SQL("SELECT migration_id FROM {}").format(table))
    except psycopg.errors.UndefinedTable:
        return set()
    return {name for (name,) in found}


def _apply(url: str, schema: Schema) -> None:
    """Each migration and the note that it ran are one transaction: a crash leaves both or none.

    yoyo's own way has a moment between the two, and a lock that a crash leaves behind.
    """
    backend = yoyo.get_backend(_yoyo_url(url, schema))
    with closing(backend.connection):
        backend.break_lock()  # ours keeps others away
        for migration in backend.to_apply(_migrations(schema)):
            with backend.transaction():
                migration.process_steps(backend, "apply")
                backend.mark_one(migration, log=False)


def _yoyo_url(url: str, schema: Schema) -> str:
    parts = {key: str(value) for key, value in conninfo.conninfo_to_dict(url).items()}
    database = parts.pop("dbname")
    query = urlencode({**parts, "schema": schema})
    return f"postgresql+psycopg:///{quote(database)}?{query}"


def ensure_roles(connection: psycopg.Connection[Any]) -> None:
    """Make those of our roles that the server does not have, and let us take them."""
    for role in ROLES:
        name = sql.Identifier(role)
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
        found = connection.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", (role,))
        if not found.fetchall()[0][0]:
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))


def _ensure_schema(connection: psycopg.Connection[Any], schema: Schema) -> None:
    name = sql.Identifier(schema)
    roles = _REGISTRY_ROLES if schema == REGISTRY else _OPERATOR_ROLES
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
    for role in roles:
        grant = sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(name, sql.Identifier(role))
        connection.execute(grant)


def _ensure_months(
    connection: psycopg.Connection[Any], schema: Schema, now: datetime, ahead: int
) -> None:
    """Make the journal's monthly partitions, bounded by the UUIDv7s of the months' first instants.

    Ids from before the first month have a partition of their own, and so have ids that
    carry no time (version 4), which the default one takes.
    """
    last = now.year * 12 + now.month - 1 + ahead
    first = _FIRST_MONTH[0] * 12 + _FIRST_MONTH[1] - 1
    for table in _PARTITIONED:
        _partition(connection, schema, table, f"{table}_before", high=_bound(first))
        for month in range(first, last + 1):
            name = f"{table}_{month // 12:04}_{month % 12 + 1:02}"
            _partition(connection, schema, table, name, low=_bound(month), high=_bound(month + 1))


def _partition(
    connection: psycopg.Connection[Any],
    schema: Schema,
    table: str,
    name: str,
    *,
    low: UUID | None = None,
    high: UUID,
) -> None:
    """Make the partition of ids from ``low`` (None: from the first) to below ``high``."""
    parts = {
        "whole": sql.Identifier(schema, table),
        "part": sql.Identifier(schema, name),
        "undated": sql.Identifier(schema, f"{table}_undated"),
        "low": sql.SQL("MINVALUE") if low is None else sql.Literal(str(low)),
        "least": sql.Literal(str(low or NIL)),
        "high": sql.Literal(str(high)),
    }
    try:
        connection.execute(_MAKE_PARTITION.format(**parts))
    except psycopg.errors.CheckViolation:
        # Ids of this month are among the undated: it began before it was made, or a
        # version 4 looks like one of it. They move, in one transaction.
        with connection.transaction():
            for statement in _MOVE_INTO_PARTITION:
                connection.execute(statement.format(**parts))


_MAKE_PARTITION: Final = sql.SQL(
    "CREATE TABLE IF NOT EXISTS {part} PARTITION OF {whole} FOR VALUES FROM ({low}) TO ({high})"
)
_MOVE_INTO_PARTITION: Final = (
    sql.SQL("CREATE TABLE {part} (LIKE {whole} INCLUDING ALL)"),
    sql.SQL(
        "WITH moved AS (DELETE FROM {undated} WHERE operation >= {least} AND operation < {high}"
        " RETURNING *) INSERT INTO {part} SELECT * FROM moved"
    ),
    sql.SQL("ALTER TABLE {whole} ATTACH PARTITION {part} FOR VALUES FROM ({low}) TO ({high})"),
)


def _bound(month: int) -> UUID:
    """The least UUIDv7 of a month (counted from year 0), in UTC."""
    start = datetime.fromisoformat(f"{month // 12:04}-{month % 12 + 1:02}-01T00:00:00+00:00")
    return UUID(int=int(start.timestamp() * 1000) << 80)
