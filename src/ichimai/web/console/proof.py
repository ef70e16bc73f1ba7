"""For auditors: is the ledger what its transfers make it?"""

import time

from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger, settlement
from ichimai.ledger.verification import Discrepancy
from ichimai.web.console.door import DOOR, EVERYBODY, VERIFIERS, AtConsole, for_staff
from ichimai.web.layout import Pages


def routes(pages: Pages) -> list[Route]:
    """The pages about proof."""
    return [
        pages.page("/console/proof", DOOR, for_staff(EVERYBODY, _show)),
        pages.action("/console/proof", DOOR, for_staff(VERIFIERS, _verify)),
    ]


def _show(here: AtConsole) -> Response:
    """Where the ledger can be computed again."""
    with here.read() as tx:
        transfers = ledger.reports.count_transfers(tx)
    return here.render("console/proof.html", transfers=transfers, verified=None, wrong=None)


def _verify(here: AtConsole) -> Response:
    """Compute every balance and hash again from the transfers alone."""
    services = here.visit.services
    verified, wrong = None, None
    began = time.monotonic()
    with services.database.snapshot(services.operator) as tx:
        transfers = ledger.reports.count_transfers(tx)
        try:
            verified = ledger.verification.verify(tx)
            settlement.reports.verify(tx)
        except Discrepancy as error:
            verified, wrong = None, error
    return here.render(
        "console/proof.html",
        transfers=transfers,
        verified=verified,
        wrong=wrong,
        seconds=time.monotonic() - began,
        at=services.clock.now(),
    )
