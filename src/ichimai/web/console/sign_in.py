"""Coming in: a passkey, or a name, a password and then a second factor."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people
from ichimai.kernel.errors import DomainError
from ichimai.people.errors import PasskeyRefused, SignInRefused, TooManyAttempts
from ichimai.people.model import Audience, NewSession, Session
from ichimai.web.console.door import DOOR
from ichimai.web.layout import Pages, SignInNeeded, Visit, passkeys, text_of

_NEXT = {
    Audience.STAFF: DOOR.home,
    Audience.SECOND_STEP: "/console/second-step",
    Audience.SET_UP: "/console/set-up",
}


def routes(pages: Pages) -> list[Route]:
    """The pages before the console."""
    return [
        pages.page("/console/sign-in", DOOR, _show),
        pages.action("/console/sign-in", DOOR, _sign_in),
        pages.action("/console/passkey/question", DOOR, _ask_passkey),
        pages.action("/console/passkey", DOOR, _sign_in_by_passkey),
        pages.page("/console/second-step", DOOR, _show_second_step),
        pages.action("/console/second-step", DOOR, _second_step),
        pages.action("/console/sign-out", DOOR, _sign_out),
    ]


def half_session(visit: Visit, *audiences: Audience) -> Session:
    """The live session of this visit, for one of ``audiences``. Raises SignInNeeded."""
    services = visit.services
    if not visit.token:
        raise SignInNeeded
    with services.database.read(services.operator) as tx:
        for audience in audiences:
            found = people.sessions.live(tx, services.clock, visit.token, audience)
            if found is not None:
                return found
    raise SignInNeeded


def _show(visit: Visit) -> Response:
    """Where staff come in with a passkey, or with a name and a password."""
    return _page(visit)


def _sign_in(visit: Visit) -> Response:
    """Take a member's password, or ask again."""
    name = visit.form.text("name")
    try:
        new = _half_way(visit, name)
    except (SignInRefused, TooManyAttempts) as error:
        return _page(visit, name=name, error=error)
    return visit.go_signed_in(new.token, _NEXT[new.session.audience])


def _half_way(visit: Visit, name: str) -> NewSession:
    """As far as a password lets in. Raises SignInRefused, TooManyAttempts."""
    services = visit.services
    # As typed: a password may begin with a space.
    password = visit.form.raw("password")
    with services.database.write(services.operator) as tx:
        attempt = people.sign_in.begin_staff(
            tx,
            services.clock,
            services.people_key,
            name=name,
            password=password,
            network=visit.network,
        )
    if not people.sign_in.is_right(attempt):
        raise SignInRefused
    with services.database.write(services.operator) as tx:
        if visit.token:
            people.sessions.end(tx, visit.token)
        return people.sign_in.finish_staff(
            tx, services.clock, attempt, needs_second_factor=services.needs_second_factor
        )


def _ask_passkey(visit: Visit) -> Response:
    """What the browser asks of a passkey, as JSON."""
    return passkeys.question_to_sign_in(visit, Audience.STAFF)


def _sign_in_by_passkey(visit: Visit) -> Response:
    """Let in whose passkey answered."""
    try:
        new = passkeys.let_in(visit)
    except (PasskeyRefused, SignInRefused):
        return _page(visit, error=PasskeyRefused())
    return visit.go_signed_in(new.token, DOOR.home)


def _show_second_step(visit: Visit) -> Response:
    """Where the second factor follows a right password."""
    return _second_page(visit, half_session(visit, Audience.SECOND_STEP))


def _second_step(visit: Visit) -> Response:
    """Let in who gives the code of the app, or a recovery code."""
    session = half_session(visit, Audience.SECOND_STEP)
    services, code = visit.services, visit.form.text("code")
    try:
        with services.database.write(services.operator) as tx:
            counters = people.sign_in.begin_second_step(
                tx,
                services.clock,
                services.people_key,
                staff=session.owner,
                code=code,
                network=visit.network,
            )
        with services.database.write(services.operator) as tx:
            new = people.second_factor.finish_second_step(
                tx, services.clock, services.people_key, session, code=code, counters=counters
            )
    except SignInRefused:
        return _second_page(visit, session, "wrong_code")
    except TooManyAttempts as error:
        return _second_page(visit, session, error.code)
    return visit.go_signed_in(new.token, DOOR.home)


def _sign_out(visit: Visit) -> Response:
    """Leave the console."""
    services = visit.services
    if visit.token:
        with services.database.write(services.operator) as tx:
            people.sessions.end(tx, visit.token)
    return visit.go_signed_out()


def _page(visit: Visit, *, name: str = "", error: DomainError | None = None) -> Response:
    return visit.render(
        "console/sign_in.html",
        status=_status_of(error.code if error else ""),
        name=name,
        error=text_of(error.code) if error else "",
        party=passkeys.party_of(visit).id,
    )


def _second_page(visit: Visit, session: Session, error: str = "") -> Response:
    services = visit.services
    with services.database.read(services.operator) as tx:
        factors = people.second_factor.of(tx, session.owner)
    return visit.render(
        "console/second_step.html",
        status=_status_of(error),
        factors=factors,
        error=text_of(error) if error else "",
        party=passkeys.party_of(visit).id,
    )


def _status_of(error: str) -> HTTPStatus:
    if error == TooManyAttempts.code:
        return HTTPStatus.TOO_MANY_REQUESTS
    return HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
