"""Somebody new: with the card that was just shown, or with a printed one.

Nothing is known of them then but that they hold this card; names come with the next two taps. Two
people of one name and birthday are two: nothing here looks for who they might be.
"""

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, registry
from ichimai.audit import What
from ichimai.cards import Assurance, Shown
from ichimai.identity.errors import PinNeeded
from ichimai.registry import SubjectId
from ichimai.registry.model import HolderId
from ichimai.storage import REGISTRY, WriteTx
from ichimai.web.counter import printing, showing, start
from ichimai.web.counter.door import DOOR, PERSON, AtCounter, for_counter, person_of, with_deed
from ichimai.web.counter.errors import DraftOver, NotForThisPurpose
from ichimai.web.counter.sealing import DRAFT_LIFE, Newcomer, unseal
from ichimai.web.layout import Pages


def routes(pages: Pages) -> list[Route]:
    """The pages about somebody new."""
    return [
        pages.page("/counter/enrol", DOOR, for_counter(_show)),
        pages.action("/counter/enrol", DOOR, for_counter(_enrol)),
    ]


def newcomer_in(here: AtCounter) -> Newcomer:
    """The card that was shown in this sitting, with nobody since. Raises DraftOver."""
    text = here.visit.form.text("newcomer")
    found = unseal(here.services.people_key, here.session.id, text, Newcomer)
    sitting = here.begun
    if found is None or found.sitting != sitting.id or sitting.token:
        raise DraftOver
    if here.clock.now() - found.made_at >= DRAFT_LIFE:
        raise DraftOver
    return found


def _show(here: AtCounter) -> Response:
    """Before somebody is registered with a printed card."""
    _check(here)
    return here.render("counter/enrol.html")


def _enrol(here: AtCounter) -> Response:
    """Register somebody new, and let them be there."""
    _check(here)
    if not here.visit.form.text("newcomer"):
        return _with_printed_card(here)
    newcomer = newcomer_in(here)
    assurance = Assurance(newcomer.assurance)
    shown = showing.shown_of(newcomer)
    if shown.kind in showing.CERTIFICATES and assurance is not Assurance.TAP_PIN:
        raise PinNeeded
    subject = _new_person(here, newcomer, shown)
    new = here.services.reception.shown(here.place, shown, assurance)
    person = person_of(here, new)
    with here.write() as tx:
        audit.record(tx, here.clock, person.look, [subject], What.CARDS, is_change=True)
    return here.go(PERSON, with_deed(here, person.here.begun, "enrolled"))


def _with_printed_card(here: AtCounter) -> Response:
    if here.begun.token:
        raise DraftOver
    services = here.services
    with services.database.write(REGISTRY) as tx:
        (card,) = registry.cards.new_cards(tx, services.registry_key, services.clock, 1)
        subject = _subject(tx, here, card.holder)
    person = person_of(here, services.reception.code(here.place, card.code))
    with here.write() as tx:
        audit.record(tx, here.clock, person.look, [subject], What.CARDS, is_change=True)
    sitting = with_deed(here, person.here.begun, "enrolled")
    return here.keep(printing.sheet(person, card.code), sitting)


def _new_person(here: AtCounter, newcomer: Newcomer, shown: Shown) -> SubjectId:
    """Raises NumberTaken."""
    services = here.services
    with services.database.write(REGISTRY) as tx:
        (holder,) = registry.holders.new(tx, services.clock, 1)
        registry.credentials.add(
            tx,
            services.registry_key,
            services.clock,
            holder,
            shown,
            valid_until=newcomer.valid_until,
        )
        return _subject(tx, here, holder)


def _subject(tx: WriteTx, here: AtCounter, holder: HolderId) -> SubjectId:
    services = here.services
    (subject,) = registry.holders.subjects(tx, services.clock, services.sector, [holder])
    return subject


def _check(here: AtCounter) -> None:
    if not start.may_enrol(here):
        raise NotForThisPurpose
