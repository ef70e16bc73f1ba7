"""What the bank says of payouts: uploading it, and what is to be done about what came back."""

from http import HTTPStatus
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import merchants, settlement
from ichimai.kernel import ids
from ichimai.settlement.bank.errors import BankResultRefused
from ichimai.settlement.bank.model import BankResultId
from ichimai.settlement.model import BatchId
from ichimai.web.console.bank_words import REASONS, RULES
from ichimai.web.console.door import DOOR, EVERYBODY, TREASURERS, AtConsole, for_staff
from ichimai.web.layout import Pages
from ichimai.web.layout.paging import part_of

_ON_A_PAGE: Final = 50
FILE_BYTES: Final = settlement.bank.results.MAX_BYTES + 64 * 1024
"""The longest form with a result file in it."""

_ADDRESS: Final = "/console/payouts/results"


def routes(pages: Pages) -> list[Route]:
    """The pages about what the bank says."""
    return [
        pages.page(_ADDRESS, DOOR, for_staff(EVERYBODY, _show)),
        pages.action(_ADDRESS, DOOR, for_staff(TREASURERS, _upload), limit=FILE_BYTES),
    ]


def _show(here: AtConsole) -> Response:
    """Where a bank's result is uploaded, and the money that came back."""
    return _page(here)


def _upload(here: AtConsole) -> Response:
    """Take in a bank's result file."""
    form, clock = here.visit.form, here.visit.services.clock
    try:
        with here.write() as tx:
            found = settlement.bank.results.import_result(
                tx,
                clock,
                BankResultId(ids.uuid7(clock)),
                form.files.get("result", b""),
                imported_by=here.staff.id,
                batch=BatchId(form.id("batch")) if form.text("batch") else None,
            )
    except BankResultRefused as error:
        return _page(here, refused=error)
    return here.visit.go(f"/console/payouts/{found.of}")


def _page(here: AtConsole, *, refused: BankResultRefused | None = None) -> Response:
    with here.read() as tx:
        back = settlement.bank.results.sent_back(tx)
        batches = {each.id: each for each in settlement.reports.batches(tx, limit=2_000)}
        shops = {shop.id: shop for shop in merchants.directory.payees(tx)}
    return here.render(
        "console/bank_results.html",
        status=HTTPStatus.CONFLICT if refused else HTTPStatus.OK,
        part=part_of(back, here.visit.request.query_params.get("after"), _ON_A_PAGE),
        total=sum(each.units for each in back),
        batches=batches,
        shops=shops,
        reasons=REASONS,
        refused=refused,
        rules=RULES,
        batch=here.visit.form.text("batch"),
    )
