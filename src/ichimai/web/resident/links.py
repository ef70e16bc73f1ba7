"""My links: which services know me, by which number of theirs, since when; and ending one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity
from ichimai.identity.errors import UnknownLink
from ichimai.identity.model import Link, LinkId, LinkState, Service
from ichimai.storage import ReadTx
from ichimai.web.layout import Pages
from ichimai.web.resident.door import DOOR, AtHome, for_residents

_UNREADABLE: Final = "****"


@dataclass(frozen=True, slots=True)
class Shown:
    """A link as I may see it: ``number`` as it may be read out."""

    id: LinkId
    service: Service
    number: str
    state: LinkState
    since: datetime

    @property
    def has_ended(self) -> bool:
        """Whether the service no longer knows me."""
        return self.state is LinkState.ENDED


def routes(pages: Pages) -> list[Route]:
    """The pages about links."""
    return [
        pages.page("/me/links", DOOR, for_residents(_list)),
        pages.page("/me/links/{id:uuid}", DOOR, for_residents(_ask)),
        pages.action("/me/links/{id:uuid}/end", DOOR, for_residents(_end)),
    ]


def own_links(home: AtHome, tx: ReadTx) -> list[Shown]:
    """All my links, the newest first."""
    services = {each.code: each for each in identity.links.services(tx)}
    found = identity.links.links_of(tx, home.subject)
    return [_shown(home, tx, link, services[link.service]) for link in reversed(found)]


def _shown(home: AtHome, tx: ReadTx, link: Link, service: Service) -> Shown:
    number = identity.links.number_in(home.visit.services.identity_key, link)
    events = identity.links.history(tx, link.id)
    return Shown(
        id=link.id,
        service=service,
        number=identity.links.masked(number) if number else _UNREADABLE,
        state=link.state,
        since=events[-1].recorded_at if events else link.asked_at,
    )


def _list(home: AtHome) -> Response:
    """The services that know me."""
    with home.read() as tx:
        links = own_links(home, tx)
    return home.render(
        "resident/links.html",
        links=[link for link in links if not link.has_ended],
        former=[link for link in links if link.has_ended],
    )


def _ask(home: AtHome) -> Response:
    """One link, and what happens when it is ended."""
    with home.read() as tx:
        link = _link(home, own_links(home, tx))
    return home.render("resident/end_link.html", link=link)


def _end(home: AtHome) -> Response:
    """End one link."""
    with home.write() as tx:
        link = _link(home, own_links(home, tx))
        identity.links.end_own(
            tx, home.visit.services.clock, link.id, home.subject, home.session.id
        )
    return home.visit.go("/me/links")


def _link(home: AtHome, links: Sequence[Shown]) -> Shown:
    """The link in the address. Raises UnknownLink for another's as for none."""
    wanted = home.visit.request.path_params["id"]
    found = next((link for link in links if link.id == wanted), None)
    if found is None:
        raise UnknownLink
    return found
