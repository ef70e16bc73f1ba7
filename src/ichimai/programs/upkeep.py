"""What is done beside tills: lots end, holds run out, what was on old cards is taken over."""

from ichimai import ledger
from ichimai.kernel import errors, ids
from ichimai.ledger import OperationId
from ichimai.ledger.model import Command, Expire, Release
from ichimai.programs import store
from ichimai.programs.desk import Desk
from ichimai.programs.old_balances import OldBalance, take_over

__all__ = ["OldBalance", "expire", "take_over", "time_out_holds"]


def expire(desk: Desk) -> int:
    """Move what is left in lots whose end has come; how many lots."""
    expired = 0
    while True:
        command = Expire(operation=OperationId(ids.uuid7(desk.clock)))
        with desk.database.write(desk.operator) as tx:
            (answer,) = ledger.post(tx, desk.clock, [command])
        if isinstance(answer, errors.DomainError):
            return expired
        expired += len(answer.transfers)


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
