"""SQL of the minutes in which the service ran."""

from datetime import date, datetime

from ichimai.storage import ReadTx, WriteTx


def add_beat(tx: WriteTx, minute: datetime) -> None:
    """Note that the service ran in a minute."""
    tx.execute("INSERT INTO service_beat VALUES (%s) ON CONFLICT DO NOTHING", (minute,))


def count_beats(tx: ReadTx, start: datetime, *, until: datetime) -> int:
    """In how many minutes it ran, from ``start`` until before ``until``."""
    ((count,),) = tx.rows(
        "SELECT count(*) FROM service_beat WHERE minute >= %s AND minute < %s", (start, until)
    )
    return int(count)


def first_beat(tx: ReadTx) -> datetime | None:
    """The first minute of which it is known that it ran."""
    minute: datetime | None
    ((minute,),) = tx.rows("SELECT min(minute) FROM service_beat")
    return minute


def last_judged(tx: ReadTx) -> date | None:
    """The last day that was judged."""
    day: date | None
    ((day,),) = tx.rows("SELECT max(day_on) FROM judged_day")
    return day


def keep_judged(
    tx: WriteTx, day: date, *, missing_minutes: int, restored_lots: int, at: datetime
) -> None:
    """Keep what was found of a day, unless it was judged before."""
    tx.execute(
        "INSERT INTO judged_day VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (day, missing_minutes, restored_lots, at),
    )


def forget_beats(tx: WriteTx, before: datetime) -> None:
    """Remove the minutes before an instant."""
    tx.execute("DELETE FROM service_beat WHERE minute < %s", (before,))
