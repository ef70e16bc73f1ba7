"""What a shop is paid and when: its statements, as it needs them for its own books."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import settlement
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs import lists
from ichimai.settlement.model import ClosingId
from ichimai.settlement.statements import ShopStatement
from ichimai.web.layout import Pages, Visit, paper
from ichimai.web.layout.paging import part_of
from ichimai.web.shop.door import DOOR, at_till

_ON_A_PAGE: Final = 10
_MOST: Final = 520


def routes(pages: Pages) -> list[Route]:
    """The pages about what a shop is paid."""
    return [
        pages.page("/shop/statements", DOOR, _list),
        pages.page("/shop/statements/{id:uuid}.pdf", DOOR, _pdf),
        pages.page("/shop/statements/{id:uuid}.csv", DOOR, _csv),
    ]


def _list(visit: Visit) -> Response:
    """What the town pays this shop, closing by closing."""
    here, services = at_till(visit), visit.services
    with services.database.read(services.operator) as tx:
        closings = settlement.reports.closings_of(tx, here.till.shop, limit=_MOST)
        back = settlement.bank.results.sent_back(tx, here.till.shop)
        lines = settlement.reports.open_lines(tx)
        disputes = settlement.clearing.disputed_lines(tx, shop=here.till.shop, limit=_MOST)
        programs = {each.key: each for each in lists.all_programs(tx)}
    waiting = sum(line.payable.yen for line in lines if line.payable.shop == here.till.shop)
    today = day_in_tokyo(services.clock.now())
    # A batch pays several closings of a shop in one sum.
    batches = {each.payout.batch: each.payout for each in closings if each.payout is not None}
    next_on = min((each.pay_on for each in batches.values() if each.pay_on >= today), default=None)
    after = visit.request.query_params.get("after")
    return here.render(
        "shop/statements.html",
        part=part_of(closings, after, _ON_A_PAGE),
        waiting=waiting,
        # The latest of each closing is the one that stays.
        disputes={each.closing.id: each for each in reversed(disputes)},
        programs=programs,
        back=sum(each.units for each in back if each.is_same_account),
        next_on=next_on,
        next_yen=sum(each.yen for each in batches.values() if each.pay_on == next_on),
    )


def _pdf(visit: Visit) -> Response:
    """A statement to print."""
    return paper.statement_pdf(visit, _statement(visit))


def _csv(visit: Visit) -> Response:
    """A statement as a table."""
    return paper.statement_csv(visit, _statement(visit))


def _statement(visit: Visit) -> ShopStatement:
    """This shop's own statement of the closing in the address. Raises UnknownClosing."""
    here = at_till(visit)
    return paper.statement(visit, ClosingId(visit.request.path_params["id"]), here.till.shop)
