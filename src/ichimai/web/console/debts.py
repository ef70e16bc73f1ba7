"""What associations, town and sponsors owe each other because of closings, and dispute of it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, settlement
from ichimai.kernel import ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.model import StaffId
from ichimai.settlement.clearing import Dispute, DisputeId, Obligation, ObligationId
from ichimai.settlement.errors import (
    AlreadyDisputed,
    ClaimRefused,
    DisputeDecided,
    DisputeTooLate,
    SamePerson,
)
from ichimai.storage import WriteTx
from ichimai.web.console.door import DOOR, EVERYBODY, RELEASERS, TREASURERS, AtConsole, for_staff
from ichimai.web.console.settling import party_names
from ichimai.web.layout import Pages, text_of
from ichimai.web.layout.paging import part_of

_DEBTS: Final = "/console/settling/debts"
_ON_A_PAGE: Final = 50
_REFUSALS: Final = (AlreadyDisputed, ClaimRefused, DisputeDecided, DisputeTooLate, SamePerson)


def routes(pages: Pages) -> list[Route]:
    """The pages about debts of parties."""
    one = f"{_DEBTS}/{{id:uuid}}"
    said = f"{one}/disputes/{{dispute:uuid}}"
    return [
        pages.page(_DEBTS, DOOR, for_staff(EVERYBODY, _list)),
        pages.page(one, DOOR, for_staff(EVERYBODY, _show)),
        pages.action(one, DOOR, for_staff(TREASURERS, _dispute)),
        pages.action(f"{said}/propose", DOOR, for_staff(TREASURERS, _propose)),
        pages.action(f"{said}/decide", DOOR, for_staff(RELEASERS, _decide)),
    ]


def _list(here: AtConsole) -> Response:
    """What may still be disputed, and what was; what waits for a decision first."""
    with here.read() as tx:
        found = settlement.clearing.debts(tx, here.visit.services.clock)
        named = party_names(here, tx)
    return here.render(
        "console/debts.html",
        part=part_of(found, here.visit.request.query_params.get("after"), _ON_A_PAGE),
        named=named,
        who_gets=_who_gets(here, named),
    )


def _show(here: AtConsole) -> Response:
    """One debt: who owes whom why, and what was said of it."""
    return _page(here)


def _page(here: AtConsole, *, error: str = "") -> Response:
    clock = here.visit.services.clock
    with here.read() as tx:
        debt = settlement.clearing.debt(tx, _id(here))
        said = debt.dispute
        by = (said.opened_by, said.proposed_by, said.decided_by) if said else ()
        staff_names = people.staff.members(tx, [StaffId(each) for each in by if each])
        named = party_names(here, tx)
    return here.render(
        "console/debt.html",
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
        debt=debt,
        named=named,
        who_gets=_who_gets(here, named),
        staff_names=staff_names,
        may_dispute=day_in_tokyo(clock.now()) <= debt.answer_by and not debt.is_disputed,
        new_id=ids.uuid7(clock),
        error=error,
    )


def _who_gets(here: AtConsole, named: Callable[[str], str]) -> Callable[[Obligation], str]:
    language = here.visit.paper_language
    return lambda owed: settlement.clearing.who_gets(owed, language, named)


def _dispute(here: AtConsole) -> Response:
    """Write down what a party says: no netting has the debt until that is decided."""
    form, clock = here.visit.form, here.visit.services.clock
    return _done(
        here,
        lambda tx: settlement.clearing.dispute_obligation(
            tx,
            clock,
            DisputeId(form.id("id")),
            _id(here),
            reason=form.text("reason"),
            opened_by=here.staff.id,
        ),
    )


def _propose(here: AtConsole) -> Response:
    """Say what was found; another person decides."""
    finding = here.visit.form.text("finding")
    return _done(
        here,
        lambda tx: settlement.clearing.propose(
            tx, _said(here), units=0, finding=finding, proposed_by=here.staff.id
        ),
    )


def _decide(here: AtConsole) -> Response:
    """Decide as was proposed, as another person: the next netting may have the debt."""
    clock = here.visit.services.clock
    return _done(
        here,
        lambda tx: settlement.clearing.decide(tx, clock, _said(here), decided_by=here.staff.id),
    )


def _done(here: AtConsole, do: Callable[[WriteTx], Dispute]) -> Response:
    try:
        with here.write() as tx:
            do(tx)
    except _REFUSALS as error:
        return _page(here, error=text_of(error.code))
    return here.visit.go(f"{_DEBTS}/{_id(here)}")


def _id(here: AtConsole) -> ObligationId:
    return ObligationId(here.visit.request.path_params["id"])


def _said(here: AtConsole) -> DisputeId:
    return DisputeId(here.visit.request.path_params["dispute"])
