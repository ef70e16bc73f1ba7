"""A sale that was rung up: what was paid by what; and goods that come back."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai.programs.model import ReturnRequest
from ichimai.web.layout import Pages, Visit
from ichimai.web.shop.book import Act, Book
from ichimai.web.shop.door import DOOR, at_till
from ichimai.web.shop.undoing import Undoing

_ONE = "/shop/purchases/{id:uuid}"
_RETURNS: Final = Undoing(
    find=Book.sale,
    act=Act.SALE,
    undone=Act.RETURN,
    address="/shop/purchases/{id}/returns",
    page="shop/return.html",
    request=lambda here, id_, sale, yen: ReturnRequest(
        id=id_, token=here.token, purchase=sale.operation, total_yen=yen
    ),
)


def routes(pages: Pages) -> list[Route]:
    """The pages about sales that were rung up."""
    return [
        pages.page(_ONE, DOOR, _result),
        pages.page(_ONE + "/return", DOOR, _ask_return),
        pages.action(_ONE + "/returns", DOOR, _bring_back),
        pages.page(_ONE + "/returns/{return:uuid}", DOOR, _returned),
    ]


def _result(visit: Visit) -> Response:
    """What was paid by what, what is left to take in cash, and what was earned."""
    here = at_till(visit)
    return here.render("shop/sold.html", sale=_RETURNS.one(here))


def _ask_return(visit: Visit) -> Response:
    """Goods for how much come back."""
    return _RETURNS.ask(visit)


async def _bring_back(visit: Visit) -> Response:
    """Take goods back; the same form again gives the same answer."""
    return await _RETURNS.undo(visit)


def _returned(visit: Visit) -> Response:
    """What to give back in cash, and what went back to the card."""
    here = at_till(visit)
    sale = _RETURNS.one(here)
    back = _RETURNS.part(here, sale, visit.request.path_params["return"])
    return here.render("shop/returned.html", sale=sale, back=back)
