"""Numbers at services: joined with two taps of the same card, and parted with two."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, identity
from ichimai.identity.errors import UnknownLink
from ichimai.identity.model import Link, LinkId, LinkState, Service
from ichimai.kernel.errors import DomainError
from ichimai.web import alarms
from ichimai.web.counter import refusals, second
from ichimai.web.counter.door import DOOR, Person, for_person
from ichimai.web.counter.person import links_of, masked_number
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Draft
from ichimai.web.layout import Pages, mark

_SERVICE: Final = mark("Service")
_NUMBER: Final = mark("Number")
_WHAT: Final = mark("What will be done")
_LINK: Final = mark("This number is linked with the person")
_END: Final = mark("This link is ended")


def routes(pages: Pages) -> list[Route]:
    """The pages about links."""
    return [
        pages.page("/counter/links", DOOR, for_person(Action.LINK, _show)),
        pages.action("/counter/links", DOOR, for_person(Action.LINK, _ask)),
        pages.action("/counter/links/end", DOOR, for_person(Action.LINK, _ask_end)),
        second.confirmation(pages, Action.LINK, _carry_out),
    ]


def _show(person: Person) -> Response:
    """The person's numbers, masked, and a field for one more."""
    return _page(person)


def _page(person: Person, error: DomainError | None = None) -> Response:
    form = person.visit.form
    with person.here.write() as tx:
        links, services = links_of(tx, person), identity.links.services(tx)
        person.still(tx)
    linked = {line.link.service for line in links}
    return person.render(
        "counter/links.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        links=links,
        services=[service for service in services if service.code not in linked],
        chosen=form.text("service"),
    )


def _ask(person: Person) -> Response:
    """Read out a number, masked, before it is linked."""
    form, here = person.visit.form, person.here
    try:
        with here.write() as tx:
            audit.record(
                tx, here.clock, person.look, [person.subject], audit.What.LINKS, is_change=True
            )
            asked = identity.links.ask(
                tx,
                here.clock,
                here.services.identity_key,
                person.still(tx),
                service=form.text("service"),
                number=form.text("number"),
                staff=here.staff.id,
            )
            service = _service(identity.links.services(tx), asked.link)
    except (
        identity.errors.InvalidServiceNumber,
        identity.errors.UnknownService,
        identity.errors.AlreadyLinked,
    ) as error:
        return _page(person, error)
    lines = _lines(person, service, asked.masked_number, _LINK)
    return second.ask(person, Action.LINK, lines, {"link": str(asked.link.id), "ends": False})


def _ask_end(person: Person) -> Response:
    """Read out a number, masked, before its link is ended."""
    wanted = person.visit.form.id("link")
    with person.here.write() as tx:
        line = next((each for each in links_of(tx, person) if each.link.id == wanted), None)
        person.still(tx)
    if line is None:
        raise UnknownLink
    lines = _lines(person, line.service, line.masked, _END)
    return second.ask(person, Action.LINK, lines, {"link": str(wanted), "ends": True})


def _carry_out(person: Person, draft: Draft) -> Response:
    """Link the number, or end the link; the same card was shown again."""
    here, link_id = person.here, LinkId(UUID(draft.fields["link"]))
    with here.write() as tx:
        audit.record(
            tx, here.clock, person.look, [person.subject], audit.What.LINKS, is_change=True
        )
        tap = person.still(tx)
        if draft.fields["ends"]:
            _check_own(identity.links.links_of(tx, person.subject), link_id)
            link = identity.links.end(tx, here.clock, link_id, here.place, staff=here.staff.id)
        else:
            link = identity.links.confirm(tx, here.clock, link_id, tap, staff=here.staff.id)
        service = _service(identity.links.services(tx), link)
    if link.state is LinkState.FROZEN:
        alarms.link_frozen(link)
    about = f"{_called(person, service)} {masked_number(person, link)}"
    return person.done(f"link_{link.state.value}", about)


def _check_own(links: Sequence[Link], wanted: LinkId) -> None:
    """Raises UnknownLink."""
    if all(link.id != wanted for link in links):
        raise UnknownLink


def _service(services: Sequence[Service], link: Link) -> Service:
    return next(service for service in services if service.code == link.service)


def _called(person: Person, service: Service) -> str:
    return service.name_ja if person.visit.language == "ja" else service.name_en


def _lines(person: Person, service: Service, masked: str, what: str) -> list[tuple[str, str]]:
    return [
        (_SERVICE, _called(person, service)),
        (_NUMBER, masked),
        (_WHAT, person.visit.say(what)),
    ]
