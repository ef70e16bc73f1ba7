"""Exchanging units of one program for those of another: what it costs, a last look, the result."""

from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger
from ichimai.kernel import amount, errors, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.ledger import OperationId
from ichimai.ledger.errors import UnknownOperation
from ichimai.programs import wallets
from ichimai.programs.errors import NoSuchChoice
from ichimai.programs.model import ExchangeRequest
from ichimai.programs.wallets import ExchangeOffer
from ichimai.web.layout import Pages, mark
from ichimai.web.layout.forms import id_in
from ichimai.web.resident.door import DOOR, AtHome, for_residents, for_residents_who_wait
from ichimai.web.resident.holdings import happening
from ichimai.web.resident.programs import here, offers

_ONE: Final = "/me/programs/{program}/exchanges/{exchange}"
_NOT_SO_OFTEN: Final = mark("Choose a number from 1 to %(most)s.")


def routes(pages: Pages) -> list[Route]:
    """The pages about exchanges."""
    return [
        pages.page(_ONE, DOOR, for_residents(_show)),
        pages.page(_ONE + "/confirm", DOOR, for_residents(_confirm)),
        pages.action(_ONE, DOOR, for_residents_who_wait(_exchange)),
        pages.page(_ONE + "/{id:uuid}", DOOR, for_residents(_done)),
    ]


def _offer(home: AtHome) -> ExchangeOffer:
    """The exchange in the address. Raises HTTPException when there is none that is done here."""
    with home.read() as tx:
        found = offers(home, tx, here(home, tx))
    for offer in found:
        if offer.exchange.key == home.visit.request.path_params["exchange"] and offer.target:
            return offer
    raise HTTPException(HTTPStatus.NOT_FOUND)


def _show(home: AtHome) -> Response:
    """What an exchange costs and gives, and what is still missing for it."""
    return _page(home, _offer(home), "1")


def _page(home: AtHome, offer: ExchangeOffer, typed: str, error: str = "") -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return home.render(
        "resident/exchange.html",
        status=status,
        offer=offer,
        id=ids.uuid7(home.visit.services.clock),
        times=typed,
        error=error,
    )


def _confirm(home: AtHome) -> Response:
    """A last look before units are given up; once it is done, what came of it.

    The address has the operation's id, also when the browser goes back to it.
    """
    query = home.visit.request.query_params
    id_ = OperationId(id_in(query) or ids.uuid7(home.visit.services.clock))
    offer, typed = _offer(home), query.get("times", "1")
    with home.read() as tx:
        if wallets.entries_of(tx, home.subject, id_):
            return home.visit.go(_address(offer, id_))
    try:
        times = amount.parsed_units(typed)
    except InvalidAmount:
        times = 0
    if not 1 <= times <= offer.most_times:
        words = home.visit.say(_NOT_SO_OFTEN) % {"most": offer.most_times}
        return _page(home, offer, typed[:10], words if offer.most_times else "")
    return _last_look(home, offer, id_, times)


def _address(offer: ExchangeOffer, id_: OperationId) -> str:
    """Where the result is."""
    return f"/me/programs/{offer.program.key}/exchanges/{offer.exchange.key}/{id_}"


def _last_look(
    home: AtHome, offer: ExchangeOffer, id_: OperationId, times: int, *, is_unsure: bool = False
) -> Response:
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_unsure else HTTPStatus.OK
    return home.render(
        "resident/exchange_confirm.html",
        status=status,
        offer=offer,
        id=id_,
        times=times,
        is_unsure=is_unsure,
    )


async def _exchange(home: AtHome) -> Response:
    """Exchange; the same form again gives the same answer."""
    id_ = OperationId(home.visit.form.id("id"))
    times = amount.parsed_units(home.visit.form.text("times"))
    offer = await run_in_threadpool(_offer, home)
    limits = offer.exchange.limits
    # Where times are counted, an exchange is one at a time.
    is_of_times = limits.times_per_day or limits.times_per_fiscal_year or limits.times_ever
    if is_of_times and times > 1:
        raise NoSuchChoice
    request = ExchangeRequest(
        id=id_,
        till=wallets.OWN_PAGE,
        payer=(home.subject, home.subject),
        program=offer.program.key,
        exchange=offer.exchange.key,
        times=times,
    )
    try:
        answer = await home.visit.services.submit(request)
    except errors.Unavailable:
        return _last_look(home, offer, id_, times, is_unsure=True)
    if isinstance(answer, ledger.Posted):
        return home.visit.go(_address(offer, id_))
    raise answer


def _done(home: AtHome) -> Response:
    """What was given up, and what came of it."""
    with home.read() as tx:
        of = here(home, tx)
        found = wallets.entries_of(
            tx, home.subject, OperationId(home.visit.request.path_params["id"])
        )
    if not found or found[0].program.key != of.program.key:
        raise UnknownOperation
    return home.render("resident/exchanged.html", done=happening(found), program=of.program)
