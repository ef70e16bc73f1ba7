"""デジタル認証アプリ: a resident comes in by it, or connects it after a sign-in with a card."""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ichimai import oidc, people
from ichimai.kernel.errors import DomainError
from ichimai.oidc import RelyingParty
from ichimai.web.layout import Pages, Visit, passkeys, text_of
from ichimai.web.resident.door import DOOR, signed_in

DIGITAL_ID_ANSWER: Final = "/me/digital-id/answer"
"""Where the provider sends the browser back: below the base URL, the redirect URI to register."""


def routes(pages: Pages) -> list[Route]:
    """The addresses about digital identities."""
    return [
        pages.action("/me/digital-id", DOOR, _begin),
        pages.action("/me/digital-id/connect", DOOR, _connect),
        pages.action("/me/digital-id/remove", DOOR, _remove),
        pages.page(DIGITAL_ID_ANSWER, DOOR, _answer),
    ]


def origin_of(visit: Visit) -> str:
    """The provider's origin, to which a form of ours may lead on; empty without a provider."""
    party = visit.services.digital_id
    if party is None:
        return ""
    parts = urlsplit(party.provider.authorization)
    return f"{parts.scheme}://{parts.netloc}"


def _begin(visit: Visit) -> Response:
    """Send the browser to the provider, to come in."""
    return _sent_on(visit, None)


def _connect(visit: Visit) -> Response:
    """Send the browser to the provider, to connect an identity to the card's owner."""
    session, token = signed_in(visit)
    people.sessions.check_may_add_way_in(visit.services.clock, session, token)
    return _sent_on(visit, session.owner)


def _remove(visit: Visit) -> Response:
    """Forget the identity that was connected."""
    session, _ = signed_in(visit)
    desk = visit.services.desk
    with desk.database.write(desk.operator) as tx:
        oidc.unbind(tx, session.owner)
    return visit.go("/me/keys")


def _sent_on(visit: Visit, subject: UUID | None) -> Response:
    party, desk = _party_of(visit), visit.services.desk
    with desk.database.write(desk.operator) as tx:
        address = party.begin(tx, browser=passkeys.browser_of(visit), subject=subject)
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _answer(visit: Visit) -> Response:
    """What the provider says of who held their card."""
    answer = dict(visit.request.query_params)
    if "state" not in answer:
        # Nobody's answer, such as a link from elsewhere: whoever is signed in stays so.
        return visit.go(DOOR.home)
    party, desk = _party_of(visit), visit.services.desk
    browser = passkeys.browser_of(visit)
    try:
        with desk.database.write(desk.operator) as tx:
            question = party.take(tx, answer, browser=browser)
        identity = party.identity(question, answer)
        if question.subject is not None:
            return _connected(visit, party, question, identity)
        with desk.database.write(desk.operator) as tx:
            new = party.let_in(tx, identity)
            if visit.token:
                people.sessions.end(tx, visit.token)
    except DomainError as error:
        return _failed(visit, error)
    return visit.go_signed_in(new.token, DOOR.home)


def _connected(
    visit: Visit, party: RelyingParty, question: oidc.Question, identity: bytes
) -> Response:
    """Only the one who asked, still signed in, is connected. Raises SignInNeeded."""
    session, _ = signed_in(visit)
    if session.owner != question.subject:
        raise oidc.errors.DigitalIdRefused
    desk = visit.services.desk
    with desk.database.write(desk.operator) as tx:
        party.bind(tx, question, identity)
    return visit.go("/me/keys")


def _failed(visit: Visit, error: DomainError) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return visit.render("resident/digital_id_failed.html", status=status, error=text_of(error.code))


def _party_of(visit: Visit) -> RelyingParty:
    party = visit.services.digital_id
    if party is None:
        raise oidc.errors.ProviderUnavailable
    return party
