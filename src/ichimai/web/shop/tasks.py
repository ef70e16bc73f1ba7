"""What a till does besides selling: stamps, things, money in and out; each in one scan."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from ichimai import registry
from ichimai.kernel import Asset, amount, errors, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.errors import UnknownOperation
from ichimai.ledger.model import Transfer
from ichimai.merchants import TerminalAtShop
from ichimai.programs import lists, stock, wallets
from ichimai.programs.model import LookRequest
from ichimai.programs.wallets import Task, TaskKind
from ichimai.storage import REGISTRY, ReadTx
from ichimai.web.layout import Pages, Visit, text_of
from ichimai.web.layout.forms import id_in
from ichimai.web.shop import kept
from ichimai.web.shop.asking import answered, is_about_card, refused_page, typed_again
from ichimai.web.shop.book import Book, Parts
from ichimai.web.shop.door import DOOR, AtTill, at_till
from ichimai.web.shop.giving import GIVING, address_of, request_of
from ichimai.web.shop.refusals import ABOUT_OTHER, advice_on

_ONE: Final = "/shop/tasks/{kind}/{program}/{item}"
_MONEY: Final = frozenset({TaskKind.TOP_UP, TaskKind.CASH_OUT})
_GIVEN: Final = frozenset({Kind.EARN, Kind.TOP_UP})


def routes(pages: Pages) -> list[Route]:
    """The pages of what is done besides selling."""
    return [
        pages.page("/shop/tasks", DOOR, _list),
        pages.page(_ONE, DOOR, _ask),
        pages.action(_ONE, DOOR, _do),
        pages.page(_ONE + "/{id:uuid}", DOOR, _done),
    ]


def tasks_here(tx: ReadTx, till: TerminalAtShop, now: datetime) -> Sequence[Task]:
    """What this till can do besides selling."""
    return wallets.tasks_at(lists.catalogue(tx), till, now)


def _list(visit: Visit) -> Response:
    """What else this till can do for a customer."""
    here, desk = at_till(visit), visit.services.desk
    with desk.database.read(desk.operator) as tx:
        found = tasks_here(tx, here.till, desk.clock.now())
        left = {task: _left(tx, task, here) for task in found}
    return here.render("shop/tasks.html", tasks=found, left=left)


def _left(tx: ReadTx, task: Task, here: AtTill) -> int | None:
    """How many pieces of a thing are left here; None: they are not counted."""
    things = {thing.key: thing for thing in task.program.things}
    if task.kind != TaskKind.THING or not things[task.item].has_stock:
        return None
    return stock.left(tx, task.program.key, task.item).get(here.till.shop, 0)


def _task(here: AtTill) -> Task:
    """The one in the address, if this till can do it now. Raises HTTPException."""
    desk, path = here.visit.services.desk, here.visit.request.path_params
    with desk.database.read(desk.operator) as tx:
        found = tasks_here(tx, here.till, desk.clock.now())
    wanted = path["kind"], path["program"], path["item"]
    for task in found:
        if (task.kind.value, task.program.key, task.item) == wanted:
            return task
    raise HTTPException(HTTPStatus.NOT_FOUND)


def _ask(visit: Visit) -> Response:
    """How much, where it is money; then the card."""
    here = at_till(visit)
    task, typed = _task(here), visit.request.query_params.get("amount")
    yen = 0
    if task.kind in _MONEY:
        if typed is None:
            return _money_page(here, task, "")
        try:
            yen = amount.parsed_units(typed)
        except InvalidAmount as error:
            return _money_page(here, task, typed[:20], text_of(error.code))
    id_ = id_in(visit.request.query_params)
    if id_ is None:
        # The way back leads to the same id again: what was done is not done twice.
        amount_too = f"&amount={yen}" if yen else ""
        return visit.go(f"{_address(task)}?id={ids.uuid7(visit.services.clock)}{amount_too}")
    return _card_page(here, task, OperationId(id_), yen)


async def _do(visit: Visit) -> Response:
    """Do it; the same form again gives the same answer."""
    here = await run_in_threadpool(at_till, visit)
    task = await run_in_threadpool(_task, here)
    id_, card, other = OperationId(visit.form.id("id")), visit.form.text("card"), ""
    if task.kind == TaskKind.CHECK:
        return await run_in_threadpool(_look, here, task, id_, card)
    yen = amount.parsed_units(visit.form.text("amount")) if task.kind in _MONEY else 0
    if task.has_other:
        first = visit.form.text("first")
        if not first:
            return _other_page(here, task, id_, card)
        card, other = first, "" if visit.form.text("alone") else card
        if other and not await run_in_threadpool(_is_known, here, other):
            return _other_page(here, task, id_, card, typed=other, error=ABOUT_OTHER)

    def unsure() -> Response:
        return here.render(
            "shop/task_unsure.html",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            address=_address(task),
            id=id_,
            amount=yen,
            card=card,
            other=other,
            has_other=task.has_other,
        )

    return await answered(
        here,
        request_of(
            task.kind,
            task.program.key,
            task.item,
            yen=yen,
            id=id_,
            token=here.token,
            credential=card,
            **({"other": other} if task.has_other else {}),
        ),
        done=visit.go(f"{_address(task)}/{id_}"),
        unsure=unsure,
        refused=lambda refusal: _refused(here, task, refusal, id_=id_, card=card, yen=yen),
    )


def _is_known(here: AtTill, card: str) -> bool:
    """Whether somebody can be given something by a printed card; why not is nobody's business."""
    services = here.visit.services
    with services.database.read(REGISTRY) as tx:
        (found,) = registry.resolve(tx, services.registry_key, services.sector, [card])
    return found is not None and found.receiver is not None


def _refused(
    here: AtTill,
    task: Task,
    refusal: errors.DomainError,
    *,
    id_: OperationId,
    card: str,
    yen: int = 0,
) -> Response:
    if is_about_card(refusal):
        error = advice_on(refusal.code)
        return _card_page(here, task, id_, yen, card=typed_again(refusal, card), error=error)
    return refused_page(here, refusal, yen=yen, task=task)


def _look(here: AtTill, task: Task, id_: OperationId, card: str) -> Response:
    """Yes or no; nothing is written, so there is nothing to lead on to."""
    asked = LookRequest(id=id_, token=here.token, credential=card)
    try:
        is_entitled = here.visit.services.desk.is_entitled(asked, Asset(task.program.key))
    except errors.DomainError as refusal:
        return _refused(here, task, refusal, id_=id_, card=card)
    return here.render("shop/checked.html", task=task, is_entitled=is_entitled)


def _done(visit: Visit) -> Response:
    """What was done, and what to do now."""
    here, desk = at_till(visit), visit.services.desk
    task, id_ = _task(here), OperationId(visit.request.path_params["id"])
    with desk.database.read(desk.operator) as tx:
        posted = wallets.shown_to_till(tx, here.token, id_)
        if posted.transfers[0].asset != task.program.key:
            raise UnknownOperation
        book = Book(tx, here.till.shop, desk.clock.now())
        legs = posted.transfers
        if task.has_other:
            # What who brought the customer got, or got no more, is not for this shop to know.
            legs = tuple(leg for leg in legs if leg.credit == legs[0].credit)
        given, taken = _sums(book, legs, is_given=True), _sums(book, legs, is_given=False)
    return here.render("shop/task_done.html", task=task, given=given, taken=taken)


def _sums(book: Book, legs: Sequence[Transfer], *, is_given: bool) -> Parts:
    units: dict[Asset, int] = {}
    for leg in legs:
        if (leg.kind in _GIVEN) == is_given:
            units[leg.asset] = units.get(leg.asset, 0) + leg.units
    return book.parts(units)


def _address(task: Task) -> str:
    return address_of(task.kind, task.program.key, task.item)


def _money_page(here: AtTill, task: Task, typed: str, error: str = "") -> Response:
    return _asked(here, "shop/task_amount.html", task, error, amount=typed)


def _card_page(
    here: AtTill, task: Task, id_: OperationId, yen: int, *, card: str = "", error: str = ""
) -> Response:
    # What asks for two cards is not kept: the town must say whether the second will do.
    may_be_kept = task.kind in GIVING and not task.has_other
    of_card = {"id": id_, "amount": yen, "card": card, "may_scan": True}
    keeping = kept.for_page(here) if may_be_kept else None
    return _asked(here, "shop/task_card.html", task, error, **of_card, kept=keeping)


def _other_page(
    here: AtTill, task: Task, id_: OperationId, card: str, *, typed: str = "", error: str = ""
) -> Response:
    """The card of who brought the person with ``card`` along, or that nobody did."""
    of_cards = {"id": id_, "first": card, "card": typed, "may_scan": True}
    return _asked(here, "shop/task_other.html", task, error, **of_cards)


def _asked(
    here: AtTill,
    page: str,
    task: Task,
    error: str,
    **more: Any,  # noqa: ANN401 - what the page shows
) -> Response:
    """A page of a task that asks for something, again where there was an ``error``."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return here.render(page, status=status, task=task, address=_address(task), error=error, **more)
