"""What was done at a till and is undone there, in part or whole: one way for all of it."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ichimai.kernel import amount, errors, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.ledger import OperationId
from ichimai.ledger.errors import UnknownOperation
from ichimai.programs.model import Request
from ichimai.web.layout import Visit, text_of
from ichimai.web.shop.asking import answered
from ichimai.web.shop.book import Act, Book, Line
from ichimai.web.shop.door import AtTill, at_till
from ichimai.web.shop.refusals import advice_on_undoing


@dataclass(frozen=True, slots=True)
class Undoing:
    """How one kind of thing is found and undone.

    ``address``: of all that were undone of one; ``page``: where somebody says how much, unless
    it is a thing, which comes back as a whole.
    """

    find: Callable[[Book, OperationId], Line | None]
    act: Act
    undone: Act
    address: str
    page: str
    request: Callable[[AtTill, OperationId, Line, int], Request]

    def one(self, here: AtTill) -> Line:
        """What the address names. Raises UnknownOperation when it is not this shop's."""
        found = self._line(here, here.visit.request.path_params["id"])
        if found.act != self.act:
            raise UnknownOperation
        return found

    def part(self, here: AtTill, of: Line, id_: OperationId) -> Line:
        """What was undone of ``of``. Raises UnknownOperation."""
        found = self._line(here, id_)
        if found.act != self.undone or found.of != of.operation:
            raise UnknownOperation
        return found

    def ask(self, visit: Visit) -> Response:
        """The page where somebody says how much; at first, all that is left.

        Of a wrong sum, nothing: how much was too much, only the shop knows.
        """
        here = at_till(visit)
        found = self.one(here)
        id_ = OperationId(ids.uuid7(visit.services.clock))
        typed = "" if found.act == Act.PAID_IN else str(found.returnable)
        return self._page(here, found, id_, typed)

    async def undo(self, visit: Visit) -> Response:
        """Undo it; the same form again gives the same answer."""
        here = await run_in_threadpool(at_till, visit)
        found = await run_in_threadpool(self.one, here)
        # A thing is no sum: of a form without an answer, a till calls ``amount`` yen.
        counted = "units" if found.act == Act.HANDED else "amount"
        id_, typed = OperationId(visit.form.id("id")), visit.form.text(counted)
        try:
            yen = amount.parsed_units(typed)
        except InvalidAmount as error:
            return self._page(here, found, id_, typed, error=text_of(error.code))
        address = self.address.format(id=found.operation)

        def unsure() -> Response:
            return here.render(
                "shop/unsure_refund.html",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                id=id_,
                amount=yen,
                counted=counted,
                is_mistake=found.act in {Act.HANDED, Act.PAID_IN},
                action=address,
            )

        def refused(refusal: errors.DomainError) -> Response:
            advice = advice_on_undoing(refusal.code)
            if advice is None:
                raise refusal
            return self._page(here, found, id_, typed, error=advice)

        request = self.request(here, id_, found, yen)
        return await answered(
            here, request, done=visit.go(f"{address}/{id_}"), unsure=unsure, refused=refused
        )

    def _line(self, here: AtTill, id_: OperationId) -> Line:
        desk = here.visit.services.desk
        with desk.database.read(desk.operator) as tx:
            found = self.find(Book(tx, here.till.shop, desk.clock.now()), id_)
        if found is None:
            raise UnknownOperation
        return found

    def _page(
        self, here: AtTill, found: Line, id_: OperationId, typed: str, *, error: str = ""
    ) -> Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
        shown = typed[:20]
        return here.render(self.page, status=status, sale=found, id=id_, amount=shown, error=error)
