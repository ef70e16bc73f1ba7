"""A day of a shop with its sums; and exact payments, which tills of another make take."""

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
from ichimai.web.shop.asking import answered
from ichimai.web.shop.book import Act, Book, Line, totals
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
    return here.render("shop/paid.html", sale=_sale(here))


def _ask_refund(visit: Visit) -> Response:
    """How much of a payment to give back."""
    here = at_till(visit)
    found = _sale(here)
    id_ = OperationId(ids.uuid7(visit.services.clock))
    return _refund_page(here, found, id_, str(found.returnable_yen))


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

    def unsure() -> Response:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return here.render(
            "shop/unsure_refund.html",
            status=status,
            id=id_,
            amount=units,
            action=f"/shop/payments/{found.operation}/refunds",
        )

    def refused(refusal: errors.DomainError) -> Response:
        if isinstance(refusal, RefundExceedsPayment):
            return _refund_page(here, found, id_, typed[:20], error=text_of(refusal.code))
        raise refusal

    done = f"/shop/payments/{found.operation}/refunds/{id_}"
    return await answered(here, request, done=done, unsure=unsure, refused=refused)


def _refunded(visit: Visit) -> Response:
    """What was given back."""
    here = at_till(visit)
    found, given = _sale(here), _line(here, visit.request.path_params["refund"])
    if given.act != Act.REFUND or given.of != found.operation:
        raise UnknownOperation
    return here.render("shop/refunded.html", sale=found, refund=given)


def _sale(here: AtTill) -> Line:
    """The payment in the address. Raises UnknownOperation when it is not this shop's."""
    found = _line(here, here.visit.request.path_params["id"])
    if found.act != Act.PAYMENT:
        raise UnknownOperation
    return found


def _line(here: AtTill, id_: OperationId) -> Line:
    desk = here.visit.services.desk
    with desk.database.read(desk.operator) as tx:
        found = Book(tx, here.till.shop, desk.clock.now()).payment(id_)
    if found is None:
        raise UnknownOperation
    return found


def _refund_page(
    here: AtTill, found: Line, id_: OperationId, typed: str, *, error: str = ""
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
