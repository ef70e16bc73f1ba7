"""My data: reading it, taking it with me, and erasing what describes me."""

import json
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity, people
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.errors import SignInTooOld
from ichimai.people.records.claims import Claim, ClaimKind
from ichimai.people.records.errors import NothingKnown
from ichimai.people.records.memberships import Membership
from ichimai.people.records.personal import Details
from ichimai.programs import upkeep, wallets
from ichimai.web.layout import Pages, downloads, mark
from ichimai.web.resident.cards import held
from ichimai.web.resident.door import DOOR, AtHome, for_residents
from ichimai.web.resident.holdings import holdings
from ichimai.web.resident.links import own_links
from ichimai.web.resident.wallet import programs_now

CLAIMS: Final = {
    ClaimKind.BIRTH_DATE: mark("Birth date"),
    ClaimKind.RESIDENT_SINCE: mark("Living in the town since"),
    ClaimKind.DISABILITY_GRADE: mark("Grade of the disability certificate"),
    ClaimKind.WORKS_IN_TOWN: mark("Works in the town"),
    ClaimKind.STUDIES_IN_TOWN: mark("Studies in the town"),
    ClaimKind.DISTRICT: mark("District"),
}
"""What is certified of a person."""

_NOT_SURE: Final = mark("Tick the box first, if you are sure.")
_SIGN_IN_AGAIN: Final = mark(
    "You signed in some time ago. For your safety, choose “Finish”, sign in again, and do this"
    " first."
)
_EVERYTHING: Final = 100_000


def routes(pages: Pages) -> list[Route]:
    """The pages about my data."""
    return [
        pages.page("/me/data", DOOR, for_residents(_show)),
        pages.page("/me/data/export", DOOR, for_residents(_export)),
        pages.page("/me/data/erase", DOOR, for_residents(_explain)),
        pages.page("/me/data/erase/last", DOOR, for_residents(_ask)),
        pages.action("/me/data/erase/last", DOOR, for_residents(_erase)),
    ]


def _show(home: AtHome) -> Response:
    """What is kept of me, to read or to print."""
    services = home.visit.services
    asked = (services.personal_key, services.clock, home.me, home.subject)
    with home.write() as tx:
        claims = people.records.claims.read(tx, *asked)
        memberships = people.records.memberships.read(tx, *asked)
        wallet = wallets.wallet(tx, services.clock, home.subject)
        programs = programs_now(home, tx)
        links = [link for link in own_links(home, tx) if not link.has_ended]
        names = {each.code: each for each in identity.links.services(tx)}
    return home.render(
        "resident/data.html",
        details=_details(home),
        claims=[(CLAIMS[each.said.kind], each) for each in claims if _counts(home, each)],
        memberships=[each for each in memberships if _is_member(home, each)],
        wallet=wallet,
        holdings=holdings(home.visit, programs, wallet),
        cards=[card for card in held(home) if card.works],
        links=links,
        names=names,
    )


def _details(home: AtHome) -> Details | None:
    services = home.visit.services
    try:
        with home.write() as tx:
            return people.records.personal.read(
                tx, services.personal_key, services.clock, home.me, home.subject
            ).details
    except NothingKnown:
        return None


def _counts(home: AtHome, claim: Claim) -> bool:
    today = day_in_tokyo(home.visit.services.clock.now())
    return not people.records.claims.is_over(claim, today)


def _is_member(home: AtHome, membership: Membership) -> bool:
    today = day_in_tokyo(home.visit.services.clock.now())
    return membership.ended_on is None or today < membership.ended_on


def _export(home: AtHome) -> Response:
    """All that is kept of me, as a file that programs read."""
    services = home.visit.services
    with home.write() as tx:
        told = people.records.personal.export(
            tx, services.personal_key, services.clock, home.me, home.subject
        )
    told |= {"wallet": _wallet(home), "links": _links(home), "cards": _cards(home)}
    day = day_in_tokyo(services.clock.now())
    body = json.dumps(told, ensure_ascii=False, indent=2).encode()
    return downloads.download(body, name=f"my-data-{day}.json", kind="application/json")


def _wallet(home: AtHome) -> dict[str, Any]:
    with home.read() as tx:
        wallet = wallets.wallet(tx, home.visit.services.clock, home.subject)
        entries = wallets.history(tx, home.subject, limit=_EVERYTHING)
        told = upkeep.told_to(tx, home.subject)
    return {
        "left_yen": wallet.total_units,
        "lots": [
            {
                "program": lot.program.name_ja,
                "left": lot.left.units,
                "granted": lot.granted.units,
                "unit": lot.program.unit_ja,
                "usable_at": lot.usable_at.isoformat() if lot.usable_at else None,
                "expires_at": lot.expires_at.isoformat(),
            }
            for lot in wallet.lots
        ],
        "notices": [
            {
                "told_on": each.told_on.isoformat(),
                "days_before": each.days,
                "program": each.program,
                "units": each.units,
                "ends_at": each.ends_at.isoformat(),
                "is_posted": each.is_posted,
            }
            for each in told
        ],
        "history": [
            {
                "recorded_at": entry.recorded_at.isoformat(),
                "kind": entry.kind.name.lower(),
                "units": entry.units,
                "unit": entry.program.unit_ja,
                "program": entry.program.name_ja,
                "shop": entry.shop,
                "operation": str(entry.operation),
            }
            for entry in entries
        ],
    }


def _links(home: AtHome) -> list[dict[str, Any]]:
    """With their numbers in full: they are mine."""
    key = home.visit.services.identity_key
    with home.read() as tx:
        return [
            {
                "service": link.service,
                "number": identity.links.number_in(key, link),
                "state": link.state.value,
                "asked_at": link.asked_at.isoformat(),
            }
            for link in identity.links.links_of(tx, home.subject)
        ]


def _cards(home: AtHome) -> list[dict[str, Any]]:
    return [
        {
            "kind": card.code,
            "status": card.status.value,
            "issued_at": card.since.isoformat(),
            "valid_until": card.until.isoformat() if card.until else None,
            "stopped_at": card.stopped_at.isoformat() if card.stopped_at else None,
        }
        for card in held(home)
    ]


def _explain(home: AtHome) -> Response:
    """What erasing takes away, what stays and why, and what money is left."""
    return home.render("resident/erase.html", left=_left(home))


def _ask(home: AtHome) -> Response:
    """The last question before erasing."""
    return _last_page(home)


def _last_page(home: AtHome, error: str = "") -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return home.render("resident/erase_last.html", status=status, left=_left(home), error=error)


def _erase(home: AtHome) -> Response:
    """Make everything that describes me unreadable, for ever."""
    if home.visit.form.text("sure") != "yes":
        return _last_page(home, _NOT_SURE)
    clock = home.visit.services.clock
    try:
        people.sessions.check_fresh(clock, home.session)
    except SignInTooOld:
        return _last_page(home, _SIGN_IN_AGAIN)
    with home.write() as tx:
        people.records.personal.erase(tx, clock, home.me, home.subject)
    return home.render_and_sign_out("resident/erased.html", left=_left(home))


def _left(home: AtHome) -> int:
    with home.read() as tx:
        return wallets.wallet(tx, home.visit.services.clock, home.subject).total_units
