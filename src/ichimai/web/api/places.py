"""How those come in where cards are shown: a till with its token, or staff with a session."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ichimai import identity, merchants, people
from ichimai.identity import Place
from ichimai.kernel import Clock
from ichimai.merchants import ShopId
from ichimai.people.model import Audience, Staff, StaffRole
from ichimai.storage import WriteTx
from ichimai.web.api.bodies import JsonBody, query_of, read_limited
from ichimai.web.api.door import bearer_of
from ichimai.web.api.endpoint import Caller, Endpoint, Operation
from ichimai.web.api.problems import RoleMayNot, StaffSignInNeeded
from ichimai.web.services import Services

AT_COUNTERS: Final = frozenset({StaffRole.CLERK, StaffRole.OFFICER})
"""Who may have a person's card shown at a counter."""


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """One request from a place where cards are shown: of a ``shop``'s till, or of ``staff``."""

    services: Services
    request: Request
    place: Place
    shop: ShopId | None
    staff: Staff | None
    body: Any
    query: Any

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self.services.clock

    @property
    def member(self) -> Staff:
        """Who serves the counter."""
        if self.staff is None:
            raise StaffSignInNeeded
        return self.staff

    def write(self) -> AbstractContextManager[WriteTx]:
        """A transaction that may write the operator's tables."""
        return self.services.database.write(self.services.operator)

    def current(self, tx: WriteTx, token: str) -> identity.model.Tap:
        """The tap with ``token``, which must be this place's and live. Raises TapOver."""
        return identity.taps.current(tx, self.clock, self.place, token)


Handler = Callable[[PlaceCall], Response]


def endpoint_at_place(
    services: Services, method: str, path: str, handler: Handler, operation: Operation
) -> Endpoint:
    """A route for places where cards are shown; who may is decided before the body is read."""
    decoder = None if operation.body is None else JsonBody(operation.body)

    @wraps(handler)
    async def handle(request: Request) -> Response:
        token = bearer_of(request)
        place, shop, staff = await run_in_threadpool(
            _place_of, services, token, may_be_till=operation.callers is Caller.PLACE
        )
        query = query_of(request, operation.query) if operation.query else None
        body = decoder.decode(await read_limited(request)) if decoder else None
        call = PlaceCall(services, request, place, shop, staff, body, query)
        return await run_in_threadpool(handler, call)

    return Endpoint(method, path, handle, operation)


def _place_of(
    services: Services, token: str, *, may_be_till: bool
) -> tuple[Place, ShopId | None, Staff | None]:
    """Where a token comes from. Raises StaffSignInNeeded, RoleMayNot."""
    with services.database.read(services.operator) as tx:
        if may_be_till:
            (till,) = merchants.tills.terminals(tx, [token])
            if till is not None:
                return Place(till.terminal, is_counter=False), till.shop, None
        session = people.sessions.live(tx, services.clock, token, Audience.STAFF)
        staff = people.sessions.staff_of(tx, session) if session else None
    if session is None or staff is None:
        raise StaffSignInNeeded
    # A role in another organisation opens nothing of the operator's.
    if not staff.organisation.is_operator or staff.role not in AT_COUNTERS:
        raise RoleMayNot(tuple(sorted(AT_COUNTERS)))
    if people.sessions.needs_touch(session, services.clock):
        with services.database.write(services.operator) as tx:
            people.sessions.touch(tx, services.clock, session)
    return Place(session.id, is_counter=True), None, staff
