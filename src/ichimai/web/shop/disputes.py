"""Saying that a closing gives the shop too little, and what the town found."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import settlement
from ichimai.kernel import amount, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs import lists
from ichimai.settlement.clearing import DisputeId
from ichimai.settlement.errors import AlreadyDisputed, ClaimRefused, DisputeTooLate
from ichimai.settlement.model import ClosingId
from ichimai.web.layout import Pages, Visit, text_of
from ichimai.web.shop.door import DOOR, AtTill, at_till


def routes(pages: Pages) -> list[Route]:
    """The pages of one dispute."""
    one = "/shop/statements/{id:uuid}/dispute"
    return [pages.page(one, DOOR, _show), pages.action(one, DOOR, _raise)]


def _show(visit: Visit) -> Response:
    """What was said of this closing, and, while there is time, where more is said."""
    return _page(at_till(visit))


def _raise(visit: Visit) -> Response:
    """Dispute what the closing says of this shop."""
    here, services, form = at_till(visit), visit.services, visit.form
    try:
        claimed = amount.parsed_units(form.text("claimed"))
        with services.database.write(services.operator) as tx:
            settlement.clearing.dispute_line(
                tx,
                services.clock,
                DisputeId(form.id("id")),
                _id(here),
                here.till.shop,
                claimed=claimed,
                reason=form.text("reason"),
                opened_by=here.till.terminal,
            )
    except (InvalidAmount, ClaimRefused) as error:
        return _page(here, wrong=error)
    except (AlreadyDisputed, DisputeTooLate) as error:
        return _page(here, error=text_of(error.code))
    return visit.go(visit.request.url.path)


def _page(
    here: AtTill, *, wrong: InvalidAmount | ClaimRefused | None = None, error: str = ""
) -> Response:
    services = here.visit.services
    with services.database.read(services.operator) as tx:
        closing, line, last_day = settlement.reports.disputable(tx, _id(here), here.till.shop)
        program = lists.program(tx, closing.asset)
        mine = settlement.clearing.disputed_lines(tx, shop=here.till.shop)
    said = [each for each in mine if each.closing.id == closing.id]
    is_open = any(each.dispute.is_open for each in said)
    field = getattr(wrong, "field", "claimed") if wrong else ""
    return here.render(
        "shop/dispute.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong or error else HTTPStatus.OK,
        closing=closing,
        line=line,
        program=program,
        said=said,
        last_day=last_day,
        may_dispute=not is_open and day_in_tokyo(services.clock.now()) <= last_day,
        new_id=ids.uuid7(services.clock),
        typed=here.visit.form,
        wrong={field: text_of(wrong.code)} if wrong else {},
        error=error,
    )


def _id(here: AtTill) -> ClosingId:
    return ClosingId(here.visit.request.path_params["id"])
