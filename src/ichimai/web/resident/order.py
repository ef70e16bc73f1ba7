"""In which order what is on the card pays in shops."""

from starlette.responses import Response
from starlette.routing import Route

from ichimai.kernel import Asset
from ichimai.programs import wallets
from ichimai.programs.wallets import SpendingOrder, Step
from ichimai.storage import ReadTx
from ichimai.web.layout import Pages
from ichimai.web.resident.door import DOOR, AtHome, for_residents


def routes(pages: Pages) -> list[Route]:
    """The page, and what its buttons do."""
    return [
        pages.page("/me/order", DOOR, for_residents(_show)),
        pages.action("/me/order", DOOR, for_residents(_move)),
        pages.action("/me/order/reset", DOOR, for_residents(_reset)),
    ]


def _order(home: AtHome, tx: ReadTx) -> SpendingOrder:
    clock = home.visit.services.clock
    has = list(wallets.wallet(tx, clock, home.subject).left)
    return wallets.spending_order(tx, clock, home.subject, has)


def _show(home: AtHome) -> Response:
    """The order, with buttons that change it."""
    with home.read() as tx:
        order = _order(home, tx)
    return home.render("resident/order.html", order=order)


def _move(home: AtHome) -> Response:
    """One step; not when the page was older than the order: then it is only shown again."""
    form = home.visit.form
    with home.write() as tx:
        order = _order(home, tx)
        if form.text("seen") == ",".join(order.keys) and form.text("step") in set(Step):
            keys = wallets.reordered(order, Asset(form.text("program")), Step(form.text("step")))
            wallets.save_spending_order(tx, home.subject, keys)
    return home.visit.go("/me/order")


def _reset(home: AtHome) -> Response:
    """As the programs have it again."""
    with home.write() as tx:
        wallets.save_spending_order(tx, home.subject, [])
    return home.visit.go("/me/order")
