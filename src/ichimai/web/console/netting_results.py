"""What banks say of a netting's files: uploading it, on the netting's own page."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import settlement
from ichimai.kernel import ids
from ichimai.settlement.bank.errors import BankResultRefused
from ichimai.settlement.bank.model import BankResultId
from ichimai.settlement.clearing import NettingId
from ichimai.web.console.bank_results import FILE_BYTES
from ichimai.web.console.door import DOOR, TREASURERS, AtConsole, for_staff
from ichimai.web.console.settling import netting_page
from ichimai.web.layout import Pages

_ADDRESS: Final = "/console/settling/nettings/{id:uuid}/results"


def routes(pages: Pages) -> list[Route]:
    """The pages about what banks say of nettings."""
    return [pages.action(_ADDRESS, DOOR, for_staff(TREASURERS, _upload), limit=FILE_BYTES)]


def _upload(here: AtConsole) -> Response:
    """Take in a bank's result of one of the netting's files."""
    netting, clock = NettingId(here.visit.request.path_params["id"]), here.visit.services.clock
    try:
        with here.write() as tx:
            settlement.bank.netting_results.import_result(
                tx,
                clock,
                BankResultId(ids.uuid7(clock)),
                here.visit.form.files.get("result", b""),
                netting=netting,
                imported_by=here.staff.id,
            )
    except BankResultRefused as error:
        return netting_page(here, refused=error)
    return here.visit.go(f"/console/settling/nettings/{netting}")
