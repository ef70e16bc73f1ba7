"""People are told that value of theirs ends, each notice once (faults.md I19)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from ichimai.kernel import Asset, Clock
from ichimai.kernel.clock import day_in_tokyo, end_of_day
from ichimai.ledger.model import AccountId
from ichimai.programs import ending_rules, ending_store, store
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.desk import Desk
from ichimai.programs.ending_store import Told
from ichimai.programs.terms import Program
from ichimai.storage import ReadTx

__all__ = ["Told", "tell", "tell_moved", "told_ends", "told_to"]

_SHOWN = 200


def tell(desk: Desk) -> int | None:
    """Tell everybody what is due today; how many notices, or None when today is done.

    May be stopped anywhere and started again, on another day too, by several processes at once.
    What a program says of notices today counts, also for what was given under earlier terms.
    """
    now = desk.clock.now()
    today = day_in_tokyo(now)
    with desk.database.read(desk.operator) as tx:
        done_on = ending_store.done_on(tx)
        if done_on is not None and today <= done_on:
            return None
        days_before = _days_before(tx, now)
        most = max((found[0] for found in days_before.values()), default=0)
        # What ends within the day after its last whole one, too.
        until = end_of_day(today + timedelta(days=most + 1))
        endings = ending_store.endings(tx, now, until)
    told = 0
    for ending in endings:
        days = ending_rules.due(
            ending_rules.last_day(ending.ends_at),
            days_before[ending.program],
            ending.told,
            done_on=done_on,
            today=today,
        )
        if days is not None:
            with desk.database.write(desk.operator) as write:
                told += ending_store.tell(write, ending, days, today=today, at=now)
    with desk.database.write(desk.operator) as write:
        ending_store.keep_done(write, today, told, now)
    return told


def _days_before(tx: ReadTx, now: datetime) -> dict[Asset, tuple[int, ...]]:
    """The notices of each program, by its terms in force."""
    catalogue = Catalogue(store.versions(tx))
    in_force: dict[Asset, Program] = catalogue.first | catalogue.at(now)
    return {key: ending_rules.notices(program) for key, program in in_force.items()}


def tell_moved(desk: Desk, wallets: Collection[AccountId], ends_at: datetime) -> int:
    """Tell at once whose units end at ``ends_at`` now instead of earlier; how many notices."""
    if not wallets:
        return 0
    now = desk.clock.now()
    today: date = day_in_tokyo(now)
    with desk.database.write(desk.operator) as tx:
        return ending_store.tell_moved(tx, sorted(wallets), ends_at, today=today, at=now)


def told_to(tx: ReadTx, subject: UUID) -> list[Told]:
    """What somebody was told of ends, the latest first."""
    return ending_store.told_to(tx, subject, limit=_SHOWN)


def told_ends(tx: ReadTx, clock: Clock, subject: UUID) -> set[tuple[Asset, datetime]]:
    """Which ends that are to come somebody was told of: the program, and the instant."""
    return ending_store.told_ends(tx, subject, clock.now())
