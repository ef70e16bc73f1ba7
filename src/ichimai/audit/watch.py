"""The daily watch: what looks like browsing, and what was noticed, for the auditor."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from ichimai.audit import rules, store
from ichimai.audit.model import Found, Look, Noticed, Suspicion, What
from ichimai.audit.service import record
from ichimai.kernel import Clock
from ichimai.kernel.ids import NIL
from ichimai.storage import ReadTx, WriteTx

__all__ = ["DAYS", "Found", "Noticed", "browsing", "due", "keep", "noticed"]

DAYS: Final = rules.BROWSING_DAYS
"""Over how many days one looks for a habit."""


def browsing(tx: ReadTx, day: date) -> list[Suspicion]:
    """What looks like browsing on ``day``."""
    first = day - timedelta(days=rules.BROWSING_DAYS - 1)
    return rules.browsing(store.entries_between(tx, first, day), day)


def due(tx: ReadTx, today: date) -> list[date]:
    """The days before ``today`` that nobody watched yet, as far back as one looks for habits."""
    yesterday = today - timedelta(days=1)
    last = store.last_watched(tx)
    first = today - timedelta(days=rules.BROWSING_DAYS)
    if last is None:
        first = yesterday
    elif last >= first:
        first = last + timedelta(days=1)
    return [first + timedelta(days=number) for number in range((today - first).days)]


def keep(tx: WriteTx, clock: Clock, day: date, noticed: Sequence[Noticed]) -> bool:
    """Keep what was noticed on ``day``; False when another process has kept that day."""
    now = clock.now()
    if not store.insert_watched(tx, day, now):
        return False
    store.insert_noticed(tx, day, noticed, now)
    return True


def noticed(tx: WriteTx, clock: Clock, look: Look, since: date) -> list[Found]:
    """What was noticed since a day, latest first, for the auditor; that it was read is written."""
    found = store.noticed_since(tx, since)
    record(tx, clock, look, [NIL], What.ACCESS_LOG)
    return found
