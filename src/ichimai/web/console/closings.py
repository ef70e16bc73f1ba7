"""Closing a week, and what each closing owes each shop."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import merchants, people, settlement
from ichimai.kernel import Asset, ids, text
from ichimai.merchants import ShopId
from ichimai.people.model import StaffId
from ichimai.programs import lists
from ichimai.settlement.clearing import Cycle
from ichimai.settlement.model import ClosingId, RunId
from ichimai.settlement.statements import AssociationStatement, ShopStatement
from ichimai.web.console.door import DOOR, EVERYBODY, TREASURERS, AtConsole, for_staff
from ichimai.web.layout import Pages, mark, paper, text_of
from ichimai.web.layout.downloads import CSV, ZIP, download, streamed, zipped
from ichimai.web.layout.formats import called
from ichimai.web.layout.paging import part_of

_ON_A_PAGE: Final = 20
_SHOPS_ON_A_PAGE: Final = 100
_MOST: Final = 2_000
_CYCLES: Final[Mapping[str, tuple[Cycle, str]]] = {
    "cycle:weekly": ("weekly", mark("All that settle weekly")),
    "cycle:monthly": ("monthly", mark("All that settle monthly")),
    "cycle:daily": ("daily", mark("All that settle daily")),
}
"""What may be closed instead of one program, by what the form calls it."""

_PAYABLE_COLUMNS: Final = (
    mark("Shop number"),
    mark("Shop"),
    mark("Payable (yen)"),
    mark("Carried to the next closing (yen)"),
)


def routes(pages: Pages) -> list[Route]:
    """The pages about closings."""
    one = "/console/closings/{id:uuid}"
    return [
        pages.page("/console/closings", DOOR, for_staff(EVERYBODY, _list)),
        pages.action("/console/closings", DOOR, for_staff(TREASURERS, _close)),
        pages.page("/console/closings/runs/{id:uuid}", DOOR, for_staff(EVERYBODY, _watch)),
        pages.page(one, DOOR, for_staff(EVERYBODY, _show)),
        pages.page(f"{one}/payables.csv", DOOR, for_staff(EVERYBODY, _payables)),
        pages.page(f"{one}/statements.zip", DOOR, for_staff(TREASURERS, _statements)),
        pages.page(f"{one}/associations/{{number:int}}.csv", DOOR, for_staff(EVERYBODY, _street)),
        pages.page(f"{one}/bills/{{number:int}}.csv", DOOR, for_staff(EVERYBODY, _bill)),
        pages.page(f"{one}/shops/{{shop:uuid}}.pdf", DOOR, for_staff(EVERYBODY, _pdf)),
        pages.page(f"{one}/shops/{{shop:uuid}}.csv", DOOR, for_staff(EVERYBODY, _csv)),
    ]


def _list(here: AtConsole) -> Response:
    """The closings, the newest first."""
    with here.read() as tx:
        running = settlement.clearing.running(tx)
        programs = lists.all_programs(tx)
        after = here.visit.request.query_params.get("after")
        part = part_of(settlement.reports.closing_ids(tx, limit=_MOST), after, _ON_A_PAGE)
        closings = settlement.reports.progress(tx, part.items)
    return here.render(
        "console/closings.html",
        running=running,
        programs=programs,
        cycles={key: name for key, (_, name) in _CYCLES.items()},
        names={program.key: program for program in programs},
        part=part,
        closings=closings,
        new_id=ids.uuid7(here.visit.services.clock),
    )


def _close(here: AtConsole) -> Response:
    """Ask for all programs of a cycle to be closed, or for some days of one program."""
    form = here.visit.form
    cycle, _ = _CYCLES.get(form.text("program"), (None, ""))
    with here.write() as tx:
        asked = settlement.clearing.ask_closing(
            tx,
            here.visit.services.clock,
            RunId(form.id("id")),
            asked_by=here.staff.id,
            cycle=cycle,
            program=None if cycle else Asset(form.text("program")),
            closes_on=form.day("closes_on"),
        )
    return here.visit.go(f"/console/closings/runs/{asked.id}")


def _watch(here: AtConsole) -> Response:
    """What is being done for a closing that was asked for, and what came of it."""
    id_ = RunId(here.visit.request.path_params["id"])
    with here.read() as tx:
        asked = settlement.clearing.asked_closing(tx, id_)
        is_closed = not asked.is_running and asked.refusal is None
        made = []
        if is_closed:
            made = settlement.reports.progress_of_run(tx, settlement.reports.run(tx, id_))
        names = {program.key: program for program in lists.all_programs(tx)}
        staff_names = people.staff.members(tx, [StaffId(asked.asked_by)])
    response = here.render(
        "console/closing_run.html",
        asked=asked,
        made=made,
        names=names,
        staff_names=staff_names,
        place=settlement.clearing.place_of(asked.step) if asked.step else (0, 0),
        cycle=next((name for cycle, name in _CYCLES.values() if cycle == asked.cycle), ""),
        refusal=text_of(asked.refusal) if asked.refusal else "",
    )
    if asked.is_running:
        # The page looks again by itself until it is over, also without a script.
        response.headers["Refresh"] = "2"
    return response


def _show(here: AtConsole) -> Response:
    """What a closing owes each shop, and how far it is paid."""
    id_ = _id(here)
    with here.read() as tx:
        closing = settlement.reports.closing(tx, id_)
        (progress,) = settlement.reports.progress(tx, [closing.id])
        payables = settlement.reports.payables(tx, id_)
        shops = {shop.id: shop for shop in merchants.directory.payees(tx)}
        program = lists.program(tx, closing.asset)
        closed_by = StaffId(closing.closed_by)
        staff_names = people.staff.members(tx, [closed_by])
        bills = settlement.clearing.bills(tx, closing.run, _MOST)
        names = {street.number: street.name for street in merchants.directory.associations(tx)}
        # The operator's own places belong to none that a statement could be sent to.
        streets = [
            street
            for street in settlement.reports.associations(tx, id_)
            if street.association in names
        ]
    return here.render(
        "console/closing.html",
        progress=progress,
        program=program,
        part=part_of(payables, here.visit.request.query_params.get("after"), _SHOPS_ON_A_PAGE),
        shops=shops,
        closed_by=staff_names.get(closed_by),
        streets=streets,
        bills={bill.association: bill for bill in bills},
        street_names=names,
    )


def _payables(here: AtConsole) -> Response:
    """What a closing owes each shop, as a table."""
    with here.read() as tx:
        closing = settlement.reports.closing(tx, _id(here))
        payables = settlement.reports.payables(tx, closing.id)
        shops = {shop.id: shop for shop in merchants.directory.payees(tx)}
    header = [here.visit.say(name) for name in _PAYABLE_COLUMNS]
    rows = [
        [
            shops[payable.shop].number,
            shops[payable.shop].name,
            str(payable.units * closing.unit_yen),
            str(payable.carried * closing.unit_yen),
        ]
        for payable in payables
    ]
    content = settlement.statements.csv_bytes(header, rows, text.Encoding.UTF_8_BOM)
    return download(content, name=f"payables_{closing.closes_on}.csv", kind=CSV)


def _statements(here: AtConsole) -> Response:
    """All shops' statements of a closing, in a ZIP file."""
    with here.read() as tx:
        closing = settlement.reports.closing(tx, _id(here))
        shops = [payable.shop for payable in settlement.reports.payables(tx, closing.id)]
    files = paper.statement_files(here.visit, closing.id, shops)
    return streamed(zipped(files), name=f"statements_{closing.closes_on}.zip", kind=ZIP)


def _street(here: AtConsole) -> Response:
    """An association's statement of all programs that were closed together, as a table."""
    found = _association(here)
    with here.read() as tx:
        names = {each.key: called(each, here.visit.language) for each in lists.all_programs(tx)}
    language = here.visit.paper_language
    content = settlement.statements.association_csv(found, names, language)
    return _table(content, found, "association")


def _bill(here: AtConsole) -> Response:
    """What an association's shops owe, for it to collect, as a table."""
    found = _association(here)
    with here.read() as tx:
        shops = {each.number: each.name for each in merchants.directory.shops(tx, limit=None)}
    language = here.visit.paper_language
    content = settlement.statements.billing_csv(found, shops, language)
    return _table(content, found, "billing")


def _association(here: AtConsole) -> AssociationStatement:
    with here.read() as tx:
        run = settlement.reports.closing(tx, _id(here)).run
        number = here.visit.request.path_params["number"]
        return settlement.statements.association_statement(tx, run, number)


def _table(content: bytes, found: AssociationStatement, what: str) -> Response:
    name = f"{what}_{found.run.closes_on}_{found.association.number:02}.csv"
    return download(content, name=name, kind=CSV)


def _pdf(here: AtConsole) -> Response:
    """A shop's statement to print."""
    return paper.statement_pdf(here.visit, _statement(here))


def _csv(here: AtConsole) -> Response:
    """A shop's statement as a table."""
    return paper.statement_csv(here.visit, _statement(here))


def _statement(here: AtConsole) -> ShopStatement:
    shop = ShopId(here.visit.request.path_params["shop"])
    return paper.statement(here.visit, _id(here), shop)


def _id(here: AtConsole) -> ClosingId:
    return ClosingId(here.visit.request.path_params["id"])
