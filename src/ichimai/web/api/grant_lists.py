"""Grants by list, for the programs of officers and approvers."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from starlette.responses import Response

from ichimai import people
from ichimai.kernel import Asset, ids
from ichimai.people.model import StaffId
from ichimai.programs import lists
from ichimai.programs.errors import (
    DifferentGrantList,
    GrantListDecided,
    SecondPersonNeeded,
    UnknownGrantList,
    UnknownProgram,
)
from ichimai.programs.lists import ListRefused
from ichimai.programs.model import GrantList, GrantListId, ListState
from ichimai.storage import ReadTx
from ichimai.web.api.bodies import operation_id
from ichimai.web.api.door import APPROVERS, EVERYBODY, OFFICERS, Call, endpoint
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer, made
from ichimai.web.api.pages import PageQuery, part_of
from ichimai.web.api.problems import BodyTooLarge
from ichimai.web.api.staff_types import (
    DateWindow,
    GrantListAnswer,
    GrantListPage,
    ListCheckAnswer,
    Person,
    ProgramQuery,
)
from ichimai.web.services import Services

MAX_BYTES: Final = 10 * 1024 * 1024
_MOST: Final = 2_000


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about lists of grants."""
    one = "/grant-lists/{id:uuid}"
    return [
        endpoint(services, "POST", "/grant-lists", upload, _UPLOAD),
        endpoint(services, "POST", "/grant-lists/check", check, _CHECK),
        endpoint(services, "GET", "/grant-lists", show_all, _SHOW_ALL),
        endpoint(services, "GET", one, show, _SHOW),
        endpoint(services, "POST", f"{one}/approve", approve, _APPROVE),
        endpoint(services, "POST", f"{one}/decline", decline, _DECLINE),
    ]


def upload(call: Call) -> Response:
    """Check a list and put it before an approver: all of it, or nothing.

    The body is the CSV file. An `Idempotency-Key` becomes the list's id, so that an upload whose
    answer was lost can be sent again.
    """
    id_ = GrantListId(_key(call))
    with call.write() as tx:
        is_new = not lists.is_known(tx, id_)
        found = lists.submit(
            tx, call.clock, Asset(call.query.program), call.body, by=call.staff.id, id_=id_
        )
        (shown,) = _answers(tx, [found])
    return made(shown, is_new=is_new)


def _key(call: Call) -> UUID:
    """The id that the caller made, or else a new one."""
    if "idempotency-key" in call.request.headers:
        return operation_id(call.request, msgspec.UNSET)
    return ids.uuid7(call.clock)


def check(call: Call) -> Response:
    """Say what is on a list, or what is wrong with it; nothing is written."""
    with call.read() as tx:
        found = lists.check(tx, Asset(call.query.program), call.body)
    return answer(
        ListCheckAnswer(
            program=call.query.program,
            sha256=found.sha256.hex(),
            encoding=found.encoding.value,
            rows=len(found.rows),
            units=found.total_units,
            rows_by_reason=dict(found.rows_by_reason),
            units_by_reason=dict(found.units_by_reason),
            windows={
                key: DateWindow(window.first, window.last) for key, window in found.windows.items()
            },
            warnings=found.warnings,
        )
    )


def show_all(call: Call) -> Response:
    """The lists, the newest first."""
    with call.read() as tx:
        found = lists.grant_lists(tx, limit=_MOST)
        part, next_ = part_of(found, call.query, lambda each: each.id)
        return answer(GrantListPage(_answers(tx, part), next_))


def show(call: Call) -> Response:
    """One list, and how far posting it has come."""
    with call.read() as tx:
        (shown,) = _answers(tx, [lists.grant_list(tx, _id(call))])
    return answer(shown)


def approve(call: Call) -> Response:
    """Approve a list, as another person than its uploader; posting begins by itself."""
    return _decided(call, ListState.APPROVED)


def decline(call: Call) -> Response:
    """Decline a list, as another person than its uploader."""
    return _decided(call, ListState.DECLINED)


def _decided(call: Call, state: ListState) -> Response:
    with call.write() as tx:
        try:
            found = lists.decide(
                tx,
                call.clock,
                _id(call),
                by=call.staff.id,
                is_approved=state is ListState.APPROVED,
            )
        except GrantListDecided:
            found = lists.grant_list(tx, _id(call))
            if found.decided_by != call.staff.id or not _is_in(found, state):
                raise
            # The same person asks the same again: the answer was lost on its way.
        (shown,) = _answers(tx, [found])
    return answer(shown)


def _is_in(found: GrantList, state: ListState) -> bool:
    was_approved = found.state in {ListState.APPROVED, ListState.POSTED}
    return was_approved if state is ListState.APPROVED else found.state is state


def _id(call: Call) -> GrantListId:
    return GrantListId(call.path("id"))


def _answers(tx: ReadTx, found: Sequence[GrantList]) -> list[GrantListAnswer]:
    people_ = [StaffId(id_) for one in found for id_ in (one.uploaded_by, one.decided_by) if id_]
    names = {id_: member.name for id_, member in people.staff.members(tx, people_).items()}
    return [_answer(one, names) for one in found]


def _answer(one: GrantList, names: dict[StaffId, str]) -> GrantListAnswer:
    def person(id_: UUID) -> Person:
        return Person(id_, names.get(StaffId(id_)))

    return GrantListAnswer(
        id=one.id,
        program=one.program,
        sha256=one.sha256.hex(),
        encoding=one.summary.encoding,
        rows=one.row_count,
        units=one.units,
        rows_by_reason=one.summary.rows_by_reason,
        units_by_reason=one.summary.units_by_reason,
        windows={key: DateWindow(*window) for key, window in one.summary.windows.items()},
        state=one.state.value,
        posted_rows=one.posted_rows,
        uploaded_by=person(one.uploaded_by),
        uploaded_at=one.uploaded_at,
        decided_by=person(one.decided_by) if one.decided_by else None,
        decided_at=one.decided_at,
    )


_CSV: Final = "text/csv"
_DECIDE: Final = (UnknownGrantList, SecondPersonNeeded, GrantListDecided)
_UPLOAD: Final = Operation(
    name="uploadGrantList",
    tag="grant lists",
    callers=OFFICERS,
    query=ProgramQuery,
    media=_CSV,
    max_bytes=MAX_BYTES,
    takes_key=True,
    replies={
        201: Reply("The list waits for an approver.", GrantListAnswer),
        200: Reply("The same upload was taken before.", GrantListAnswer),
    },
    errors=(BodyTooLarge, UnknownProgram, ListRefused, DifferentGrantList),
)
_CHECK: Final = Operation(
    name="checkGrantList",
    tag="grant lists",
    callers=OFFICERS,
    query=ProgramQuery,
    media=_CSV,
    max_bytes=MAX_BYTES,
    replies={200: Reply("The list could be taken.", ListCheckAnswer)},
    errors=(BodyTooLarge, UnknownProgram, ListRefused),
)
_SHOW_ALL: Final = Operation(
    name="grantLists",
    tag="grant lists",
    callers=EVERYBODY,
    query=PageQuery,
    replies={200: Reply("A page of lists.", GrantListPage)},
)
_SHOW: Final = Operation(
    name="grantList",
    tag="grant lists",
    callers=EVERYBODY,
    replies={200: Reply("The list.", GrantListAnswer)},
    errors=(UnknownGrantList,),
)
_APPROVE: Final = Operation(
    name="approveGrantList",
    tag="grant lists",
    callers=APPROVERS,
    replies={200: Reply("Approved.", GrantListAnswer)},
    errors=_DECIDE,
)
_DECLINE: Final = Operation(
    name="declineGrantList",
    tag="grant lists",
    callers=APPROVERS,
    replies={200: Reply("Declined.", GrantListAnswer)},
    errors=_DECIDE,
)
