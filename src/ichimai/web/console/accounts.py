"""Shops' bank accounts and contacts: asked for, checked, approved by another, told, posted."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import merchants, notices, people, settlement
from ichimai.kernel import ids
from ichimai.kernel.errors import DomainError
from ichimai.merchants import Shop, ShopId
from ichimai.notices.model import Channel, NoticeId
from ichimai.people.model import StaffId
from ichimai.settlement.bank.account_model import AccountChange, AccountChangeId
from ichimai.settlement.bank.errors import (
    AccountChangeDecided,
    AccountChangeOpen,
    AccountRefused,
    InvalidContact,
    NoContact,
    SameAccount,
    SecondPersonNeeded,
)
from ichimai.storage import WriteTx
from ichimai.web.console.door import DOOR, EVERYBODY, OFFICERS, RELEASERS, AtConsole, for_staff
from ichimai.web.layout import Pages, text_of
from ichimai.web.layout.accounts import account_in, problems_of

_ENDERS = OFFICERS | RELEASERS
_REFUSALS = (
    AccountChangeDecided,
    AccountChangeOpen,
    AccountRefused,
    NoContact,
    SameAccount,
    SecondPersonNeeded,
)


def routes(pages: Pages) -> list[Route]:
    """The pages about accounts, contacts and letters."""
    all_, one = "/console/accounts", "/console/accounts/{id:uuid}"
    shop = "/console/shops/{id:uuid}"
    return [
        pages.page(all_, DOOR, for_staff(EVERYBODY, _list)),
        pages.action(f"{one}/check", DOOR, for_staff(OFFICERS, _check)),
        pages.action(f"{one}/approve", DOOR, for_staff(RELEASERS, _approve)),
        pages.action(f"{one}/decline", DOOR, for_staff(_ENDERS, _decline)),
        pages.page(f"{shop}/account", DOOR, for_staff(OFFICERS, _show_shop)),
        pages.action(f"{shop}/account", DOOR, for_staff(OFFICERS, _ask)),
        pages.action(f"{shop}/contact", DOOR, for_staff(OFFICERS, _set_contact)),
        pages.page("/console/letters", DOOR, for_staff(EVERYBODY, _letters)),
        pages.action("/console/letters", DOOR, for_staff(OFFICERS, _posted)),
    ]


def _list(here: AtConsole) -> Response:
    """The changes of accounts: what waits for whom, and what was decided."""
    return _list_page(here)


def _list_page(here: AtConsole, *, error: str = "") -> Response:
    with here.read() as tx:
        changes = settlement.bank.accounts.changes(tx)[:100]
        shops = {shop.id: shop for shop in merchants.directory.payees(tx)}
        told = notices.outbox.of(tx, [change.id for change in changes])
        staff_names = people.staff.members(tx, _people_of(changes))
        contacts = {
            change.shop: settlement.bank.accounts.contact_of(tx, change.shop)
            for change in changes
            if change.is_open
        }
    return here.render(
        "console/accounts.html",
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
        waiting=[change for change in changes if change.is_open],
        over=[change for change in changes if not change.is_open],
        shops=shops,
        notices=told,
        contacts=contacts,
        staff_names=staff_names,
        error=error,
        letters=[one for one in told if one.channel is Channel.LETTER and one.sent_at is None],
        has_other_person=_has_other_person(here),
    )


def _has_other_person(here: AtConsole) -> Callable[[AccountChange], bool]:
    """Whether the one who looks is another person than the one who asked or checked."""
    return lambda change: here.staff.id not in {change.asked_by, change.checked_by}


def _check(here: AtConsole) -> Response:
    """Say, after asking the shop, that it wants another account."""
    return _decided(
        here,
        lambda tx: settlement.bank.accounts.check(
            tx, here.visit.services.clock, _id(here), checked_by=here.staff.id
        ),
    )


def _approve(here: AtConsole) -> Response:
    """Approve it, as another person; the old contacts are told."""
    services = here.visit.services
    return _decided(
        here,
        lambda tx: settlement.bank.accounts.approve(
            tx,
            services.clock,
            _id(here),
            approved_by=here.staff.id,
            delay=services.account_delay,
            base_url=services.base_url,
            issuer=_issuer(here),
        ),
    )


def _decline(here: AtConsole) -> Response:
    """Decline it, or cancel it while it waits."""
    return _decided(
        here,
        lambda tx: settlement.bank.accounts.decline(
            tx, here.visit.services.clock, _id(here), declined_by=here.staff.id
        ),
    )


def _decided(here: AtConsole, decide: Callable[[WriteTx], AccountChange]) -> Response:
    try:
        with here.write() as tx:
            decide(tx)
    except _REFUSALS as error:
        return _list_page(here, error=text_of(error.code))
    return here.visit.go("/console/accounts")


def _show_shop(here: AtConsole) -> Response:
    """Where an officer asks for another account for a shop, and keeps its contact."""
    return _shop_page(here)


def _ask(here: AtConsole) -> Response:
    """Ask for another account for a shop; another person must approve it."""
    form = here.visit.form
    try:
        with here.write() as tx:
            settlement.bank.accounts.ask(
                tx,
                here.visit.services.clock,
                AccountChangeId(form.id("id")),
                _shop_id(here),
                account_in(form),
                asked_by=here.staff.id,
                is_from_shop=False,
                reason=form.text("reason"),
            )
    except AccountRefused as error:
        return _shop_page(here, refused=error)
    except (AccountChangeOpen, SameAccount) as error:
        return _shop_page(here, error=error)
    return here.visit.go("/console/accounts")


def _set_contact(here: AtConsole) -> Response:
    """Keep where a shop is told; the contact before is told of it."""
    form = here.visit.form
    try:
        with here.write() as tx:
            settlement.bank.accounts.set_contact(
                tx,
                here.visit.services.clock,
                _shop_id(here),
                mail=form.text("mail"),
                letter=form.text("letter"),
                entered_by=here.staff.id,
                issuer=_issuer(here),
            )
    except InvalidContact as error:
        return _shop_page(here, error=error)
    return here.visit.go(f"/console/shops/{_shop_id(here)}/account")


def _shop_page(
    here: AtConsole, *, refused: AccountRefused | None = None, error: DomainError | None = None
) -> Response:
    with here.read() as tx:
        shop: Shop = merchants.directory.shop(tx, _shop_id(here))
        changes = settlement.bank.accounts.changes(tx, shop.id)
        contact = settlement.bank.accounts.contact_of(tx, shop.id)
    is_wrong = refused is not None or error is not None
    return here.render(
        "console/shop_account.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK,
        shop=shop,
        contact=contact,
        open_change=next((change for change in changes if change.is_open), None),
        new_id=ids.uuid7(here.visit.services.clock),
        typed=here.visit.form,
        problems=problems_of(refused),
        error=text_of(error.code) if error else "",
    )


def _letters(here: AtConsole) -> Response:
    """The letters that wait to be printed and posted."""
    with here.read() as tx:
        waiting = notices.outbox.letters(tx)
    return here.render("console/letters.html", letters=waiting)


def _posted(here: AtConsole) -> Response:
    """Write that a letter was posted."""
    letter = NoticeId(here.visit.form.id("letter"))
    with here.write() as tx:
        notices.outbox.posted(tx, here.visit.services.clock, letter, by=here.staff.id)
    return here.visit.go("/console/letters")


def _id(here: AtConsole) -> AccountChangeId:
    return AccountChangeId(here.visit.request.path_params["id"])


def _shop_id(here: AtConsole) -> ShopId:
    return ShopId(here.visit.request.path_params["id"])


def _issuer(here: AtConsole) -> str:
    town = here.visit.services.town
    return f"{town.name_ja} {town.contact_ja}".strip()


def _people_of(changes: list[AccountChange]) -> list[StaffId]:
    return [
        StaffId(each)
        for change in changes
        for each in (change.asked_by, change.checked_by, change.decided_by, change.cancelled_by)
        if each
    ]
