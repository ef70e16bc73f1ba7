"""A sale that was rung up: what was paid by what; and goods that come back."""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from ichimai.kernel import amount, errors, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.ledger import OperationId
from ichimai.ledger.errors import RefundExceedsPayment, UnknownOperation
from ichimai.programs.model import ReturnRequest
from ichimai.web.layout import Pages, Visit, text_of
from ichimai.web.shop.asking import answered
from ichimai.web.shop.book import Act, Book, Line
from ichimai.web.shop.door import DOOR, AtTill, at_till

_ONE = "/shop/purchases/{id:uuid}"


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
    return here.render("shop/sold.html", sale=_sale(here))


def _ask_return(visit: Visit) -> Response:
    """Goods for how much come back."""
    here = at_till(visit)
    sale = _sale(here)
    id_ = OperationId(ids.uuid7(visit.services.clock))
    return _return_page(here, sale, id_, str(sale.returnable_yen))


async def _bring_back(visit: Visit) -> Response:
    """Take goods back; the same form again gives the same answer."""
    here = await run_in_threadpool(at_till, visit)
    sale = await run_in_threadpool(_sale, here)
    id_, typed = OperationId(visit.form.id("id")), visit.form.text("amount")
    try:
        yen = amount.parsed_units(typed)
    except InvalidAmount as error:
        return _return_page(here, sale, id_, typed[:20], error=text_of(error.code))

    def unsure() -> Response:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return here.render(
            "shop/unsure_refund.html",
            status=status,
            id=id_,
            amount=yen,
            action=f"/shop/purchases/{sale.operation}/returns",
        )

    def refused(refusal: errors.DomainError) -> Response:
        if isinstance(refusal, RefundExceedsPayment):
            return _return_page(here, sale, id_, typed[:20], error=text_of(refusal.code))
        raise refusal

    return await answered(
        here,
        ReturnRequest(id=id_, token=here.token, purchase=sale.operation, total_yen=yen),
        done=f"/shop/purchases/{sale.operation}/returns/{id_}",
        unsure=unsure,
        refused=refused,
    )


def _returned(visit: Visit) -> Response:
    """What to give back in cash, and what went back to the card."""
    here = at_till(visit)
    sale, back = _sale(here), _line(here, visit.request.path_params["return"])
    if back.act != Act.RETURN or back.of != sale.operation:
        raise UnknownOperation
    return here.render("shop/returned.html", sale=sale, back=back)


def _sale(here: AtTill) -> Line:
    """The sale in the address. Raises UnknownOperation when it is not this shop's."""
    found = _line(here, here.visit.request.path_params["id"])
    if found.act != Act.SALE:
        raise UnknownOperation
    return found


def _line(here: AtTill, id_: OperationId) -> Line:
    desk = here.visit.services.desk
    with desk.database.read(desk.operator) as tx:
        found = Book(tx, here.till.shop, desk.clock.now()).sale(id_)
    if found is None:
        raise UnknownOperation
    return found


def _return_page(
    here: AtTill, sale: Line, id_: OperationId, typed: str, *, error: str = ""
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return here.render(
        "shop/return.html", status=status, sale=sale, id=id_, amount=typed, error=error
    )
