"""Printed cards: made at the counter and printed with the page that shows them, once."""

from typing import Final
from uuid import UUID

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, registry
from ichimai.kernel.errors import DomainError
from ichimai.registry import SubjectId
from ichimai.storage import REGISTRY
from ichimai.web.counter import documents, refusals
from ichimai.web.counter.door import DOOR, AtCounter, Person, for_person, with_deed
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Sitting, new_id
from ichimai.web.layout import Pages

_MOST_USED: Final = 8


def routes(pages: Pages) -> list[Route]:
    """The pages about printed cards."""
    return [
        pages.page("/counter/print", DOOR, for_person(Action.PRINT, _show)),
        pages.action("/counter/print", DOOR, for_person(Action.PRINT, _print)),
    ]


def _show(person: Person) -> Response:
    """Before a printed card is issued: who is there was seen on a document."""
    return _page(person)


def _page(person: Person, error: DomainError | None = None) -> Response:
    return person.render(
        "counter/print.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        documents=documents.WORDS,
        once=new_id(),
    )


def _print(person: Person) -> Response:
    """Issue one more printed card to the person, and show it to be printed."""
    here, once = person.here, person.visit.form.text("once")
    if was_used(here.begun, once):
        return person.visit.go("/counter/person")
    try:
        documents.seen(person.visit)
    except DomainError as error:
        return _page(person, error)
    with here.write() as tx:
        audit.record(
            tx, here.clock, person.look, [person.subject], audit.What.CARDS, is_change=True
        )
        person.still(tx)
    code, _ = issued(here, person.subject)
    sitting = using(with_deed(here, here.begun, "printed"), once)
    return here.keep(sheet(person, code), sitting)


def issued(here: AtCounter, subject: SubjectId) -> tuple[str, UUID]:
    """A new printed card of a person: its code, and this operator's reference for it."""
    services = here.services
    with services.database.write(REGISTRY) as tx:
        holder = registry.holders.of_subject(tx, services.sector, subject)
        card = registry.cards.issue_card(tx, services.registry_key, services.clock, holder)
    with services.database.read(REGISTRY) as tx:
        (found,) = registry.resolve(tx, services.registry_key, services.sector, [card.code])
    if found is None:
        raise registry.errors.UnknownCredential
    return card.code, found.reference


def sheet(person: Person, code: str, *, is_for_delegate: bool = False) -> Response:
    """The card as it is printed. Its code is on this page and nowhere else."""
    return person.render(
        "counter/sheet.html",
        code=code,
        picture=registry.cards.card_svg(code),
        is_for_delegate=is_for_delegate,
    )


def was_used(sitting: Sitting, once: str) -> bool:
    """Whether a form did its work before: the page was loaded anew."""
    return not once or once in sitting.used


def using(sitting: Sitting, once: str) -> Sitting:
    """The sitting in which a form has done its work."""
    return msgspec.structs.replace(sitting, used=(*sitting.used, once)[-_MOST_USED:])
