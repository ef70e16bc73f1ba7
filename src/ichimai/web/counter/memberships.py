"""Memberships: whether one is valid today, and a new one with two taps."""

from datetime import date

from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity, people
from ichimai.kernel.errors import DomainError
from ichimai.people.records.errors import InvalidMembership
from ichimai.people.records.memberships import MembershipKind, Standing, Term
from ichimai.web.counter import refusals, second
from ichimai.web.counter.details import day, masked, today
from ichimai.web.counter.door import DOOR, Person, for_person
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Draft
from ichimai.web.layout import Pages, mark

_FIELDS = ("service", "number", "grade", "until")


def routes(pages: Pages) -> list[Route]:
    """The pages about memberships."""
    return [
        pages.page("/counter/memberships", DOOR, for_person(Action.MEMBERSHIP, _show)),
        pages.action("/counter/memberships", DOOR, for_person(Action.MEMBERSHIP, _ask)),
        second.confirmation(pages, Action.MEMBERSHIP, _add),
    ]


def _show(person: Person) -> Response:
    """For each service whether the person is a member today."""
    return _page(person)


def _page(person: Person, error: DomainError | None = None) -> Response:
    here, form = person.here, person.visit.form
    with here.write() as tx:
        # The reading is what is written down; the check says no more than yes or no.
        people.records.memberships.read(
            tx, here.services.personal_key, here.clock, person.look, person.subject
        )
        services = identity.links.services(tx)
        standings: list[tuple[identity.model.Service, Standing]] = [
            (
                service,
                people.records.memberships.check(tx, here.clock, person.subject, service.code),
            )
            for service in services
        ]
        person.still(tx)
    return person.render(
        "counter/memberships.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        standings=standings,
        services=services,
        typed={name: form.text(name) for name in _FIELDS},
    )


def _ask(person: Person) -> Response:
    """Read a membership out before it is entered."""
    form = person.visit.form
    fields = {name: form.text(name) for name in _FIELDS}
    try:
        fields["until"] = day(fields["until"]).isoformat()
        with person.here.read() as tx:
            services = {each.code: each for each in identity.links.services(tx)}
        service = services.get(identity.model.ServiceCode(fields["service"]))
        if service is None or not fields["number"]:
            raise InvalidMembership("service" if service is None else "number")
    except DomainError as error:
        return _page(person, error)
    is_japanese = person.visit.language == "ja"
    lines = [
        (mark("Service"), service.name_ja if is_japanese else service.name_en),
        (mark("Number"), masked(fields["number"])),
        (mark("Grade"), fields["grade"]),
        (mark("Until"), fields["until"]),
    ]
    return second.ask(person, Action.MEMBERSHIP, [line for line in lines if line[1]], fields)


def _add(person: Person, draft: Draft) -> Response:
    """Enter the membership; the same card was shown again."""
    here, fields = person.here, draft.fields
    with here.write() as tx:
        people.records.memberships.add(
            tx,
            here.services.personal_key,
            here.clock,
            person.look,
            person.subject,
            service=fields["service"],
            kind=MembershipKind.MEMBER,
            number=fields["number"],
            term=Term(today(person), date.fromisoformat(fields["until"]), fields["grade"]),
        )
        person.still(tx)
    return person.done("member", masked(fields["number"]))
