"""Where I am signed in, and signing out everywhere."""

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people
from ichimai.people.model import Audience
from ichimai.web.layout import Pages
from ichimai.web.resident.door import DOOR, AtHome, for_residents


def routes(pages: Pages) -> list[Route]:
    """The page about sessions."""
    return [
        pages.page("/me/sessions", DOOR, for_residents(_list)),
        pages.action("/me/sessions/end", DOOR, for_residents(_end)),
    ]


def _list(home: AtHome) -> Response:
    """Where I am signed in."""
    with home.read() as tx:
        found = people.sessions.of_owner(
            tx, home.visit.services.clock, Audience.RESIDENT, home.subject
        )
    return home.render("resident/sessions.html", sessions=found, current=home.session.id)


def _end(home: AtHome) -> Response:
    """Sign out everywhere, here too."""
    with home.write() as tx:
        people.sessions.end_all(tx, home.subject)
    return home.visit.go_signed_out()
