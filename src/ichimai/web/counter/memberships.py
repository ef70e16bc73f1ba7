"""Memberships: whether one is valid today; a new one, a renewal and an end, each with two taps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity
from ichimai.identity.model import Service, ServiceCode
from ichimai.kernel.errors import DomainError
from ichimai.people.records import memberships
from ichimai.people.records.errors import InvalidMembership, UnknownMembership
from ichimai.people.records.memberships import (
    Membership,
    MembershipId,
    MembershipKind,
    Standing,
    Term,
)
from ichimai.storage import ReadTx, WriteTx
from ichimai.web.counter import refusals, second
from ichimai.web.counter.details import day, today
from ichimai.web.counter.door import DOOR, Person, for_person
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Draft
from ichimai.web.layout import Pages, mark, membership_kinds

_FIELDS: Final = ("service", "kind", "number", "grade", "until")
_PATH: Final = "/counter/memberships"


@dataclass(frozen=True, slots=True)
class Running:
    """A membership that has not ended; ``renewed_from`` is where its next term would begin."""

    membership: Membership
    service: Service | None
    masked: str
    renewed_from: date


def routes(pages: Pages) -> list[Route]:
    """The pages about memberships."""
    return [
        pages.page(_PATH, DOOR, for_person(Action.MEMBERSHIP, _show)),
        pages.action(_PATH, DOOR, for_person(Action.MEMBERSHIP, _ask)),
        pages.action(f"{_PATH}/renewal", DOOR, for_person(Action.MEMBERSHIP, _ask_renewal)),
        pages.action(f"{_PATH}/end", DOOR, for_person(Action.MEMBERSHIP, _ask_end)),
        second.confirmation(pages, Action.MEMBERSHIP, _carry_out),
    ]


def _show(person: Person) -> Response:
    """For each service whether the person is a member today; what runs, to renew or to end."""
    return _page(person)


def _page(person: Person, error: DomainError | None = None) -> Response:
    here, form = person.here, person.visit.form
    with here.write() as tx:
        running = _running(tx, person)
        services = identity.links.services(tx)
        standings: list[tuple[Service, Standing]] = [
            (service, memberships.check(tx, here.clock, person.subject, service.code))
            for service in services
        ]
        person.still(tx)
    members_of = {each.membership.service for each in running}
    return person.render(
        "counter/memberships.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        standings=standings,
        running=running,
        services=[service for service in services if service.code not in members_of],
        kinds=membership_kinds.KINDS,
        typed={name: form.text(name) if "service" in form.fields else "" for name in _FIELDS},
    )


def _running(tx: WriteTx, person: Person) -> list[Running]:
    here = person.here
    known = memberships.read(
        tx, here.services.personal_key, here.clock, person.look, person.subject
    )
    services = _services(tx)
    return [
        Running(
            membership=each,
            service=services.get(ServiceCode(each.service)),
            masked=identity.links.masked(each.number),
            renewed_from=memberships.renewed_from(each.terms, today(person)),
        )
        for each in known
        if each.ended_on is None
    ]


def _services(tx: ReadTx) -> dict[ServiceCode, Service]:
    return {each.code: each for each in identity.links.services(tx)}


def _wanted(person: Person) -> Running:
    """The running membership that a form is about. Raises UnknownMembership."""
    wanted = person.visit.form.id("membership")
    with person.here.write() as tx:
        running = _running(tx, person)
        person.still(tx)
    for each in running:
        if each.membership.id == wanted:
            return each
    raise UnknownMembership


def _ask(person: Person) -> Response:
    """Read a membership out before it is entered."""
    form = person.visit.form
    fields = {name: form.text(name) for name in _FIELDS}
    try:
        kind = membership_kinds.chosen(fields["kind"])
        fields["until"] = day(fields["until"]).isoformat()
        with person.here.read() as tx:
            service = _services(tx).get(ServiceCode(fields["service"]))
        if service is None or not fields["number"]:
            raise InvalidMembership("service" if service is None else "number")
        memberships.check_term(_term(fields, today(person)), ())
    except DomainError as error:
        return _page(person, error)
    lines = [
        (mark("Service"), _called(person, service)),
        (mark("Kind"), person.visit.say(membership_kinds.KINDS[kind])),
        (mark("Number"), identity.links.masked(fields["number"])),
        (mark("Grade"), fields["grade"]),
        (mark("Until"), fields["until"]),
    ]
    return second.ask(person, Action.MEMBERSHIP, [line for line in lines if line[1]], fields)


def _ask_renewal(person: Person) -> Response:
    """Read a renewal out: it begins where the last term ends, or today when that is past."""
    form, found = person.visit.form, _wanted(person)
    fields = {"membership": str(found.membership.id), "grade": form.text("grade")}
    try:
        fields["until"] = day(form.text("until")).isoformat()
        memberships.check_term(_term(fields, found.renewed_from), found.membership.terms)
    except DomainError as error:
        return _page(person, error)
    fields["from"] = found.renewed_from.isoformat()
    lines = [
        *_lines(person, found),
        (mark("Grade"), fields["grade"]),
        (mark("Valid from"), fields["from"]),
        (mark("Until"), fields["until"]),
    ]
    return second.ask(person, Action.MEMBERSHIP, [line for line in lines if line[1]], fields)


def _ask_end(person: Person) -> Response:
    """Read a membership out before it is ended."""
    found = _wanted(person)
    lines = [
        *_lines(person, found),
        (mark("What will be done"), person.visit.say(mark("It counts no longer from today on"))),
    ]
    fields = {"membership": str(found.membership.id)}
    return second.ask(person, Action.MEMBERSHIP, lines, fields)


def _lines(person: Person, found: Running) -> list[tuple[str, str]]:
    service = found.service
    called = _called(person, service) if service else found.membership.service
    return [(mark("Service"), called), (mark("Number"), found.masked)]


def _called(person: Person, service: Service) -> str:
    return service.name_ja if person.visit.language == "ja" else service.name_en


def _term(fields: Mapping[str, str], from_on: date) -> Term:
    return Term(from_on, date.fromisoformat(fields["until"]), fields["grade"])


def _carry_out(person: Person, draft: Draft) -> Response:
    """Enter, renew or end the membership; the same card was shown again."""
    fields: Mapping[str, str] = draft.fields
    if "membership" not in fields:
        return _add(person, fields)
    here, id_ = person.here, MembershipId(UUID(fields["membership"]))
    of = here.services.personal_key, here.clock, person.look, person.subject
    is_renewal = "until" in fields
    with here.write() as tx:
        if is_renewal:
            term = _term(fields, date.fromisoformat(fields["from"]))
            memberships.renew(tx, *of, membership=id_, term=term)
        else:
            memberships.end(tx, *of, membership=id_)
        person.still(tx)
    (about,) = (value for label, value in draft.lines if label == "Number")
    return person.done("member_renewed" if is_renewal else "member_ended", about)


def _add(person: Person, fields: Mapping[str, str]) -> Response:
    here = person.here
    with here.write() as tx:
        memberships.add(
            tx,
            here.services.personal_key,
            here.clock,
            person.look,
            person.subject,
            service=fields["service"],
            kind=MembershipKind(fields["kind"]),
            number=fields["number"],
            term=_term(fields, today(person)),
        )
        person.still(tx)
    return person.done("member", identity.links.masked(fields["number"]))
