"""A sale: amount, card, and what was paid by what; all in one scan."""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from ichimai.kernel import amount, errors, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.ledger import OperationId
from ichimai.ledger.errors import RepeatSuspected
from ichimai.programs import lists
from ichimai.programs.terms import Program
from ichimai.storage import ReadTx
from ichimai.web.layout import Pages, Visit, text_of
from ichimai.web.shop.asking import (
    Asked,
    answered,
    asked_in_form,
    choices_in_address,
    earlier_of,
    is_about_card,
    refused_page,
    typed_again,
)
from ichimai.web.shop.door import DOOR, AtTill, at_till
from ichimai.web.shop.refusals import advice_on
from ichimai.web.shop.tasks import tasks_here


def routes(pages: Pages) -> list[Route]:
    """The pages of one sale."""
    return [
        pages.page("/shop", DOOR, _ask_amount),
        pages.page("/shop/choose", DOOR, _ask_choice),
        pages.page("/shop/card", DOOR, _ask_card),
        pages.action("/shop/purchases", DOOR, _buy),
    ]


def _ask_amount(visit: Visit) -> Response:
    """The amount, on large keys."""
    typed = visit.request.query_params.get("amount", "")[:20]
    return _amount_page(at_till(visit), typed)


def _amount_page(here: AtTill, typed: str, error: str = "") -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    desk = here.visit.services.desk
    with desk.database.read(desk.operator) as tx:
        tasks = tasks_here(tx, here.till, desk.clock.now())
    return here.render("shop/amount.html", status=status, amount=typed, error=error, tasks=tasks)


def _ask_choice(visit: Visit) -> Response:
    """With what the customer wants to pay, of what is accepted here."""
    here, typed = at_till(visit), visit.request.query_params.get("amount", "")
    try:
        return _choice_page(here, amount.parsed_units(typed))
    except InvalidAmount as error:
        return _amount_page(here, typed[:20], text_of(error.code))


def _choice_page(here: AtTill, total_yen: int, error: str = "") -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    desk, query = here.visit.services.desk, here.visit.request.query_params
    with desk.database.read(desk.operator) as tx:
        accepted, automatic = _accepted(here, tx)
    is_again = bool(error)
    return here.render(
        "shop/choose.html",
        status=status,
        amount=total_yen,
        accepted=accepted,
        ticked=set(query.getlist("pay")) if is_again else automatic,
        most={program.key: query.get(f"most-{program.key}", "")[:20] for program in accepted},
        error=error,
    )


def _accepted(here: AtTill, tx: ReadTx) -> tuple[list[Program], set[str]]:
    """What may pay here, and what of it does so by itself."""
    now = here.visit.services.clock.now()
    offer = lists.catalogue(tx).offer(here.till, now)
    purses = sorted(offer.purses, key=lambda purse: purse.rank)
    accepted = [offer.programs[purse.asset] for purse in purses]
    return accepted, {str(asset) for asset in offer.automatic}


def _ask_card(visit: Visit) -> Response:
    """The card: by camera, by a reader that types, or by hand."""
    here, query = at_till(visit), visit.request.query_params
    typed = query.get("amount", "")
    try:
        total_yen = amount.parsed_units(typed)
    except InvalidAmount as error:
        return _amount_page(here, typed[:20], text_of(error.code))
    try:
        asked = Asked(total_yen, choices_in_address(query))
    except InvalidAmount as error:
        return _choice_page(here, total_yen, text_of(error.code))
    return _card_page(here, OperationId(ids.uuid7(visit.services.clock)), asked)


async def _buy(visit: Visit) -> Response:
    """Take what can pay, give what is earned; the same form again gives the same answer."""
    here = await run_in_threadpool(at_till, visit)
    id_, card = OperationId(visit.form.id("id")), visit.form.text("card")
    asked = asked_in_form(visit.form)
    is_repeat_confirmed = visit.form.text("confirm_repeat") == "yes"

    def unsure() -> Response:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return here.render("shop/unsure.html", status=status, id=id_, asked=asked, card=card)

    return await answered(
        here,
        asked.request(here, id_, card, is_repeat_confirmed=is_repeat_confirmed),
        done=visit.go(f"/shop/purchases/{id_}"),
        unsure=unsure,
        refused=lambda refusal: _refused(here, id_, asked, card, refusal),
    )


def _refused(
    here: AtTill, id_: OperationId, asked: Asked, card: str, refusal: errors.DomainError
) -> Response:
    if isinstance(refusal, RepeatSuspected):
        return here.render(
            "shop/repeat.html",
            status=HTTPStatus.CONFLICT,
            id=id_,
            asked=asked,
            card=card,
            earlier=earlier_of(here, refusal),
        )
    if is_about_card(refusal):
        error = advice_on(refusal.code)
        return _card_page(here, id_, asked, card=typed_again(refusal, card), error=error)
    return refused_page(here, refusal, yen=asked.total_yen)


def _card_page(
    here: AtTill, id_: OperationId, asked: Asked, *, card: str = "", error: str = ""
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    desk = here.visit.services.desk
    with desk.database.read(desk.operator) as tx:
        accepted, _ = _accepted(here, tx)
    return here.render(
        "shop/card.html",
        status=status,
        id=id_,
        asked=asked,
        accepted={program.key: program for program in accepted},
        card=card,
        error=error,
        may_scan=True,
    )
