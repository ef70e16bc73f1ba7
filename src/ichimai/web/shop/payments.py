"""A day of a shop with its sums; and exact payments, which tills of another make take."""

from datetime import date, timedelta
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs.model import RefundRequest
from ichimai.web.layout import Pages, Visit
from ichimai.web.layout.paging import part_of
from ichimai.web.shop.book import Act, Book, totals
from ichimai.web.shop.door import DOOR, at_till
from ichimai.web.shop.undoing import Undoing

_DAYS_BACK = 14
_ON_A_PAGE = 20
_REFUNDS: Final = Undoing(
    find=Book.other,
    act=Act.PAYMENT,
    undone=Act.REFUND,
    address="/shop/payments/{id}/refunds",
    page="shop/refund.html",
    request=lambda here, id_, payment, units: RefundRequest(
        id=id_, token=here.token, payment=payment.operation, units=units
    ),
)


def routes(pages: Pages) -> list[Route]:
    """The pages about payments that were taken."""
    return [
        pages.page("/shop/payments", DOOR, _day),
        pages.page("/shop/payments/{id:uuid}", DOOR, _result),
        pages.page("/shop/payments/{id:uuid}/refund", DOOR, _ask_refund),
        pages.action("/shop/payments/{id:uuid}/refunds", DOOR, _refund),
        pages.page("/shop/payments/{id:uuid}/refunds/{refund:uuid}", DOOR, _refunded),
    ]


def _day(visit: Visit) -> Response:
    """A day's sales and what else was done, with its sums, and no resident in it."""
    here, desk = at_till(visit), visit.services.desk
    now = desk.clock.now()
    today = day_in_tokyo(now)
    day = _day_in(visit.request.query_params.get("day"), today)
    with desk.database.read(desk.operator) as tx:
        lines = Book(tx, here.till.shop, now).day(day)
    return here.render(
        "shop/payments.html",
        day=day,
        is_today=day == today,
        day_before=day - timedelta(days=1) if today - day < timedelta(days=_DAYS_BACK) else None,
        day_after=day + timedelta(days=1) if day < today else None,
        totals=totals(lines),
        part=part_of(lines, visit.request.query_params.get("after"), _ON_A_PAGE),
    )


def _result(visit: Visit) -> Response:
    """What was paid."""
    here = at_till(visit)
    return here.render("shop/paid.html", sale=_REFUNDS.one(here))


def _ask_refund(visit: Visit) -> Response:
    """How much of a payment to give back."""
    return _REFUNDS.ask(visit)


async def _refund(visit: Visit) -> Response:
    """Give it back; the same form again gives the same answer."""
    return await _REFUNDS.undo(visit)


def _refunded(visit: Visit) -> Response:
    """What was given back."""
    here = at_till(visit)
    found = _REFUNDS.one(here)
    given = _REFUNDS.part(here, found, visit.request.path_params["refund"])
    return here.render("shop/refunded.html", sale=found, refund=given)


def _day_in(text: str | None, today: date) -> date:
    """The day in an address, if the list goes back so far; today otherwise."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return today
    return day if today - timedelta(days=_DAYS_BACK) <= day <= today else today
