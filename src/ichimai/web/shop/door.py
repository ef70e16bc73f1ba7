"""How a till comes in, and how a page knows which shop it stands in."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from ichimai import merchants
from ichimai.merchants import Shop, TerminalAtShop
from ichimai.web.layout import Door, SignInNeeded, Visit

DOOR: Final = Door(
    name="till", home="/shop", sign_in="/shop/enrol", same_site="lax", is_lasting=True
)


@dataclass(frozen=True, slots=True)
class AtTill:
    """A visit from a till that is enrolled, and its shop."""

    visit: Visit
    token: str
    till: TerminalAtShop
    shop: Shop

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 - a template takes anything
        """A page of this till."""
        return self.visit.render(template, status=status, shop=self.shop, **context)


def at_till(visit: Visit) -> AtTill:
    """The till of this visit. Raises SignInNeeded when there is none, or no longer."""
    if not visit.token:
        raise SignInNeeded
    desk = visit.services.desk
    with desk.database.read(desk.operator) as tx:
        (till,) = merchants.tills.terminals(tx, [visit.token])
        if till is None:
            raise SignInNeeded
        return AtTill(visit, visit.token, till, merchants.directory.shop(tx, till.shop))
