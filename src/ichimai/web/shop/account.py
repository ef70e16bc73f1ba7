"""The account that a shop is paid into: asking for another, and saying no to one."""

from http import HTTPStatus
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, settlement
from ichimai.kernel import ids
from ichimai.people.errors import TooManyAttempts
from ichimai.settlement.bank.account_model import AccountChange, AccountChangeId
from ichimai.settlement.bank.errors import (
    AccountChangeOpen,
    AccountRefused,
    CancelRefused,
    MistypedCancelCode,
    SameAccount,
)
from ichimai.web.layout import Pages, Visit, text_of
from ichimai.web.layout.accounts import account_in, problems_of
from ichimai.web.shop.door import DOOR, AtTill, at_till

_CANCEL: Final = "/shop/account/cancel"
_SHOWN: Final = 5


def routes(pages: Pages) -> list[Route]:
    """The pages about a shop's account."""
    return [
        pages.page("/shop/account", DOOR, _show),
        pages.action("/shop/account", DOOR, _ask),
        pages.page(_CANCEL, DOOR, _show_cancel),
        pages.action(_CANCEL, DOOR, _cancel),
    ]


def _show(visit: Visit) -> Response:
    """The account that this shop is paid into, and where another is asked for."""
    return _page(at_till(visit))


def _ask(visit: Visit) -> Response:
    """Ask for another account."""
    here, services = at_till(visit), visit.services
    try:
        with services.database.write(services.operator) as tx:
            settlement.bank.accounts.ask(
                tx,
                services.clock,
                AccountChangeId(visit.form.id("id")),
                here.shop.id,
                account_in(visit.form),
                asked_by=here.till.terminal,
                is_from_shop=True,
                reason=visit.form.text("reason"),
            )
    except AccountRefused as error:
        return _page(here, refused=error)
    except (AccountChangeOpen, SameAccount) as error:
        return _page(here, error=text_of(error.code))
    return visit.go("/shop/account")


def _page(here: AtTill, *, refused: AccountRefused | None = None, error: str = "") -> Response:
    services = here.visit.services
    with services.database.read(services.operator) as tx:
        changes = settlement.bank.accounts.changes(tx, here.shop.id)
        back = settlement.bank.results.sent_back(tx, here.shop.id)
    is_wrong = refused is not None or bool(error)
    return here.render(
        "shop/account.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK,
        open_change=_open(changes),
        changes=changes[:_SHOWN],
        back=sum(each.units for each in back if each.is_same_account),
        new_id=ids.uuid7(services.clock),
        typed=here.visit.form,
        problems=problems_of(refused),
        error=error,
        delay_hours=int(services.account_delay.total_seconds()) // 3600,
    )


def _open(changes: list[AccountChange]) -> AccountChange | None:
    return next((change for change in changes if change.is_open), None)


def _show_cancel(visit: Visit) -> Response:
    """Where the old contact stops a change of the account, with the code from its notice."""
    code = visit.request.query_params.get("code", "")[:40]
    return visit.render("shop/cancel_account.html", code=code, error="", is_done=False)


def _cancel(visit: Visit) -> Response:
    """Stop the change."""
    code, desk = visit.form.text("code"), visit.services.desk
    try:
        with desk.database.write(desk.operator) as tx:
            counted = people.sign_in.begin_code(
                tx, desk.clock, visit.services.people_key, network=visit.network
            )
        with desk.database.write(desk.operator) as tx:
            settlement.bank.accounts.cancel_by_code(tx, desk.clock, code)
            people.sign_in.code_was_right(tx, desk.clock, counted)
    except (MistypedCancelCode, CancelRefused, TooManyAttempts) as error:
        return visit.render(
            "shop/cancel_account.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code=code,
            error=text_of(error.code),
            is_done=False,
        )
    return visit.render("shop/cancel_account.html", code="", error="", is_done=True)
