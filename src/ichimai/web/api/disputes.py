"""What shops say of closings is not right, from their tills; what staff's programs decide."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ichimai import ledger, merchants, people, programs, settlement
from ichimai.people.model import StaffId
from ichimai.settlement.clearing import DisputedLine, DisputeId
from ichimai.settlement.errors import (
    AlreadyDisputed,
    ClaimRefused,
    DifferentDispute,
    DisputeDecided,
    DisputeTooLate,
    NothingToCorrect,
    SamePerson,
    UnknownClosing,
    UnknownDispute,
    UnknownLine,
)
from ichimai.settlement.model import ClosingId
from ichimai.storage import ReadTx
from ichimai.web.api.bodies import JsonBody, operation_id, read_limited
from ichimai.web.api.dispute_types import AnswerBody, DisputeAnswer, DisputeBody, DisputePage
from ichimai.web.api.door import EVERYBODY, RELEASERS, TREASURERS, Call, endpoint
from ichimai.web.api.endpoint import Caller, Endpoint, Operation, Reply, answer, made
from ichimai.web.api.pages import PageQuery, part_of
from ichimai.web.api.payments import token_of
from ichimai.web.api.problems import BodyTooLarge
from ichimai.web.api.staff_types import Person
from ichimai.web.services import Services

_BODY: Final = JsonBody(DisputeBody)
_MOST: Final = 2_000


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about disputes."""

    async def tell(request: Request) -> Response:
        """Dispute what a closing says of the till's shop: that is not paid until it is decided."""
        token = token_of(request)
        body: DisputeBody = _BODY.decode(await read_limited(request))
        id_ = DisputeId(operation_id(request, body.id))
        return await run_in_threadpool(_told, services, token, id_, body)

    one = "/disputes/{id:uuid}"
    return [
        Endpoint("POST", "/disputes", tell, _TELL),
        endpoint(services, "GET", "/disputes", show_all, _SHOW_ALL),
        endpoint(services, "POST", f"{one}/answer", propose, _PROPOSE),
        endpoint(services, "POST", f"{one}/approve", decide, _DECIDE),
    ]


def _told(services: Services, token: str, id_: DisputeId, body: DisputeBody) -> Response:
    with services.database.write(services.operator) as tx:
        (till,) = merchants.tills.terminals(tx, [token])
        if till is None:
            raise programs.errors.TillNotSignedIn
        known = settlement.clearing.disputed_lines(tx, shop=till.shop, limit=_MOST)
        settlement.clearing.dispute_line(
            tx,
            services.clock,
            id_,
            ClosingId(body.closing),
            till.shop,
            claimed=body.claimed,
            reason=body.reason,
            opened_by=till.terminal,
        )
        found = _one(tx, id_)
    return made(found, is_new=all(each.dispute.id != id_ for each in known))


def show_all(call: Call) -> Response:
    """The disputes of shops, those not decided first."""
    with call.read() as tx:
        found = settlement.clearing.disputed_lines(tx, limit=_MOST)
        part, next_ = part_of(found, call.query, lambda each: each.dispute.id)
        return answer(DisputePage(_answers(tx, part), next_))


def propose(call: Call) -> Response:
    """Say what the shop is to get; it counts once somebody else approves."""
    id_, body = DisputeId(call.path("id")), call.body
    with call.write() as tx:
        settlement.clearing.propose_award(
            tx,
            id_,
            body.award,
            part=body.part,
            finding=body.finding,
            proposed_by=call.staff.id,
        )
        return answer(_one(tx, id_))


def decide(call: Call) -> Response:
    """Decide as somebody else said; what is put right is in the program's next closing."""
    id_ = DisputeId(call.path("id"))
    with call.write() as tx:
        settlement.clearing.decide(tx, call.clock, id_, decided_by=call.staff.id)
        return answer(_one(tx, id_))


def _one(tx: ReadTx, id_: DisputeId) -> DisputeAnswer:
    """Raises UnknownDispute for one that is no shop's."""
    found = settlement.clearing.disputed_lines(tx, limit=_MOST)
    for each in found:
        if each.dispute.id == id_:
            return _answers(tx, [each])[0]
    raise UnknownDispute


def _answers(tx: ReadTx, found: Sequence[DisputedLine]) -> list[DisputeAnswer]:
    asked = [
        StaffId(by)
        for each in found
        for by in (each.dispute.proposed_by, each.dispute.decided_by)
        if by
    ]
    names = {id_: member.name for id_, member in people.staff.members(tx, asked).items()}

    def person(by: UUID | None) -> Person | None:
        return None if by is None else Person(by, names.get(StaffId(by)))

    return [
        DisputeAnswer(
            id=each.dispute.id,
            closing=each.closing.id,
            program=each.closing.asset,
            closes_on=each.closing.closes_on,
            until_on=each.answer_by,
            shop=each.line.shop,
            claimed=each.dispute.claimed or 0,
            reason=each.dispute.reason,
            opened_at=each.dispute.opened_at,
            state=each.dispute.state.value,
            units=each.dispute.units,
            finding=each.dispute.finding,
            proposed_by=person(each.dispute.proposed_by),
            decided_by=person(each.dispute.decided_by),
            decided_at=each.dispute.decided_at,
            corrected_on=each.corrected_on,
        )
        for each in found
    ]


_TELL: Final = Operation(
    name="dispute",
    tag="disputes",
    callers=Caller.TILL,
    body=DisputeBody,
    takes_key=True,
    replies={
        201: Reply("Told; the line waits.", DisputeAnswer),
        200: Reply("The same was told before, under this id.", DisputeAnswer),
    },
    errors=(
        BodyTooLarge,
        AlreadyDisputed,
        ClaimRefused,
        DifferentDispute,
        DisputeTooLate,
        UnknownClosing,
        UnknownLine,
    ),
    example=DisputeBody(
        id=UUID("019a0c1e-7c00-7000-8000-000000000001"),
        closing=UUID("019a0c1e-7c00-7000-8000-000000000002"),
        claimed=500,
        reason="The sale of 3 October, 14:20, is missing",
    ),
)
_SHOW_ALL: Final = Operation(
    name="disputes",
    tag="disputes",
    callers=EVERYBODY,
    query=PageQuery,
    replies={200: Reply("A page of disputes.", DisputePage)},
)
_PROPOSE: Final = Operation(
    name="answerDispute",
    tag="disputes",
    callers=TREASURERS,
    body=AnswerBody,
    replies={200: Reply("Waiting for another person.", DisputeAnswer)},
    errors=(ClaimRefused, DisputeDecided, NothingToCorrect, UnknownDispute),
    example=AnswerBody(award="part", part=300, finding="The slip says 300"),
)
_DECIDE: Final = Operation(
    name="approveDispute",
    tag="disputes",
    callers=RELEASERS,
    replies={200: Reply("Decided.", DisputeAnswer)},
    errors=(DisputeDecided, SamePerson, UnknownDispute, ledger.errors.BoundExceeded),
)
