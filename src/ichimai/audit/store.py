"""The tables of the access log."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from ichimai.audit.model import Day, Entry, Found, Head, Noticed
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Bigints

_COLUMNS: Final = (
    "day_on, number, at, staff, role, purpose, note, subject, what, is_change, terminal, tap"
)


def head(tx: ReadTx) -> Head:
    """The end of the chain."""
    day_on, number, hash_ = tx.rows("SELECT day_on, number, hash FROM access_head")[0]
    return Head(day_on, number, bytes(hash_))


def locked_head(tx: WriteTx) -> Head:
    """The end of the chain, held until this write is committed."""
    day_on, number, hash_ = tx.rows("SELECT day_on, number, hash FROM access_head FOR UPDATE")[0]
    return Head(day_on, number, bytes(hash_))


def update_head(tx: WriteTx, end: Head) -> None:
    """Move the end of the chain, which this transaction holds."""
    tx.execute("UPDATE access_head SET day_on = %s, number = %s, hash = %s", end)


def insert_day(tx: WriteTx, day: Day) -> None:
    """Begin a day."""
    tx.execute("INSERT INTO access_day (day_on, first_number, previous) VALUES (%s, %s, %s)", day)


def insert_entries(tx: WriteTx, entries: Iterable[tuple[Entry, bytes]]) -> None:
    """Write entries with their hashes."""
    tx.execute_many(
        f"INSERT INTO access_entry ({_COLUMNS}, hash)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [(*entry, hash_) for entry, hash_ in entries],
    )


def days(tx: ReadTx) -> list[Day]:
    """Every day that ever had entries."""
    rows = tx.rows("SELECT day_on, first_number, previous FROM access_day ORDER BY first_number")
    return [Day(day_on, first, bytes(previous)) for day_on, first, previous in rows]


def entries_of_day(tx: ReadTx, day_on: date) -> list[tuple[Entry, bytes]]:
    """A day's entries with their hashes, in their order."""
    rows = tx.rows(
        f"SELECT {_COLUMNS}, hash FROM access_entry WHERE day_on = %s ORDER BY number", [day_on]
    )
    return [(Entry(*row[:-1]), bytes(row[-1])) for row in rows]


def entries_between(tx: ReadTx, first: date, last: date) -> list[Entry]:
    """The entries of the days from ``first`` to ``last``."""
    return _entries(
        tx.rows(
            f"SELECT {_COLUMNS} FROM access_entry WHERE day_on BETWEEN %s AND %s ORDER BY number",
            (first, last),
        )
    )


def entries_of_subject(tx: ReadTx, subject: UUID, before: int, limit: int) -> list[Entry]:
    """Who looked at a person's record, latest first, below the number ``before``."""
    return _entries(
        tx.rows(
            f"SELECT {_COLUMNS} FROM access_entry WHERE subject = %s AND number < %s"
            " ORDER BY number DESC LIMIT %s",
            (subject, before, limit),
        )
    )


def found(tx: ReadTx, wanted: dict[str, object]) -> list[Entry]:
    """The entries that match every filter that is not None, latest first."""
    return _entries(
        tx.rows(
            f"SELECT {_COLUMNS} FROM access_entry WHERE number < %(before)s"
            " AND (%(number)s::bigint IS NULL OR number = %(number)s)"
            " AND (%(staff)s::uuid IS NULL OR staff = %(staff)s)"
            " AND (%(subject)s::uuid IS NULL OR subject = %(subject)s)"
            " AND (%(purpose)s::text IS NULL OR purpose = %(purpose)s)"
            " AND (%(first)s::date IS NULL OR day_on >= %(first)s)"
            " AND (%(last)s::date IS NULL OR day_on <= %(last)s)"
            " ORDER BY number DESC LIMIT %(limit)s",
            wanted,
        )
    )


def purged_before(tx: ReadTx) -> date | None:
    """The first day that no purge has removed; None when there was no purge."""
    before_on: date | None = tx.rows("SELECT max(before_on) FROM access_purge")[0][0]
    return before_on


def delete_before(tx: WriteTx, day_on: date, at: datetime) -> int:
    """Remove the entries of the days before ``day_on``, as far as the database lets us."""
    count = tx.execute("DELETE FROM access_entry WHERE day_on < %s", [day_on])
    tx.execute(
        "INSERT INTO access_purge (purged_at, before_on, entries) VALUES (%s, %s, %s)",
        (at, day_on, count),
    )
    return count


def hashes_of(tx: ReadTx, numbers: Sequence[int]) -> dict[int, bytes]:
    """The hashes of some entries, also of the last before a day whose own were removed."""
    rows = tx.rows(
        "SELECT number, hash FROM access_entry WHERE number = ANY(%(numbers)s::bigint[])"
        " UNION SELECT first_number - 1, previous FROM access_day"
        " WHERE first_number - 1 = ANY(%(numbers)s::bigint[])",
        {"numbers": Bigints(numbers)},
    )
    return {number: bytes(hash_) for number, hash_ in rows}


def last_watched(tx: ReadTx) -> date | None:
    """The last day that was watched."""
    day_on: date | None = tx.rows("SELECT max(day_on) FROM watched_day")[0][0]
    return day_on


def insert_watched(tx: WriteTx, day_on: date, at: datetime) -> bool:
    """Write that a day was watched; False when it is written."""
    return bool(
        tx.execute(
            "INSERT INTO watched_day (day_on, watched_at) VALUES (%s, %s)"
            " ON CONFLICT (day_on) DO NOTHING",
            (day_on, at),
        )
    )


def insert_noticed(tx: WriteTx, day_on: date, noticed: Sequence[Noticed], at: datetime) -> None:
    """Keep what was noticed on a day."""
    tx.execute_many(
        "INSERT INTO watch_notice (day_on, entry, sign, staff, subject, service, times, noticed_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [(day_on, entry, *each, at) for entry, each in enumerate(noticed, start=1)],
    )


def noticed_since(tx: ReadTx, day_on: date) -> list[Found]:
    """What was noticed from a day on, latest day first."""
    rows = tx.rows(
        "SELECT day_on, sign, staff, subject, service, times FROM watch_notice"
        " WHERE day_on >= %s ORDER BY day_on DESC, entry",
        [day_on],
    )
    return [Found(day_on, Noticed(*noticed)) for day_on, *noticed in rows]


def _entries(rows: Sequence[tuple[Any, ...]]) -> list[Entry]:
    return [Entry(*row) for row in rows]
