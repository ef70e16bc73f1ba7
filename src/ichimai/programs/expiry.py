"""Lots end with their day; those that ended during an outage are given back for longer."""

from datetime import date
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Asset, errors, ids
from ichimai.kernel.clock import end_of_day, start_of_day
from ichimai.ledger import OperationId
from ichimai.ledger.model import AccountId, Expire, Restore, derived_id
from ichimai.programs import endings, store
from ichimai.programs.desk import Desk
from ichimai.programs.errors import ExtensionOver
from ichimai.storage import ReadTx


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


def restore_after_outage(desk: Desk, day: date, until_on: date, actor: UUID = ids.NIL) -> int:
    """Give lots that ended with ``day`` back, to be spent through ``until_on``; how many lots.

    Only of programs that extend after an outage; what was given back before stays as it is.
    Raises ExtensionOver.
    """
    until = end_of_day(until_on)
    if until <= desk.clock.now():
        raise ExtensionOver
    # What ended and was not moved yet is moved first, so that it is given back too.
    expire(desk)
    start, end = start_of_day(day), end_of_day(day)
    with desk.database.read(desk.operator) as tx:
        assets = _extended(tx, day)
        found = ledger.reports.expiries(tx, assets, ended_after_at=start, ended_by_at=end)
    restored, wallets = 0, set[AccountId]()
    for expiry in found:
        command = Restore(
            operation=OperationId(derived_id(f"restore/{expiry}/{day.isoformat()}")),
            expiry=expiry,
            until=until,
            assets=assets,
            ended_after_at=start,
            ended_by_at=end,
            actor=actor,
        )
        with desk.database.write(desk.operator) as write:
            (answer,) = ledger.post(write, desk.clock, [command])
        if isinstance(answer, errors.DomainError):
            continue
        # Again also of what was given back before: a process may have died before telling.
        wallets.update(transfer.credit for transfer in answer.transfers)
        restored += 0 if answer.is_replay else len(answer.transfers)
    endings.tell_moved(desk, wallets, until)
    return restored


def _extended(tx: ReadTx, day: date) -> frozenset[Asset]:
    """The programs that extended after an outage by the terms in force on ``day``."""
    in_force = {
        program.key: program
        for program, starts_at in store.versions(tx)
        if starts_at < end_of_day(day)
    }
    return frozenset(key for key, terms in in_force.items() if terms.extends_after_outage)
