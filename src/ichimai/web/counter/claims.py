"""Facts that staff saw on a document: entered with two taps, ended when they are wrong."""

from datetime import date
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, programs
from ichimai.audit import Purpose
from ichimai.kernel.errors import DomainError
from ichimai.people.records.claims import ClaimId, ClaimKind, NewClaim, Source
from ichimai.people.records.errors import InvalidClaim, UnknownClaim
from ichimai.web.counter import documents, refusals, second
from ichimai.web.counter.details import day, today
from ichimai.web.counter.door import DOOR, Person, for_person
from ichimai.web.counter.person import claims_of
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Draft
from ichimai.web.layout import Pages, mark

WORDS: Final = {
    ClaimKind.RESIDENT_SINCE: mark("Resident since"),
    ClaimKind.DISABILITY_GRADE: mark("Disability grade"),
    ClaimKind.WORKS_IN_TOWN: mark("Works in the town"),
    ClaimKind.STUDIES_IN_TOWN: mark("Studies in the town"),
    ClaimKind.DISTRICT: mark("District"),
}
"""What is entered here; a birth date goes with the name."""


def routes(pages: Pages) -> list[Route]:
    """The pages about facts."""
    return [
        pages.page("/counter/claims", DOOR, for_person(Action.CLAIM, _show)),
        pages.action("/counter/claims", DOOR, for_person(Action.CLAIM, _ask)),
        pages.action("/counter/claims/end", DOOR, for_person(Action.CLAIM, _ask_end)),
        second.confirmation(pages, Action.CLAIM, _carry_out),
    ]


def _show(person: Person) -> Response:
    """What is known of the person, and a form for one more fact."""
    return _page(person)


def _districts(person: Person) -> tuple[str, ...]:
    with person.here.read() as tx:
        profile = programs.lists.profile(tx)
    return profile.districts if profile else ()


def _page(person: Person, error: DomainError | None = None) -> Response:
    form = person.visit.form
    with person.here.write() as tx:
        known = claims_of(tx, person)
        person.still(tx)
    return person.render(
        "counter/claims.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        kinds=WORDS,
        documents=documents.WORDS,
        districts=_districts(person),
        claims=known,
        may_end=person.here.purpose is Purpose.CORRECTION,
        typed={name: form.text(name) for name in ("kind", "value", "until", "document")},
    )


def _ask(person: Person) -> Response:
    """Read a fact out before it is entered."""
    form = person.visit.form
    try:
        fields = _fields(person)
        documents.seen(person.visit)
    except DomainError as error:
        return _page(person, error)
    kind = ClaimKind(fields["kind"])
    lines = [
        (mark("Fact"), person.visit.say(WORDS[kind])),
        (mark("Value"), fields["value"]),
        (mark("Until"), fields["until"]),
        (mark("Seen on"), person.visit.say(documents.WORDS[form.text("document")])),
    ]
    return second.ask(person, Action.CLAIM, [line for line in lines if line[1]], fields)


def _ask_end(person: Person) -> Response:
    """Read a fact out before it is ended."""
    wanted = person.visit.form.id("claim")
    with person.here.write() as tx:
        found = next((claim for claim in claims_of(tx, person) if claim.id == wanted), None)
        person.still(tx)
    if found is None or found.said.kind not in WORDS:
        raise UnknownClaim
    lines = [
        (mark("Fact"), person.visit.say(WORDS[found.said.kind])),
        (mark("Value"), found.said.value),
        (mark("What will be done"), person.visit.say(mark("It counts no longer from today on"))),
    ]
    fields = {"claim": str(wanted), "kind": found.said.kind.value}
    return second.ask(person, Action.CLAIM, [line for line in lines if line[1]], fields)


def _carry_out(person: Person, draft: Draft) -> Response:
    """Enter or end the fact; the same card was shown again."""
    here, fields = person.here, draft.fields
    key = here.services.personal_key
    about = person.visit.say(WORDS[ClaimKind(fields["kind"])])
    if "claim" in fields:
        with here.write() as tx:
            people.records.claims.end(
                tx,
                key,
                here.clock,
                person.look,
                person.subject,
                claim=ClaimId(UUID(fields["claim"])),
            )
            person.still(tx)
        return person.done("claim_ended", about)
    new = NewClaim(
        kind=ClaimKind(fields["kind"]),
        value=fields["value"],
        source=Source.DOCUMENT,
        evidence=documents.evidence(fields["document"]),
        from_on=today(person),
        until_on=date.fromisoformat(fields["until"]) if fields["until"] else None,
    )
    with here.write() as tx:
        people.records.claims.add(tx, key, here.clock, person.look, person.subject, claim=new)
        person.still(tx)
    return person.done("claim", about)


def _fields(person: Person) -> dict[str, str]:
    """What was typed, with days as they are kept. Raises InvalidClaim, InvalidDay."""
    form = person.visit.form
    kind = form.text("kind")
    if kind not in {each.value for each in WORDS}:
        raise InvalidClaim("kind")
    value, until = form.text("value"), form.text("until")
    if kind == ClaimKind.RESIDENT_SINCE:
        value = day(value).isoformat()
    elif kind == ClaimKind.DISABILITY_GRADE:
        if value not in set("1234567"):
            raise InvalidClaim("value")
    elif kind == ClaimKind.DISTRICT:
        if value not in _districts(person):
            raise InvalidClaim("value")
    elif value:
        raise InvalidClaim("value")
    return {
        "kind": kind,
        "value": value,
        "until": day(until).isoformat() if until else "",
        "document": form.text("document"),
    }
