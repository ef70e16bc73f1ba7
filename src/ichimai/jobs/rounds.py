"""Rounds of upkeep, one every few seconds, each part on its own."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from ichimai import identity, oidc, people, programs, settlement
from ichimai.jobs import erasures, heads
from ichimai.jobs.watch import watch
from ichimai.kernel import errors
from ichimai.programs import Desk
from ichimai.programs.model import GrantListId
from ichimai.settlement.model import RunId

_log = structlog.get_logger("ichimai.jobs")
ROUND_SECONDS: Final = 2.0


def run(desk: Desk, is_over: threading.Event, heads_file: Path, erasures_file: Path) -> None:
    """Do rounds until ``is_over``; publish each day's heads, and who was erased, in these files."""
    # A part that takes minutes is no outage, and no treasurer waits for it.
    others = [
        threading.Thread(target=_until, args=(desk, is_over, part)) for part in (beat, close_asked)
    ]
    for other in others:
        other.start()
    while not is_over.wait(ROUND_SECONDS):
        run_once(desk)
        _attempt("publish_heads", lambda: heads.publish(desk, heads_file))
        _attempt("publish_erasures", lambda: erasures.publish(desk, erasures_file))
    for other in others:
        other.join()


def _until(desk: Desk, is_over: threading.Event, part: Callable[[Desk], None]) -> None:
    while not is_over.wait(ROUND_SECONDS):
        _attempt(part.__name__, partial(part, desk))


def run_once(desk: Desk) -> None:
    """One round. A part that fails is logged and tried again in the next round."""
    for part in _PARTS:
        _attempt(part.__name__, partial(part, desk))


def _attempt(name: str, part: Callable[[], None]) -> None:
    try:
        part()
    except errors.DomainError as error:
        _log.warning("job_refused", job=name, code=error.code)
    except Exception:
        _log.exception("job_failed", job=name)


def post_lists(desk: Desk) -> None:
    """Post the lists that were approved; one that is refused does not hold up the next."""
    with desk.database.read(desk.operator) as tx:
        approved = programs.lists.waiting(tx)
    for id_ in approved:
        _attempt("post_list", partial(_post_list, desk, id_))


def _post_list(desk: Desk, id_: GrantListId) -> None:
    for progress in programs.lists.post_list(desk, id_):
        _log.info("list_posted", rows=progress.posted_rows, of=progress.row_count)


def close_asked(desk: Desk) -> None:
    """Carry out the closings that were asked for, also those over which a process died."""
    with desk.database.read(desk.operator) as tx:
        asked = settlement.clearing.running(tx)
    for each in asked:
        _attempt("close", partial(_close, desk, each.id))


def _close(desk: Desk, id_: RunId) -> None:
    settlement.clearing.carry_out(desk.database, desk.operator, desk.clock, id_)


def end_lots(desk: Desk) -> None:
    """Move what is left in lots that ended."""
    programs.upkeep.expire(desk)


def beat(desk: Desk) -> None:
    """Note that the service runs."""
    programs.upkeep.beat(desk)


def judge_days(desk: Desk) -> None:
    """Give back what ended on a day on which the service did not run."""
    for day, missing, restored in programs.upkeep.judge(desk):
        _log.info(
            "day_judged", day=day.isoformat(), missing_minutes=missing, restored_lots=restored
        )


def tell_of_ends(desk: Desk) -> None:
    """Tell people what of theirs ends soon, once a day."""
    told = programs.upkeep.tell(desk)
    if told is not None:
        _log.info("ends_told", notices=told)


def end_holds(desk: Desk) -> None:
    """Give back what was held too long."""
    programs.upkeep.time_out_holds(desk)


def gather_merged(desk: Desk) -> None:
    """Move on what came back to wallets of people who were found to be somebody else."""
    gathered = programs.upkeep.gather(desk)
    if gathered:
        _log.info("merged_wallets_gathered", wallets=gathered)


def change_accounts(desk: Desk) -> None:
    """Let shops have the bank accounts whose time has come."""
    with desk.database.write(desk.operator) as tx:
        changed = settlement.bank.accounts.apply_due(tx, desk.clock)
    if changed:
        _log.info("accounts_changed", shops=changed)


def end_sessions(desk: Desk) -> None:
    """Forget sessions that ended, and questions that nobody will answer."""
    with desk.database.write(desk.operator) as tx:
        people.sessions.tidy_up(tx, desk.clock)
        identity.taps.tidy_up(tx, desk.clock)
        oidc.tidy_up(tx, desk.clock)


_PARTS: Final[tuple[Callable[[Desk], None], ...]] = (
    post_lists,
    beat,
    end_lots,
    judge_days,
    tell_of_ends,
    end_holds,
    gather_merged,
    change_accounts,
    close_asked,
    end_sessions,
    watch,
)
