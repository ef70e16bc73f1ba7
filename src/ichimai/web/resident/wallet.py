"""The wallet's pages, for somebody who has signed in."""

from dataclasses import replace
from itertools import groupby
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, registry
from ichimai.kernel import Asset
from ichimai.ledger import Kind, OperationId
from ichimai.programs import wallets
from ichimai.programs.wallets import Entry
from ichimai.storage import ReadTx
from ichimai.web.layout import Pages
from ichimai.web.layout.paging import number_in
from ichimai.web.resident.door import DOOR, AtHome, for_residents

_ON_FIRST_PAGE = 5
_ON_A_PAGE = 20


def routes(pages: Pages) -> list[Route]:
    """The pages of the wallet."""
    return [
        pages.page("/me", DOOR, for_residents(_home)),
        pages.page("/me/card", DOOR, for_residents(_card)),
        pages.page("/me/history", DOOR, for_residents(_history)),
        pages.page("/me/menu", DOOR, for_residents(_menu)),
    ]


def _home(home: AtHome) -> Response:
    """What is left on the card, until when, and the latest that happened."""
    with home.read() as tx:
        wallet = wallets.wallet(tx, home.visit.services.clock, home.subject)
        entries, _ = _entries(tx, home.subject, None, _ON_FIRST_PAGE)
    return home.render("resident/home.html", wallet=wallet, entries=entries)


def _card(home: AtHome) -> Response:
    """The card's code to show at a shop; no sum is on the page."""
    code = people.sessions.sealed_text(home.session, home.token) or ""
    # Who came in without the card has no code here: it is not kept in any readable form.
    picture = registry.cards.card_svg(code) if code else ""
    return home.render("resident/card.html", code=code, picture=picture)


def _history(home: AtHome) -> Response:
    """Everything that happened, in pages."""
    before = number_in(home.visit.request.query_params.get("after"))
    with home.read() as tx:
        entries, next_mark = _entries(tx, home.subject, before, _ON_A_PAGE)
    return home.render(
        "resident/history.html", entries=entries, next_mark=next_mark, is_first=before is None
    )


def _menu(home: AtHome) -> Response:
    """Everything else that one can do here."""
    return home.render("resident/menu.html")


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
