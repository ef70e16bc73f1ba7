"""When the service did not run: lots that ended on such a day are good for another one.

In 2021 a payment service stood still for ten hours, and points that ended on that day were lost.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from ichimai.kernel.clock import day_in_tokyo, end_of_day, start_of_day
from ichimai.programs import expiry, outage_store, rules
from ichimai.programs.desk import Desk
from ichimai.storage import ReadTx

__all__ = ["Judged", "beat", "judge", "missing_minutes"]

_MINUTES: Final = 24 * 60
_KEPT: Final = timedelta(days=35)


class Judged(NamedTuple):
    """How many minutes a day lacked, and how many lots were given back because of it."""

    day: date
    missing_minutes: int
    restored_lots: int


def beat(desk: Desk) -> None:
    """Note that the service runs in this minute."""
    with desk.database.write(desk.operator) as tx:
        outage_store.add_beat(tx, desk.clock.now().replace(second=0, microsecond=0))


def missing_minutes(tx: ReadTx, day: date) -> int:
    """In how many minutes of ``day``, which is over, the service did not run."""
    return _MINUTES - outage_store.count_beats(tx, start_of_day(day), until=end_of_day(day))


def judge(desk: Desk) -> Iterator[Judged]:
    """Judge the days that are over and were not judged yet, from the first whole one on.

    Lots that ended on a day of an outage may be spent until the end of today. When today turns
    out to be such a day too, they are given back again.
    """
    today = day_in_tokyo(desk.clock.now())
    with desk.database.read(desk.operator) as tx:
        last, first_beat = outage_store.last_judged(tx), outage_store.first_beat(tx)
    if last is None and first_beat is None:
        return
    day = (last or day_in_tokyo(first_beat or desk.clock.now())) + timedelta(days=1)
    while day < today:
        yield _judge(desk, day, today)
        day += timedelta(days=1)


def _judge(desk: Desk, day: date, today: date) -> Judged:
    with desk.database.read(desk.operator) as tx:
        missing = missing_minutes(tx, day)
    restored = 0
    if rules.is_outage(missing, _MINUTES):
        restored = expiry.restore_after_outage(desk, day, today)
    now = desk.clock.now()
    with desk.database.write(desk.operator) as write:
        outage_store.keep_judged(
            write, day, missing_minutes=missing, restored_lots=restored, at=now
        )
        outage_store.forget_beats(write, now - _KEPT)
    return Judged(day, missing, restored)
