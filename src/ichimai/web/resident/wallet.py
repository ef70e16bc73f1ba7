"""The wallet's pages, for somebody who has signed in."""

from datetime import datetime
from typing import NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, registry
from ichimai.kernel import Asset
from ichimai.programs import lists, upkeep, wallets
from ichimai.programs.terms import Program
from ichimai.programs.wallets import Wallet
from ichimai.storage import ReadTx
from ichimai.web.layout import Pages
from ichimai.web.layout.paging import number_in
from ichimai.web.resident.door import DOOR, AtHome, for_residents
from ichimai.web.resident.holdings import happenings, holdings

_ON_FIRST_PAGE = 5
_ON_A_PAGE = 20
_ENDS_SHOWN = 2


def routes(pages: Pages) -> list[Route]:
    """The pages of the wallet."""
    return [
        pages.page("/me", DOOR, for_residents(_home)),
        pages.page("/me/card", DOOR, for_residents(_card)),
        pages.page("/me/history", DOOR, for_residents(_history)),
        pages.page("/me/notices", DOOR, for_residents(_notices)),
        pages.page("/me/menu", DOOR, for_residents(_menu)),
    ]


def programs_now(home: AtHome, tx: ReadTx) -> dict[Asset, Program]:
    """The programs in force by key; of those whose first day is to come, their first version."""
    catalogue = lists.catalogue(tx)
    return catalogue.first | catalogue.at(home.visit.services.clock.now())


class End(NamedTuple):
    """What is over when: ``units`` of a program at an instant."""

    program: Program
    units: int
    expires_at: datetime


def next_ends(wallet: Wallet, programs: dict[Asset, Program], most: int) -> list[End]:
    """What ends next: one line for a program and day."""
    found: dict[tuple[datetime, Asset], int] = {}
    for lot in wallet.lots:
        if not lot.is_for_ever:
            key = lot.expires_at, lot.left.asset
            found[key] = found.get(key, 0) + lot.left.units
    return [
        End(programs[asset], units, expires_at)
        for (expires_at, asset), units in sorted(found.items())[:most]
    ]


def _home(home: AtHome) -> Response:
    """All that is on the card, what ends next, and the latest that happened."""
    with home.read() as tx:
        wallet = wallets.wallet(tx, home.visit.services.clock, home.subject)
        programs = programs_now(home, tx)
        latest, _ = happenings(tx, home.subject, None, _ON_FIRST_PAGE)
        told = upkeep.told_ends(tx, home.visit.services.clock, home.subject)
    ends = next_ends(wallet, programs, len(wallet.lots))
    return home.render(
        "resident/home.html",
        wallet=wallet,
        holdings=holdings(home.visit, programs, wallet),
        ends=ends[:_ENDS_SHOWN],
        told=[end for end in ends if (end.program.key, end.expires_at) in told],
        happenings=latest,
    )


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
        found, next_mark = happenings(tx, home.subject, before, _ON_A_PAGE)
    return home.render(
        "resident/history.html", happenings=found, next_mark=next_mark, is_first=before is None
    )


def _notices(home: AtHome) -> Response:
    """What one was told of ends."""
    with home.read() as tx:
        programs = programs_now(home, tx)
        told = [
            (each, End(programs[each.program], each.units, each.ends_at))
            for each in upkeep.told_to(tx, home.subject)
        ]
    return home.render("resident/notices.html", told=told)


def _menu(home: AtHome) -> Response:
    """Everything else that one can do here."""
    return home.render("resident/menu.html")
