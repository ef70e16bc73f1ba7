"""Ways to sign in at home: passkeys and the digital identity app, added after card and PIN."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import oidc, people
from ichimai.kernel.errors import DomainError
from ichimai.people.errors import PasskeyRefused, TooManyPasskeys
from ichimai.people.model import Audience
from ichimai.web.layout import Pages, Visit, mark, passkeys, text_of
from ichimai.web.resident import digital_id
from ichimai.web.resident.door import DOOR, signed_in

_CALLED = mark("One card")


def routes(pages: Pages) -> list[Route]:
    """The pages about ways to sign in, and the sign-in by passkey."""
    return [
        pages.action("/me/passkey/question", DOOR, _ask_to_sign_in),
        pages.page("/me/keys", DOOR, _show),
        pages.action("/me/keys/question", DOOR, _ask_to_add),
        pages.action("/me/keys", DOOR, _add),
        pages.action("/me/keys/remove", DOOR, _remove),
    ]


def _ask_to_sign_in(visit: Visit) -> Response:
    """What the browser asks of a passkey, as JSON."""
    return passkeys.question_to_sign_in(visit, Audience.RESIDENT)


def _show(visit: Visit) -> Response:
    """The ways in that this person has."""
    return _page(visit)


def _ask_to_add(visit: Visit) -> Response:
    """What the browser makes a passkey for, as JSON."""
    session, token = signed_in(visit)
    people.sessions.check_may_add_way_in(visit.services.clock, session, token)
    town, ours = passkeys.party_of(visit).name, visit.say(_CALLED)
    return passkeys.question_to_add(visit, Audience.RESIDENT, session, f"{town} {ours}")


def _add(visit: Visit) -> Response:
    """Keep the passkey that the browser made."""
    session, token = signed_in(visit)
    people.sessions.check_may_add_way_in(visit.services.clock, session, token)
    try:
        passkeys.added(visit, session)
    except (PasskeyRefused, TooManyPasskeys) as error:
        return _page(visit, error)
    return visit.go("/me/keys")


def _remove(visit: Visit) -> Response:
    """Forget a passkey."""
    session, _ = signed_in(visit)
    desk = visit.services.desk
    with desk.database.write(desk.operator) as tx:
        people.passkeys.remove(tx, desk.clock, session, passkeys.id_in(visit))
    return visit.go("/me/keys")


def _page(visit: Visit, error: DomainError | None = None) -> Response:
    session, token = signed_in(visit)
    desk = visit.services.desk
    with desk.database.read(desk.operator) as tx:
        keys = people.passkeys.of(tx, Audience.RESIDENT, session.owner)
        connected_at = oidc.bound_at(tx, session.owner)
    return visit.render(
        "resident/keys.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        keys=keys,
        connected_at=connected_at,
        may_add=people.sessions.may_add_way_in(desk.clock, session, token),
        has_digital_id=visit.services.digital_id is not None,
        leads_to=digital_id.origin_of(visit),
        party=passkeys.party_of(visit).id,
        error=text_of(error.code) if error else "",
    )
