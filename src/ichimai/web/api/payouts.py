"""Payout batches and their transfer files, for treasurers' programs."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from starlette.responses import Response

from ichimai import people, settlement
from ichimai.kernel import Asset
from ichimai.merchants import ShopId, ShopSize
from ichimai.people.model import StaffId
from ichimai.programs import lists
from ichimai.programs.errors import UnknownProgram
from ichimai.settlement.errors import (
    DifferentBatch,
    FileDiffers,
    LinesDisputed,
    NoPayer,
    NotABankDay,
    NothingToPay,
    PayablesTaken,
    PayDayOver,
    PayeesRefused,
    SamePerson,
    UnknownBatch,
    WrongState,
)
from ichimai.settlement.model import Batch, BatchId
from ichimai.storage import ReadTx
from ichimai.web.api.bank_files import FILE, handed_over
from ichimai.web.api.bodies import operation_id
from ichimai.web.api.door import (
    EVERYBODY,
    LEDGER_ERRORS,
    RELEASERS,
    TREASURERS,
    Call,
    endpoint,
)
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer, made
from ichimai.web.api.pages import part_of
from ichimai.web.api.staff_types import (
    HeldAnswer,
    PayeeAnswer,
    PayoutAnswer,
    PayoutBody,
    PayoutDetail,
    PayoutPage,
    Person,
    ProgramPageQuery,
)
from ichimai.web.services import Services

_MOST: Final = 2_000


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about payouts."""
    one = "/payouts/{id:uuid}"
    return [
        endpoint(services, "POST", "/payouts", make, _MAKE),
        endpoint(services, "GET", "/payouts", show_all, _SHOW_ALL),
        endpoint(services, "GET", one, show, _SHOW),
        endpoint(services, "POST", f"{one}/approve", approve, _APPROVE),
        endpoint(services, "POST", f"{one}/reject", reject, _REJECT),
        endpoint(services, "POST", f"{one}/take-back", take_back, _TAKE_BACK),
        endpoint(services, "GET", f"{one}/file", file, _FILE),
    ]


def make(call: Call) -> Response:
    """Put what is owed and in no batch into a batch, for a second person to approve."""
    body = call.body
    id_ = BatchId(operation_id(call.request, body.id))
    with call.write() as tx:
        is_new = not _is_known(tx, id_)
        wanted = [lists.program(tx, Asset(body.program)).key] if body.program else []
        batch = settlement.make_batch(
            tx,
            call.clock,
            id_,
            *wanted,
            made_by=call.staff.id,
            pay_on=body.pay_on,
            hold=frozenset(map(ShopId, body.hold)),
            release=frozenset(map(ShopId, body.release)),
            sizes=frozenset(body.sizes),
        )
        shown = _detail(tx, batch)
    return made(shown, is_new=is_new)


def show_all(call: Call) -> Response:
    """The payout batches, the newest first."""
    asset = Asset(call.query.program) if call.query.program else None
    with call.read() as tx:
        found = settlement.reports.batches(tx, asset, limit=_MOST)
        part, next_ = part_of(found, call.query, lambda each: each.id)
        return answer(PayoutPage(_answers(tx, part), next_))


def show(call: Call) -> Response:
    """One batch, whom it pays, and whom it leaves out."""
    with call.read() as tx:
        return answer(_detail(tx, settlement.reports.batch(tx, _id(call))))


def approve(call: Call) -> Response:
    """Release a batch for payment, as another person than its maker."""
    with call.write() as tx:
        found = settlement.approve_batch(tx, call.clock, _id(call), approved_by=call.staff.id)
        return answer(_detail(tx, found))


def reject(call: Call) -> Response:
    """Give up a batch that is not approved; what it would have paid is free for another."""
    with call.write() as tx:
        found = settlement.reject_batch(tx, call.clock, _id(call), rejected_by=call.staff.id)
        return answer(_detail(tx, found))


def take_back(call: Call) -> Response:
    """Take an approved batch back of which nobody has the file; its lines are free for another."""
    with call.write() as tx:
        found = settlement.release.take_back(tx, call.clock, _id(call), taken_back_by=call.staff.id)
        return answer(_detail(tx, found))


def file(call: Call) -> Response:
    """Hand over the transfer file (全銀協 総合振込) and count the copy: the same bytes each time.

    The first copy must be had before the pay day; else the batch is taken back and made again.
    `Ichimai-Resend: true` says that the bank may have the file already (再送): ask it first.
    """
    with call.write() as tx:
        found = settlement.release.payout_file(tx, call.clock, _id(call), handed_to=call.staff.id)
    return handed_over(found)


def _id(call: Call) -> BatchId:
    return BatchId(call.path("id"))


def _is_known(tx: ReadTx, id_: BatchId) -> bool:
    try:
        settlement.reports.batch(tx, id_)
    except UnknownBatch:
        return False
    return True


def _detail(tx: ReadTx, batch: Batch) -> PayoutDetail:
    (shown,) = _answers(tx, [batch])
    return PayoutDetail(
        **{name: getattr(shown, name) for name in PayoutAnswer.__struct_fields__},
        payees=[
            PayeeAnswer(payee.shop, payee.shop_number, payee.units)
            for payee in settlement.reports.payees(tx, batch.id)
        ],
        held=[
            HeldAnswer(payee.shop, payee.units, payee.reason.value)
            for payee in settlement.reports.held(tx, batch.id)
        ],
    )


def _answers(tx: ReadTx, found: Sequence[Batch]) -> list[PayoutAnswer]:
    members = [StaffId(id_) for one in found for id_ in _people_of(one)]
    names = {id_: member.name for id_, member in people.staff.members(tx, members).items()}

    def person(id_: UUID) -> Person:
        return Person(id_, names.get(StaffId(id_)))

    return [
        PayoutAnswer(
            id=one.id,
            program=one.asset,
            sizes=[size for size in ShopSize if size in one.sizes],
            pay_on=one.pay_on,
            state=one.state.value,
            shops=one.shops,
            units=one.units,
            sha256=one.sha256,
            made_by=person(one.made_by),
            made_at=one.made_at,
            decided_by=person(one.decided_by) if one.decided_by else None,
            decided_at=one.decided_at,
            copies=one.copies,
            taken_back_by=person(one.taken_back_by) if one.taken_back_by else None,
            taken_back_at=one.taken_back_at,
        )
        for one in found
    ]


def _people_of(batch: Batch) -> list[UUID]:
    everybody = (batch.made_by, batch.decided_by, batch.taken_back_by)
    return [each for each in everybody if each]


_MAKE: Final = Operation(
    name="makePayout",
    tag="payouts",
    callers=TREASURERS,
    body=PayoutBody,
    max_bytes=64 * 1024,
    takes_key=True,
    replies={
        201: Reply("The batch waits for a second person.", PayoutDetail),
        200: Reply("Made before, under this id.", PayoutDetail),
    },
    errors=(
        UnknownProgram,
        NotABankDay,
        NoPayer,
        NothingToPay,
        PayeesRefused,
        PayablesTaken,
        DifferentBatch,
    ),
    example=PayoutBody(program="longevity-gift"),
)
_SHOW_ALL: Final = Operation(
    name="payouts",
    tag="payouts",
    callers=EVERYBODY,
    query=ProgramPageQuery,
    replies={200: Reply("A page of batches.", PayoutPage)},
)
_SHOW: Final = Operation(
    name="payout",
    tag="payouts",
    callers=EVERYBODY,
    replies={200: Reply("The batch.", PayoutDetail)},
    errors=(UnknownBatch,),
)
_APPROVE: Final = Operation(
    name="approvePayout",
    tag="payouts",
    callers=RELEASERS,
    replies={200: Reply("Approved.", PayoutDetail)},
    errors=(UnknownBatch, SamePerson, WrongState, PayDayOver, LinesDisputed, *LEDGER_ERRORS),
)
_REJECT: Final = Operation(
    name="rejectPayout",
    tag="payouts",
    callers=RELEASERS,
    replies={200: Reply("Rejected.", PayoutDetail)},
    errors=(UnknownBatch, WrongState),
)
_TAKE_BACK: Final = Operation(
    name="takePayoutBack",
    tag="payouts",
    callers=RELEASERS,
    replies={200: Reply("Taken back.", PayoutDetail)},
    errors=(UnknownBatch, WrongState, *LEDGER_ERRORS),
)
_FILE: Final = Operation(
    name="payoutFile",
    tag="payouts",
    callers=TREASURERS,
    replies={200: FILE},
    errors=(UnknownBatch, WrongState, PayDayOver, FileDiffers),
)
