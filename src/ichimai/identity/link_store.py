"""The tables service, link, link_event and link_alarm."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from ichimai.cards import Assurance
from ichimai.identity.model import (
    Cause,
    Link,
    LinkAlarm,
    LinkEvent,
    LinkId,
    LinkState,
    Service,
    ServiceCode,
)
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Uuids

_LINK: Final = (
    "id, service, subject, reference, visit, tap, number_hash, number_sealed, asked_at, state"
)


def save_service(tx: WriteTx, service: Service, at: datetime) -> None:
    """Write a service, over what was known of it."""
    tx.execute(
        "INSERT INTO service VALUES (%s, %s::jsonb, %s)"
        " ON CONFLICT (code) DO UPDATE"
        " SET terms = excluded.terms, changed_at = excluded.changed_at",
        (service.code, msgspec.json.encode(service).decode(), at),
    )


def services(tx: ReadTx) -> list[Service]:
    """All services, by code."""
    rows = tx.rows("SELECT terms::text FROM service ORDER BY code")
    return [msgspec.json.decode(terms, type=Service) for (terms,) in rows]


def add_link(tx: WriteTx, link: Link) -> None:
    """Keep a new link."""
    tx.execute(
        f"INSERT INTO link ({_LINK}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            link.id,
            link.service,
            link.subject,
            link.reference,
            link.visit,
            link.tap,
            link.number_hash,
            link.number_sealed,
            link.asked_at,
            link.state.value,
        ),
    )


def lock_link(tx: WriteTx, link: LinkId) -> Link | None:
    """A link that nobody else changes until the transaction ends."""
    return _first(tx.rows(f"SELECT {_LINK} FROM link WHERE id = %s FOR UPDATE", (link,)))


def link(tx: ReadTx, link: LinkId) -> Link | None:
    """A link as it stands."""
    return _first(tx.rows(f"SELECT {_LINK} FROM link WHERE id = %s", (link,)))


def lock_person(tx: WriteTx, service: ServiceCode, subject: SubjectId) -> list[Link]:
    """A person's links with a service that have not ended, held until the transaction ends."""
    rows = tx.rows(
        f"SELECT {_LINK} FROM link WHERE service = %s AND subject = %s AND state <> 'ended'"
        " ORDER BY id FOR UPDATE",
        (service, subject),
    )
    return [_link(row) for row in rows]


def lock_rivals(tx: WriteTx, link: Link) -> list[Link]:
    """The links of the person or the number of ``link``, itself among them, that have not ended.

    Held until the transaction ends, and taken in one order. Of two links that cannot both be,
    the one asked for later sees the other: so their confirmations wait for each other.
    """
    rows = tx.rows(
        f"SELECT {_LINK} FROM link WHERE service = %s AND (number_hash = %s OR subject = %s)"
        " AND state <> 'ended' ORDER BY id FOR UPDATE",
        (link.service, link.number_hash, link.subject),
    )
    return [_link(row) for row in rows]


def links_of(tx: ReadTx, subject: SubjectId) -> list[Link]:
    """All links that a person has or had, the oldest first."""
    rows = tx.rows(f"SELECT {_LINK} FROM link WHERE subject = %s ORDER BY id", (subject,))
    return [_link(row) for row in rows]


def active_link(tx: ReadTx, service: ServiceCode, subject: SubjectId) -> Link | None:
    """A person's link with a service, if there is one that counts."""
    rows = tx.rows(
        f"SELECT {_LINK} FROM link WHERE service = %s AND subject = %s AND state = 'active'",
        (service, subject),
    )
    return _first(rows)


def update_state(tx: WriteTx, link: LinkId, state: LinkState) -> None:
    """Write what a link is now."""
    tx.execute("UPDATE link SET state = %s WHERE id = %s", (state.value, link))


def lock_unerased(tx: WriteTx, subject: SubjectId) -> list[Link]:
    """All links of a person whose numbers are kept, held until the transaction ends."""
    rows = tx.rows(
        f"SELECT {_LINK} FROM link WHERE subject = %s AND number_sealed <> '' ORDER BY id"
        " FOR UPDATE",
        (subject,),
    )
    return [_link(row) for row in rows]


def erase_numbers(tx: WriteTx, links: Sequence[LinkId]) -> None:
    """Keep the numbers of ended links no longer."""
    # The hash stays: no right to change it means that no number can be put in another's place.
    tx.execute("UPDATE link SET number_sealed = '' WHERE id = ANY(%s::uuid[])", (Uuids(links),))


def add_events(tx: WriteTx, events: Iterable[LinkEvent]) -> None:
    """Add to the journals of links whose rows this transaction holds."""
    tx.execute_many(
        "INSERT INTO link_event (link, entry, state, cause, place, staff, assurance, at)"
        " SELECT %(link)s, coalesce(max(entry), 0) + 1, %(state)s, %(cause)s, %(place)s,"
        " %(staff)s, %(assurance)s, %(at)s FROM link_event WHERE link = %(link)s",
        [
            {
                "link": event.link,
                "state": event.state.value,
                "cause": event.cause.value,
                "place": event.place,
                "staff": event.staff,
                "assurance": event.assurance.value if event.assurance else None,
                "at": event.recorded_at,
            }
            for event in events
        ],
    )


def events(tx: ReadTx, links: Sequence[LinkId]) -> list[LinkEvent]:
    """The journal of some links, in its order."""
    rows = tx.rows(
        "SELECT link, state, cause, place, staff, assurance, at FROM link_event"
        " WHERE link = ANY(%s::uuid[]) ORDER BY link, entry",
        (list(links),),
    )
    return [
        LinkEvent(
            LinkId(link),
            LinkState(state),
            Cause(cause),
            place,
            staff,
            Assurance(assurance) if assurance else None,
            at,
        )
        for link, state, cause, place, staff, assurance, at in rows
    ]


def add_alarm(tx: WriteTx, alarm: LinkAlarm) -> None:
    """Keep an alarm."""
    tx.execute(
        "INSERT INTO link_alarm (id, service, links, raised_at) VALUES (%s, %s, %s::uuid[], %s)",
        (alarm.id, alarm.service, list(alarm.links), alarm.raised_at),
    )


def alarms(tx: ReadTx, since: datetime) -> list[LinkAlarm]:
    """The alarms since an instant, the oldest first."""
    rows = tx.rows(
        "SELECT id, service, links, raised_at FROM link_alarm WHERE raised_at >= %s"
        " ORDER BY raised_at, id",
        (since,),
    )
    return [
        LinkAlarm(id_, ServiceCode(service), tuple(map(LinkId, links)), at)
        for id_, service, links, at in rows
    ]


def _first(rows: list[tuple[Any, ...]]) -> Link | None:
    return _link(rows[0]) if rows else None


def _link(row: tuple[Any, ...]) -> Link:
    id_, service, subject, reference, visit, tap, hash_, sealed, at, state = row
    return Link(
        id=LinkId(id_),
        service=ServiceCode(service),
        subject=SubjectId(subject),
        reference=reference,
        visit=visit,
        tap=tap,
        number_hash=bytes(hash_),
        number_sealed=bytes(sealed),
        asked_at=at,
        state=LinkState(state),
    )
