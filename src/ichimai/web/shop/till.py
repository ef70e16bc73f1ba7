"""Taking a payment: amount, card, result.

The page with the card carries the operation's id, so that a double click, the back button
or a lost answer can never pay twice: the same id gives the first answer again.
"""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger
from ichimai.kernel import amount, errors, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.ledger import OperationId
from ichimai.ledger.errors import RepeatSuspected
from ichimai.programs.model import PaymentRequest
from ichimai.web.layout import Pages, SignInNeeded, Visit, text_of
from ichimai.web.shop.door import DOOR, AtTill, at_till
from ichimai.web.shop.refusals import IS_ABOUT_CODE, IS_ABOUT_NUMBER, NOT_SIGNED_IN, advice_on


def routes(pages: Pages) -> list[Route]:
    """The pages of one payment."""
    return [
        pages.page("/shop", DOOR, _ask_amount),
        pages.page("/shop/card", DOOR, _ask_card),
        pages.action("/shop/payments", DOOR, _pay),
    ]


def _ask_amount(visit: Visit) -> Response:
    """The amount, on large keys."""
    typed = visit.request.query_params.get("amount", "")[:20]
    return at_till(visit).render("shop/amount.html", amount=typed, error="")


def _ask_card(visit: Visit) -> Response:
    """The card: by camera, by a reader that types, or by hand."""
    here = at_till(visit)
    typed = visit.request.query_params.get("amount", "")
    try:
        units = amount.parsed_units(typed)
    except InvalidAmount as error:
        status, message = HTTPStatus.UNPROCESSABLE_ENTITY, text_of(error.code)
        return here.render("shop/amount.html", status=status, amount=typed[:20], error=message)
    id_ = OperationId(ids.uuid7(visit.services.clock))
    return _card_page(here, id_, units)


async def _pay(visit: Visit) -> Response:
    """Take the payment; the same form again gives the same answer."""
    here = await run_in_threadpool(at_till, visit)
    id_ = OperationId(visit.form.id("id"))
    units = amount.parsed_units(visit.form.text("amount"))
    card = visit.form.text("card")
    request = PaymentRequest(
        id=id_,
        token=here.token,
        credential=card,
        units=units,
        is_repeat_confirmed=visit.form.text("confirm_repeat") == "yes",
    )
    try:
        answer = await visit.services.submit(request)
    except errors.Unavailable:
        # Whether it was paid is not known: the same form, with the same id, finds out.
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return here.render("shop/unsure.html", status=status, id=id_, amount=units, card=card)
    if isinstance(answer, ledger.Posted):
        return visit.go(f"/shop/payments/{id_}")
    return await run_in_threadpool(_refused, here, request, answer)


def _refused(here: AtTill, request: PaymentRequest, refusal: errors.DomainError) -> Response:
    if refusal.code == NOT_SIGNED_IN:
        raise SignInNeeded
    if isinstance(refusal, RepeatSuspected):
        return _ask_whether_repeat(here, request, refusal)
    advice = advice_on(refusal.code)
    if refusal.code in IS_ABOUT_NUMBER:
        return _card_page(here, request.id, request.units, card=request.credential, error=advice)
    if refusal.code in IS_ABOUT_CODE:
        # What was read is of no use any more: a reader that types would add to it.
        return _card_page(here, request.id, request.units, error=advice)
    return here.render(
        "shop/refused.html",
        status=HTTPStatus.CONFLICT,
        amount=request.units,
        advice=advice,
        code=refusal.code,
    )


def _ask_whether_repeat(
    here: AtTill, request: PaymentRequest, refusal: RepeatSuspected
) -> Response:
    desk = here.visit.services.desk
    with desk.database.read(desk.operator) as tx:
        earlier = ledger.reports.posted(tx, OperationId(refusal.earlier))
    return here.render(
        "shop/repeat.html",
        status=HTTPStatus.CONFLICT,
        id=request.id,
        amount=request.units,
        card=request.credential,
        earlier=earlier,
    )


def _card_page(
    here: AtTill, id_: OperationId, units: int, *, card: str = "", error: str = ""
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return here.render(
        "shop/card.html",
        status=status,
        id=id_,
        amount=units,
        card=card,
        error=error,
        may_scan=True,
    )
