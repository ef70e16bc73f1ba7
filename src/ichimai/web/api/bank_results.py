"""What the bank says of payouts, for treasurers' programs."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from starlette.responses import Response

from ichimai import people, settlement
from ichimai.kernel import ids
from ichimai.people.model import StaffId
from ichimai.settlement.bank.errors import BankResultRefused, DifferentBankResult
from ichimai.settlement.bank.model import BankResultId, PayoutResult
from ichimai.settlement.errors import FileDiffers, UnknownBatch, WrongState
from ichimai.settlement.model import BatchId
from ichimai.storage import ReadTx
from ichimai.web.api.bodies import operation_id
from ichimai.web.api.door import EVERYBODY, LEDGER_ERRORS, TREASURERS, Call, endpoint
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer, made
from ichimai.web.api.problems import BodyTooLarge
from ichimai.web.api.staff_types import (
    BankResultAnswer,
    BankResultLineAnswer,
    BankResultQuery,
    BankResults,
    Person,
)
from ichimai.web.services import Services


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about what the bank says."""
    return [
        endpoint(services, "POST", "/payouts/results", take, _TAKE),
        endpoint(services, "GET", "/payouts/{id:uuid}/results", show, _SHOW),
    ]


def take(call: Call) -> Response:
    """Take in a bank's result file: all of it, or nothing.

    The body is the file, of 120-byte records or CSV. The same file again is the same answer. What
    was not paid is owed again.
    """
    id_ = BankResultId(result_key(call))
    wanted = call.query.payout
    with call.write() as tx:
        is_known = settlement.bank.results.is_known(tx, id_)
        found = settlement.bank.results.import_result(
            tx,
            call.clock,
            id_,
            call.body,
            imported_by=call.staff.id,
            batch=None if wanted is None else BatchId(wanted),
        )
        (shown,) = _answers(tx, [found])
    return made(shown, is_new=found.id == id_ and not is_known)


def show(call: Call) -> Response:
    """All that the bank said of a payout."""
    with call.read() as tx:
        batch = settlement.reports.batch(tx, BatchId(call.path("id")))
        return answer(BankResults(_answers(tx, settlement.bank.results.of_batch(tx, batch.id))))


def result_key(call: Call) -> UUID:
    """The id that the caller made, or else a new one."""
    if "idempotency-key" in call.request.headers:
        return operation_id(call.request, msgspec.UNSET)
    return ids.uuid7(call.clock)


def _answers(tx: ReadTx, found: Sequence[PayoutResult]) -> list[BankResultAnswer]:
    members = people.staff.members(tx, [StaffId(one.imported_by) for one in found])
    names = {id_: member.name for id_, member in members.items()}
    numbers = {
        payee.shop: payee.shop_number
        for batch in {one.of for one in found}
        for payee in settlement.reports.payees(tx, batch)
    }
    return [
        BankResultAnswer(
            id=one.id,
            payout=one.of,
            kind=one.kind.value,
            format=one.format.value,
            sha256=one.sha256,
            result_on=one.result_on,
            imported_by=Person(one.imported_by, names.get(StaffId(one.imported_by))),
            imported_at=one.imported_at,
            lines=[
                BankResultLineAnswer(
                    line.payee,
                    numbers[line.payee],
                    line.outcome.value,
                    line.reason.value,
                    line.units,
                )
                for line in one.lines
            ],
        )
        for one in found
    ]


_TAKE: Final = Operation(
    name="importBankResult",
    tag="payouts",
    callers=TREASURERS,
    query=BankResultQuery,
    media="application/octet-stream",
    max_bytes=settlement.bank.results.MAX_BYTES,
    takes_key=True,
    replies={
        201: Reply("Taken in.", BankResultAnswer),
        200: Reply("The same was taken in before.", BankResultAnswer),
    },
    errors=(
        BodyTooLarge,
        BankResultRefused,
        DifferentBankResult,
        UnknownBatch,
        WrongState,
        FileDiffers,
        *LEDGER_ERRORS,
    ),
)
_SHOW: Final = Operation(
    name="bankResults",
    tag="payouts",
    callers=EVERYBODY,
    replies={200: Reply("The results.", BankResults)},
    errors=(UnknownBatch,),
)
