"""The daily watch over those who look: staff who browse, services that ask too much.

What is noticed is a line in the log, a figure, and a row that the auditor reads. It accuses
nobody: it says where to ask.
"""

from datetime import date
from typing import Final

import structlog
from prometheus_client import Counter

from ichimai import audit, people
from ichimai.audit.watch import Noticed
from ichimai.kernel.clock import day_in_tokyo, end_of_day, start_of_day
from ichimai.people import predicates
from ichimai.programs import Desk
from ichimai.storage import WriteTx

_log = structlog.get_logger("ichimai.jobs")
_NOTICED: Final = Counter("ichimai_watch_noticed", "What the daily watch noticed.", ["sign"])
CURIOUS: Final = "curious_service"
"""A service asked for ages that it may not ask for."""

SPRAYED: Final = "sprayed"
"""One PIN or password was tried over and over: on card after card, or name after name."""


def watch(desk: Desk) -> None:
    """Watch every whole day that was not watched yet, and remove what is older than seven years."""
    with desk.database.read(desk.operator) as tx:
        days = audit.watch.due(tx, day_in_tokyo(desk.clock.now()))
    is_mine = False
    for day in days:
        with desk.database.write(desk.operator) as write:
            found = _noticed(write, day)
            is_mine = audit.watch.keep(write, desk.clock, day, found)
        if is_mine:
            _tell(day, found)
    if is_mine:
        with desk.database.write(desk.operator) as write:
            removed = audit.purge(write, desk.clock)
        _log.info("access_log_purged", entries=removed)


def _noticed(tx: WriteTx, day: date) -> list[Noticed]:
    browsing = [
        Noticed(each.sign.value, each.staff, each.subject, "", each.looks)
        for each in audit.watch.browsing(tx, day)
    ]
    curious = predicates.curious(tx, start_of_day(day), until=end_of_day(day))
    services = [Noticed.of_service(CURIOUS, each.service, each.refusals) for each in curious]
    times = people.sign_in.spray_alarms(tx, start_of_day(day), until=end_of_day(day))
    sprayed = [Noticed.of_service(SPRAYED, "", times)] if times else []
    return browsing + services + sprayed


def _tell(day: date, found: list[Noticed]) -> None:
    for each in found:
        _NOTICED.labels(each.sign).inc()
        # Ids are for the auditor alone.
        _log.warning("watch_noticed", day=day.isoformat(), sign=each.sign, times=each.times)
    _log.info("watched", day=day.isoformat(), noticed=len(found))
