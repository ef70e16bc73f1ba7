"""What associations, the town and sponsors owe each other: bills, and nettings that settle it."""

from collections.abc import Callable
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, settlement
from ichimai.kernel import Clock, amount, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.errors import DomainError
from ichimai.people.model import StaffId
from ichimai.settlement.bank.errors import BankResultRefused
from ichimai.settlement.clearing import (
    OPERATOR,
    Bill,
    BillPaymentId,
    Debt,
    Netting,
    NettingId,
    Obligation,
    ObligationId,
)
from ichimai.settlement.errors import (
    BillPaymentRefused,
    BillSettled,
    FileDiffers,
    LinesDisputed,
    NothingToNet,
    NoTransferFile,
    ObligationsTaken,
    PayDayOver,
    SamePerson,
    WrongState,
)
from ichimai.storage import ReadTx, WriteTx
from ichimai.web.console.bank_words import REASONS, RULES
from ichimai.web.console.door import DOOR, EVERYBODY, RELEASERS, TREASURERS, AtConsole, for_staff
from ichimai.web.console.program_parts import PartWords
from ichimai.web.layout import Pages, text_of
from ichimai.web.layout.downloads import CSV, ZENGIN, download
from ichimai.web.layout.formats import called
from ichimai.web.layout.paging import part_of

_SETTLING: Final = "/console/settling"
_BILLS: Final = 2_000
_NETTINGS: Final = 53
_ON_A_PAGE: Final = 20
_PAID_SHOWN: Final = 20
_REFUSALS: Final = (
    LinesDisputed,
    NoTransferFile,
    FileDiffers,
    PayDayOver,
    SamePerson,
    WrongState,
)


def routes(pages: Pages) -> list[Route]:
    """The pages about who owes whom."""
    nettings = f"{_SETTLING}/nettings"
    one = f"{nettings}/{{id:uuid}}"
    paid = f"{_SETTLING}/bills/{{id:uuid}}/payments"
    return [
        pages.page(_SETTLING, DOOR, for_staff(EVERYBODY, _list)),
        pages.action(paid, DOOR, for_staff(TREASURERS, _receive)),
        pages.action(nettings, DOOR, for_staff(TREASURERS, _net)),
        pages.page(one, DOOR, for_staff(EVERYBODY, _show)),
        pages.page(f"{one}/transfers.csv", DOOR, for_staff(EVERYBODY, _csv)),
        pages.action(f"{one}/approve", DOOR, for_staff(RELEASERS, _approve)),
        pages.action(f"{one}/reject", DOOR, for_staff(RELEASERS, _reject)),
        pages.action(f"{one}/file", DOOR, for_staff(TREASURERS, _file)),
    ]


def _list(here: AtConsole) -> Response:
    """The bills that are open, what could be netted, and the nettings."""
    return _list_page(here)


def _list_page(here: AtConsole, *, error: str = "") -> Response:
    clock = here.visit.services.clock
    with here.read() as tx:
        named = party_names(here, tx)
        bills = settlement.clearing.bills(tx, None, _BILLS)
        open_bills = sorted((bill for bill in bills if bill.paid_at is None), key=_by_due_day)
        paid = [bill for bill in bills if bill.paid_at is not None][:_PAID_SHOWN]
        part = part_of(open_bills, here.visit.request.query_params.get("after"), _ON_A_PAGE)
        closed_on = _closed_on(tx, [*part.items, *paid])
        waiting = settlement.clearing.waiting(tx, clock)
        nettings = settlement.clearing.nettings(tx, _NETTINGS)
    return here.render(
        "console/settling.html",
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
        part=part,
        owed=sum(bill.rest_yen for bill in open_bills),
        paid=paid,
        closed_on=closed_on,
        waiting=waiting,
        nettings=nettings,
        named=named,
        today=day_in_tokyo(clock.now()),
        new_ids=(ids.uuid7(clock) for _ in range(1 + _ON_A_PAGE)),
        error=error,
    )


def _by_due_day(bill: Bill) -> tuple[date, int]:
    return bill.due_on, bill.association


def _closed_on(tx: ReadTx, bills: list[Bill]) -> dict[ObligationId, date]:
    days = {run: settlement.reports.run(tx, run).closes_on for run in {bill.run for bill in bills}}
    return {bill.id: days[bill.run] for bill in bills}


def _receive(here: AtConsole) -> Response:
    """Note that money came in for a bill."""
    form, clock = here.visit.form, here.visit.services.clock
    try:
        with here.write() as tx:
            settlement.clearing.receive(
                tx,
                clock,
                BillPaymentId(form.id("id")),
                ObligationId(here.visit.request.path_params["id"]),
                yen=amount.parsed_units(form.text("yen")),
                received_on=form.day("received_on") or day_in_tokyo(clock.now()),
                noted_by=here.staff.id,
            )
    except (BillPaymentRefused, BillSettled, InvalidAmount) as error:
        return _list_page(here, error=text_of(error.code))
    return here.visit.go(_SETTLING)


def _net(here: AtConsole) -> Response:
    """Set what parties owe against each other, for a second person to approve."""
    try:
        with here.write() as tx:
            made = settlement.clearing.make_netting(
                tx,
                here.visit.services.clock,
                NettingId(here.visit.form.id("id")),
                made_by=here.staff.id,
            )
    except (NothingToNet, ObligationsTaken) as error:
        return _list_page(here, error=text_of(error.code))
    return here.visit.go(f"{_SETTLING}/nettings/{made.id}")


def _show(here: AtConsole) -> Response:
    """One netting: who owed what, and who pays whom instead."""
    return netting_page(here)


def netting_page(
    here: AtConsole, *, error: str = "", refused: BankResultRefused | None = None
) -> Response:
    """A netting's page, with why what was asked was not done."""
    with here.read() as tx:
        named = party_names(here, tx)
        netting = settlement.clearing.known(tx, _id(here))
        netted = settlement.clearing.netted(tx, netting.id)
        parties = settlement.clearing.of_netting(tx, netting.id)
        results = settlement.bank.netting_results.of_netting(tx, netting.id)
        importers = [StaffId(each.imported_by) for each in results]
        staff_names = people.staff.members(tx, [*_people_of(netting), *importers])
    accounts = {each.known.party: each.known for each in parties}
    return here.render(
        "console/netting.html",
        status=HTTPStatus.CONFLICT if error or refused else HTTPStatus.OK,
        netting=netting,
        netted=netted,
        positions=settlement.clearing.positions(_debts(netted)),
        accounts=accounts,
        payers=[each for each in parties if each.sha256],
        is_with_a_bank=any(each.copies for each in parties),
        results=results,
        reasons=REASONS,
        refused=refused,
        rules=RULES,
        may_approve_this=not {netting.made_by, *(each.entered_by for each in accounts.values())}
        & {here.staff.id},
        named=named,
        staff_names=staff_names,
        error=error,
    )


def _debts(netted: list[Obligation]) -> list[Debt]:
    return [Debt(each.debtor, each.creditor, each.yen) for each in netted]


def _approve(here: AtConsole) -> Response:
    """Approve a netting, as another person than its maker: the ledger settles it now."""
    approve = partial(settlement.clearing.approve_netting, approved_by=here.staff.id)
    return _decided(here, approve)


def _reject(here: AtConsole) -> Response:
    """Give up a netting that is not approved; another may take what was in it."""
    reject = partial(settlement.clearing.reject_netting, rejected_by=here.staff.id)
    return _decided(here, reject)


def _decided(here: AtConsole, decide: Callable[[WriteTx, Clock, NettingId], object]) -> Response:
    try:
        with here.write() as tx:
            decide(tx, here.visit.services.clock, _id(here))
    except _REFUSALS as error:
        return _refused(here, error)
    return here.visit.go(f"{_SETTLING}/nettings/{_id(here)}")


def _file(here: AtConsole) -> Response:
    """Hand over the file in which a party pays; every copy is the same."""
    try:
        with here.write() as tx:
            file = settlement.clearing.transfer_file(
                tx,
                here.visit.services.clock,
                _id(here),
                here.visit.form.text("party"),
                handed_to=here.staff.id,
            )
    except _REFUSALS as error:
        return _refused(here, error)
    return download(file.content, name=file.name, kind=ZENGIN)


def _csv(here: AtConsole) -> Response:
    """All transfers of a netting as a table."""
    with here.read() as tx:
        named, netting = party_names(here, tx), settlement.clearing.known(tx, _id(here))
        parties = {party for debt in netting.transfers for party in (debt.debtor, debt.creditor)}
        names = {party: named(party) for party in parties}
        language = here.visit.paper_language
        content = settlement.clearing.netting_csv(tx, netting.id, names, language)
    name = f"netting_{netting.pay_on}_{netting.id.hex[-8:]}.csv"
    return download(content, name=name, kind=CSV)


def party_names(here: AtConsole, tx: ReadTx) -> Callable[[str], str]:
    """Says what a party is called; the operator by the town's own name."""
    words = PartWords.of(here.visit, tx)
    town = called(here.visit.services.town, words.language)
    return lambda party: town if party == OPERATOR else words.party(party)


def _refused(here: AtConsole, error: DomainError) -> Response:
    return netting_page(here, error=text_of(error.code))


def _id(here: AtConsole) -> NettingId:
    return NettingId(here.visit.request.path_params["id"])


def _people_of(netting: Netting) -> list[StaffId]:
    return [StaffId(each) for each in (netting.made_by, netting.decided_by) if each]
