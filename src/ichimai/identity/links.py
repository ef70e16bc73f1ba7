"""Joining a person to a service's own number: asked with one tap, confirmed with the next.

Nobody else's tap may lie between the two, and a number that turns up on two people is frozen for
both (faults.md I1, I2). Entries are added, never changed; what a link is now is the last of them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ichimai.cards import Assurance, shown
from ichimai.identity import link_store, rules, sealing
from ichimai.identity.errors import (
    CardNotTaken,
    InvalidServiceNumber,
    LinkOver,
    UnknownLink,
    UnknownService,
)
from ichimai.identity.model import (
    Cause,
    Link,
    LinkAlarm,
    LinkEvent,
    LinkId,
    LinkState,
    Place,
    Service,
    ServiceCode,
    Tap,
)
from ichimai.kernel import Clock, ids
from ichimai.kernel.ids import NIL
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx

PENDING_LIFE: Final = timedelta(minutes=5)
_SHOWN_CHARACTERS: Final = 3


class Asked(NamedTuple):
    """A link that waits for the second tap, with its number as a clerk may read it out."""

    link: Link
    masked_number: str
    expires_at: datetime


class _Hand(NamedTuple):
    """Whose doing an entry is."""

    place: UUID
    staff: UUID | None
    assurance: Assurance | None = None


def add_service(tx: WriteTx, clock: Clock, service: Service) -> None:
    """Make a service known, or change what is known of it."""
    link_store.save_service(tx, service, clock.now())


def services(tx: ReadTx) -> list[Service]:
    """All services, by code."""
    return link_store.services(tx)


def ask(
    tx: WriteTx,
    clock: Clock,
    key: bytes,
    tap: Tap,
    *,
    service: str,
    number: str,
    staff: UUID | None,
) -> Asked:
    """Note that the person of ``tap``, which is live in this transaction, has that ``number``.

    It counts from the second tap on. What was asked before and not confirmed is over.
    Raises MyNumberRefused, UnknownService, InvalidServiceNumber, PinNeeded, AlreadyLinked.
    """
    read = _number(tx, service, number)
    rules.check_join(tap)
    if tap.subject is None:
        raise CardNotTaken
    earlier = link_store.lock_person(tx, read.service.code, tap.subject)
    rules.check_free(earlier)
    hand, now = _Hand(tap.place.id, staff, tap.assurance), clock.now()
    _write(tx, clock, dict.fromkeys(earlier, LinkState.ENDED), hand, Cause.SUPERSEDED)
    id_ = LinkId(ids.uuid7(clock))
    link = Link(
        id=id_,
        service=read.service.code,
        subject=tap.subject,
        reference=tap.reference,
        visit=tap.visit,
        tap=tap.id,
        number_hash=sealing.number_hash(key, read.service.code, read.number),
        number_sealed=sealing.sealed(key, read.service.code, id_.bytes, read.number),
        asked_at=now,
        state=LinkState.PENDING,
    )
    link_store.add_link(tx, link)
    _journal(tx, clock, {link: LinkState.PENDING}, hand, Cause.ASKED)
    return Asked(link, masked(read.number), now + PENDING_LIFE)


def confirm(tx: WriteTx, clock: Clock, id_: LinkId, tap: Tap, *, staff: UUID | None) -> Link:
    """Make a link count, or freeze it: the same card was tapped again.

    Frozen are both links of a number that turns up on two people, and an alarm is kept; tell it
    on when the transaction is committed. Raises UnknownLink, LinkOver, SecondTapNeeded,
    AlreadyLinked.
    """
    asked = link_store.link(tx, id_)
    if asked is None or asked.subject != tap.subject:
        raise UnknownLink
    rivals = link_store.lock_rivals(tx, asked)
    now = clock.now()
    link = next((rival for rival in rivals if rival.id == id_), None)
    if link is None or now - link.asked_at >= PENDING_LIFE:
        raise LinkOver
    rules.check_second_tap(link, tap)
    changes = rules.confirmed(link, rivals)
    hand = _Hand(tap.place.id, staff, tap.assurance)
    is_frozen = changes[link] is LinkState.FROZEN
    _write(tx, clock, changes, hand, Cause.NUMBER_OF_TWO if is_frozen else Cause.CONFIRMED)
    if is_frozen:
        links = sorted({link.id, *(other.id for other in _of_two(link, rivals))})
        alarm = LinkAlarm(ids.uuid7(clock), link.service, tuple(links), now)
        link_store.add_alarm(tx, alarm)
    found = link_store.link(tx, id_)
    if found is None:
        raise UnknownLink
    return found


def end(tx: WriteTx, clock: Clock, id_: LinkId, place: Place, *, staff: UUID) -> Link:
    """A link counts no more; the same again changes nothing. Raises UnknownLink."""
    link = link_store.lock_link(tx, id_)
    if link is None:
        raise UnknownLink
    if link.state is not LinkState.ENDED:
        hand = _Hand(place.id, staff)
        _write(tx, clock, {link: LinkState.ENDED}, hand, Cause.ENDED_BY_STAFF)
    return link_store.link(tx, id_) or link


def end_own(tx: WriteTx, clock: Clock, id_: LinkId, subject: SubjectId, session: UUID) -> Link:
    """A link counts no more: its own person says so, signed in with ``session``.

    The same again changes nothing. Raises UnknownLink, for another's as for none.
    """
    link = link_store.lock_link(tx, id_)
    if link is None or link.subject != subject:
        raise UnknownLink
    if link.state is not LinkState.ENDED:
        hand = _Hand(session, None)
        _write(tx, clock, {link: LinkState.ENDED}, hand, Cause.ENDED_BY_PERSON)
    return link_store.link(tx, id_) or link


def erase(tx: WriteTx, clock: Clock, subject: SubjectId, *, staff: UUID | None) -> int:
    """All links of a person end, and no number of theirs is kept; how many were.

    Again changes nothing.
    """
    kept = link_store.lock_unerased(tx, subject)
    counting = [link for link in kept if link.state is not LinkState.ENDED]
    _write(tx, clock, dict.fromkeys(counting, LinkState.ENDED), _Hand(NIL, staff), Cause.ERASED)
    link_store.erase_numbers(tx, [link.id for link in kept])
    return len(kept)


def links_of(tx: ReadTx, subject: SubjectId) -> list[Link]:
    """All links that a person has or had, the oldest first."""
    return link_store.links_of(tx, subject)


def number_of(tx: ReadTx, key: bytes, service: ServiceCode, subject: SubjectId) -> str | None:
    """A person's number at a service, for that service alone; None without a link that counts."""
    link = link_store.active_link(tx, service, subject)
    return None if link is None else number_in(key, link)


def number_in(key: bytes, link: Link) -> str | None:
    """The number of a link; None when it cannot be opened with ``key``."""
    return sealing.opened(key, link.service, link.id.bytes, link.number_sealed)


def history(tx: ReadTx, link: LinkId) -> list[LinkEvent]:
    """What happened to a link, in order."""
    return link_store.events(tx, [link])


def alarms(tx: ReadTx, since: datetime) -> list[LinkAlarm]:
    """The alarms since an instant, the oldest first."""
    return link_store.alarms(tx, since)


def masked(number: str) -> str:
    """A number as it may be read out: its last characters, and how many there are."""
    told = number[-_SHOWN_CHARACTERS:] if len(number) > 2 * _SHOWN_CHARACTERS else number[-1:]
    return "*" * (len(number) - len(told)) + told


class _Read(NamedTuple):
    service: Service
    number: str


def _number(tx: ReadTx, code: str, typed: str) -> _Read:
    """Which number of which service was typed or scanned."""
    service = next((each for each in link_store.services(tx) if each.code == code), None)
    if service is None:
        raise UnknownService
    number = shown.number_of(typed, service.scheme)
    if number is None:
        raise InvalidServiceNumber
    return _Read(service, number)


def _of_two(link: Link, rivals: list[Link]) -> list[Link]:
    counting = (LinkState.ACTIVE, LinkState.FROZEN)
    return [each for each in rivals if each.subject != link.subject and each.state in counting]


def _write(
    tx: WriteTx, clock: Clock, changes: Mapping[Link, LinkState], hand: _Hand, cause: Cause
) -> None:
    for link, state in changes.items():
        link_store.update_state(tx, link.id, state)
    _journal(tx, clock, changes, hand, cause)


def _journal(
    tx: WriteTx, clock: Clock, changes: Mapping[Link, LinkState], hand: _Hand, cause: Cause
) -> None:
    now = clock.now()
    link_store.add_events(
        tx,
        [LinkEvent(link.id, state, cause, *hand, now) for link, state in changes.items()],
    )
