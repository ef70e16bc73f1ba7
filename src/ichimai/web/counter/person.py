"""The view of the person who is there: what the purpose needs, and each look is written down."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, identity, people, registry
from ichimai.identity.model import Link, LinkState
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records.claims import Claim
from ichimai.people.records.errors import NothingKnown
from ichimai.people.records.personal import Personal
from ichimai.registry.model import Credential
from ichimai.storage import REGISTRY, WriteTx
from ichimai.web.counter import purposes
from ichimai.web.counter.door import DOOR, PERSON, Person, for_person
from ichimai.web.counter.purposes import Action
from ichimai.web.layout import Pages
from ichimai.web.layout.letters import letters

_COUNTING: Final = frozenset({LinkState.ACTIVE, LinkState.FROZEN})


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the person, by this operator's reference for it."""

    reference: UUID
    credential: Credential
    is_here: bool

    @property
    def name(self) -> str:
        """By which a form names the card: letters, in which no number can be read."""
        return letters(self.reference.bytes)


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link with its number as it may be read out."""

    link: Link
    service: identity.model.Service
    masked: str


def routes(pages: Pages) -> list[Route]:
    """The person's page."""
    return [pages.page(PERSON, DOOR, for_person(None, _show))]


def _show(person: Person) -> Response:
    """The person who is there, as far as the purpose needs it."""
    may = person.may
    with person.here.write() as tx:
        known = read_personal(tx, person)
        links = links_of(tx, person) if Action.LINK in may else None
        facts = claims_of(tx, person) if Action.CLAIM in may else None
        if Action.CARDS in may:
            audit.record(tx, person.here.clock, person.look, [person.subject], audit.What.CARDS)
        # Last, since the log's lock comes before all others; who has left is not shown.
        person.still(tx)
    return person.render(
        "counter/person.html",
        name=name_of(known, person),
        kana=known.details.kana if known and has_full_name(person) else "",
        born_on=known.born_on if known and has_full_name(person) else None,
        links=links,
        claims=facts,
        cards=cards_of(person) if Action.CARDS in may else None,
        actions=[(each, purposes.ACTIONS[each]) for each in Action if each in may],
        purpose=purposes.WORDS[person.here.purpose][0],
        deed=person.here.begun.deeds[-1] if person.here.begun.deeds else None,
    )


def has_full_name(person: Person) -> bool:
    """Whether the purpose needs the whole name."""
    return person.here.purpose in purposes.FULL_NAME


def read_personal(tx: WriteTx, person: Person) -> Personal | None:
    """Name and contact, if any are known; the look is written down either way."""
    here = person.here
    try:
        return people.records.personal.read(
            tx, here.services.personal_key, here.clock, person.look, person.subject
        )
    except NothingKnown:
        return None


def name_of(known: Personal | None, person: Person) -> str:
    """The name as the purpose needs it; empty when none is known."""
    if known is None:
        return ""
    name = known.details.name
    return name if has_full_name(person) else masked_name(name)


def masked_name(name: str) -> str:
    """The first character of each part, and a dot for each of the others."""
    return " ".join(part[:1] + "●" * (len(part) - 1) for part in name.split())


def links_of(tx: WriteTx, person: Person) -> list[LinkLine]:
    """The person's links that count or are frozen, with masked numbers."""
    here = person.here
    audit.record(tx, here.clock, person.look, [person.subject], audit.What.LINKS)
    services = {service.code: service for service in identity.links.services(tx)}
    return [
        LinkLine(link, services[link.service], masked_number(person, link))
        for link in identity.links.links_of(tx, person.subject)
        if link.state in _COUNTING and link.service in services
    ]


def masked_number(person: Person, link: Link) -> str:
    """A link's number as it may be read out."""
    number = identity.links.number_in(person.here.services.identity_key, link)
    return identity.links.masked(number or "")


def claims_of(tx: WriteTx, person: Person) -> list[Claim]:
    """The facts about the person that have not ended."""
    here = person.here
    found = people.records.claims.read(
        tx, here.services.personal_key, here.clock, person.look, person.subject
    )
    today = day_in_tokyo(here.clock.now())
    return [claim for claim in found if not people.records.claims.is_over(claim, today)]


def cards_of(person: Person) -> list[Card]:
    """All cards of the person, the oldest first. The look is written by the caller."""
    services = person.here.services
    with services.database.read(REGISTRY) as tx:
        found = registry.credentials.of_subject(
            tx, services.registry_key, services.clock, services.sector, person.subject
        )
    return [
        Card(reference, credential, reference == person.tap.reference)
        for reference, credential in found.items()
    ]
