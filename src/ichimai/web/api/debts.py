"""What parties owe each other because of closings, and what they dispute of it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from starlette.responses import Response

from ichimai import people, settlement
from ichimai.people.model import StaffId
from ichimai.settlement.clearing import DisputeId, ObligationId, StatedDebt
from ichimai.settlement.errors import (
    AlreadyDisputed,
    ClaimRefused,
    DifferentDispute,
    DisputeDecided,
    DisputeTooLate,
    SamePerson,
    UnknownDispute,
    UnknownLine,
)
from ichimai.storage import ReadTx
from ichimai.web.api.bodies import operation_id
from ichimai.web.api.dispute_types import (
    DebtAnswer,
    DebtAnswerBody,
    DebtDisputeAnswer,
    DebtDisputeBody,
    DebtPage,
)
from ichimai.web.api.door import EVERYBODY, RELEASERS, TREASURERS, Call, endpoint
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer, made
from ichimai.web.api.pages import PageQuery, part_of
from ichimai.web.api.staff_types import Person
from ichimai.web.services import Services


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about debts of parties."""
    one = "/debts/{id:uuid}"
    return [
        endpoint(services, "GET", "/debts", show_all, _SHOW_ALL),
        endpoint(services, "POST", f"{one}/dispute", tell, _TELL),
        endpoint(services, "POST", f"{one}/answer", propose, _PROPOSE),
        endpoint(services, "POST", f"{one}/approve", decide, _DECIDE),
    ]


def show_all(call: Call) -> Response:
    """What parties owe each other and may still dispute, or disputed; the latter first."""
    with call.read() as tx:
        found = settlement.clearing.debts(tx, call.clock)
        part, next_ = part_of(found, call.query, lambda each: each.obligation.id)
        return answer(DebtPage(_answers(tx, part), next_))


def tell(call: Call) -> Response:
    """Dispute a debt for a party: no netting has it until that is decided."""
    debt, id_ = _id(call), DisputeId(operation_id(call.request, call.body.id))
    with call.write() as tx:
        before = settlement.clearing.debt(tx, debt).dispute
        settlement.clearing.dispute_obligation(
            tx, call.clock, id_, debt, reason=call.body.reason, opened_by=call.staff.id
        )
        return made(_one(tx, debt), is_new=before is None or before.id != id_)


def propose(call: Call) -> Response:
    """Say what was found of a disputed debt; it counts once somebody else approves."""
    with call.write() as tx:
        settlement.clearing.propose(
            tx, _disputed(tx, call), units=0, finding=call.body.finding, proposed_by=call.staff.id
        )
        return answer(_one(tx, _id(call)))


def decide(call: Call) -> Response:
    """Decide as somebody else said: the next netting may have the debt."""
    with call.write() as tx:
        settlement.clearing.decide(tx, call.clock, _disputed(tx, call), decided_by=call.staff.id)
        return answer(_one(tx, _id(call)))


def _id(call: Call) -> ObligationId:
    return ObligationId(call.path("id"))


def _disputed(tx: ReadTx, call: Call) -> DisputeId:
    found = settlement.clearing.debt(tx, _id(call)).dispute
    if found is None:
        raise UnknownDispute
    return found.id


def _one(tx: ReadTx, debt: ObligationId) -> DebtAnswer:
    return _answers(tx, [settlement.clearing.debt(tx, debt)])[0]


def _answers(tx: ReadTx, found: Sequence[StatedDebt]) -> list[DebtAnswer]:
    asked = [
        StaffId(by)
        for each in found
        if each.dispute
        for by in (each.dispute.opened_by, each.dispute.proposed_by, each.dispute.decided_by)
        if by
    ]
    names = {id_: member.name for id_, member in people.staff.members(tx, asked).items()}

    def person(by: UUID) -> Person:
        return Person(by, names.get(StaffId(by)))

    def said(one: StatedDebt) -> DebtDisputeAnswer | None:
        dispute = one.dispute
        if dispute is None:
            return None
        return DebtDisputeAnswer(
            id=dispute.id,
            reason=dispute.reason,
            opened_by=person(dispute.opened_by),
            opened_at=dispute.opened_at,
            state=dispute.state.value,
            finding=dispute.finding,
            proposed_by=person(dispute.proposed_by) if dispute.proposed_by else None,
            decided_by=person(dispute.decided_by) if dispute.decided_by else None,
            decided_at=dispute.decided_at,
        )

    return [
        DebtAnswer(
            id=each.obligation.id,
            debtor=each.obligation.debtor,
            creditor=each.obligation.creditor,
            is_to_itself=each.obligation.is_to_itself,
            yen=each.obligation.yen,
            why=each.obligation.why.value,
            closes_on=each.closes_on,
            until_on=each.answer_by,
            dispute=said(each),
        )
        for each in found
    ]


_SHOW_ALL: Final = Operation(
    name="debts",
    tag="settling",
    callers=EVERYBODY,
    query=PageQuery,
    replies={200: Reply("A page of debts.", DebtPage)},
)
_TELL: Final = Operation(
    name="disputeDebt",
    tag="settling",
    callers=TREASURERS,
    body=DebtDisputeBody,
    takes_key=True,
    replies={
        201: Reply("Told; the debt waits.", DebtAnswer),
        200: Reply("The same was told before, under this id.", DebtAnswer),
    },
    errors=(AlreadyDisputed, ClaimRefused, DifferentDispute, DisputeTooLate, UnknownLine),
    example=DebtDisputeBody(reason="The association says that it gave half of it"),
)
_PROPOSE: Final = Operation(
    name="answerDebtDispute",
    tag="settling",
    callers=TREASURERS,
    body=DebtAnswerBody,
    replies={200: Reply("Waiting for another person.", DebtAnswer)},
    errors=(ClaimRefused, DisputeDecided, UnknownDispute, UnknownLine),
    example=DebtAnswerBody(finding="The journal has it so"),
)
_DECIDE: Final = Operation(
    name="approveDebtDispute",
    tag="settling",
    callers=RELEASERS,
    replies={200: Reply("Decided.", DebtAnswer)},
    errors=(DisputeDecided, SamePerson, UnknownDispute, UnknownLine),
)
