"""One's own account: whom one acts for, what one signs in with, the password."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people
from ichimai.people.errors import SignInRefused, TooManyAttempts, WeakPassword
from ichimai.people.model import Attempt, Audience, OrganisationId
from ichimai.web.console.door import DOOR, AtConsole, for_members
from ichimai.web.layout import Pages, mark, passkeys, text_of

_NOT_THE_SAME = mark("The two passwords are not the same. Please enter both again.")


def routes(pages: Pages) -> list[Route]:
    """The pages about one's own account."""
    return [
        pages.page("/console/account", DOOR, for_members(_show)),
        pages.action("/console/account/organisation", DOOR, for_members(_act_for)),
        pages.action("/console/account/password", DOOR, for_members(_change_password)),
    ]


def _show(here: AtConsole) -> Response:
    """Whom one acts for, and what one signs in with."""
    return _page(here)


def _act_for(here: AtConsole) -> Response:
    """Go on for another organisation, in a new session."""
    wanted = OrganisationId(_organisation_in(here))
    with here.write() as tx:
        new = people.sessions.act_for(tx, here.visit.services.clock, here.session, wanted)
    return here.visit.go_signed_in(new.token, DOOR.home)


def _change_password(here: AtConsole) -> Response:
    """Replace the password; every other session ends."""
    visit, services = here.visit, here.visit.services
    if visit.form.raw("new_password") != visit.form.raw("new_password_again"):
        return _page(here, password_error=_NOT_THE_SAME)
    try:
        kept = people.sign_in.password_hash(visit.form.raw("new_password"))
        attempt = _tried(here)
        with here.write() as tx:
            new = people.sign_in.change_password(tx, services.clock, here.session, attempt, kept)
    except (SignInRefused, TooManyAttempts, WeakPassword) as error:
        return _page(here, password_error=text_of(error.code))
    return visit.go_signed_in(new.token, "/console/account?done=password")


def _tried(here: AtConsole) -> Attempt:
    """The right old password. Raises SignInRefused, TooManyAttempts."""
    services = here.visit.services
    with here.write() as tx:
        attempt = people.sign_in.begin_staff(
            tx,
            services.clock,
            services.people_key,
            name=here.staff.name,
            password=here.visit.form.raw("password"),
            network=here.visit.network,
        )
    if not people.sign_in.is_right(attempt):
        raise SignInRefused
    return attempt


def _organisation_in(here: AtConsole) -> OrganisationId:
    """One of those that the page offers. Raises UnknownOrganisation."""
    with here.read() as tx:
        offered = {
            str(each.organisation.id): each.organisation.id
            for each in people.staff.roles_of(tx, here.staff.id)
        }
    wanted = offered.get(here.visit.form.text("organisation"))
    if wanted is None:
        raise people.errors.UnknownOrganisation
    return wanted


def _page(here: AtConsole, *, password_error: str = "") -> Response:
    with here.read() as tx:
        roles = people.staff.roles_of(tx, here.staff.id)
        factors = people.second_factor.of(tx, here.staff.id)
        keys = people.passkeys.of(tx, Audience.STAFF, here.staff.id)
    return here.render(
        "console/account.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if password_error else HTTPStatus.OK,
        roles=roles,
        factors=factors,
        keys=keys,
        party=passkeys.party_of(here.visit).id,
        password_error=password_error,
        is_changed=here.visit.request.query_params.get("done") == "password",
    )
