"""Who looked at my record, and why: the staff's access log as the person concerned reads it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit
from ichimai.people.model import StaffRole
from ichimai.web.layout import Pages, mark
from ichimai.web.layout.paging import number_in
from ichimai.web.resident.door import DOOR, AtHome, for_residents

PURPOSES: Final[Mapping[str, str]] = {
    audit.Purpose.APPLICATION: mark("to handle an application or a notification"),
    audit.Purpose.CARD: mark("to issue, stop or replace a card"),
    audit.Purpose.ENQUIRY: mark("because you asked about something"),
    audit.Purpose.CORRECTION: mark("to correct what is written"),
    audit.Purpose.LIST: mark("to check or read a list of people"),
    audit.Purpose.INCIDENT: mark("because of a fault or an accident"),
    audit.Purpose.AUDIT: mark("to check that everything was done rightly"),
    audit.Purpose.OTHER: mark("for another reason"),
}
"""Why somebody looked, to go on from "who"."""

PARTS: Final[Mapping[str, str]] = {
    audit.What.PERSONAL: mark("name and contact"),
    audit.What.CLAIMS: mark("birth date and other certified facts"),
    audit.What.CONSENTS: mark("consents"),
    audit.What.DELEGATES: mark("people who act for you"),
    audit.What.MEMBERSHIPS: mark("memberships"),
    audit.What.CARDS: mark("cards"),
    audit.What.LINKS: mark("connections to services"),
    audit.What.WALLET: mark("what is left and what happened"),
    audit.What.SEARCH: mark("search by name and birth date"),
    audit.What.EXPORT: mark("data taken out"),
    audit.What.DISCLOSURE: mark("data handed on as agreed"),
    audit.What.ERASURE: mark("erasing of your data"),
    audit.What.ACCESS_LOG: mark("this list"),
}
"""Which part of the record."""

ROLES: Final[Mapping[str, str]] = {
    StaffRole.OFFICER: mark("The office for the program"),
    StaffRole.APPROVER: mark("Somebody who approves"),
    StaffRole.TREASURER: mark("The treasury"),
    StaffRole.AUDITOR: mark("An auditor"),
    StaffRole.CLERK: mark("The counter"),
    StaffRole.REGISTRAR: mark("The office for cards"),
    StaffRole.ADMINISTRATOR: mark("An administrator of the system"),
}
"""Who looked: a desk, not a name."""

STAFF: Final = mark("A member of staff")
_ON_A_PAGE: Final = 40
_ONE_VISIT: Final = timedelta(minutes=10)


class Entry(Protocol):
    """What a page needs of an entry of the access log (``audit.of_subject``)."""

    @property
    def number(self) -> int: ...  # noqa: D102 - as in the log
    @property
    def at(self) -> datetime: ...  # noqa: D102 - as in the log
    @property
    def staff(self) -> UUID: ...  # noqa: D102 - as in the log
    @property
    def role(self) -> str: ...  # noqa: D102 - as in the log
    @property
    def purpose(self) -> str: ...  # noqa: D102 - as in the log
    @property
    def note(self) -> str: ...  # noqa: D102 - as in the log
    @property
    def what(self) -> str: ...  # noqa: D102 - as in the log
    @property
    def is_change(self) -> bool: ...  # noqa: D102 - as in the log
    @property
    def tap(self) -> UUID: ...  # noqa: D102 - as in the log


@dataclass(frozen=True, slots=True)
class Visit:
    """What one member of staff looked at or changed in one go.

    ``number``: of its latest entry, to ask about at the counter. ``was_there``: I, or my card,
    was.
    """

    number: int
    at: datetime
    who: str
    purpose: str
    note: str
    seen: tuple[str, ...]
    changed: tuple[str, ...]
    was_there: bool


def routes(pages: Pages) -> list[Route]:
    """The page about looks."""
    return [pages.page("/me/looks", DOOR, for_residents(_show))]


def _show(home: AtHome) -> Response:
    """Who looked at my record and why, latest first."""
    before = number_in(home.visit.request.query_params.get("after"))
    with home.read() as tx:
        found = audit.of_subject(tx, home.me, before=before, limit=_ON_A_PAGE + 1)
    entries = found[:_ON_A_PAGE]
    return home.render(
        "resident/looks.html",
        visits=visits(entries),
        next_mark=entries[-1].number if len(found) > _ON_A_PAGE else None,
        is_first=before is None,
    )


def visits(entries: Sequence[Entry]) -> list[Visit]:
    """Entries, latest first, joined where one person did several things for one reason."""
    groups: list[list[Entry]] = []
    for entry in entries:
        if groups and _is_same(groups[-1][-1], entry):
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return [_visit(group) for group in groups]


def _is_same(later: Entry, earlier: Entry) -> bool:
    return (later.staff, later.role, later.purpose, later.note, later.tap) == (
        earlier.staff,
        earlier.role,
        earlier.purpose,
        earlier.note,
        earlier.tap,
    ) and later.at - earlier.at <= _ONE_VISIT


def _visit(entries: Sequence[Entry]) -> Visit:
    latest = entries[0]
    changed = _parts(entry for entry in entries if entry.is_change)
    seen = _parts(entry for entry in entries if not entry.is_change)
    return Visit(
        number=latest.number,
        at=latest.at,
        who=ROLES.get(latest.role, STAFF),
        purpose=PURPOSES.get(latest.purpose, PURPOSES[audit.Purpose.OTHER]),
        note=latest.note,
        seen=tuple(part for part in seen if part not in changed),
        changed=changed,
        was_there=latest.tap.int != 0,
    )


def _parts(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The parts of the record, each once, in the order in which they came."""
    found = [PARTS[entry.what] for entry in entries if entry.what in PARTS]
    return tuple(reversed(dict.fromkeys(found)))
