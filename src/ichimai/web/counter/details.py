"""Name, birth date and contact, as staff saw them on a document; and the register's number."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, people, programs
from ichimai.audit import Purpose
from ichimai.kernel import check_digits, eras
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.errors import DomainError
from ichimai.people.records.claims import Claim, ClaimKind, NewClaim, Source
from ichimai.people.records.personal import Details
from ichimai.storage import WriteTx
from ichimai.web.counter import documents, refusals, second
from ichimai.web.counter.door import DOOR, Person, for_person
from ichimai.web.counter.errors import (
    HasRegisterNumber,
    InvalidDay,
    InvalidRegisterNumber,
    RegisterNumberTaken,
)
from ichimai.web.counter.person import claims_of, read_personal
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Draft
from ichimai.web.layout import Pages, mark

_FIELDS: Final = ("name", "kana", "born", "phone", "mail", "document")
_NUMBER: Final = re.compile("[0-9A-Za-z][0-9A-Za-z_/-]{0,19}")
_TWIN: Final = mark(
    "Somebody of the same kana and birth date is registered already. They are two people unless"
    " the registrar joins them: nothing is joined here. If this is the same person, stop, and look"
    " for their card."
)


class _TriedOut(Exception):
    """The writing worked, and is not kept."""


def routes(pages: Pages) -> list[Route]:
    """The pages about who somebody is."""
    return [
        pages.page("/counter/details", DOOR, for_person(Action.DETAILS, _show)),
        pages.action("/counter/details", DOOR, for_person(Action.DETAILS, _ask)),
        second.confirmation(pages, Action.DETAILS, _write_down),
        pages.page("/counter/register", DOOR, for_person(Action.REGISTER, _show_register)),
        pages.action("/counter/register", DOOR, for_person(Action.REGISTER, _ask_register)),
        second.confirmation(pages, Action.REGISTER, _join_register),
    ]


def day(typed: str) -> date:
    """A day as it was typed, in 西暦 or 和暦. Raises InvalidDay, MyNumberRefused."""
    check_digits.without_my_number(typed)
    try:
        return eras.parse_date(typed).day
    except (eras.InvalidDate, eras.UnknownDay):
        raise InvalidDay from None


def _show(person: Person) -> Response:
    """Name and contact, as they are known."""
    with person.here.write() as tx:
        known = read_personal(tx, person)
        person.still(tx)
    values = dict.fromkeys(_FIELDS, "")
    if known is not None:
        of = known.details
        born = known.born_on.isoformat() if known.born_on else ""
        values |= {
            "name": of.name,
            "kana": of.kana,
            "phone": of.phone,
            "mail": of.mail,
            "born": born,
        }
    return _page(person, values)


def _page(person: Person, values: dict[str, str], error: DomainError | None = None) -> Response:
    return person.render(
        "counter/details.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        values=values,
        documents=documents.WORDS,
    )


def _ask(person: Person) -> Response:
    """Try out what was typed, and read it out."""
    form = person.visit.form
    values = {name: form.text(name) for name in _FIELDS}
    try:
        values["born"] = day(values["born"]).isoformat()
        documents.seen(person.visit)
        has_twin = _tried(person, values)
    except DomainError as error:
        return _page(person, {name: form.text(name) for name in _FIELDS}, error)
    kind = values["document"]
    lines = [
        (mark("Name"), values["name"]),
        (mark("Kana"), values["kana"]),
        (mark("Birth date"), values["born"]),
        (mark("Telephone"), values["phone"]),
        (mark("Mail"), values["mail"]),
        (mark("Seen on"), person.visit.say(documents.WORDS[kind])),
    ]
    shown = [line for line in lines if line[1]]
    return second.ask(person, Action.DETAILS, shown, values, warning=_TWIN if has_twin else "")


def _tried(person: Person, values: dict[str, str]) -> bool:
    """Whether somebody else has this kana and birth date. Writes nothing but that one looked.

    Raises what the writing raises.
    """
    here = person.here
    try:
        with here.write() as tx:
            _keep(tx, person, values)
            person.still(tx)
            raise _TriedOut  # noqa: TRY301 - it takes back what was written
    except _TriedOut:
        pass
    with here.write() as tx:
        found = people.records.personal.find(
            tx,
            here.services.personal_key,
            here.clock,
            person.look,
            kana=values["kana"],
            born_on=date.fromisoformat(values["born"]),
        )
    return any(subject != person.subject for subject in found)


def _write_down(person: Person, draft: Draft) -> Response:
    """Keep it; the same card was shown again."""
    with person.here.write() as tx:
        _keep(tx, person, draft.fields)
        person.still(tx)
    return person.done("details")


def _keep(tx: WriteTx, person: Person, values: Mapping[str, str]) -> None:
    here, key = person.here, person.here.services.personal_key
    people.records.personal.write(
        tx,
        key,
        here.clock,
        person.look,
        person.subject,
        details=Details(values["name"], values["kana"], values["phone"], values["mail"]),
    )
    known = next(
        (each for each in claims_of(tx, person) if each.said.kind is ClaimKind.BIRTH_DATE), None
    )
    if known is not None and known.said.value == values["born"]:
        return
    if known is not None and here.purpose is Purpose.CORRECTION:
        _void(tx, person, known)
    born = NewClaim(
        kind=ClaimKind.BIRTH_DATE,
        value=values["born"],
        source=Source.DOCUMENT,
        evidence=documents.evidence(values["document"]),
        from_on=date.fromisoformat(values["born"]),
    )
    people.records.claims.add(tx, key, here.clock, person.look, person.subject, claim=born)


def _void(tx: WriteTx, person: Person, claim: Claim) -> None:
    """A birth date that was never true."""
    people.records.claims.end(
        tx,
        person.here.services.personal_key,
        person.here.clock,
        person.look,
        person.subject,
        claim=claim.id,
        is_void=True,
    )


def _show_register(person: Person) -> Response:
    """The number by which lists of the town mean this person."""
    return _register_page(person)


def _register_page(person: Person, error: DomainError | None = None) -> Response:
    with person.here.write() as tx:
        audit.record(tx, person.here.clock, person.look, [person.subject], audit.What.LINKS)
        known = programs.lists.number_of(tx, person.subject)
        person.still(tx)
    return person.render(
        "counter/register.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        known=masked(known) if known else "",
        typed=person.visit.form.text("register_number"),
        documents=documents.WORDS,
    )


def _ask_register(person: Person) -> Response:
    """Read the number out before it is linked."""
    typed = person.visit.form.text("register_number")
    try:
        number = _number(typed)
        with person.here.write() as tx:
            audit.record(tx, person.here.clock, person.look, [person.subject], audit.What.LINKS)
            _check_register(tx, person, number)
            person.still(tx)
        kind = documents.seen(person.visit)
    except DomainError as error:
        return _register_page(person, error)
    lines = [
        (mark("Number of the resident register"), number),
        (mark("Seen on"), person.visit.say(documents.WORDS[kind])),
    ]
    return second.ask(person, Action.REGISTER, lines, {"number": number})


def _join_register(person: Person, draft: Draft) -> Response:
    """Link it; the same card was shown again. Lists with this number mean the person from now."""
    here, number = person.here, str(draft.fields["number"])
    with here.write() as tx:
        audit.record(
            tx, here.clock, person.look, [person.subject], audit.What.LINKS, is_change=True
        )
        person.still(tx)
        _check_register(tx, person, number)
        programs.lists.link(tx, [(number, person.subject)])
        if programs.lists.recipient(tx, number) != person.subject:
            # Another counter was quicker.
            raise RegisterNumberTaken
    return person.done("register", masked(number))


def _check_register(tx: WriteTx, person: Person, number: str) -> None:
    """Raises RegisterNumberTaken, HasRegisterNumber."""
    holder = programs.lists.recipient(tx, number)
    if holder is not None and holder != person.subject:
        raise RegisterNumberTaken
    own = programs.lists.number_of(tx, person.subject)
    if own is not None and own != number:
        raise HasRegisterNumber


def _number(typed: str) -> str:
    check_digits.without_my_number(typed)
    number = unicodedata.normalize("NFKC", typed)
    if not _NUMBER.fullmatch(number):
        raise InvalidRegisterNumber
    return number


def masked(number: str) -> str:
    """A number as it may be read out: its last three characters."""
    return "*" * max(0, len(number) - 3) + number[-3:]


def today(person: Person) -> date:
    """The day on the town's clock."""
    return day_in_tokyo(person.here.clock.now())
