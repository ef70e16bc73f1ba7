"""The SQL of closings that were asked for, and of what is being done for them."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final, LiteralString

from ichimai.settlement.model import RunId
from ichimai.settlement.request_model import ClosingRequest, Doing, Step
from ichimai.storage import ReadTx, WriteTx

_COLUMNS: Final = "id, cycle, program, closes_on, asked_by, asked_at, ended_at, refusal"
_WIDTH: Final = 8
_FOUND: Final[LiteralString] = f"""
    SELECT {_COLUMNS}, step.* FROM closing_request LEFT JOIN LATERAL (
        SELECT number, steps, doing, program FROM closing_step WHERE request = closing_request.id
        ORDER BY attempt DESC, number DESC LIMIT 1
    ) AS step (number, steps, doing, of_program) ON true
"""


def add(tx: WriteTx, new: ClosingRequest) -> ClosingRequest:
    """Write what is asked for; the one under its id, or of the same that is running, if there is.

    One that ended while this waited for it counts as running.
    """
    tx.execute(
        "INSERT INTO closing_request (id, cycle, program, closes_on, asked_by, asked_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (new.id, new.cycle, new.program, new.closes_on, new.asked_by, new.asked_at),
    )
    row = tx.row(
        f"{_FOUND} WHERE id = %s OR (cycle IS NOT DISTINCT FROM %s"
        " AND closing_request.program IS NOT DISTINCT FROM %s AND closes_on = %s)"
        " ORDER BY id = %s DESC, asked_at DESC, id DESC LIMIT 1",
        (new.id, new.cycle, new.program, new.closes_on, new.id),
    )
    return _request(row) if row else new


def find(tx: ReadTx, id_: RunId) -> ClosingRequest | None:
    """One closing that was asked for."""
    row = tx.row(f"{_FOUND} WHERE id = %s", (id_,))
    return _request(row) if row else None


def running(tx: ReadTx) -> list[ClosingRequest]:
    """Those that have not ended, the oldest first."""
    rows = tx.rows(f"{_FOUND} WHERE ended_at IS NULL ORDER BY asked_at, id")
    return [_request(row) for row in rows]


def take(tx: WriteTx, id_: RunId) -> bool:
    """Keep one that is running from all others until the transaction ends; False: one has it.

    Steps that are told meanwhile refer to the row, which this lock allows.
    """
    row = tx.row(
        "SELECT 1 FROM closing_request WHERE id = %s AND ended_at IS NULL"
        " FOR NO KEY UPDATE SKIP LOCKED",
        (id_,),
    )
    return row is not None


def attempts(tx: ReadTx, id_: RunId) -> int:
    """How often it was begun."""
    row = tx.row("SELECT coalesce(max(attempt), 0) FROM closing_step WHERE request = %s", (id_,))
    return int(row[0]) if row else 0


def add_step(tx: WriteTx, id_: RunId, attempt: int, step: Step) -> None:
    """Write what is being done now."""
    tx.execute(
        "INSERT INTO closing_step (request, attempt, number, steps, doing, program)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (id_, attempt, step.number, step.steps, step.doing.value, step.program),
    )


def end(tx: WriteTx, id_: RunId, at: datetime, refusal: str | None = None) -> None:
    """Write that it is over, unless it is already."""
    tx.execute(
        "UPDATE closing_request SET ended_at = %s, refusal = %s WHERE id = %s AND ended_at IS NULL",
        (at, refusal, id_),
    )


def _request(row: tuple[Any, ...]) -> ClosingRequest:
    number, steps, doing, program = row[_WIDTH:]
    found = ClosingRequest(*row[:_WIDTH])
    return replace(found, step=Step(number, steps, Doing(doing), program)) if doing else found
