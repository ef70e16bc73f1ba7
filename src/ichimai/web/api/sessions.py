"""Staff sign in and out; a till gets its token for a one-time code."""

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from ichimai import merchants, people
from ichimai.merchants.errors import EnrolmentRefused, MistypedEnrolmentCode
from ichimai.people.errors import (
    SecondFactorNotSetUp,
    SecondStepNeeded,
    SignInRefused,
    TooManyAttempts,
)
from ichimai.people.model import Audience, NewSession
from ichimai.web.api.door import EVERYBODY, Call, endpoint
from ichimai.web.api.endpoint import Caller, Endpoint, Operation, Reply, answer
from ichimai.web.api.staff_types import EnrolmentBody, SessionAnswer, SignInBody, TillAnswer
from ichimai.web.network import network_of
from ichimai.web.services import Services

_NO_CONTENT: Final = 204


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints with which programs come in and go."""
    return [
        endpoint(services, "POST", "/sessions", sign_in, _SIGN_IN),
        endpoint(services, "DELETE", "/sessions/current", sign_out, _SIGN_OUT),
        endpoint(services, "POST", "/enrolments", enrol, _ENROL),
    ]


def sign_in(call: Call) -> Response:
    """Sign in with a name, a password and, where it is set up, a code of the app."""
    services, body = call.services, call.body
    with call.write() as tx:
        attempt = people.sign_in.begin_staff(
            tx,
            call.clock,
            services.people_key,
            name=body.name,
            password=body.password,
            network=network_of(call.request),
        )
    if not people.sign_in.is_right(attempt):
        raise SignInRefused
    with call.write() as tx:
        new = people.sign_in.finish_staff(
            tx, call.clock, attempt, needs_second_factor=services.needs_second_factor
        )
    if new.session.audience is not Audience.STAFF:
        new = _second_step(call, new)
    with call.read() as tx:
        member = people.sessions.staff_of(tx, new.session)
    if member is None:
        raise SignInRefused
    idle = timedelta(seconds=people.sessions.idle_seconds(new.session))
    return answer(SessionAnswer(new.token, member.role.value, new.session.started_at + idle), 201)


def _second_step(call: Call, half: NewSession) -> NewSession:
    """The whole session for half a one. Raises what ``_SIGN_IN`` names."""
    if half.session.audience is Audience.SET_UP:
        raise SecondFactorNotSetUp
    if not call.body.code:
        raise SecondStepNeeded
    key, code, staff = call.services.people_key, call.body.code, half.session.owner
    with call.write() as tx:
        counters = people.sign_in.begin_second_step(
            tx, call.clock, key, staff=staff, code=code, network=network_of(call.request)
        )
    with call.write() as tx:
        return people.second_factor.finish_second_step(
            tx, call.clock, key, half.session, code=code, counters=counters
        )


def sign_out(call: Call) -> Response:
    """End the session whose token is sent."""
    with call.write() as tx:
        people.sessions.end(tx, call.token)
    return Response(status_code=_NO_CONTENT)


def enrol(call: Call) -> Response:
    """Make the device that brings a one-time code a till; it may ask again with its secret."""
    services, body = call.services, call.body
    with call.write() as tx:
        counted = people.sign_in.begin_code(
            tx, call.clock, services.people_key, network=network_of(call.request)
        )
    with call.write() as tx:
        till = merchants.tills.enrol(
            tx, call.clock, services.people_key, body.code, secret=body.secret
        )
        people.sign_in.code_was_right(tx, call.clock, counted)
    return answer(TillAnswer(till.terminal, till.shop, till.token), 201)


_SIGN_IN: Final = Operation(
    name="signIn",
    tag="sessions",
    callers=Caller.ANYBODY,
    body=SignInBody,
    replies={201: Reply("Signed in.", SessionAnswer)},
    errors=(SignInRefused, TooManyAttempts, SecondStepNeeded, SecondFactorNotSetUp),
    example=SignInBody("佐藤 公子", "a long password", "492039"),
)
_SIGN_OUT: Final = Operation(
    name="signOut",
    tag="sessions",
    callers=EVERYBODY,
    replies={_NO_CONTENT: Reply("Signed out.")},
)
_ENROL: Final = Operation(
    name="enrol",
    tag="shops",
    callers=Caller.ANYBODY,
    body=EnrolmentBody,
    replies={201: Reply("The device is a till now.", TillAnswer)},
    errors=(MistypedEnrolmentCode, EnrolmentRefused, TooManyAttempts),
    example=EnrolmentBody("7K3QX-9B2MN-R", "qs1hKz6b3vY0ZkWm2nT5xRjC8dLfPgUe7AoIyBtNwXk"),
)
