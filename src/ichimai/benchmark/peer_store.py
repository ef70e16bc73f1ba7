"""The peers: pgbench and COPY, on the PostgreSQL that Ichimai runs on."""

import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import conninfo, sql

from ichimai import storage

SCALE = 64
"""pgbench's documentation asks for a scale of at least the number of clients, or rows are fought
for; the default of 1 would make the peer slower and our ratios better."""

DATABASE = "pgbench"


class PgBench(NamedTuple):
    """Transactions a second, and latencies in milliseconds."""

    tps: float
    p50: float
    p99: float


def prepare(url: str) -> str:
    """Make pgbench's tables in a database of their own; its address."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}")
    peer_url = conninfo.make_conninfo(url, dbname=DATABASE)
    _run(peer_url, "-i", "-q", "-s", str(SCALE))
    return peer_url


def pgbench(peer_url: str, clients: int, seconds: int, script: Path | None = None) -> PgBench:
    """The default script (TPC-B-like) or another, prepared."""
    with tempfile.TemporaryDirectory() as folder:
        printed = _run(
            peer_url,
            *("-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds)),
            *("-l", "--sampling-rate=0.2", f"--log-prefix={folder}/log"),
            *(("-n", "-f", str(script)) if script else ()),
        )
        logs = [path.read_text(encoding="ascii") for path in Path(folder).iterdir()]
    # The third column of pgbench's log is a transaction's time in microseconds.
    latencies = sorted(int(line.split()[2]) / 1000 for log in logs for line in log.splitlines())
    found = re.search(r"tps = ([0-9.]+)", printed)
    if found is None or not latencies:
        raise RuntimeError(printed)
    middle, late = len(latencies) // 2, int(len(latencies) * 0.99)
    return PgBench(float(found[1]), latencies[middle], latencies[late])


def _run(url: str, *options: str) -> str:
    parts = conninfo.conninfo_to_dict(url)
    where = ["-h", str(parts["host"]), "-U", str(parts["user"])]
    if "port" in parts:
        where += ["-p", str(parts["port"])]
    program = storage.embedded.binaries() / "pgbench"
    done = subprocess.run(
        [str(program), *where, *options, str(parts["dbname"])],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


_WRITTEN: Final[Mapping[str, LiteralString]] = {
    "transfer": "SELECT * FROM transfer WHERE number > (SELECT number FROM ledger_head) - {}",
    "lot": "SELECT lot.* FROM lot JOIN transfer ON lot.id = operation"
    " WHERE number > (SELECT number FROM ledger_head) - {}",
    "account": "SELECT account.* FROM account JOIN transfer ON account.id = credit"
    " WHERE number > (SELECT number FROM ledger_head) - {}",
    "entitlement": "SELECT entitlement.* FROM entitlement JOIN transfer USING (operation)"
    " WHERE number > (SELECT number FROM ledger_head) - {}",
}
"""The rows that the last grants of a list wrote, by table."""


def copy(url: str, schema: str, count: int, tables: Sequence[str]) -> float:
    """Grants a second if COPY alone wrote their rows into the same tables, indexes and all.

    It is given the rows of the last ``count`` grants, already in COPY's own binary form.
    """
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        seconds = sum(_copied(connection, table, count) for table in tables)
    return count / seconds


def _copied(connection: psycopg.Connection[tuple[Any, ...]], table: str, count: int) -> float:
    source = sql.SQL(_WRITTEN[table]).format(sql.Literal(count))
    export = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(source)
    with connection.cursor() as cursor, cursor.copy(export) as stream:
        rows = b"".join(bytes(chunk) for chunk in stream)
    peer = sql.Identifier(f"{table}_peer")
    like = sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(peer, sql.Identifier(table))
    connection.execute(like)
    connection.commit()
    started = time.perf_counter()
    into = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(peer)
    with connection.cursor() as cursor, cursor.copy(into) as stream:
        stream.write(rows)
    connection.commit()
    seconds = time.perf_counter() - started
    connection.execute(sql.SQL("DROP TABLE {}").format(peer))
    return seconds
