"""Closings that are asked for and carried out by whoever is free, telling what is being done.

The closing and the note that it ended are one transaction, which holds the request's row: it is
carried out once, by one process, and one that dies leaves it for the next. Steps are told in
transactions of their own.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import partial
from uuid import UUID

from ichimai import programs
from ichimai.kernel import Asset, Clock, errors
from ichimai.settlement import closing_service, request_rules, request_store
from ichimai.settlement.closing_rules import Cycle
from ichimai.settlement.errors import ClosingBrokeOff, DifferentClosing, UnknownClosing
from ichimai.settlement.model import RunId
from ichimai.settlement.request_model import ClosingRequest, Doing, Step
from ichimai.storage import Database, ReadTx, Schema, WriteTx
from ichimai.storage.errors import DatabaseUnavailable


def ask_closing(
    tx: WriteTx,
    clock: Clock,
    id_: RunId,
    *,
    asked_by: UUID,
    cycle: Cycle | None = None,
    program: Asset | None = None,
    closes_on: date | None = None,
) -> ClosingRequest:
    """Ask for all programs of ``cycle`` to be closed, or for ``program`` up to ``closes_on``.

    While the same is running, whoever asks gets that one; the same id again gives the same.
    Raises DifferentClosing, UnknownProgram.
    """
    now = clock.now()
    if program is not None:
        programs.lists.program(tx, program)
    day = request_rules.day_asked(cycle, closes_on, now)
    found = request_store.add(tx, ClosingRequest(id_, cycle, program, day, asked_by, now))
    if (found.cycle, found.program) != (cycle, program):
        raise DifferentClosing
    return found


def asked_closing(tx: ReadTx, id_: RunId) -> ClosingRequest:
    """What was asked for, and how far it is. Raises UnknownClosing."""
    found = request_store.find(tx, id_)
    if found is None:
        raise UnknownClosing
    return found


def carry_out(database: Database, operator: Schema, clock: Clock, id_: RunId) -> None:
    """Close what was asked for, unless it ended or somebody else is at it.

    Raises why it is refused, when that has been noted; ClosingBrokeOff after too many attempts;
    DatabaseUnavailable, after which it is still to be carried out.
    """
    try:
        with database.write(operator) as tx:
            if request_store.take(tx, id_):
                _close(tx, clock, asked_closing(tx, id_), partial(_told, database, operator))
                request_store.end(tx, id_, clock.now())
    except errors.Unavailable:
        raise
    except errors.DomainError as refused:
        with database.write(operator) as tx:
            request_store.end(tx, id_, clock.now(), refused.code)
        raise


def _close(
    tx: WriteTx, clock: Clock, asked: ClosingRequest, told: Callable[[RunId, int, Step], None]
) -> None:
    attempts = request_store.attempts(tx, asked.id)
    if not request_rules.may_try(attempts):
        raise ClosingBrokeOff
    tell = partial(told, asked.id, attempts + 1)
    tell(Step(0, 0, Doing.BEGIN))
    if asked.program is not None:
        closing_service.close_programs(
            tx,
            clock,
            asked.id,
            [asked.program],
            closed_by=asked.asked_by,
            closes_on=asked.closes_on,
            tell=tell,
        )
    elif asked.cycle is not None:
        closing_service.close_cycle(
            tx,
            clock,
            asked.id,
            asked.cycle,
            closed_by=asked.asked_by,
            closes_on=asked.closes_on,
            tell=tell,
        )


def _told(database: Database, operator: Schema, id_: RunId, attempt: int, step: Step) -> None:
    """Write a step where others see it now; the closing goes on when that cannot be."""
    with suppress(DatabaseUnavailable), database.write(operator) as tx:
        request_store.add_step(tx, id_, attempt, step)
