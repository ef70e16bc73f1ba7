"""What associations owe for their shops, for treasurers' programs."""

from typing import Final

from starlette.responses import Response

from ichimai import people, settlement
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.model import StaffId
from ichimai.settlement.clearing import OPERATOR, Bill, BillPaymentId, ObligationId
from ichimai.settlement.errors import (
    BillPaymentRefused,
    BillSettled,
    DifferentBillPayment,
    UnknownBill,
)
from ichimai.storage import ReadTx
from ichimai.web.api.bodies import operation_id
from ichimai.web.api.door import EVERYBODY, LEDGER_ERRORS, TREASURERS, Call, endpoint
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer, made
from ichimai.web.api.pages import part_of
from ichimai.web.api.settling_types import (
    BillAnswer,
    BillDetail,
    BillLineAnswer,
    BillPage,
    BillPaymentAnswer,
    BillPaymentBody,
    BillQuery,
)
from ichimai.web.api.staff_types import Person
from ichimai.web.services import Services

_MOST: Final = 2_000


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about bills."""
    one = "/bills/{id:uuid}"
    return [
        endpoint(services, "GET", "/bills", show_all, _SHOW_ALL),
        endpoint(services, "GET", one, show, _SHOW),
        endpoint(services, "POST", f"{one}/payments", receive, _RECEIVE),
    ]


def show_all(call: Call) -> Response:
    """The bills: those that are open first, then of the last closing first."""
    with call.read() as tx:
        found = settlement.clearing.bills(tx, None, _MOST)
    if call.query.is_open:
        found = [bill for bill in found if bill.paid_at is None]
    part, next_ = part_of(found, call.query, lambda each: each.id)
    return answer(BillPage([_answer(bill) for bill in part], next_))


def show(call: Call) -> Response:
    """One bill, what each shop owes in it, and what came in for it."""
    with call.read() as tx:
        return answer(_detail(tx, _known(tx, _id(call))))


def receive(call: Call) -> Response:
    """Note that money came in; with the last of it the ledger settles the shops' lines."""
    id_, body = _id(call), call.body
    payment = BillPaymentId(operation_id(call.request, body.id))
    with call.write() as tx:
        bill = _known(tx, id_)
        earlier = {each.id: each for each in settlement.clearing.payments(tx, id_)}
        same = earlier.get(payment)
        today = day_in_tokyo(call.clock.now())
        found = settlement.clearing.receive(
            tx,
            call.clock,
            payment,
            id_,
            yen=body.yen or (same.yen if same else bill.rest_yen),
            received_on=body.received_on or (same.received_on if same else today),
            noted_by=call.staff.id,
        )
        return made(_detail(tx, found), is_new=same is None)


def _id(call: Call) -> ObligationId:
    return ObligationId(call.path("id"))


def _known(tx: ReadTx, id_: ObligationId) -> Bill:
    found = settlement.clearing.bill(tx, id_)
    if found is None:
        raise UnknownBill
    return found


def _answer(bill: Bill) -> BillAnswer:
    return BillAnswer(
        id=bill.id,
        debtor=f"association:{bill.association}",
        creditor=OPERATOR,
        shops=bill.shops,
        yen=bill.yen,
        received_yen=bill.received_yen,
        rest_yen=bill.rest_yen,
        due_on=bill.due_on,
        is_netted=bill.is_netted,
        is_paid=bill.paid_at is not None,
    )


def _detail(tx: ReadTx, bill: Bill) -> BillDetail:
    shown, payments = _answer(bill), settlement.clearing.payments(tx, bill.id)
    members = people.staff.members(tx, [StaffId(each.noted_by) for each in payments])
    names = {id_: member.name for id_, member in members.items()}
    return BillDetail(
        **{name: getattr(shown, name) for name in BillAnswer.__struct_fields__},
        lines=[BillLineAnswer(*line) for line in settlement.clearing.bill_lines(tx, bill.id)],
        payments=[
            BillPaymentAnswer(
                each.id,
                each.yen,
                each.received_on,
                Person(each.noted_by, names.get(StaffId(each.noted_by))),
            )
            for each in payments
        ],
    )


_SHOW_ALL: Final = Operation(
    name="bills",
    tag="settling",
    callers=EVERYBODY,
    query=BillQuery,
    replies={200: Reply("A page of bills.", BillPage)},
)
_SHOW: Final = Operation(
    name="bill",
    tag="settling",
    callers=EVERYBODY,
    replies={200: Reply("The bill.", BillDetail)},
    errors=(UnknownBill,),
)
_RECEIVE: Final = Operation(
    name="receiveForBill",
    tag="settling",
    callers=TREASURERS,
    body=BillPaymentBody,
    takes_key=True,
    replies={
        201: Reply("Noted.", BillDetail),
        200: Reply("Noted before, under this id.", BillDetail),
    },
    errors=(BillPaymentRefused, BillSettled, DifferentBillPayment, UnknownBill, *LEDGER_ERRORS),
    example=BillPaymentBody(yen=20_000),
)
