"""What people did, without a sale, that gave units or gave them up, as it is kept. Pure."""

from datetime import datetime
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel.ids import NIL
from ichimai.ledger import OperationId, Posted
from ichimai.merchants import TerminalAtShop
from ichimai.programs.bearer import Bearer
from ichimai.programs.commands import counted_at
from ichimai.programs.model import CardRequest, EarningRequest, ExchangeRequest, StampRequest


class OccasionKind(IntEnum):
    """What was done."""

    EVENT = 1
    STAMP = 2
    EXCHANGE = 3


class Occasion(NamedTuple):
    """Something that took place at ``place``: ``item`` is the event, or the exchange's key.

    ``program``: empty for an event for which any program may give. ``other``: the wallet of
    whoever brought the person along, or nil. ``counted_at``: the instant whose rules counted.
    """

    operation: OperationId
    kind: OccasionKind
    wallet: UUID
    other: UUID
    place: UUID
    program: str
    item: str
    times: int
    counted_at: datetime
    recorded_at: datetime


def occasion_of(
    request: CardRequest, till: TerminalAtShop, bearer: Bearer, posted: Posted
) -> Occasion | None:
    """What is to be kept of a request that was carried out; None: it was no such thing."""
    match request:
        case EarningRequest():
            kind, program, item, times = OccasionKind.EVENT, request.program, request.event, 1
        case StampRequest():
            kind, program, item, times = OccasionKind.STAMP, request.program, "", 1
        case ExchangeRequest():
            kind, program, item = OccasionKind.EXCHANGE, request.program, request.exchange
            times = request.times
        case _:
            return None
    return Occasion(
        operation=posted.operation,
        kind=kind,
        wallet=bearer.payer.wallet,
        other=bearer.other or NIL,
        place=till.shop,
        program=program or "",
        item=item,
        times=times,
        counted_at=counted_at(request, posted.recorded_at),
        recorded_at=posted.recorded_at,
    )
