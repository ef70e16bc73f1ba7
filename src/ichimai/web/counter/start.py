"""The beginning and the end: why, then a card, and nobody is left behind."""

import json

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, identity
from ichimai.audit import Purpose
from ichimai.identity.errors import TapOver
from ichimai.kernel.errors import DomainError
from ichimai.kernel.ids import NIL
from ichimai.web.counter import purposes, refusals, showing
from ichimai.web.counter.door import (
    DOOR,
    PERSON,
    SHOW,
    AtCounter,
    Person,
    for_counter,
    for_person,
    new_sitting,
)
from ichimai.web.counter.sealing import Newcomer, mark_of
from ichimai.web.layout import Pages


def routes(pages: Pages) -> list[Route]:
    """The pages before and after somebody is there."""
    return [
        pages.page("/counter", DOOR, for_counter(_start)),
        pages.action("/counter/purpose", DOOR, for_counter(_choose)),
        pages.page(SHOW, DOOR, for_counter(_show)),
        pages.action("/counter/tap", DOOR, for_counter(_tap)),
        pages.action("/counter/challenge", DOOR, for_counter(_challenge)),
        pages.action("/counter/here", DOOR, for_person(None, _still_here)),
        pages.action("/counter/end", DOOR, for_counter(_end)),
        pages.page("/counter/reader", DOOR, for_counter(_reader)),
    ]


def _start(here: AtCounter) -> Response:
    """Why the clerk looks: chosen for each person. Whoever was there before is gone."""
    return _purposes(here)


def _purposes(here: AtCounter, error: DomainError | None = None) -> Response:
    return here.render(
        "counter/start.html",
        status=refusals.status(error) if error else 200,
        purposes=[(purpose, *purposes.WORDS[purpose]) for purpose in purposes.WORDS],
        error=refusals.text(error) if error else "",
        note=here.visit.form.text("note"),
    )


def _choose(here: AtCounter) -> Response:
    """Choose why."""
    form = here.visit.form
    try:
        purpose = Purpose.parse(form.text("purpose"))
        note = form.text("note") if purpose is Purpose.OTHER else ""
        audit.Look(NIL, "", purpose, note)
    except (audit.errors.UnknownPurpose, audit.errors.InvalidNote) as error:
        return _purposes(here, error)
    with here.write() as tx:
        identity.taps.end(tx, here.clock, here.place)
    return here.go(SHOW, new_sitting(purpose, note))


def _show(here: AtCounter) -> Response:
    """Where the card is laid on the reader, or its code scanned or typed."""
    if here.sitting is None:
        return here.visit.go("/counter")
    return _page(here)


def _page(here: AtCounter, error: DomainError | None = None) -> Response:
    return here.render(
        "counter/show.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        is_unknown=isinstance(error, identity.errors.CardNotTaken),
        purpose=purposes.WORDS[here.purpose][0],
        may_enrol=may_enrol(here),
        may_be_without_pin=may_be_without_pin(here),
    )


def may_enrol(here: AtCounter) -> bool:
    """Whether somebody new may be enrolled for the purpose."""
    return purposes.Action.DETAILS in purposes.MAY[here.purpose]


def may_be_without_pin(here: AtCounter) -> bool:
    """Whether this operator lets a My Number Card without its PIN say who somebody is."""
    with here.read() as tx:
        return identity.terms.of_operator(tx).allows_tap_without_pin


def _tap(here: AtCounter) -> Response:
    """A card was shown: the person's view, or the offer to enrol."""
    try:
        found = showing.tap(here)
    except TapOver:
        raise
    except DomainError as error:
        return _page(here, error)
    if isinstance(found, Newcomer):
        page = here.render(
            "counter/unknown.html",
            newcomer=here.seal(found),
            kind=found.kind,
            may_enrol=may_enrol(here),
            may_renew=purposes.Action.RENEW in purposes.MAY[here.purpose],
            purpose=purposes.WORDS[here.purpose][0],
        )
        return here.keep(page, here.empty)
    return here.go(PERSON, here.seated(found))


def _challenge(here: AtCounter) -> Response:
    """A nonce for the card on the reader to sign, as JSON."""
    with here.write() as tx:
        new = identity.challenges.new(tx, here.clock, here.place)
    told = {"id": new.id.hex, "nonce": new.nonce.hex()}
    return Response(json.dumps(told), media_type="application/json")


def _still_here(person: Person) -> Response:
    """The clerk does something on the page: the half minute begins anew. As JSON."""
    left = identity.rules.expires_at(person.tap) - person.here.clock.now()
    told = {"seconds": max(1, int(left.total_seconds()))}
    return Response(json.dumps(told), media_type="application/json")


def _end(here: AtCounter) -> Response:
    """Nobody is there any more: the card was lifted, or the clerk is done."""
    if here.sitting is None or here.visit.form.text("person") != mark_of(here.sitting.token):
        # A page of somebody who left before: it does not end whoever is there now.
        return here.visit.go("/counter")
    with here.write() as tx:
        identity.taps.end(tx, here.clock, here.place)
    return here.go("/counter", None)


def _reader(here: AtCounter) -> Response:
    """Where this machine's card reader is paired with the page, once."""
    return here.render("counter/reader.html")
