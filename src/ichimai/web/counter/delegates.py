"""Somebody who acts for the person: shown by a card of their own, and given another one for this.

It is ended here too, for those who have no page of their own.

The person's card is shown first and last; the delegate's lies between and is no tap of its own.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, programs
from ichimai.kernel.errors import DomainError
from ichimai.kernel.ids import NIL
from ichimai.people.records.delegates import (
    DelegateKind,
    Delegation,
    DelegationId,
    NewDelegation,
    Scope,
)
from ichimai.people.records.errors import InvalidDelegation, UnknownDelegation
from ichimai.registry import SubjectId
from ichimai.web.counter import printing, refusals, second, showing, start
from ichimai.web.counter.details import day, today
from ichimai.web.counter.door import DOOR, Person, for_person, with_deed
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Draft
from ichimai.web.layout import Pages, mark

KINDS: Final = {
    DelegateKind.FAMILY: mark("Family"),
    DelegateKind.CARER: mark("Carer"),
    DelegateKind.GUARDIAN: mark("Guardian of a child"),
}
SCOPES: Final = {
    Scope.PAY: mark("Shop with the person's gifts"),
    Scope.COLLECT: mark("Collect things"),
}
_FIELDS: Final = ("kind", "per_day", "in_all", "until")


def routes(pages: Pages) -> list[Route]:
    """The pages about delegates."""
    return [
        pages.page("/counter/delegates", DOOR, for_person(Action.DELEGATE, _show)),
        pages.action("/counter/delegates", DOOR, for_person(Action.DELEGATE, _ask)),
        pages.action("/counter/delegates/end", DOOR, for_person(Action.DELEGATE, _ask_end)),
        second.confirmation(pages, Action.DELEGATE, _carry_out),
    ]


def _show(person: Person) -> Response:
    """What somebody else may do, and where their card is shown."""
    return _page(person)


def _page(person: Person, error: DomainError | None = None) -> Response:
    here, form = person.here, person.visit.form
    return person.render(
        "counter/delegates.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        kinds=KINDS,
        scopes=SCOPES,
        chosen=form.every("scope"),
        typed={name: form.text(name) for name in _FIELDS},
        delegations=_live(person),
        may_be_without_pin=start.may_be_without_pin(here),
    )


def _live(person: Person) -> list[Delegation]:
    """Who may act for the person today."""
    here = person.here
    with here.write() as tx:
        known = people.records.delegates.read(
            tx, here.services.personal_key, here.clock, person.look, person.subject
        )
        person.still(tx)
    return [each for each in known if each.is_live_on(today(person))]


def _ask(person: Person) -> Response:
    """Read out who may do what, before the person's own card is shown again."""
    try:
        fields = _fields(person)
        delegate = showing.other_person(person.here)
        if delegate.subject is None or delegate.subject == person.subject:
            raise InvalidDelegation("delegate")
        wanted = fields | {"delegate": str(delegate.subject)}
        _check(person, _new(person, wanted, NIL))
    except DomainError as error:
        return _page(person, error)
    lines = [
        *_who(person, DelegateKind(fields["kind"]), map(Scope, fields["scopes"])),
        (mark("At most in a day"), person.visit.yen(fields["per_day"])),
        (mark("At most in all"), person.visit.yen(fields["in_all"])),
        (mark("Until"), fields["until"]),
    ]
    return second.ask(person, Action.DELEGATE, lines, wanted)


def _check(person: Person, new: NewDelegation) -> None:
    """Refuse before the second tap what would be refused after it."""
    here = person.here
    with here.write() as tx:
        people.records.delegates.check(tx, here.services.personal_key, here.clock, person.look, new)
        person.still(tx)


def _new(person: Person, fields: Mapping[str, Any], credential: UUID) -> NewDelegation:
    return NewDelegation(
        principal=person.subject,
        delegate=SubjectId(UUID(fields["delegate"])),
        credential=credential,
        kind=DelegateKind(fields["kind"]),
        scopes=frozenset(map(Scope, fields["scopes"])),
        per_day_yen=fields["per_day"],
        in_all_yen=fields["in_all"],
        from_on=today(person),
        until_on=date.fromisoformat(fields["until"]),
    )


def _ask_end(person: Person) -> Response:
    """Read out whose acting is ended, before the person's own card is shown again."""
    wanted = person.visit.form.text("delegation")
    found = next((each for each in _live(person) if str(each.id) == wanted), None)
    if found is None:
        raise UnknownDelegation
    lines = [
        *_who(person, found.given.kind, found.given.scopes),
        (mark("Until"), found.given.until_on.isoformat()),
        (mark("What will be done"), person.visit.say(mark("They act for this person no longer"))),
    ]
    return second.ask(person, Action.DELEGATE, lines, {"delegation": wanted})


def _who(person: Person, kind: DelegateKind, scopes: Iterable[Scope]) -> list[tuple[str, str]]:
    say = person.visit.say
    wanted = set(scopes)
    may = " / ".join(say(name) for scope, name in SCOPES.items() if scope in wanted)
    return [(mark("In what relation"), say(KINDS[kind])), (mark("What they may do"), may)]


def _carry_out(person: Person, draft: Draft) -> Response:
    """Name the delegate, or end it; the person's card was shown again."""
    if "delegation" not in draft.fields:
        return _name(person, draft)
    here = person.here
    with here.write() as tx:
        people.records.delegates.end(
            tx,
            here.services.personal_key,
            here.clock,
            person.look,
            person.subject,
            delegation=DelegationId(UUID(draft.fields["delegation"])),
        )
        person.still(tx)
    return person.done("delegate_ended")


def _name(person: Person, draft: Draft) -> Response:
    """With a printed card for this alone."""
    here, fields = person.here, draft.fields
    delegate = SubjectId(UUID(fields["delegate"]))
    with here.write() as tx:
        person.still(tx)
    code, reference = printing.issued(here, delegate)
    new = _new(person, fields, reference)
    try:
        with here.write() as tx:
            people.records.delegates.add(
                tx, here.services.personal_key, here.clock, person.look, new
            )
            person.still(tx)
    except DomainError:
        # Nobody has seen this card's code, and nobody shall use it.
        programs.cards.stop_reference(here.services.desk, delegate, reference)
        raise
    sitting = with_deed(here, here.begun, "delegate")
    return here.keep(printing.sheet(person, code, is_for_delegate=True), sitting)


def _fields(person: Person) -> dict[str, Any]:
    """What was typed. Raises InvalidDelegation, InvalidDay."""
    form = person.visit.form
    scopes = [each for each in form.every("scope") if each in {scope.value for scope in Scope}]
    if form.text("kind") not in {kind.value for kind in KINDS} or not scopes:
        raise InvalidDelegation("scopes")
    amounts = {}
    for name in ("per_day", "in_all"):
        typed = form.text(name) or "0"
        if not typed.isascii() or not typed.isdigit() or len(typed) > 9:
            raise InvalidDelegation("in_all_yen")
        amounts[name] = int(typed) if Scope.PAY in scopes else 0
    until = day(form.text("until")).isoformat()
    return {"kind": form.text("kind"), "scopes": scopes, "until": until, **amounts}
