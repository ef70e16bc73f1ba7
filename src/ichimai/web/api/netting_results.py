"""What banks say of nettings' files, for treasurers' programs."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from ichimai import people, settlement
from ichimai.people.model import StaffId
from ichimai.settlement.bank.errors import BankResultRefused, DifferentBankResult
from ichimai.settlement.bank.model import BankResultId, NettingResult
from ichimai.settlement.clearing import NettingId
from ichimai.settlement.errors import FileDiffers, UnknownNetting, WrongState
from ichimai.storage import ReadTx
from ichimai.web.api.bank_results import result_key
from ichimai.web.api.door import EVERYBODY, TREASURERS, Call, endpoint
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer, made
from ichimai.web.api.problems import BodyTooLarge
from ichimai.web.api.settling_types import (
    NettingResultAnswer,
    NettingResultLineAnswer,
    NettingResults,
)
from ichimai.web.api.staff_types import Person
from ichimai.web.services import Services


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about what banks say."""
    results = "/nettings/{id:uuid}/results"
    return [
        endpoint(services, "POST", results, take, _TAKE),
        endpoint(services, "GET", results, show, _SHOW),
    ]


def take(call: Call) -> Response:
    """Take in a bank's result of one of the netting's files: all of it, or nothing.

    The body is the file, of 120-byte records or CSV. The same file again is the same answer. What
    was not paid is owed again: the next netting has it.
    """
    id_ = BankResultId(result_key(call))
    with call.write() as tx:
        is_known = settlement.bank.netting_results.is_known(tx, id_)
        found = settlement.bank.netting_results.import_result(
            tx, call.clock, id_, call.body, netting=_id(call), imported_by=call.staff.id
        )
        (shown,) = _answers(tx, [found])
    return made(shown, is_new=found.id == id_ and not is_known)


def show(call: Call) -> Response:
    """All that banks said of a netting's files."""
    with call.read() as tx:
        known = settlement.clearing.known(tx, _id(call))
        found = settlement.bank.netting_results.of_netting(tx, known.id)
        return answer(NettingResults(_answers(tx, found)))


def _id(call: Call) -> NettingId:
    return NettingId(call.path("id"))


def _answers(tx: ReadTx, found: Sequence[NettingResult]) -> list[NettingResultAnswer]:
    members = people.staff.members(tx, [StaffId(one.imported_by) for one in found])
    names = {id_: member.name for id_, member in members.items()}
    transfers = {
        netting: settlement.clearing.known(tx, netting).transfers
        for netting in {one.of.netting for one in found}
    }
    return [
        NettingResultAnswer(
            id=one.id,
            netting=one.of.netting,
            debtor=one.of.party,
            kind=one.kind.value,
            format=one.format.value,
            sha256=one.sha256,
            result_on=one.result_on,
            imported_by=Person(one.imported_by, names.get(StaffId(one.imported_by))),
            imported_at=one.imported_at,
            lines=[
                NettingResultLineAnswer(
                    transfers[one.of.netting][line.payee - 1].creditor,
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
    name="importNettingResult",
    tag="settling",
    callers=TREASURERS,
    media="application/octet-stream",
    max_bytes=settlement.bank.results.MAX_BYTES,
    takes_key=True,
    replies={
        201: Reply("Taken in.", NettingResultAnswer),
        200: Reply("The same was taken in before.", NettingResultAnswer),
    },
    errors=(
        BodyTooLarge,
        BankResultRefused,
        DifferentBankResult,
        UnknownNetting,
        WrongState,
        FileDiffers,
    ),
)
_SHOW: Final = Operation(
    name="nettingResults",
    tag="settling",
    callers=EVERYBODY,
    replies={200: Reply("The results.", NettingResults)},
    errors=(UnknownNetting,),
)
