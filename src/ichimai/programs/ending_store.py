"""SQL of what people were told about ends."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger.model import AccountId, Role
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Uuids

_WALLET: Final = Role.WALLET.value

# What is left in wallets and ends in a span of time, by wallet and end, and what was told of it.
_ENDING: Final[LiteralString] = f"""
    SELECT ending.*, coalesce(told.days, '{{}}') AS days, coalesce(told.told_on, '{{}}') AS told_on
    FROM (
        SELECT account.id AS account, account.owner, account.asset, lot.expires_at,
               sum(lot.remaining)::bigint AS units
        FROM lot JOIN account ON account.id = lot.account
        WHERE lot.remaining > 0 AND account.role = {_WALLET}
            AND lot.expires_at > %(now)s AND lot.expires_at BETWEEN %(first)s AND %(last)s
        GROUP BY account.id, lot.expires_at
    ) AS ending LEFT JOIN (
        SELECT account, ends_at, array_agg(days ORDER BY days) AS days,
               array_agg(told_on ORDER BY days) AS told_on
        FROM end_notice WHERE ends_at BETWEEN %(first)s AND %(last)s
        GROUP BY account, ends_at
    ) AS told ON told.account = ending.account AND told.ends_at = ending.expires_at
"""


class Ending(NamedTuple):
    """Units of a program that end at one instant, of all who were told the same of it."""

    program: Asset
    ends_at: datetime
    told: Mapping[int, date]


class Told(NamedTuple):
    """What somebody was told: how much of what ends when. ``days``: as ``ending_rules`` has it.

    ``is_posted``: also by letter.
    """

    ends_at: datetime
    days: int
    program: Asset
    units: int
    told_on: date
    is_posted: bool


def done_on(tx: ReadTx) -> date | None:
    """The last day on which everybody was told what was due."""
    day: date | None
    ((day,),) = tx.rows("SELECT max(day_on) FROM told_day")
    return day


def keep_done(tx: WriteTx, day: date, notices: int, at: datetime) -> None:
    """Keep that a day is done, unless another process has."""
    tx.execute(
        "INSERT INTO told_day VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", (day, notices, at)
    )


def endings(tx: ReadTx, now: datetime, until: datetime) -> list[Ending]:
    """What ends after ``now`` and by ``until``."""
    rows = tx.rows(
        f"SELECT asset, expires_at, days, told_on FROM ({_ENDING}) AS found"
        " GROUP BY asset, expires_at, days, told_on ORDER BY expires_at, asset, days, told_on",
        {"now": now, "first": now, "last": until},
    )
    return [
        Ending(Asset(asset), ends_at, dict(zip(days, told_on, strict=True)))
        for asset, ends_at, days, told_on in rows
    ]


def tell(tx: WriteTx, ending: Ending, days: int, *, today: date, at: datetime) -> int:
    """Write one notice for each wallet of an ending; how many were new.

    A process that does the same at once waits here, and writes nothing.
    """
    return tx.execute(
        "INSERT INTO end_notice"
        " SELECT account, expires_at, %(notice)s, owner, asset, units, %(today)s, %(at)s, NULL"
        f" FROM ({_ENDING}) AS found"
        " WHERE asset = %(program)s AND days = %(told)s::integer[] AND told_on = %(on)s::date[]"
        " ORDER BY account ON CONFLICT DO NOTHING",
        {
            "notice": days,
            "today": today,
            "at": at,
            "program": ending.program,
            "told": list(ending.told),
            "on": list(ending.told.values()),
            "now": at,
            "first": ending.ends_at,
            "last": ending.ends_at,
        },
    )


def tell_moved(
    tx: WriteTx, wallets: Collection[AccountId], ends_at: datetime, *, today: date, at: datetime
) -> int:
    """Write that what is left in ``wallets`` until ``ends_at`` ends then; how many notices.

    Where more has come to it, what is not on a list of letters yet is told anew.
    """
    return tx.execute(
        "INSERT INTO end_notice"
        " SELECT account, expires_at, 0, owner, asset, units, %(today)s, %(at)s, NULL"
        f" FROM ({_ENDING}) AS found WHERE account = ANY(%(wallets)s::uuid[])"
        " ORDER BY account ON CONFLICT (account, ends_at, days)"
        " DO UPDATE SET units = excluded.units"
        " WHERE end_notice.letter IS NULL AND end_notice.units < excluded.units",
        {
            "today": today,
            "at": at,
            "wallets": Uuids(wallets),
            "now": at,
            "first": ends_at,
            "last": ends_at,
        },
    )


def told_to(tx: ReadTx, subject: UUID, *, limit: int) -> list[Told]:
    """What somebody was told, the latest first."""
    rows = tx.rows(
        "SELECT ends_at, days, program, units, told_on, sent_at IS NOT NULL"
        " FROM end_notice LEFT JOIN end_letter ON end_letter.id = letter WHERE subject = %s"
        " ORDER BY told_at DESC, ends_at, program, days LIMIT %s",
        (subject, limit),
    )
    return [Told(row[0], row[1], Asset(row[2]), *row[3:]) for row in rows]


def told_ends(tx: ReadTx, subject: UUID, now: datetime) -> set[tuple[Asset, datetime]]:
    """Which ends somebody was told of, and are still to come."""
    rows = tx.rows(
        "SELECT DISTINCT program, ends_at FROM end_notice WHERE subject = %s AND ends_at > %s",
        (subject, now),
    )
    return {(Asset(program), ends_at) for program, ends_at in rows}
