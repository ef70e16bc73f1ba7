"""Another card of the person: one more, or the renewed one in the place of the old one.

The new card is shown with its PIN, and then the person's own card once more. So neither the card
of the next person in the queue nor one that somebody found is ever bound to whoever was here last.
"""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, programs, registry
from ichimai.cards import Kind, Shown
from ichimai.kernel.errors import DomainError
from ichimai.registry import SubjectId
from ichimai.registry.model import Added, Credential, CredentialId, CredentialStatus
from ichimai.storage import REGISTRY
from ichimai.web.counter import refusals, second, showing, start
from ichimai.web.counter.door import DOOR, AtCounter, Person, for_person
from ichimai.web.counter.errors import CardNotReplaceable, NothingShown
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Draft
from ichimai.web.layout import Pages, mark

KINDS: Final = {
    Kind.MY_NUMBER_CARD: mark("My Number Card"),
    Kind.PHONE_CERTIFICATE: mark("My Number Card in the phone"),
    Kind.FELICA: mark("Transit card (FeliCa)"),
}


def routes(pages: Pages) -> list[Route]:
    """The pages about another card."""
    return [
        pages.page("/counter/add-card", DOOR, for_person(Action.ADD_CARD, _show_add)),
        pages.action("/counter/add-card", DOOR, for_person(Action.ADD_CARD, _ask_add)),
        second.confirmation(pages, Action.ADD_CARD, _add),
        pages.page("/counter/renew", DOOR, for_person(Action.RENEW, _show_renew)),
        pages.action("/counter/renew", DOOR, for_person(Action.RENEW, _ask_renew)),
        second.confirmation(pages, Action.RENEW, _renew),
    ]


def _show_add(person: Person) -> Response:
    """Where one more card is shown."""
    return _page(person, Action.ADD_CARD)


def _show_renew(person: Person) -> Response:
    """Where a renewed card is shown."""
    return _page(person, Action.RENEW)


def _page(person: Person, action: Action, error: DomainError | None = None) -> Response:
    return person.render(
        "counter/other_card.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        action=action.value,
        may_be_without_pin=start.may_be_without_pin(person.here),
    )


def _ask_add(person: Person) -> Response:
    """Read out which card would be added."""
    return _ask(person, Action.ADD_CARD, KINDS)


def _ask_renew(person: Person) -> Response:
    """Read out which card would be replaced."""
    return _ask(person, Action.RENEW, showing.CERTIFICATES)


def _ask(person: Person, action: Action, kinds: Container[Kind]) -> Response:
    try:
        read = showing.another(person.here)
        if read is None:
            raise NothingShown
        if read.shown.kind not in kinds:
            raise CardNotReplaceable
        is_renewal = action is Action.RENEW
        old = replaced_by(person.here, person.subject, read.shown.kind) if is_renewal else None
    except DomainError as error:
        return _page(person, action, error)
    lines = [(mark("New card"), person.visit.say(KINDS[read.shown.kind]))]
    if old is not None:
        since = f"{old.issued_at:%Y-%m-%d}"
        lines.append((mark("Takes the place of the card registered on"), since))
    return second.ask(person, action, lines, fields_of(read, old))


def fields_of(read: showing.Read, old: Credential | None) -> dict[str, Any]:
    """A card that was proved, for a draft."""
    return {
        "kind": read.shown.kind.value,
        "number": read.shown.number.hex(),
        "scheme": read.shown.scheme,
        "valid_until": read.valid_until.isoformat() if read.valid_until else None,
        "old": str(old.id) if old else None,
    }


def replaced_by(here: AtCounter, subject: SubjectId, kind: Kind) -> Credential:
    """The person's newest card of a kind that was not replaced yet. Raises CardNotReplaceable."""
    services = here.services
    with services.database.read(REGISTRY) as tx:
        found = registry.credentials.of_subject(
            tx, services.registry_key, services.clock, services.sector, subject
        )
    old = [
        credential
        for credential in found.values()
        if credential.kind is kind and credential.status is not CredentialStatus.REPLACED
    ]
    if not old:
        raise CardNotReplaceable
    return old[-1]


def _add(person: Person, draft: Draft) -> Response:
    """Bind the card to the person, whose own card was shown again."""
    _bind_for(person, draft.fields)
    return person.done("card_added", person.visit.say(KINDS[Kind(draft.fields["kind"])]))


def _renew(person: Person, draft: Draft) -> Response:
    """Put the renewed card in the place of the old one: every number and yen stays."""
    _bind_for(person, draft.fields)
    return person.done("renewed")


def _bind_for(person: Person, fields: Mapping[str, Any]) -> None:
    here = person.here
    with here.write() as tx:
        audit.record(
            tx, here.clock, person.look, [person.subject], audit.What.CARDS, is_change=True
        )
        person.still(tx)
    bind(here, person.subject, fields)


def bind(here: AtCounter, subject: SubjectId, fields: Mapping[str, Any]) -> None:
    """Bind a card of a draft. Raises NumberTaken, StoppedBefore, NotTheSamePerson."""
    added = _bound(here, subject, fields)
    programs.cards.tell(here.services.desk, added.replaced, subject)


def _bound(here: AtCounter, subject: SubjectId, fields: Mapping[str, Any]) -> Added:
    services = here.services
    shown = Shown(Kind(fields["kind"]), bytes.fromhex(fields["number"]), fields["scheme"])
    until = datetime.fromisoformat(fields["valid_until"]) if fields["valid_until"] else None
    with services.database.write(REGISTRY) as tx:
        holder = registry.holders.of_subject(tx, services.sector, subject)
        if fields["old"] is None:
            return registry.credentials.add(
                tx, services.registry_key, services.clock, holder, shown, valid_until=until
            )
        return registry.credentials.rebind(
            tx,
            services.registry_key,
            services.clock,
            CredentialId(UUID(fields["old"])),
            shown,
            proved=holder,
            valid_until=until,
        )
