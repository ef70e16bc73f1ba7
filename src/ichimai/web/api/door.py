"""How staff's programs come in: a session's token as bearer, a role, a body already read."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ichimai import ledger, people
from ichimai.kernel import Clock
from ichimai.people.model import Audience, Staff, StaffRole
from ichimai.storage import ReadTx, WriteTx
from ichimai.web.api.bodies import MAX_BODY_BYTES, JsonBody, query_of, read_limited
from ichimai.web.api.endpoint import Caller, Endpoint, Operation
from ichimai.web.api.problems import RoleMayNot, StaffSignInNeeded
from ichimai.web.services import Services

EVERYBODY: Final = frozenset(
    {StaffRole.OFFICER, StaffRole.APPROVER, StaffRole.TREASURER, StaffRole.AUDITOR}
)
OFFICERS: Final = frozenset({StaffRole.OFFICER})
APPROVERS: Final = frozenset({StaffRole.APPROVER})
TREASURERS: Final = frozenset({StaffRole.TREASURER})
RELEASERS: Final = frozenset({StaffRole.APPROVER, StaffRole.TREASURER})
AUDITORS: Final = frozenset({StaffRole.AUDITOR})
VERIFIERS: Final = frozenset({StaffRole.AUDITOR, StaffRole.TREASURER})
"""Those who look at the books as a whole."""

LEDGER_ERRORS: Final = (
    ledger.errors.IdFromTheFuture,
    ledger.errors.DifferentKind,
    ledger.errors.ClockBehind,
)
"""What the ledger may say of an operation whose id staff made."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request whose caller may make it, with its body and query as their types.

    ``body`` is bytes where it is no JSON. ``token`` is the caller's; empty for anybody.
    """

    services: Services
    request: Request
    caller: Staff | None
    token: str
    body: Any
    query: Any

    @property
    def staff(self) -> Staff:
        """Who calls."""
        if self.caller is None:
            raise TypeError("this endpoint is for anybody")
        return self.caller

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self.services.clock

    def path(self, name: str) -> Any:  # noqa: ANN401 - of the route's own type
        """A part of the path."""
        return self.request.path_params[name]

    def read(self) -> AbstractContextManager[ReadTx]:
        """A transaction that reads the operator's tables."""
        return self.services.database.read(self.services.operator)

    def snapshot(self) -> AbstractContextManager[ReadTx]:
        """A transaction in which every statement sees the same instant."""
        return self.services.database.snapshot(self.services.operator)

    def write(self) -> AbstractContextManager[WriteTx]:
        """A transaction that may write them."""
        return self.services.database.write(self.services.operator)


Handler = Callable[[Call], Response]


def endpoint(
    services: Services, method: str, path: str, handler: Handler, operation: Operation
) -> Endpoint:
    """A route for staff, or for anybody: who may is decided before the body is read.

    ``handler`` runs in a worker thread, so that it may wait for the database.
    """
    decoder = None if operation.body is None else JsonBody(operation.body)
    limit = operation.max_bytes or (MAX_BODY_BYTES if decoder else 0)

    @wraps(handler)
    async def handle(request: Request) -> Response:
        caller, token = None, ""
        if not isinstance(operation.callers, Caller):
            token = bearer_of(request)
            caller = await run_in_threadpool(_staff_of, services, token)
            # A role in another organisation opens nothing of the operator's.
            if not caller.organisation.is_operator or caller.role not in operation.callers:
                raise RoleMayNot(tuple(sorted(operation.callers)))
        query = query_of(request, operation.query) if operation.query else None
        body: Any = await read_limited(request, limit) if limit else b""
        if decoder is not None:
            body = decoder.decode(body)
        call = Call(services, request, caller, token, body, query)
        return await run_in_threadpool(handler, call)

    return Endpoint(method, path, handle, operation)


def bearer_of(request: Request) -> str:
    """The token of the Authorization header. Raises StaffSignInNeeded."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise StaffSignInNeeded
    return token


def _staff_of(services: Services, token: str) -> Staff:
    """Whose session's token it is, with the role of this moment. Raises StaffSignInNeeded."""
    with services.database.read(services.operator) as tx:
        session = people.sessions.live(tx, services.clock, token, Audience.STAFF)
        staff = people.sessions.staff_of(tx, session) if session else None
    if session is None or staff is None:
        raise StaffSignInNeeded
    if people.sessions.needs_touch(session, services.clock):
        with services.database.write(services.operator) as tx:
            people.sessions.touch(tx, services.clock, session)
    return staff
