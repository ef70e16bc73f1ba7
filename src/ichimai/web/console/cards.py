"""The counter's work on one card: a forgotten PIN, a lost card. No name and no sum is shown."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, programs, registry
from ichimai.registry import Resolved, SubjectId
from ichimai.registry.errors import MistypedCode, UnknownCredential
from ichimai.storage import REGISTRY
from ichimai.web.console.door import DOOR, OFFICERS, AtConsole, for_staff
from ichimai.web.layout import Pages, mark, text_of

_STOPPED = mark("The card was stopped. It can no longer pay, from this moment on.")
_NO_PIN = mark("The PIN was forgotten. The next use of the card chooses a new one.")


def routes(pages: Pages) -> list[Route]:
    """The pages about cards."""
    return [
        pages.page("/console/cards", DOOR, for_staff(OFFICERS, _show)),
        pages.action("/console/cards/stop", DOOR, for_staff(OFFICERS, _stop)),
        pages.action("/console/cards/pin", DOOR, for_staff(OFFICERS, _forget_pin)),
    ]


def _show(here: AtConsole) -> Response:
    """The counter's help with one card."""
    return _page(here)


def _page(here: AtConsole, *, card: str = "", error: str = "", done: str = "") -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return here.render("console/cards.html", status=status, card=card, error=error, done=done)


def _stop(here: AtConsole) -> Response:
    """Stop a lost card."""
    typed = here.visit.form.text("card")
    try:
        card = _known(here, typed)
        programs.cards.stop_card(here.visit.services.desk, registry.cards.parse_code(typed))
    except (MistypedCode, UnknownCredential) as error:
        return _page(here, card=typed, error=text_of(error.code))
    if card.subject:
        with here.write() as tx:
            people.sessions.end_all(tx, card.subject)
    return _page(here, done=_STOPPED)


def _forget_pin(here: AtConsole) -> Response:
    """Forget a PIN, so that the next use chooses a new one."""
    typed = here.visit.form.text("card")
    try:
        card = _known(here, typed)
    except (MistypedCode, UnknownCredential) as error:
        return _page(here, card=typed, error=text_of(error.code))
    if card.subject:
        with here.write() as tx:
            people.sign_in.reset_pin(tx, SubjectId(card.subject))
    return _page(here, done=_NO_PIN)


def _known(here: AtConsole, typed: str) -> Resolved:
    """Raises MistypedCode, UnknownCredential."""
    services = here.visit.services
    code = registry.cards.parse_code(typed)
    with services.database.read(REGISTRY) as tx:
        (card,) = registry.resolve(tx, services.registry_key, services.sector, [code])
    if card is None:
        raise UnknownCredential
    return card
