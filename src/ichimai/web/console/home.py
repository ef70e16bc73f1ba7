"""The first page: what waits for this person, and how the programs stand."""

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger, settlement
from ichimai.ledger.model import Role
from ichimai.programs import lists
from ichimai.programs.model import ListState
from ichimai.programs.terms import Program, ProgramKind
from ichimai.settlement.clearing import NettingState
from ichimai.settlement.model import BatchState
from ichimai.storage import ReadTx
from ichimai.towns import program_changes
from ichimai.web.console.associations import own_association
from ichimai.web.console.door import DOOR, AtConsole, for_members
from ichimai.web.layout import Pages

_NETTINGS = 53


@dataclass(frozen=True, slots=True)
class Standing:
    """How a program stands, in its units; ``left`` with what is set aside.

    ``owed_yen``: what shops and places are not paid yet.
    """

    program: Program
    granted: int
    left: int
    expired: int
    owed_yen: int

    @property
    def used(self) -> int:
        """What was spent, handed over or exchanged."""
        return self.granted - self.left - self.expired


def routes(pages: Pages) -> list[Route]:
    """The first page of the console."""
    return [pages.page("/console", DOOR, for_members(_show))]


def _show(here: AtConsole) -> Response:
    """What waits for this person, and how the programs stand."""
    if here.may_serve:
        return here.visit.go("/counter")
    if here.may_join:
        return here.visit.go("/console/holders")
    if here.may_see_association:
        with here.read() as tx:
            own = own_association(here, tx)
        if own is not None:
            return here.visit.go(f"/console/associations/{own.number}")
    if not here.may_see_money:
        return here.visit.go("/console/account")
    with here.read() as tx:
        standings = [
            _standing(tx, program)
            for program in lists.all_programs(tx)
            if program.kind != ProgramKind.CHECK
        ]
        made = [
            batch
            for batch in settlement.reports.batches(tx)
            if batch.state is BatchState.MADE and batch.made_by != here.staff.id
        ]
        lists_waiting = [
            found
            for found in lists.grant_lists(tx)
            if found.state is ListState.SUBMITTED and found.uploaded_by != here.staff.id
        ]
        changes_waiting = [
            found
            for found in program_changes.waiting(tx, here.visit.services.clock)
            if found.request.asked_by != here.staff.id
        ]
        nettings = [
            each
            for each in settlement.clearing.nettings(tx, _NETTINGS)
            if each.state is NettingState.MADE and each.made_by != here.staff.id
        ]
        disputed = [
            each.dispute
            for each in settlement.clearing.disputed_lines(tx)
            if each.dispute.is_open and each.dispute.proposed_by != here.staff.id
        ]
        debts = [
            each
            for each in settlement.clearing.debts(tx, here.visit.services.clock)
            if each.dispute and each.is_disputed and each.dispute.proposed_by != here.staff.id
        ]
    return here.render(
        "console/home.html",
        debts=debts,
        standings=standings,
        undecided=sum(each.proposed_by is not None for each in disputed),
        unanswered=sum(each.proposed_by is None for each in disputed),
        batches=made,
        nettings=nettings,
        lists_waiting=lists_waiting,
        changes_waiting=changes_waiting,
    )


def _standing(tx: ReadTx, program: Program) -> Standing:
    def total(role: Role) -> int:
        return ledger.reports.total(tx, role, program.key)

    return Standing(
        program=program,
        granted=-total(Role.ISSUED),
        left=total(Role.WALLET) + total(Role.CLEARING),
        expired=total(Role.EXPIRED),
        owed_yen=(total(Role.RECEIVABLE) + total(Role.PAYABLE)) * program.unit_yen,
    )
