"""What is done beside tills: lots end, holds run out, old cards and people who are one."""

from ichimai import ledger
from ichimai.kernel import errors, ids
from ichimai.ledger import OperationId
from ichimai.ledger.model import Command, Release
from ichimai.programs import store
from ichimai.programs.desk import Desk
from ichimai.programs.expiry import expire, restore_after_outage
from ichimai.programs.joining import gather
from ichimai.programs.old_balances import OldBalance, take_over
from ichimai.programs.outages import beat, judge, missing_minutes

__all__ = [
    "OldBalance",
    "beat",
    "expire",
    "gather",
    "judge",
    "missing_minutes",
    "restore_after_outage",
    "take_over",
    "time_out_holds",
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
