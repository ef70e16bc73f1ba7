"""Beside tills: people are told of ends, lots end, holds run out, records become one, and more."""

from ichimai import ledger
from ichimai.kernel import errors, ids
from ichimai.ledger import OperationId
from ichimai.ledger.model import Command, Release
from ichimai.programs import end_letters, ending_rules, store
from ichimai.programs.desk import Desk
from ichimai.programs.end_letters import Addressee
from ichimai.programs.endings import tell, told_ends, told_to
from ichimai.programs.expiry import expire, restore_after_outage
from ichimai.programs.joining import gather
from ichimai.programs.old_balances import OldBalance, take_over
from ichimai.programs.outages import beat, judge, missing_minutes

__all__ = [
    "Addressee",
    "OldBalance",
    "beat",
    "end_letters",
    "ending_rules",
    "expire",
    "gather",
    "judge",
    "missing_minutes",
    "restore_after_outage",
    "take_over",
    "tell",
    "time_out_holds",
    "told_ends",
    "told_to",
]


def time_out_holds(desk: Desk) -> int:
    """Give back what was held and neither posted nor voided in time; how many holds."""
    timed_out = 0
    with desk.database.read(desk.operator) as tx:
        graces = {program.key: program.refund_grace_days for program in store.programs(tx)}
        due = ledger.reports.due_holds(tx, desk.clock.now())
    for hold in due:
        command: Command = Release(
            operation=OperationId(ids.uuid7(desk.clock)),
            hold=hold,
            units=0,
            payee=ids.NIL,
            terminal=ids.NIL,
            grace_days=graces,
            is_timeout=True,
        )
        with desk.database.write(desk.operator) as tx:
            (answer,) = ledger.post(tx, desk.clock, [command])
        timed_out += not isinstance(answer, errors.DomainError)
    return timed_out
