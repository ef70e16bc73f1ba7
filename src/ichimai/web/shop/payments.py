"""What a shop took: one payment's result, a day's list and total, and refunds."""

from datetime import date, timedelta
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from ichimai.kernel import amount, errors, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.ledger.errors import RefundExceedsPayment, UnknownOperation
from ichimai.programs.model import RefundRequest
from ichimai.web.layout import Pages, Visit, text_of
from ichimai.web.layout.paging import part_of
from ichimai.web.shop.book import Sale, days_sales, refund, sale
from ichimai.web.shop.door import DOOR, AtTill, at_till

_DAYS_BACK = 14
_ON_A_PAGE = 20


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
    """A day's payments and refunds with their total, and no resident in it."""
    here, desk = at_till(visit), visit.services.desk
    today = day_in_tokyo(desk.clock.now())
    day = _day_in(visit.request.query_params.get("day"), today)
    with desk.database.read(desk.operator) as tx:
        sales = days_sales(tx, here.till.shop, day)
    return here.render(
        "shop/payments.html",
        day=day,
        is_today=day == today,
        day_before=day - timedelta(days=1) if today - day < timedelta(days=_DAYS_BACK) else None,
        day_after=day + timedelta(days=1) if day < today else None,
        taken=sum(sale.units for sale in sales if not sale.is_refund),
        given_back=sum(sale.units for sale in sales if sale.is_refund),
        count=sum(not sale.is_refund for sale in sales),
        part=part_of(sales, visit.request.query_params.get("after"), _ON_A_PAGE),
    )


def _result(visit: Visit) -> Response:
    """What was paid."""
    here = at_till(visit)
    return here.render("shop/paid.html", sale=_sale(here))


def _ask_refund(visit: Visit) -> Response:
    """How much of a payment to give back."""
    here = at_till(visit)
    found = _sale(here)
    id_ = OperationId(ids.uuid7(visit.services.clock))
    return _refund_page(here, found, id_, str(found.refundable))


async def _refund(visit: Visit) -> Response:
    """Give it back; the same form again gives the same answer."""
    here = await run_in_threadpool(at_till, visit)
    found = await run_in_threadpool(_sale, here)
    id_, typed = OperationId(visit.form.id("id")), visit.form.text("amount")
    try:
        units = amount.parsed_units(typed)
    except InvalidAmount as error:
        return _refund_page(here, found, id_, typed[:20], error=text_of(error.code))
    request = RefundRequest(id=id_, token=here.token, payment=found.operation, units=units)
    try:
        answer = await visit.services.submit(request)
    except errors.Unavailable:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return here.render(
            "shop/unsure_refund.html", status=status, id=id_, amount=units, sale=found
        )
    if isinstance(answer, RefundExceedsPayment):
        return _refund_page(here, found, id_, typed[:20], error=text_of(answer.code))
    if isinstance(answer, errors.DomainError):
        raise answer
    return visit.go(f"/shop/payments/{found.operation}/refunds/{id_}")


def _refunded(visit: Visit) -> Response:
    """What was given back."""
    here, desk = at_till(visit), visit.services.desk
    found = _sale(here)
    with desk.database.read(desk.operator) as tx:
        given = refund(tx, here.till.shop, OperationId(visit.request.path_params["refund"]))
    if given is None or given.payment != found.operation:
        raise UnknownOperation
    return here.render("shop/refunded.html", sale=found, refund=given)


def _sale(here: AtTill) -> Sale:
    """The payment in the address. Raises UnknownOperation when it is not this shop's."""
    visit = here.visit
    desk = visit.services.desk
    with desk.database.read(desk.operator) as tx:
        found = sale(tx, here.till.shop, OperationId(visit.request.path_params["id"]))
    if found is None:
        raise UnknownOperation
    return found


def _refund_page(
    here: AtTill, found: Sale, id_: OperationId, typed: str, *, error: str = ""
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return here.render(
        "shop/refund.html", status=status, sale=found, id=id_, amount=typed, error=error
    )


def _day_in(text: str | None, today: date) -> date:
    """The day in an address, if the list goes back so far; today otherwise."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return today
    return day if today - timedelta(days=_DAYS_BACK) <= day <= today else today
