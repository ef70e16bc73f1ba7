"""The wallet's pages, for somebody who has signed in."""

from dataclasses import replace
from itertools import groupby
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, registry
from ichimai.kernel import Asset
from ichimai.ledger import Kind, OperationId
from ichimai.people import Session
from ichimai.programs import wallets
from ichimai.programs.wallets import Entry
from ichimai.storage import ReadTx
from ichimai.web.layout import Pages, Visit
from ichimai.web.layout.paging import number_in
from ichimai.web.resident.door import DOOR, signed_in

_ON_FIRST_PAGE = 5
_ON_A_PAGE = 20


def routes(pages: Pages) -> list[Route]:
    """The pages of the wallet."""
    return [
        pages.page("/me", DOOR, _home),
        pages.page("/me/card", DOOR, _card),
        pages.page("/me/history", DOOR, _history),
    ]


def _home(visit: Visit) -> Response:
    """What is left on the card, until when, and the latest that happened."""
    session, _ = signed_in(visit)
    desk = visit.services.desk
    with desk.database.read(desk.operator) as tx:
        wallet = wallets.wallet(tx, desk.clock, session.owner)
        entries, _ = _entries(tx, session.owner, None, _ON_FIRST_PAGE)
    return _page(visit, session, "resident/home.html", wallet=wallet, entries=entries)


def _card(visit: Visit) -> Response:
    """The card's code to show at a shop; no sum is on the page."""
    session, token = signed_in(visit)
    code = people.sessions.sealed_text(session, token) or ""
    picture = registry.cards.card_svg(code)
    return _page(visit, session, "resident/card.html", code=code, picture=picture)


def _history(visit: Visit) -> Response:
    """Everything that happened, in pages."""
    session, _ = signed_in(visit)
    desk = visit.services.desk
    before = number_in(visit.request.query_params.get("after"))
    with desk.database.read(desk.operator) as tx:
        entries, next_mark = _entries(tx, session.owner, before, _ON_A_PAGE)
    return _page(
        visit,
        session,
        "resident/history.html",
        entries=entries,
        next_mark=next_mark,
        is_first=before is None,
    )


def _entries(
    tx: ReadTx, subject: UUID, before: int | None, wanted: int
) -> tuple[list[Entry], int | None]:
    """``wanted`` things that happened, each one line, and where the next page begins.

    A payment from three gifts is three entries of one program, and one thing to its owner.
    """
    limit = wanted * 3
    while True:
        found = wallets.history(tx, subject, before=before, limit=limit)
        things = [list(parts) for _, parts in groupby(found, key=_what_happened)]
        has_all = len(found) < limit
        # The last one may go on beyond what was read.
        if has_all or len(things) > wanted:
            break
        limit *= 2
    shown = things[:wanted]
    next_mark = shown[-1][-1].number if len(things) > wanted else None
    return [_joined(parts) for parts in shown], next_mark


def _what_happened(entry: Entry) -> tuple[OperationId, Kind, Asset]:
    return entry.operation, entry.kind, entry.program.key


def _joined(parts: list[Entry]) -> Entry:
    return replace(parts[0], units=sum(part.units for part in parts))


def _page(visit: Visit, session: Session, template: str, **context: Any) -> Response:  # noqa: ANN401 - a template takes anything
    """A page that leaves the screen when its session has been idle too long."""
    response = visit.render(template, **context)
    seconds = people.sessions.idle_seconds(session)
    response.headers["Refresh"] = f"{seconds}; url={DOOR.sign_in}"
    return response
