"""Things that are there to be handed over: brought to a place, counted, never below none."""

from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Asset, Clock, errors
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Leg, Move, Role
from ichimai.merchants import ShopId
from ichimai.programs.counter_commands import stock_of
from ichimai.programs.funding import party_id
from ichimai.storage import ReadTx, WriteTx


def deliver(
    tx: WriteTx,
    clock: Clock,
    operation: OperationId,
    *,
    program: Asset,
    thing: str,
    place: ShopId,
    pieces: int,
    by: UUID,
) -> ledger.Posted:
    """Note that ``pieces`` of a thing were brought to a place; the same id again changes nothing.

    Raises InvalidAmount, and what the ledger refuses for an id that was used before.
    """
    leg = Leg(
        owner=party_id("operator"),
        asset=stock_of(program, thing),
        from_role=Role.ISSUED,
        to_role=Role.STOCK,
        units=pieces,
        kind=Kind.DELIVERY,
        to=place,
    )
    (answer,) = ledger.post(tx, clock, [Move(operation=operation, legs=(leg,), actor=by)])
    if isinstance(answer, errors.DomainError):
        raise answer
    return answer


def left(tx: ReadTx, program: Asset, thing: str) -> dict[UUID, int]:
    """How many pieces are left at each place that has any."""
    return ledger.reports.balances(tx, Role.STOCK, stock_of(program, thing))
