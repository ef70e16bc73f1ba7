"""Finding a shop, and the paper with which it makes a device its till."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import merchants
from ichimai.merchants import Shop, ShopId, ShopSize, TerminalId
from ichimai.merchants.errors import UnknownTerminal
from ichimai.web.console.door import DOOR, EVERYBODY, OFFICERS, AtConsole, for_staff
from ichimai.web.layout import Pages, mark
from ichimai.web.layout.paging import number_in

_ON_A_PAGE: Final = 50
SIZES: Final[Mapping[ShopSize, str]] = {
    ShopSize.SMALL: mark("Small shops"),
    ShopSize.MEDIUM: mark("Medium shops"),
    ShopSize.LARGE: mark("Large shops"),
}
"""What the size classes are called."""


def routes(pages: Pages) -> list[Route]:
    """The pages about shops."""
    return [
        pages.page("/console/shops", DOOR, for_staff(EVERYBODY, _search)),
        pages.page("/console/shops/{id:uuid}", DOOR, for_staff(EVERYBODY, _show)),
        pages.action("/console/shops/{id:uuid}/code", DOOR, for_staff(OFFICERS, _new_code)),
        pages.action("/console/shops/{id:uuid}/revoke", DOOR, for_staff(OFFICERS, _revoke)),
    ]


def _search(here: AtConsole) -> Response:
    """Shops by number, name, reading and street."""
    asked = here.visit.request.query_params
    query, after = asked.get("q", "")[:60], asked.get("after", "")[:10]
    association = number_in(asked.get("association"))
    with here.read() as tx:
        streets = merchants.directory.associations(tx)
        found = merchants.directory.shops(tx, query, association, _ON_A_PAGE + 1, after=after)
    return here.render(
        "console/shops.html",
        sizes=SIZES,
        query=query,
        association=association,
        associations=streets,
        street_names={street.number: street.name for street in streets},
        shops=found[:_ON_A_PAGE],
        next_mark=found[_ON_A_PAGE - 1].number if len(found) > _ON_A_PAGE else None,
        is_first=not after,
    )


def _show(here: AtConsole) -> Response:
    """One shop and its tills."""
    return _page(here, _shop(here))


def _new_code(here: AtConsole) -> Response:
    """A one-time code that makes a device a till of the shop, shown once."""
    shop = _shop(here)
    with here.write() as tx:
        code = merchants.tills.new_enrolment(tx, here.visit.services.clock, shop.id)
    # Shown here and nowhere else: reloading the page makes another one.
    return _page(here, shop, code=code)


def _revoke(here: AtConsole) -> Response:
    """End a till."""
    shop = _shop(here)
    wanted = here.visit.form.text("terminal")
    with here.write() as tx:
        tills = {str(till.id): till for till in merchants.tills.terminals_of(tx, shop.id)}
        if wanted not in tills:
            raise UnknownTerminal
        merchants.tills.revoke(tx, here.visit.services.clock, TerminalId(tills[wanted].id))
    return here.visit.go(f"/console/shops/{shop.id}")


def _page(here: AtConsole, shop: Shop, *, code: str = "") -> Response:
    with here.read() as tx:
        tills = merchants.tills.terminals_of(tx, shop.id)
        names = {street.number: street.name for street in merchants.directory.associations(tx)}
    return here.render(
        "console/shop.html",
        sizes=SIZES,
        shop=shop,
        street=names[shop.association],
        tills=tills,
        code=code,
    )


def _shop(here: AtConsole) -> Shop:
    """The shop in the address. Raises UnknownShop."""
    with here.read() as tx:
        return merchants.directory.shop(tx, ShopId(here.visit.request.path_params["id"]))
