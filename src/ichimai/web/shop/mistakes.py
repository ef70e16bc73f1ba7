"""What was done by mistake and is undone: a thing handed over, money paid in with a wrong sum."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai.ledger import OperationId
from ichimai.programs.model import RefundRequest
from ichimai.web.layout import Pages, Visit
from ichimai.web.shop.book import Act, Book, Line
from ichimai.web.shop.door import DOOR, AtTill, at_till
from ichimai.web.shop.undoing import Undoing

_THINGS: Final = "/shop/things/{id:uuid}/back"
_MONEY: Final = "/shop/money/{id:uuid}/back"


def _request(here: AtTill, id_: OperationId, done: Line, units: int) -> RefundRequest:
    return RefundRequest(id=id_, token=here.token, payment=done.operation, units=units)


_OF_THINGS: Final = Undoing(
    find=Book.other,
    act=Act.HANDED,
    undone=Act.BROUGHT_BACK,
    address="/shop/things/{id}/back",
    page="shop/thing_back.html",
    request=_request,
)
_OF_MONEY: Final = Undoing(
    find=Book.other,
    act=Act.PAID_IN,
    undone=Act.UNPAID,
    address="/shop/money/{id}/back",
    page="shop/money_back.html",
    request=_request,
)


def routes(pages: Pages) -> list[Route]:
    """The pages about what was done by mistake."""
    return [
        pages.page(_THINGS, DOOR, _ask_thing),
        pages.action(_THINGS, DOOR, _take_thing),
        pages.page(_THINGS + "/{back:uuid}", DOOR, _thing_taken),
        pages.page(_MONEY, DOOR, _ask_money),
        pages.action(_MONEY, DOOR, _take_money),
        pages.page(_MONEY + "/{back:uuid}", DOOR, _money_taken),
    ]


def _ask_thing(visit: Visit) -> Response:
    """Whether the thing is there again."""
    return _OF_THINGS.ask(visit)


async def _take_thing(visit: Visit) -> Response:
    """Put back what was taken for it; the same form again gives the same answer."""
    return await _OF_THINGS.undo(visit)


def _thing_taken(visit: Visit) -> Response:
    """What went back to the card."""
    return _taken(_OF_THINGS, visit, "shop/thing_taken_back.html")


def _ask_money(visit: Visit) -> Response:
    """How much of it was too much."""
    return _OF_MONEY.ask(visit)


async def _take_money(visit: Visit) -> Response:
    """Take it off the card; the same form again gives the same answer."""
    return await _OF_MONEY.undo(visit)


def _money_taken(visit: Visit) -> Response:
    """What went off the card."""
    return _taken(_OF_MONEY, visit, "shop/money_taken_back.html")


def _taken(undoing: Undoing, visit: Visit, page: str) -> Response:
    here = at_till(visit)
    done = undoing.one(here)
    back = undoing.part(here, done, OperationId(visit.request.path_params["back"]))
    return here.render(page, sale=done, back=back)
