"""Passing units on to somebody of the household or a delegate, where a program allows it."""

from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger
from ichimai.kernel import amount, errors, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.errors import UnknownOperation
from ichimai.programs import wallets
from ichimai.programs.errors import SharingNotAllowed
from ichimai.programs.model import GiveRequest
from ichimai.programs.wallets import Relative
from ichimai.web.layout import Pages, mark, text_of
from ichimai.web.layout.forms import id_in
from ichimai.web.resident.door import DOOR, AtHome, for_residents, for_residents_who_wait
from ichimai.web.resident.holdings import happening
from ichimai.web.resident.programs import Here, here

_PAGE: Final = "/me/programs/{program}/pass-on"
_NOBODY: Final = mark("Choose to whom.")


def routes(pages: Pages) -> list[Route]:
    """The pages about passing units on."""
    return [
        pages.page(_PAGE, DOOR, for_residents(_ask)),
        pages.page(_PAGE + "/confirm", DOOR, for_residents(_confirm)),
        pages.action(_PAGE, DOOR, for_residents_who_wait(_pass_on)),
        pages.page(_PAGE + "/{id:uuid}", DOOR, for_residents(_done)),
    ]


def _here(home: AtHome) -> tuple[Here, list[Relative]]:
    """The program in the address, and to whom it may be passed on.

    Raises SharingNotAllowed, and HTTPException when there is no such program.
    """
    services = home.visit.services
    with home.write() as tx:
        of = here(home, tx)
        found = wallets.relatives(
            tx,
            services.personal_key,
            services.clock,
            home.me,
            subject=home.subject,
            program=of.program,
        )
    if of.program.sharing == "nobody":
        raise SharingNotAllowed
    return of, found


def _one(found: list[Relative], text: str) -> Relative | None:
    return next((one for one in found if str(one.delegation) == text), None)


def _ask(home: AtHome) -> Response:
    """To whom, and how much."""
    of, found = _here(home)
    return _page(home, of, found)


def _page(
    home: AtHome,
    of: Here,
    found: list[Relative],
    *,
    to: str = "",
    typed: str = "",
    to_error: str = "",
    error: str = "",
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error or to_error else HTTPStatus.OK
    return home.render(
        "resident/pass_on.html",
        status=status,
        of=of,
        id=ids.uuid7(home.visit.services.clock),
        relatives=found,
        to=to,
        amount=typed,
        to_error=to_error,
        error=error,
    )


def _confirm(home: AtHome) -> Response:
    """A last look before units are passed on; once it is done, what came of it.

    The address has the operation's id, also when the browser goes back to it.
    """
    of, found = _here(home)
    query = home.visit.request.query_params
    id_ = OperationId(id_in(query) or ids.uuid7(home.visit.services.clock))
    with home.read() as tx:
        if wallets.entries_of(tx, home.subject, id_):
            return home.visit.go(_address(of, id_))
    to, typed = query.get("to", ""), query.get("amount", "")
    one = _one(found, to)
    if one is None:
        return _page(home, of, found, typed=typed[:13], to_error=_NOBODY)
    try:
        units = amount.parsed_units(typed)
    except InvalidAmount as error:
        return _page(home, of, found, to=to, typed=typed[:13], error=text_of(error.code))
    if units > of.holding.units:
        too_much = text_of("insufficient_balance")
        return _page(home, of, found, to=to, typed=typed[:13], error=too_much)
    return _last_look(home, of, one, id_, units)


def _address(of: Here, id_: OperationId) -> str:
    """Where the result is."""
    return f"/me/programs/{of.program.key}/pass-on/{id_}"


def _last_look(
    home: AtHome,
    of: Here,
    one: Relative,
    id_: OperationId,
    units: int,
    *,
    is_unsure: bool = False,
) -> Response:
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_unsure else HTTPStatus.OK
    return home.render(
        "resident/pass_on_confirm.html",
        status=status,
        of=of,
        one=one,
        id=id_,
        amount=units,
        is_unsure=is_unsure,
    )


async def _pass_on(home: AtHome) -> Response:
    """Pass on; the same form again gives the same answer."""
    form = home.visit.form
    id_, units = OperationId(form.id("id")), amount.parsed_units(form.text("amount"))
    of, found = await run_in_threadpool(_here, home)
    one = _one(found, form.text("to"))
    if one is None:
        raise SharingNotAllowed
    request = GiveRequest(
        id=id_,
        till=wallets.OWN_PAGE,
        payer=(home.subject, home.subject),
        program=of.program.key,
        to=one.subject,
        units=units,
    )
    try:
        answer = await home.visit.services.submit(request)
    except errors.Unavailable:
        return _last_look(home, of, one, id_, units, is_unsure=True)
    if isinstance(answer, ledger.Posted):
        return home.visit.go(_address(of, id_))
    raise answer


def _done(home: AtHome) -> Response:
    """What was passed on, and what is left."""
    with home.read() as tx:
        of = here(home, tx)
        found = wallets.entries_of(
            tx, home.subject, OperationId(home.visit.request.path_params["id"])
        )
    is_mine = found and all(entry.kind == Kind.GIVE and entry.units < 0 for entry in found)
    if not is_mine or found[0].program.key != of.program.key:
        raise UnknownOperation
    return home.render("resident/passed_on.html", done=happening(found), of=of)
