"""What parties owe each other, settled by few transfers, for treasurers' programs."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from starlette.responses import Response

from ichimai import ledger, people, settlement
from ichimai.people.model import StaffId
from ichimai.settlement.clearing import Debt, Netting, NettingId
from ichimai.settlement.errors import (
    DifferentNetting,
    FileDiffers,
    LinesDisputed,
    NothingToNet,
    NoTransferFile,
    ObligationsTaken,
    PayDayOver,
    SamePerson,
    UnknownNetting,
    WrongState,
)
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
from ichimai.web.api.pages import PageQuery, part_of
from ichimai.web.api.settling_types import (
    NettingAnswer,
    NettingBody,
    NettingDetail,
    NettingPage,
    PartyQuery,
    TransferAnswer,
)
from ichimai.web.api.staff_types import Person
from ichimai.web.services import Services

_MOST: Final = 2_000


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about nettings."""
    one = "/nettings/{id:uuid}"
    return [
        endpoint(services, "POST", "/nettings", make, _MAKE),
        endpoint(services, "GET", "/nettings", show_all, _SHOW_ALL),
        endpoint(services, "GET", one, show, _SHOW),
        endpoint(services, "POST", f"{one}/approve", approve, _APPROVE),
        endpoint(services, "POST", f"{one}/reject", reject, _REJECT),
        endpoint(services, "GET", f"{one}/file", file, _FILE),
    ]


def make(call: Call) -> Response:
    """Net all that nobody can dispute any more, for a second person to approve."""
    id_ = NettingId(operation_id(call.request, call.body.id))
    with call.write() as tx:
        is_new = not _is_known(tx, id_)
        found = settlement.clearing.make_netting(tx, call.clock, id_, made_by=call.staff.id)
        return made(_detail(tx, found), is_new=is_new)


def show_all(call: Call) -> Response:
    """The nettings, the newest first."""
    with call.read() as tx:
        found = settlement.clearing.nettings(tx, _MOST)
        part, next_ = part_of(found, call.query, lambda each: each.id)
        return answer(NettingPage(_answers(tx, part), next_))


def show(call: Call) -> Response:
    """One netting: each party's position, and who pays whom instead."""
    with call.read() as tx:
        return answer(_detail(tx, settlement.clearing.known(tx, _id(call))))


def approve(call: Call) -> Response:
    """Settle by its transfers, as somebody else than its maker; bills in it are paid with it."""
    with call.write() as tx:
        found = settlement.clearing.approve_netting(
            tx, call.clock, _id(call), approved_by=call.staff.id
        )
        return answer(_detail(tx, found))


def reject(call: Call) -> Response:
    """Give up a netting that is not approved; another may take what was in it."""
    with call.write() as tx:
        found = settlement.clearing.reject_netting(
            tx, call.clock, _id(call), rejected_by=call.staff.id
        )
        return answer(_detail(tx, found))


def file(call: Call) -> Response:
    """Hand over the file in which a party pays, and count the copy: the same bytes each time.

    `Ichimai-Resend: true` says that the bank may have the file already (再送): ask it first.
    """
    with call.write() as tx:
        found = settlement.clearing.transfer_file(
            tx, call.clock, _id(call), call.query.party, handed_to=call.staff.id
        )
    return handed_over(found)


def _id(call: Call) -> NettingId:
    return NettingId(call.path("id"))


def _is_known(tx: ReadTx, id_: NettingId) -> bool:
    try:
        settlement.clearing.known(tx, id_)
    except UnknownNetting:
        return False
    return True


def _detail(tx: ReadTx, netting: Netting) -> NettingDetail:
    (shown,) = _answers(tx, [netting])
    netted = settlement.clearing.netted(tx, netting.id)
    parties = settlement.clearing.of_netting(tx, netting.id)
    by_file = {each.known.party for each in parties if each.sha256}
    paid = {each.known.party for each in parties}
    return NettingDetail(
        **{name: getattr(shown, name) for name in NettingAnswer.__struct_fields__},
        positions=settlement.clearing.positions(
            Debt(each.debtor, each.creditor, each.yen) for each in netted
        ),
        payments=[
            TransferAnswer(*debt, by_file=debt.debtor in by_file and debt.creditor in paid)
            for debt in netting.transfers
        ],
    )


def _answers(tx: ReadTx, found: Sequence[Netting]) -> list[NettingAnswer]:
    members = [StaffId(id_) for one in found for id_ in (one.made_by, one.decided_by) if id_]
    names = {id_: member.name for id_, member in people.staff.members(tx, members).items()}

    def person(id_: UUID) -> Person:
        return Person(id_, names.get(StaffId(id_)))

    return [
        NettingAnswer(
            id=one.id,
            debts=one.obligations,
            yen=one.yen,
            pay_on=one.pay_on,
            state=one.state.value,
            transfers=len(one.transfers),
            made_by=person(one.made_by),
            made_at=one.made_at,
            decided_by=person(one.decided_by) if one.decided_by else None,
            decided_at=one.decided_at,
        )
        for one in found
    ]


_MAKE: Final = Operation(
    name="makeNetting",
    tag="settling",
    callers=TREASURERS,
    body=NettingBody,
    takes_key=True,
    replies={
        201: Reply("The netting waits for a second person.", NettingDetail),
        200: Reply("Made before, under this id.", NettingDetail),
    },
    errors=(DifferentNetting, NothingToNet, ObligationsTaken),
    example=NettingBody(),
)
_SHOW_ALL: Final = Operation(
    name="nettings",
    tag="settling",
    callers=EVERYBODY,
    query=PageQuery,
    replies={200: Reply("A page of nettings.", NettingPage)},
)
_SHOW: Final = Operation(
    name="netting",
    tag="settling",
    callers=EVERYBODY,
    replies={200: Reply("The netting.", NettingDetail)},
    errors=(UnknownNetting,),
)
_APPROVE: Final = Operation(
    name="approveNetting",
    tag="settling",
    callers=RELEASERS,
    replies={200: Reply("Settled.", NettingDetail)},
    errors=(
        UnknownNetting,
        SamePerson,
        WrongState,
        LinesDisputed,
        PayDayOver,
        ledger.errors.BoundExceeded,
        *LEDGER_ERRORS,
    ),
)
_REJECT: Final = Operation(
    name="rejectNetting",
    tag="settling",
    callers=RELEASERS,
    replies={200: Reply("Given up.", NettingDetail)},
    errors=(UnknownNetting, WrongState),
)
_FILE: Final = Operation(
    name="nettingFile",
    tag="settling",
    callers=TREASURERS,
    query=PartyQuery,
    replies={200: FILE},
    errors=(UnknownNetting, WrongState, NoTransferFile, FileDiffers),
)
