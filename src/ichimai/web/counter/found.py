"""Somebody whose cards are all lost, or whose only card was renewed: found with documents.

Who is found gets no more than a stop and a new card, or the renewed card in the place of the old
one. Where two have one kana and birth date nobody is taken for either of them (faults.md I4).
"""

from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, identity, people
from ichimai.audit import Purpose
from ichimai.cards import Assurance, Kind, Shown
from ichimai.kernel import check_digits
from ichimai.kernel.errors import DomainError
from ichimai.kernel.ids import NIL
from ichimai.people.records.personal import Personal
from ichimai.registry import Resolved, SubjectId
from ichimai.web.counter import adding, documents, purposes, refusals, second, showing
from ichimai.web.counter.details import day
from ichimai.web.counter.door import (
    DOOR,
    PERSON,
    AtCounter,
    Person,
    for_counter,
    person_of,
    with_deed,
)
from ichimai.web.counter.enrol import newcomer_in
from ichimai.web.counter.errors import DraftOver, NobodyFound, NotForThisPurpose, OtherCard
from ichimai.web.counter.person import masked_name
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Draft, unseal
from ichimai.web.layout import Pages, mark

_PURPOSES: Final = frozenset({Purpose.CARD, Purpose.APPLICATION, Purpose.ENQUIRY, Purpose.INCIDENT})
_FIELDS: Final = ("kana", "born", "document", "reason")


def routes(pages: Pages) -> list[Route]:
    """The pages about somebody without a card."""
    return [
        pages.page("/counter/found", DOOR, for_counter(_show)),
        pages.action("/counter/found", DOOR, for_counter(_find)),
        pages.action("/counter/found/renewed", DOOR, for_counter(_show_renewed)),
        pages.action("/counter/found/confirmation", DOOR, for_counter(_renew)),
    ]


def _show(here: AtCounter) -> Response:
    """What is seen on a document, to find somebody who has no card."""
    _check(here)
    return _page(here)


def _show_renewed(here: AtCounter) -> Response:
    """The same with a renewed card, which was just shown."""
    _check(here)
    newcomer_in(here)
    return _page(here)


def _page(here: AtCounter, error: DomainError | None = None) -> Response:
    form = here.visit.form
    return here.render(
        "counter/found.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        documents=documents.WORDS,
        typed={name: form.text(name) for name in _FIELDS},
        newcomer=form.text("newcomer"),
    )


def _find(here: AtCounter) -> Response:
    """Find the one person of that kana and birth date; that one searched is written down."""
    _check(here)
    form = here.visit.form
    try:
        subject, known = _found(here)
    except DomainError as error:
        return _page(here, error)
    if form.text("newcomer"):
        return _ask_renewal(here, subject, known)
    # No card: whoever was found is known by themselves, and by what shows least.
    nobodys = Resolved(subject, UUID(int=subject.int), is_stopped=False, kind=Kind.MYKEY_ID)
    with here.write() as tx:
        new = identity.taps.tap(tx, here.clock, here.place, nobodys, Assurance.STAFF)
    return here.go(PERSON, here.seated(new))


def _found(here: AtCounter) -> tuple[SubjectId, Personal]:
    """Raises NobodyFound, also for two; InvalidPersonal, InvalidDay, DocumentNotSeen."""
    form, services = here.visit.form, here.services
    kind = documents.seen(here.visit)
    reason = check_digits.without_my_number(form.text("reason"))
    if len(reason) < 5:
        raise audit.errors.InvalidNote
    note = f"{documents.evidence(kind)}: {reason}"[:200]
    look = audit.Look(here.staff.id, here.staff.role.value, here.purpose, note)
    with here.write() as tx:
        found = people.records.personal.find(
            tx,
            services.personal_key,
            here.clock,
            look,
            kana=form.text("kana"),
            born_on=day(form.text("born")),
        )
    if len(found) != 1:
        raise NobodyFound
    with here.write() as tx:
        known = people.records.personal.read(tx, services.personal_key, here.clock, look, found[0])
    return found[0], known


def _ask_renewal(here: AtCounter, subject: SubjectId, known: Personal) -> Response:
    """Read out whose old card would be replaced; then the renewed card is shown again."""
    if Action.RENEW not in purposes.MAY[here.purpose]:
        raise NotForThisPurpose
    newcomer = newcomer_in(here)
    if Kind(newcomer.kind) not in showing.CERTIFICATES:
        raise NotForThisPurpose
    old = adding.replaced_by(here, subject, Kind(newcomer.kind))
    lines = (
        (mark("Name"), masked_name(known.details.name)),
        (mark("New card"), here.visit.say(adding.KINDS[Kind(newcomer.kind)])),
        (mark("Takes the place of the card registered on"), f"{old.issued_at:%Y-%m-%d}"),
    )
    read = showing.Read(
        showing.shown_of(newcomer), Assurance(newcomer.assurance), newcomer.valid_until
    )
    draft = Draft(
        sitting=here.begun.id,
        made_at=here.clock.now(),
        action="found",
        visit=NIL,
        tap=NIL,
        reference=NIL,
        subject=subject,
        fields=adding.fields_of(read, old),
        lines=lines,
    )
    return _confirm_page(here, draft)


def _confirm_page(here: AtCounter, draft: Draft, error: DomainError | None = None) -> Response:
    return here.render(
        "counter/confirm.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        mark="",
        draft=here.seal(draft),
        action="found",
        what=purposes.ACTIONS[Action.RENEW],
        lines=draft.lines,
        warning="",
        seconds=0,
        may_be_without_pin=False,
    )


def _renew(here: AtCounter) -> Response:
    """Put the renewed card, shown a second time, in the place of the old one."""
    _check(here)
    text = here.visit.form.text("draft")
    draft = unseal(here.services.people_key, here.session.id, text, Draft)
    if draft is None or draft.action != "found" or not second.is_of(here, draft):
        raise DraftOver
    if here.begun.token:
        raise DraftOver
    try:
        read = showing.another(here)
    except DomainError as error:
        return _confirm_page(here, draft, error)
    fields = draft.fields
    shown = Shown(Kind(fields["kind"]), bytes.fromhex(fields["number"]), fields["scheme"])
    if read is None or read.shown != shown:
        raise OtherCard
    subject = SubjectId(draft.subject)
    with here.write() as tx:
        look = audit.Look(here.staff.id, here.staff.role.value, here.purpose, here.begun.note)
        audit.record(tx, here.clock, look, [subject], audit.What.CARDS, is_change=True)
    adding.bind(here, subject, fields)
    person: Person = person_of(
        here, here.services.reception.shown(here.place, shown, read.assurance)
    )
    return here.go(PERSON, with_deed(here, person.here.begun, "renewed"))


def _check(here: AtCounter) -> None:
    if here.purpose not in _PURPOSES:
        raise NotForThisPurpose
