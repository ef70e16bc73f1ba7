"""Things that are there to be handed over: brought to a place, counted, never below none."""

from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Asset, Clock, errors
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Leg, Move, Role
from ichimai.merchants import ShopId, TerminalAtShop, tills
from ichimai.programs.conditions import is_here
from ichimai.programs.counter_commands import stock_of
from ichimai.programs.errors import NotHandedOverHere
from ichimai.programs.funding import party_id
from ichimai.programs.terms import Program
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


def service_points(tx: ReadTx, program: Program) -> list[TerminalAtShop]:
    """Where a program's things are handed over, by number."""
    here = [till for till in tills.stand_ins(tx) if is_here(program.acceptance, till)]
    return sorted(here, key=lambda till: till.number)


def bring(
    tx: WriteTx,
    clock: Clock,
    operation: OperationId,
    *,
    program: Program,
    thing: str,
    number: str,
    pieces: int,
    by: UUID,
) -> ledger.Posted:
    """As ``deliver``, to the place that has a ``number``; only what is counted and handed over.

    Raises NotHandedOverHere, and as ``deliver``.
    """
    is_counted = any(each.key == thing and each.has_stock for each in program.things)
    places = [till for till in service_points(tx, program) if till.number == number]
    if not is_counted or not places:
        raise NotHandedOverHere
    return deliver(
        tx,
        clock,
        operation,
        program=program.key,
        thing=thing,
        place=places[0].shop,
        pieces=pieces,
        by=by,
    )


def left(tx: ReadTx, program: Asset, thing: str) -> dict[UUID, int]:
    """How many pieces are left at each place that has any."""
    return ledger.reports.balances(tx, Role.STOCK, stock_of(program, thing))
