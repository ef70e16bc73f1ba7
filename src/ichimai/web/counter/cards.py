"""The person's cards: looked at, and stopped."""

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, programs
from ichimai.registry.errors import UnknownCredential
from ichimai.registry.model import CredentialStatus
from ichimai.web.counter.door import DOOR, Person, for_person
from ichimai.web.counter.person import Card, cards_of
from ichimai.web.counter.purposes import Action
from ichimai.web.layout import Pages


def routes(pages: Pages) -> list[Route]:
    """The pages about cards."""
    return [
        pages.page("/counter/cards", DOOR, for_person(Action.CARDS, _show)),
        pages.action("/counter/cards/ask", DOOR, for_person(Action.CARDS, _ask)),
        pages.action("/counter/cards/stop", DOOR, for_person(Action.CARDS, _stop)),
    ]


def _show(person: Person) -> Response:
    """All cards of the person."""
    _look(person)
    return person.render("counter/cards.html", cards=cards_of(person))


def _ask(person: Person) -> Response:
    """Which card would be stopped, and what that means."""
    card = _named(person)
    _look(person)
    return person.render("counter/stop.html", card=card)


def _stop(person: Person) -> Response:
    """Stop a card, everywhere and from now on."""
    card, here = _named(person), person.here
    with here.write() as tx:
        audit.record(
            tx, here.clock, person.look, [person.subject], audit.What.CARDS, is_change=True
        )
        person.still(tx)
    programs.cards.stop_reference(here.services.desk, person.subject, card.reference)
    if card.is_here:
        # That card's tap has ended with it.
        return person.here.render("counter/stopped.html")
    return person.done("stopped")


def _look(person: Person) -> None:
    with person.here.write() as tx:
        audit.record(tx, person.here.clock, person.look, [person.subject], audit.What.CARDS)
        person.still(tx)


def _named(person: Person) -> Card:
    """The card that the form names, which works and is this person's. Raises UnknownCredential."""
    for card in cards_of(person):
        is_live = card.credential.status is CredentialStatus.ACTIVE
        if is_live and person.visit.form.text("which") == card.name:
            return card
    raise UnknownCredential
