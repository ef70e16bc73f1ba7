"""How residents come in, and how a page knows who they are."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ichimai import audit, people
from ichimai.people.model import Audience, Session
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx
from ichimai.web.layout import Door, SignInNeeded, Visit

DOOR: Final = Door(name="me", home="/me", sign_in="/me/sign-in", same_site="lax")


@dataclass(frozen=True, slots=True)
class AtHome:
    """A visit of a resident who has signed in, to pages about nobody else."""

    visit: Visit
    session: Session
    token: str = ""

    @property
    def subject(self) -> SubjectId:
        """Who it is."""
        return SubjectId(self.session.owner)

    @property
    def me(self) -> audit.Myself:
        """Who it is, as what is read of a person asks for it."""
        return audit.Myself(self.subject)

    def read(self) -> AbstractContextManager[ReadTx]:
        """A transaction that reads the operator's tables."""
        services = self.visit.services
        return services.database.read(services.operator)

    def write(self) -> AbstractContextManager[WriteTx]:
        """A transaction that may write them."""
        services = self.visit.services
        return services.database.write(services.operator)

    def render(self, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> Response:  # noqa: ANN401 - a template takes anything
        """A page that leaves the screen when its session has been idle too long."""
        response = self.visit.render(template, status=status, **context)
        seconds = people.sessions.idle_seconds(self.session)
        response.headers["Refresh"] = f"{seconds}; url={DOOR.sign_in}"
        return response

    def render_and_sign_out(self, template: str, **context: Any) -> Response:  # noqa: ANN401 - the same
        """The last page of somebody whose sessions have ended."""
        response = self.visit.render(template, **context)
        self.visit.pages.jar.drop_session(response, DOOR)
        return response


Handler = Callable[[AtHome], Response]


def for_residents(handler: Handler) -> Callable[[Visit], Response]:
    """A page for somebody who has signed in. Raises SignInNeeded."""

    @wraps(handler)
    def page(visit: Visit) -> Response:
        return handler(AtHome(visit, *signed_in(visit)))

    return page


def for_residents_who_wait(
    handler: Callable[[AtHome], Awaitable[Response]],
) -> Callable[[Visit], Awaitable[Response]]:
    """The same for what awaits an answer of the desk. Raises SignInNeeded."""

    @wraps(handler)
    async def page(visit: Visit) -> Response:
        return await handler(AtHome(visit, *await run_in_threadpool(signed_in, visit)))

    return page


def signed_in(visit: Visit, audience: Audience = Audience.RESIDENT) -> tuple[Session, str]:
    """The live session of this visit and its token. Raises SignInNeeded."""
    desk = visit.services.desk
    if not visit.token:
        raise SignInNeeded
    with desk.database.read(desk.operator) as tx:
        session = people.sessions.live(tx, desk.clock, visit.token, audience)
    if session is None:
        raise SignInNeeded
    if people.sessions.needs_touch(session, desk.clock):
        with desk.database.write(desk.operator) as tx:
            people.sessions.touch(tx, desk.clock, session)
    return session, visit.token
