"""For auditors: what the daily watch noticed, and the access log that tells more.

It accuses nobody. People are shown by the end of their random number in this town, never by
name: who somebody is has to be asked for, with a purpose, at the counter. Reading is written in the
log too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, merchants, people
from ichimai.audit.watch import Found
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.people.model import StaffId
from ichimai.web.console.door import AUDITORS, DOOR, AtConsole, for_staff
from ichimai.web.layout import Pages, mark
from ichimai.web.layout.paging import number_in, part_of

SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "many_people": (
        mark("One member of staff looked at many people"),
        mark("Nobody was there and nothing was done for them. Ask what the looks were for."),
    ),
    "many_staff": (
        mark("Several members of staff looked at one person"),
        mark("Nothing was done for that person. Ask whether there was a reason."),
    ),
    "again_and_again": (
        mark("One member of staff looked at one person day after day"),
        mark("Nothing was done for that person. Ask whether there was a reason."),
    ),
    "curious_service": (
        mark("A service asked for ages that it may not ask for"),
        mark("From many such questions a birth date could be told. Ask the service why."),
    ),
    "sprayed": (
        mark("One PIN or password was tried many times"),
        mark("On card after card, or name after name. It was slowed down; tell the security desk."),
    ),
}
_UNKNOWN: Final = (mark("Something else"), mark("This version has no words for it."))
PARTS: Final[Mapping[str, str]] = {
    "personal": mark("name and contact"),
    "claims": mark("birth date and other certified facts"),
    "consents": mark("consents"),
    "delegates": mark("people who act for them"),
    "memberships": mark("memberships"),
    "cards": mark("cards"),
    "links": mark("connections to services"),
    "wallet": mark("what is left and what happened"),
    "search": mark("search by name and birth date"),
    "export": mark("data taken out"),
    "disclosure": mark("data handed on as agreed"),
    "erasure": mark("erasing of data"),
    "access_log": mark("the access log"),
}
PURPOSES: Final[Mapping[str, str]] = {
    "application": mark("Application or notification"),
    "card": mark("Cards"),
    "enquiry": mark("Enquiry by the person"),
    "correction": mark("Correct a record"),
    "list": mark("Check a list"),
    "incident": mark("Failure or accident"),
    "audit": mark("Audit"),
    "other": mark("Something else"),
}
_SHOWN_FOR: Final = timedelta(days=366)
_ON_A_PAGE: Final = 50
_LOG: Final = "/console/access-log"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that was noticed, as the page says it; ``log``: where its entries are."""

    day_on: date
    what: str
    ask: str
    staff: StaffId | None
    person: str
    service: str
    times: int
    log: str


def routes(pages: Pages) -> list[Route]:
    """The pages about looks."""
    return [
        pages.page("/console/watch", DOOR, for_staff(AUDITORS, _show)),
        pages.page(_LOG, DOOR, for_staff(AUDITORS, _log)),
    ]


def _show(here: AtConsole) -> Response:
    """What was noticed in the last year, the latest first."""
    clock = here.visit.services.clock
    with here.write() as tx:
        since = day_in_tokyo(clock.now()) - _SHOWN_FOR
        found = audit.watch.noticed(tx, clock, _look(here), since)
        part = part_of(found, here.visit.request.query_params.get("after"), _ON_A_PAGE)
        shops = merchants.directory.shop_names(tx, _shops_in(part.items))
        notices = [_notice(each, shops) for each in part.items]
        names = people.staff.members(tx, [each.staff for each in notices if each.staff])
    return here.render("console/watch.html", part=part, notices=notices, names=names)


def _shops_in(found: Sequence[Found]) -> list[UUID]:
    """Which shops asked what they may not."""
    shops = {people.predicates.shop_in(each.noticed.service) for each in found}
    return [shop for shop in shops if shop]


def _notice(found: Found, shops: Mapping[UUID, str]) -> Notice:
    noticed = found.noticed
    shop = people.predicates.shop_in(noticed.service)
    what, ask = SIGNS.get(noticed.sign, _UNKNOWN)
    wanted = {
        name: str(id_)
        for name, id_ in (("staff", noticed.staff), ("subject", noticed.subject))
        if id_ != NIL
    }
    # A habit is seen over weeks.
    first = found.day_on - timedelta(days=audit.watch.DAYS - 1)
    query = urlencode(wanted | {"first": first.isoformat(), "last": found.day_on.isoformat()})
    return Notice(
        day_on=found.day_on,
        what=what,
        ask=ask,
        staff=StaffId(noticed.staff) if noticed.staff != NIL else None,
        person=ending(noticed.subject),
        service=(shops.get(shop) if shop else None) or noticed.service,
        times=noticed.times,
        log=f"{_LOG}?{query}" if wanted else "",
    )


def _log(here: AtConsole) -> Response:
    """The entries of the access log that were asked for, the latest first."""
    asked = here.visit.request.query_params
    staff, subject = _id_in(asked, "staff"), _id_in(asked, "subject")
    first, last = _day_in(asked, "first"), _day_in(asked, "last")
    number, purpose = number_in(asked.get("number")), _purpose_in(asked)
    with here.write() as tx:
        entries = audit.search(
            tx,
            here.visit.services.clock,
            _look(here),
            number=number,
            staff=staff,
            subject=subject,
            purpose=purpose,
            first=first,
            last=last,
            before=number_in(asked.get("after")),
            limit=_ON_A_PAGE,
        )
        ids = {StaffId(each.staff) for each in entries} | ({StaffId(staff)} if staff else set())
        names = people.staff.members(tx, sorted(ids))
        everybody = people.staff.everybody(tx)
    kept = {
        "number": str(number or ""),
        "staff": str(staff or ""),
        "subject": str(subject or ""),
        "purpose": purpose.value if purpose else "",
        "first": first.isoformat() if first else "",
        "last": last.isoformat() if last else "",
    }
    address = f"{_LOG}?{urlencode({name: text for name, text in kept.items() if text})}"
    return here.render(
        "console/access_log.html",
        entries=entries,
        names=names,
        everybody={each.id: each.name for each in everybody}
        | {i: m.name for i, m in names.items()},
        kept=kept,
        person=ending(subject) if subject else "",
        ending=ending,
        parts=PARTS,
        purposes=PURPOSES,
        address=address.rstrip("?"),
        next_mark=entries[-1].number if len(entries) == _ON_A_PAGE else None,
        is_first=number_in(asked.get("after")) is None,
    )


def _look(here: AtConsole) -> audit.Look:
    return audit.Look(here.staff.id, here.staff.role.value, audit.Purpose.AUDIT)


def ending(id_: UUID) -> str:
    """By what an auditor tells people apart; empty: nobody in particular."""
    return "" if id_ == NIL else f"…{id_.hex[-8:]}"


def _id_in(asked: QueryParams, name: str) -> UUID | None:
    try:
        return UUID(asked.get(name, ""))
    except ValueError:
        return None


def _purpose_in(asked: QueryParams) -> audit.Purpose | None:
    name = asked.get("purpose", "")
    return audit.Purpose(name) if name in PURPOSES else None


def _day_in(asked: QueryParams, name: str) -> date | None:
    try:
        return date.fromisoformat(asked.get(name, ""))
    except ValueError:
        return None
