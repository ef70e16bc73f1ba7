"""The reader's own small database: check-ins that wait, and which pages are paired.

One file, SQLite. An append is on the disk when it returns: after a power cut it is there
whole or not at all (faults.md A15).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from ichimai.reader import errors
from ichimai.reader.model import Scan, Waiting

MAX_WAITING: Final = 100_000
FILE: Final = "reader.db"

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS queue (id BLOB NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS scan (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL UNIQUE,
        sealed BLOB,
        refused_as TEXT
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS scan_waiting ON scan (sequence)
    WHERE sealed IS NOT NULL AND refused_as IS NULL
    """,
    "CREATE TABLE IF NOT EXISTS page (token_hash BLOB PRIMARY KEY, paired_at TEXT NOT NULL)",
)


class Store:
    """The open file; threads take turns.

    A taken check-in leaves its number and id, so that the same one is never queued again.
    """

    def __init__(self, folder: Path, new_queue: UUID) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            folder / FILE, isolation_level=None, check_same_thread=False, timeout=10
        )
        try:
            self._prepare(new_queue)
        except sqlite3.Error:
            self._db.close()
            raise

    def _prepare(self, new_queue: UUID) -> None:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._db.execute(f"PRAGMA {setting}")
        with self._writing() as db:
            for table in _TABLES:
                db.execute(table)
            found = db.execute("SELECT id FROM queue").fetchone()
            if found is None:
                db.execute("INSERT INTO queue (id) VALUES (?)", (new_queue.bytes,))
        self.queue = new_queue if found is None else UUID(bytes=found[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def append(self, scan_id: UUID, sealed: bytes) -> int:
        """Keep a check-in; its number in the queue. The same id again has the same number.

        Raises QueueFull, QueueNotWritten.
        """
        with self._writing() as db:
            known = db.execute(
                "SELECT sequence FROM scan WHERE id = ?", (scan_id.bytes,)
            ).fetchone()
            if known is not None:
                return int(known[0])
            if _counts(db)[0] >= MAX_WAITING:
                raise errors.QueueFull
            added = db.execute(
                "INSERT INTO scan (id, sealed) VALUES (?, ?)", (scan_id.bytes, sealed)
            )
            return int(added.lastrowid or 0)

    def waiting(self, limit: int) -> list[Scan]:
        """The oldest check-ins that no server has taken or refused."""
        return self._scans(
            """
            SELECT sequence, id, sealed, '' FROM scan
            WHERE sealed IS NOT NULL AND refused_as IS NULL
            ORDER BY sequence LIMIT ?
            """,
            limit,
        )

    def put_aside(self, limit: int) -> list[Scan]:
        """The oldest check-ins that a server has refused."""
        return self._scans(
            """
            SELECT sequence, id, sealed, refused_as FROM scan
            WHERE refused_as IS NOT NULL
            ORDER BY sequence LIMIT ?
            """,
            limit,
        )

    def _scans(self, query: str, limit: int) -> list[Scan]:
        with self._lock, closing(self._db.cursor()) as db:
            rows = db.execute(query, (limit,)).fetchall()
        return [Scan(row[0], UUID(bytes=row[1]), row[2], row[3]) for row in rows]

    def settle(self, queue: UUID, taken: list[int], refused: dict[int, str]) -> None:
        """Forget what the server took; put aside, and keep, what it refused (faults.md D50).

        Raises OtherQueue, QueueNotWritten.
        """
        if queue != self.queue:
            raise errors.OtherQueue
        with self._writing() as db:
            db.executemany(
                "UPDATE scan SET sealed = NULL, refused_as = NULL WHERE sequence = ?",
                [(sequence,) for sequence in taken],
            )
            db.executemany(
                "UPDATE scan SET refused_as = ? WHERE sequence = ? AND sealed IS NOT NULL",
                [(code, sequence) for sequence, code in refused.items()],
            )

    def state(self) -> Waiting:
        """How much waits, and how far the numbers have come."""
        with self._lock, closing(self._db.cursor()) as db:
            waiting, refused, last = _counts(db)
        return Waiting(self.queue, waiting, refused, last)

    def add_token(self, token_hash: bytes, paired_at: datetime) -> None:
        """Keep a page's token, hashed."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO page (token_hash, paired_at) VALUES (?, ?)",
                (token_hash, paired_at.isoformat()),
            )

    def has_token(self, token_hash: bytes) -> bool:
        """Whether a page has this token."""
        with self._lock, closing(self._db.cursor()) as db:
            db.execute("SELECT 1 FROM page WHERE token_hash = ?", (token_hash,))
            return db.fetchone() is not None

    def pages(self) -> int:
        """How many pages are paired."""
        with self._lock, closing(self._db.cursor()) as db:
            return int(db.execute("SELECT count(*) FROM page").fetchone()[0])

    def forget_pages(self) -> None:
        """No page is paired any more."""
        with self._writing() as db:
            db.execute("DELETE FROM page")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        """All or nothing, and on the disk at its end."""
        with self._lock, closing(self._db.cursor()) as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except sqlite3.OperationalError as error:
                self._roll_back(db)
                raise errors.QueueNotWritten from error
            except BaseException:
                self._roll_back(db)
                raise

    @staticmethod
    def _roll_back(db: sqlite3.Cursor) -> None:
        if db.connection.in_transaction:
            db.execute("ROLLBACK")


def _counts(db: sqlite3.Cursor) -> tuple[int, int, int]:
    waiting = db.execute(
        "SELECT count(*) FROM scan WHERE sealed IS NOT NULL AND refused_as IS NULL"
    ).fetchone()
    refused = db.execute("SELECT count(*) FROM scan WHERE refused_as IS NOT NULL").fetchone()
    last = db.execute("SELECT coalesce(max(sequence), 0) FROM scan").fetchone()
    return int(waiting[0]), int(refused[0]), int(last[0])
