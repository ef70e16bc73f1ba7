"""Coming in with a name and a password."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people
from ichimai.people.errors import SignInRefused, TooManyAttempts
from ichimai.web.console.door import DOOR
from ichimai.web.layout import Pages, Visit, text_of


def routes(pages: Pages) -> list[Route]:
    """The pages before the console."""
    return [
        pages.page("/console/sign-in", DOOR, _show),
        pages.action("/console/sign-in", DOOR, _sign_in),
        pages.action("/console/sign-out", DOOR, _sign_out),
    ]


def _show(visit: Visit) -> Response:
    """Where staff come in with a name and a password."""
    return visit.render("console/sign_in.html", name="", error="")


def _sign_in(visit: Visit) -> Response:
    """Let a member of staff in, or ask again."""
    name = visit.form.text("name")
    try:
        token = _token(visit, name)
    except SignInRefused as error:
        return _again(visit, name, error.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooManyAttempts as error:
        return _again(visit, name, error.code, HTTPStatus.TOO_MANY_REQUESTS)
    return visit.go_signed_in(token, DOOR.home)


def _token(visit: Visit, name: str) -> str:
    """The token of a new session. Raises SignInRefused, TooManyAttempts."""
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
    if not people.sign_in.is_right(attempt) or attempt.owner is None:
        raise SignInRefused
    with services.database.write(services.operator) as tx:
        if visit.token:
            people.sessions.end(tx, visit.token)
        return people.sign_in.finish(tx, services.clock, attempt, attempt.owner).token


def _again(visit: Visit, name: str, code: str, status: HTTPStatus) -> Response:
    return visit.render("console/sign_in.html", status=status, name=name, error=text_of(code))


def _sign_out(visit: Visit) -> Response:
    """Leave the console."""
    services = visit.services
    if visit.token:
        with services.database.write(services.operator) as tx:
            people.sessions.end(tx, visit.token)
    return visit.go_signed_out()
