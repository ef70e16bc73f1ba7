"""The wallet's pages, for somebody who has signed in."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, registry
from ichimai.people import Session
from ichimai.programs import wallets
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
    session, _ = signed_in(visit)
    desk = visit.services.desk
    with desk.database.read(desk.operator) as tx:
        wallet = wallets.wallet(tx, desk.clock, session.owner)
        entries = wallets.history(tx, session.owner, limit=_ON_FIRST_PAGE)
    return _page(visit, session, "resident/home.html", wallet=wallet, entries=entries)


def _card(visit: Visit) -> Response:
    session, token = signed_in(visit)
    code = people.sessions.sealed_text(session, token) or ""
    picture = registry.card_svg(code)
    return _page(visit, session, "resident/card.html", code=code, picture=picture)


def _history(visit: Visit) -> Response:
    session, _ = signed_in(visit)
    desk = visit.services.desk
    before = number_in(visit.request.query_params.get("after"))
    with desk.database.read(desk.operator) as tx:
        entries = wallets.history(tx, session.owner, before=before, limit=_ON_A_PAGE + 1)
    next_mark = entries[_ON_A_PAGE - 1].number if len(entries) > _ON_A_PAGE else None
    return _page(
        visit,
        session,
        "resident/history.html",
        entries=entries[:_ON_A_PAGE],
        next_mark=next_mark,
        is_first=before is None,
    )


def _page(visit: Visit, session: Session, template: str, **context: Any) -> Response:  # noqa: ANN401 - a template takes anything
    """A page that leaves the screen when its session has been idle too long."""
    response = visit.render(template, **context)
    seconds = people.sessions.idle_seconds(session)
    response.headers["Refresh"] = f"{seconds}; url={DOOR.sign_in}"
    return response
