"""The peers: pgbench and COPY, on the PostgreSQL that Ichimai runs on."""

import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import conninfo

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


def pgbench(peer_url: str, clients: int, seconds: int) -> PgBench:
    """The default script (TPC-B-like), prepared."""
    with tempfile.TemporaryDirectory() as folder:
        printed = _run(
            peer_url,
            *("-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds)),
            *("-l", "--sampling-rate=0.2", f"--log-prefix={folder}/log"),
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
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [str(program), *where, *options, str(parts["dbname"])],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def copy(url: str, schema: str, count: int) -> float:
    """Rows a second that COPY writes into a table like the journal, with the same indexes.

    It is given the journal's last ``count`` rows, already in COPY's own binary form.
    """
    with psycopg.connect(url) as connection:
        connection.execute(f"SET search_path TO {schema}")  # noqa: ICH001 - our own schema's name
        last = (
            "COPY (SELECT * FROM transfer WHERE number >"
            f" (SELECT number FROM ledger_head) - {count}) TO STDOUT (FORMAT BINARY)"
        )
        with connection.cursor() as cursor, cursor.copy(last) as stream:  # type: ignore[arg-type]  # a number in it
            rows = b"".join(bytes(chunk) for chunk in stream)
        connection.execute("CREATE TABLE journal_peer (LIKE transfer INCLUDING ALL)")
        connection.commit()
        started = time.perf_counter()
        into = "COPY journal_peer FROM STDIN (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(into) as stream:
            stream.write(rows)
        connection.commit()
        seconds = time.perf_counter() - started
        connection.execute("DROP TABLE journal_peer")
    return count / seconds
