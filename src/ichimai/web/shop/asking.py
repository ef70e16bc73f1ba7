"""What a till asks of a card, on its way through pages: kept in the pages, and nowhere else.

The page with the card carries the operation's id, so that a double click, the back button
or a lost answer can never do anything twice: the same id gives the first answer again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.responses import Response

from ichimai import ledger
from ichimai.kernel import Asset, amount, errors
from ichimai.ledger import OperationId
from ichimai.ledger.errors import RepeatSuspected
from ichimai.programs.model import Choice, PurchaseRequest, Request
from ichimai.programs.wallets import Task
from ichimai.web.layout import SignInNeeded
from ichimai.web.layout.forms import Form
from ichimai.web.shop.door import AtTill
from ichimai.web.shop.refusals import IS_ABOUT_CODE, IS_ABOUT_NUMBER, NOT_SIGNED_IN, advice_on

MOST_CHOICES: Final = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """A sale that waits for its card. ``pay_with``: of ``PurchaseRequest``."""

    total_yen: int
    pay_with: tuple[Choice, ...] | None

    def request(
        self, here: AtTill, id_: OperationId, card: str, *, is_repeat_confirmed: bool
    ) -> PurchaseRequest:
        """What the desk is asked."""
        return PurchaseRequest(
            id=id_,
            token=here.token,
            credential=card,
            total_yen=self.total_yen,
            pay_with=self.pay_with,
            is_repeat_confirmed=is_repeat_confirmed,
        )


def choices_in_address(query: QueryParams) -> tuple[Choice, ...] | None:
    """What the customer wants to pay with, in an address. Raises InvalidAmount."""
    return _choices(query.get("chosen"), query.getlist("pay"), lambda name: query.get(name, ""))


def asked_in_form(form: Form) -> Asked:
    """The sale in one of our forms. Raises InvalidAmount."""
    chosen = _choices(form.text("chosen"), form.every("pay"), form.text)
    return Asked(amount.parsed_units(form.text("amount")), chosen)


def _choices(
    chosen: str | None, keys: Sequence[str], text: Callable[[str], str]
) -> tuple[Choice, ...] | None:
    if chosen != "yes":
        return None
    return tuple(
        Choice(Asset(key), amount.parsed_units(most) if (most := text(f"most-{key}")) else None)
        for key in dict.fromkeys(keys[:MOST_CHOICES])
    )


async def answered(
    here: AtTill,
    request: Request,
    *,
    done: Response,
    unsure: Callable[[], Response],
    refused: Callable[[errors.DomainError], Response],
) -> Response:
    """Ask the desk and answer with ``done``, or show what stands in the way.

    Whether an unanswered request was carried out is not known: ``unsure`` shows the same form,
    with the same id, which finds out.
    """
    try:
        answer = await here.visit.services.submit(request)
    except errors.Unavailable:
        return unsure()
    if isinstance(answer, ledger.Posted):
        return done
    if answer.code == NOT_SIGNED_IN:
        raise SignInNeeded
    return await run_in_threadpool(refused, answer)


def is_about_card(refusal: errors.DomainError) -> bool:
    """Whether the card is asked for again, on the same page."""
    return refusal.code in IS_ABOUT_NUMBER | IS_ABOUT_CODE


def typed_again(refusal: errors.DomainError, card: str) -> str:
    """What stays in the field: of a code that was read, nothing; a reader would add to it."""
    return card if refusal.code in IS_ABOUT_NUMBER else ""


def earlier_of(here: AtTill, refusal: RepeatSuspected) -> ledger.Posted | None:
    """What the same card did just now."""
    desk = here.visit.services.desk
    with desk.database.read(desk.operator) as tx:
        return ledger.reports.posted(tx, OperationId(refusal.earlier))


def refused_page(
    here: AtTill, refusal: errors.DomainError, *, yen: int, task: Task | None = None
) -> Response:
    """That it was not done, and what to do next."""
    return here.render(
        "shop/refused.html",
        status=HTTPStatus.CONFLICT,
        advice=advice_on(refusal.code, None if task is None else task.kind),
        amount=yen,
        task=task,
    )
