"""What shops say is not right: proposed by a treasurer, decided by another person."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import merchants, people, settlement
from ichimai.kernel import amount
from ichimai.kernel.amount import InvalidAmount
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger.errors import BoundExceeded
from ichimai.people.model import StaffId
from ichimai.programs import lists
from ichimai.settlement.clearing import Award, Dispute, DisputedLine, DisputeId
from ichimai.settlement.errors import (
    ClaimRefused,
    DisputeDecided,
    NothingToCorrect,
    SamePerson,
)
from ichimai.storage import WriteTx
from ichimai.web.console.door import DOOR, EVERYBODY, RELEASERS, TREASURERS, AtConsole, for_staff
from ichimai.web.layout import Pages, text_of

_DISPUTES = "/console/disputes"
_REFUSALS = (
    BoundExceeded,
    ClaimRefused,
    DisputeDecided,
    InvalidAmount,
    NothingToCorrect,
    SamePerson,
)


def routes(pages: Pages) -> list[Route]:
    """The pages about disputes."""
    one = f"{_DISPUTES}/{{id:uuid}}"
    return [
        pages.page(_DISPUTES, DOOR, for_staff(EVERYBODY, _list)),
        pages.action(f"{one}/propose", DOOR, for_staff(TREASURERS, _propose)),
        pages.action(f"{one}/decide", DOOR, for_staff(RELEASERS, _decide)),
    ]


def _list(here: AtConsole) -> Response:
    """The disputes: what waits for a decision, and what was decided."""
    return _list_page(here)


def _list_page(here: AtConsole, *, error: str = "") -> Response:
    with here.read() as tx:
        found = settlement.clearing.disputed_lines(tx)
        shops = {shop.id: shop for shop in merchants.directory.shops(tx, limit=None)}
        programs = {each.key: each for each in lists.all_programs(tx)}
        staff_names = people.staff.members(tx, _people_of(found))
    today = day_in_tokyo(here.visit.services.clock.now())
    return here.render(
        "console/disputes.html",
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
        waiting=[each for each in found if each.dispute.is_open],
        over=[each for each in found if not each.dispute.is_open],
        shops=shops,
        programs=programs,
        staff_names=staff_names,
        days_left={each.dispute.id: (each.answer_by - today).days for each in found},
        error=error,
    )


def _propose(here: AtConsole) -> Response:
    """Say what the shop is to get; another person decides."""
    form = here.visit.form
    chosen = form.text("award")
    award: Award = "whole" if chosen == "whole" else "part" if chosen == "part" else "none"

    def propose(tx: WriteTx) -> Dispute:
        return settlement.clearing.propose_award(
            tx,
            _id(here),
            award,
            part=amount.parsed_units(form.text("part")) if award == "part" else None,
            finding=form.text("finding"),
            proposed_by=here.staff.id,
        )

    return _done(here, propose)


def _decide(here: AtConsole) -> Response:
    """Decide as was proposed, as another person; what is put right is in the next closing."""
    clock = here.visit.services.clock
    return _done(
        here,
        lambda tx: settlement.clearing.decide(tx, clock, _id(here), decided_by=here.staff.id),
    )


def _done(here: AtConsole, do: Callable[[WriteTx], Dispute]) -> Response:
    try:
        with here.write() as tx:
            do(tx)
    except _REFUSALS as error:
        return _list_page(here, error=text_of(error.code))
    return here.visit.go(_DISPUTES)


def _id(here: AtConsole) -> DisputeId:
    return DisputeId(here.visit.request.path_params["id"])


def _people_of(found: list[DisputedLine]) -> list[StaffId]:
    return [
        StaffId(each)
        for line in found
        for each in (line.dispute.opened_by, line.dispute.proposed_by, line.dispute.decided_by)
        if each
    ]
