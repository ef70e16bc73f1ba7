"""Millions of made-up credentials, and the peer of a tap: one look-up by primary key."""

import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import psycopg
from psycopg import sql

from ichimai.benchmark import peer_store
from ichimai.benchmark.peer_store import PgBench

_BLOCK: Final = 64
"""The bytes that SHA-256 takes at a time."""


class Hashing(NamedTuple):
    """HMAC-SHA-256 in two halves, for PostgreSQL, which has SHA-256 and no HMAC (RFC 2104 §2)."""

    inner: bytes
    outer: bytes

    @classmethod
    def of(cls, key: bytes, head: bytes) -> "Hashing":
        """Of a message that is ``head`` and a number, under a key of at most a block."""
        padded = key.ljust(_BLOCK, b"\0")
        inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
        return cls(inner + head, outer)


def fill(url: str, first: int, count: int, hashing: Hashing, sector: str) -> None:
    """Write ``count`` holders with a credential, and a subject in ``sector``, each.

    The numbers count from ``first``. Made inside the database, and without its looking up each
    row's holder again.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path TO registry")
        connection.execute("SET session_replication_role TO replica")
        connection.execute(
            "CREATE UNLOGGED TABLE made_up AS SELECT number, gen_random_uuid() AS id"
            " FROM generate_series(%s::bigint, %s::bigint) AS number",
            [first, first + count - 1],
        )
        connection.execute(
            "INSERT INTO holder (id, created_at) SELECT id, 'epoch' FROM made_up ORDER BY id"
        )
        connection.execute(
            """
            INSERT INTO credential
                (number_hash, id, holder, kind, scheme, status, generation, issued_at)
            SELECT sha256(%s::bytea || sha256(%s::bytea || int8send(number))),
                gen_random_uuid(), id, 'felica', '', 'active', 0, 'epoch'
            FROM made_up ORDER BY 1
            """,
            [hashing.outer, hashing.inner],
        )
        connection.execute(
            """
            INSERT INTO subject (holder, sector, subject, created_at)
            SELECT id, %s, gen_random_uuid(), 'epoch' FROM made_up ORDER BY id
            """,
            [sector],
        )
        connection.execute("DROP TABLE made_up")
        connection.execute("VACUUM (ANALYZE) credential, holder, subject")


def one_look_up(url: str, last: int, hashing: Hashing, seconds: int) -> PgBench:
    """One client of pgbench that reads a credential, at random, by its number's hash."""
    look_up = sql.SQL(
        "SELECT id, holder, status FROM registry.credential"
        " WHERE number_hash = sha256({}::bytea || sha256({}::bytea || int8send(:place)));\n"
    ).format(sql.Literal(hashing.outer), sql.Literal(hashing.inner))
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "look-up.sql"
        text = f"\\set place random(1, {last})\n{look_up.as_string()}"
        script.write_text(text, encoding="ascii")
        return peer_store.pgbench(url, 1, seconds, script)
