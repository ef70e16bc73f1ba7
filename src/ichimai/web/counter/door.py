"""How staff come to the counter, and who is in front of it now.

The sitting is kept sealed in a cookie of its own; each form names the tap that its page was about
(``person``). So a page of somebody who has left does nothing, whoever is there now.
"""

import hmac
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.responses import Response

from ichimai import identity, people
from ichimai.audit import Look, Purpose
from ichimai.cards import Assurance, Kind
from ichimai.identity import Place
from ichimai.identity.errors import TapOver
from ichimai.identity.model import NewTap, Tap
from ichimai.kernel import Clock, errors
from ichimai.kernel.errors import DomainError
from ichimai.people.model import Audience, Session, Staff, StaffRole
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx
from ichimai.web.counter import purposes, refusals
from ichimai.web.counter.errors import NotForThisPurpose, StrongerCardNeeded
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import Deed, Sitting, mark_of, new_id, seal, unseal
from ichimai.web.layout import Door, SignInNeeded, Visit
from ichimai.web.services import Services

DOOR: Final = Door(name="console", home="/counter", sign_in="/console/sign-in", same_site="strict")
"""The console's own: who signed in there is here too."""

PERSON: Final = "/counter/person"
SHOW: Final = "/counter/show"
AT_COUNTERS: Final = frozenset({StaffRole.CLERK, StaffRole.OFFICER})
_SITTING: Final = Door(
    name="sitting", home="/counter", sign_in="/console/sign-in", same_site="strict"
)
_MOST_DEEDS: Final = 12
_ONLY_SHOWS: Final = frozenset({Kind.FELICA, Kind.OLD_CARD, Kind.MYKEY_ID})
_GIVES_POWER: Final = frozenset({Action.ADD_CARD, Action.RENEW, Action.PHONE, Action.DELEGATE})
_BY_DOCUMENTS: Final = frozenset({Action.CARDS, Action.PRINT})


@dataclass(frozen=True, slots=True)
class AtCounter:
    """A visit of a member of staff who serves people. ``sitting``: None before a purpose."""

    visit: Visit
    staff: Staff
    session: Session
    sitting: Sitting | None

    @property
    def services(self) -> Services:
        """The parts that the pages are made of."""
        return self.visit.services

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self.services.clock

    @property
    def place(self) -> Place:
        """Where cards are shown: this session of this member of staff."""
        return Place(self.session.id, is_counter=True)

    @property
    def begun(self) -> Sitting:
        """The sitting, whose purpose was chosen. Raises TapOver."""
        if self.sitting is None:
            raise TapOver
        return self.sitting

    @property
    def purpose(self) -> Purpose:
        """Why the clerk looks. Raises TapOver, UnknownPurpose."""
        return Purpose.parse(self.begun.purpose)

    @property
    def empty(self) -> Sitting:
        """The sitting with nobody there."""
        return msgspec.structs.replace(self.begun, token="", visit="", deeds=())

    def look(self, tap: Tap) -> Look:
        """The clerk's look at the person of a tap."""
        sitting = self.begun
        return Look(self.staff.id, self.staff.role.value, self.purpose, sitting.note, tap=tap.id)

    def read(self) -> AbstractContextManager[ReadTx]:
        """A transaction that reads the operator's tables."""
        return self.services.database.read(self.services.operator)

    def write(self) -> AbstractContextManager[WriteTx]:
        """A transaction that may write them."""
        return self.services.database.write(self.services.operator)

    def render(self, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> Response:  # noqa: ANN401 - a template takes anything
        """A page of the counter."""
        words = {
            "staff": self.staff,
            "sitting": self.sitting,
            "person": None,
            "mark": "",
            **context,
        }
        return self.visit.render(template, status=status, reads_cards=True, **words)

    def seal(self, kept: msgspec.Struct) -> str:
        """Something for a form to bring back."""
        return seal(self.services.people_key, self.session.id, kept)

    def go(self, path: str, sitting: Sitting | None) -> Response:
        """Send the browser on with ``sitting``; None: with none."""
        return self.keep(self.visit.go(path), sitting)

    def keep(self, response: Response, sitting: Sitting | None) -> Response:
        """Give the browser ``sitting`` with an answer; None: take it away."""
        jar = self.visit.pages.jar
        if sitting is None:
            jar.drop_session(response, _SITTING)
        else:
            jar.set_session(response, _SITTING, self.seal(sitting))
        return response

    def seated(self, new: NewTap) -> Sitting:
        """The sitting with the person of a new tap; deeds stay as long as it is the same visit."""
        before, visit = self.begun, new.tap.visit.hex
        deeds = before.deeds if before.visit == visit else ()
        return msgspec.structs.replace(before, token=new.token, visit=visit, deeds=deeds)


@dataclass(frozen=True, slots=True)
class Person:
    """The person who is at the counter now, as a page or a form found them there."""

    here: AtCounter
    tap: Tap
    look: Look

    @property
    def visit(self) -> Visit:
        """The request."""
        return self.here.visit

    @property
    def subject(self) -> SubjectId:
        """Who it is, for this operator."""
        if self.tap.subject is None:
            raise TapOver
        return self.tap.subject

    @property
    def mark(self) -> str:
        """By what forms of this page name the tap."""
        return mark_of(self.here.begun.token)

    @property
    def may(self) -> frozenset[Action]:
        """What may be done and seen for the purpose."""
        allowed = purposes.MAY[self.here.purpose]
        # Who was found by documents alone gets a card first.
        return allowed & _BY_DOCUMENTS if self.tap.assurance is Assurance.STAFF else allowed

    @property
    def is_proved(self) -> bool:
        """Whether the card is more than a number that anybody can copy (faults.md E72)."""
        return self.tap.kind not in _ONLY_SHOWS or self.tap.assurance is Assurance.CODE_PIN

    @property
    def only_reads(self) -> bool:
        """Whether nothing may be changed for the purpose."""
        return self.here.purpose in purposes.READS_ONLY

    def still(self, tx: WriteTx) -> Tap:
        """The tap, whose person stays the one here until the transaction ends. Raises TapOver."""
        return identity.taps.current(tx, self.here.clock, self.here.place, self.here.begun.token)

    def render(self, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> Response:  # noqa: ANN401 - a template takes anything
        """A page about this person."""
        left = identity.rules.expires_at(self.tap) - self.here.clock.now()
        return self.here.render(
            template,
            status=status,
            person=self,
            mark=self.mark,
            seconds=max(1, int(left.total_seconds())),
            **context,
        )

    def done(self, code: str, about: str = "", *, path: str = PERSON) -> Response:
        """Note what was done, and go on."""
        return self.here.go(path, with_deed(self.here, self.here.begun, code, about))


def with_deed(here: AtCounter, sitting: Sitting, code: str, about: str = "") -> Sitting:
    """The sitting with one more deed for the slip. No secret and no whole number goes in it."""
    deeds = (*sitting.deeds, Deed(code, here.clock.now(), about))[-_MOST_DEEDS:]
    return msgspec.structs.replace(sitting, deeds=deeds)


def new_sitting(purpose: Purpose, note: str) -> Sitting:
    """What begins when a purpose is chosen."""
    return Sitting(new_id(), purpose.value, note)


CounterHandler = Callable[[AtCounter], Response]
PersonHandler = Callable[[Person], Response]


def for_counter(handler: CounterHandler) -> Callable[[Visit], Response]:
    """A page for those who serve people. Raises SignInNeeded and errors.Forbidden."""

    @wraps(handler)
    def page(visit: Visit) -> Response:
        here = _at_counter(visit)
        try:
            return handler(here)
        except DomainError as error:
            return refusals.page(here, error)

    return page


def for_person(action: Action | None, handler: PersonHandler) -> Callable[[Visit], Response]:
    """A page about the person who is there; a form of it says whom it was about.

    ``action``: what must be allowed for the purpose; None: nothing.
    """

    @wraps(handler)
    def page(visit: Visit) -> Response:
        here = _at_counter(visit)
        try:
            return handler(_person_at(here, action))
        except DomainError as error:
            return refusals.page(here, error)

    return page


def person_of(here: AtCounter, new: NewTap) -> Person:
    """The person who has just been shown."""
    seated = AtCounter(here.visit, here.staff, here.session, here.seated(new))
    return Person(seated, new.tap, seated.look(new.tap))


def _person_at(here: AtCounter, action: Action | None) -> Person:
    """Raises TapOver, NotForThisPurpose."""
    sitting = here.begun
    if here.visit.request.method == "POST":
        said = here.visit.form.text("person")
        if not hmac.compare_digest(said.encode(), mark_of(sitting.token).encode()):
            raise TapOver
    with here.write() as tx:
        tap = identity.taps.current(tx, here.clock, here.place, sitting.token)
    # Being looked at is a sign of life: the half minute begins anew.
    tap = replace(tap, seen_at=here.clock.now())
    person = Person(here, tap, here.look(tap))
    is_change = here.visit.request.method == "POST"
    if action is not None and action not in person.may:
        raise NotForThisPurpose
    if action is not None and is_change and person.only_reads:
        raise NotForThisPurpose
    if action in _GIVES_POWER and not person.is_proved:
        raise StrongerCardNeeded
    return person


def _at_counter(visit: Visit) -> AtCounter:
    if not visit.token:
        raise SignInNeeded
    services = visit.services
    with services.database.read(services.operator) as tx:
        session = people.sessions.live(tx, services.clock, visit.token, Audience.STAFF)
        staff = people.sessions.staff_of(tx, session) if session else None
    if session is None or staff is None:
        raise SignInNeeded
    if not staff.organisation.is_operator or staff.role not in AT_COUNTERS:
        raise errors.Forbidden
    if people.sessions.needs_touch(session, services.clock):
        with services.database.write(services.operator) as tx:
            people.sessions.touch(tx, services.clock, session)
    kept = visit.pages.jar.session(visit.request, _SITTING) or ""
    sitting = unseal(services.people_key, session.id, kept, Sitting)
    return AtCounter(visit, staff, session, sitting)
