"""SQL of the lists of letters that tell people of ends."""

from datetime import date, datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.storage import ReadTx, WriteTx

# A letter tells of what is still there, and nothing that is over.
_WAITS: Final[LiteralString] = """
    end_notice.letter IS NULL AND end_notice.ends_at > %(now)s AND EXISTS (
        SELECT FROM lot WHERE lot.account = end_notice.account
            AND lot.expires_at = end_notice.ends_at AND lot.remaining > 0
    )
"""


class Ending(NamedTuple):
    """How many wait for a letter about what ends at an instant; how many have no number for one."""

    program: Asset
    ends_at: datetime
    with_number: int
    without_number: int


class EndLetter(NamedTuple):
    """A list of letters: who made it and, once they were posted, who said so."""

    id: UUID
    made_by: UUID
    made_at: datetime
    people: int
    sent_by: UUID | None
    sent_at: datetime | None


class Addressee(NamedTuple):
    """Somebody on a list, by the number that the register has; what ends, and when they knew."""

    number: str
    program: Asset
    units: int
    ends_at: datetime
    days: int
    told_on: date


def waiting(tx: ReadTx, now: datetime) -> list[Ending]:
    """Who waits for a letter, by program and end."""
    rows = tx.rows(
        "SELECT program, ends_at, count(DISTINCT subject) FILTER (WHERE number IS NOT NULL),"
        " count(DISTINCT subject) FILTER (WHERE number IS NULL)"
        " FROM end_notice LEFT JOIN recipient USING (subject)"
        f" WHERE {_WAITS} GROUP BY program, ends_at ORDER BY ends_at, program",
        {"now": now},
    )
    return [Ending(Asset(row[0]), *row[1:]) for row in rows]


def add(tx: WriteTx, id_: UUID, *, by: UUID, at: datetime) -> int:
    """Make a list of who waits and has a number; how many notices are on it."""
    tx.execute("INSERT INTO end_letter VALUES (%s, %s, %s, NULL, NULL)", (id_, by, at))
    return tx.execute(
        "UPDATE end_notice SET letter = %(letter)s FROM recipient"
        f" WHERE recipient.subject = end_notice.subject AND {_WAITS}",
        {"letter": id_, "now": at},
    )


def letters(tx: ReadTx, only: UUID | None = None) -> list[EndLetter]:
    """The lists, or one of them, the newest first."""
    rows = tx.rows(
        "SELECT id, made_by, made_at,"
        " (SELECT count(DISTINCT subject) FROM end_notice WHERE letter = end_letter.id),"
        " sent_by, sent_at FROM end_letter WHERE %(only)s::uuid IS NULL OR id = %(only)s"
        " ORDER BY made_at DESC, id LIMIT 200",
        {"only": only},
    )
    return [EndLetter(*row) for row in rows]


def addressees(tx: ReadTx, letter: UUID) -> list[Addressee]:
    """Who is on a list, by number; of several notices about one end the last."""
    rows = tx.rows(
        "SELECT number, program, units, ends_at, days, told_on FROM ("
        " SELECT DISTINCT ON (account, ends_at) * FROM end_notice WHERE letter = %s"
        " ORDER BY account, ends_at, told_at DESC, days) AS told JOIN recipient USING (subject)"
        " ORDER BY number, ends_at, program",
        (letter,),
    )
    return [Addressee(row[0], Asset(row[1]), *row[2:]) for row in rows]


def set_sent(tx: WriteTx, letter: UUID, *, by: UUID, at: datetime) -> None:
    """Write that the letters of a list were posted, unless it was written before."""
    tx.execute(
        "UPDATE end_letter SET sent_by = %s, sent_at = %s WHERE id = %s AND sent_at IS NULL",
        (by, at, letter),
    )
