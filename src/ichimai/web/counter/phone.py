"""A phone of the person: a code to be read with it, that opens “Add this phone” there, once."""

import io
from typing import Final

import segno
from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, people
from ichimai.people.model import Audience
from ichimai.registry import SubjectId
from ichimai.web.counter import second
from ichimai.web.counter.door import DOOR, Person, for_person, with_deed
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Draft
from ichimai.web.layout import Pages, Visit, mark
from ichimai.web.resident.door import DOOR as RESIDENT

FROM_COUNTER: Final = "/me/from-counter"
_WHAT: Final = mark("A code lets the person's own phone in, once, to be added")


def routes(pages: Pages) -> list[Route]:
    """The pages about a phone, at the counter and on the phone."""
    return [
        pages.page("/counter/phone", DOOR, for_person(Action.PHONE, _show)),
        pages.action("/counter/phone", DOOR, for_person(Action.PHONE, _ask)),
        second.confirmation(pages, Action.PHONE, _give),
        pages.page(FROM_COUNTER, RESIDENT, _on_the_phone),
        pages.action(FROM_COUNTER, RESIDENT, _let_in),
    ]


def _show(person: Person) -> Response:
    """What the person does with the code."""
    return person.render("counter/phone.html", picture="")


def _ask(person: Person) -> Response:
    """Read out what the code does."""
    lines = [(mark("What will be done"), person.visit.say(_WHAT))]
    return second.ask(person, Action.PHONE, lines, {})


def _give(person: Person, _: Draft) -> Response:
    """Show the code: whoever reads it first is let in as the person, and no one after."""
    here = person.here
    with here.write() as tx:
        audit.record(
            tx, here.clock, person.look, [person.subject], audit.What.CARDS, is_change=True
        )
        person.still(tx)
        new = people.sessions.start(
            tx, here.clock, Audience.RESIDENT, person.subject, is_from_counter=True
        )
    address = f"{here.services.base_url.rstrip('/')}{FROM_COUNTER}#{new.token}"
    page = person.render("counter/phone.html", picture=_picture(address))
    return here.keep(page, with_deed(here, here.begun, "phone"))


def _picture(address: str) -> str:
    written = io.BytesIO()
    code = segno.make_qr(address, error="m")
    code.save(written, kind="svg", xmldecl=False, svgns=True, omitsize=True, light="#fff", border=4)
    return written.getvalue().decode()


def _on_the_phone(visit: Visit) -> Response:
    """On the phone that read the code: one button."""
    return visit.render("resident/from_counter.html")


def _let_in(visit: Visit) -> Response:
    """Let the phone in that read the code first, for a session of its own."""
    services, token = visit.services, visit.form.text("code")
    with services.database.write(services.operator) as tx:
        session = people.sessions.live(tx, services.clock, token, Audience.RESIDENT)
        if session is None:
            return visit.go(RESIDENT.sign_in)
        people.sessions.end_this(tx, session)
        new = people.sessions.start(
            tx,
            services.clock,
            Audience.RESIDENT,
            SubjectId(session.owner),
            is_from_counter=session.is_from_counter,
        )
    return visit.go_signed_in(new.token, "/me/phone")
