"""Where associations and sponsors are paid, and pay from: who has an account, and another one."""

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, settlement
from ichimai.people.model import StaffId
from ichimai.settlement.clearing import PartyAccount
from ichimai.settlement.errors import PayerRefused
from ichimai.storage import ReadTx
from ichimai.web.console.door import DOOR, EVERYBODY, TREASURERS, AtConsole, for_staff
from ichimai.web.console.program_parts import PartWords
from ichimai.web.layout import Pages
from ichimai.web.layout.accounts import account_in, digits_in, problems_of

_ADDRESS: Final = "/console/settling/accounts"
_ONE: Final = _ADDRESS + "/{party}"


def routes(pages: Pages) -> list[Route]:
    """The pages about parties' accounts."""
    return [
        pages.page(_ADDRESS, DOOR, for_staff(EVERYBODY, _list)),
        pages.page(_ONE, DOOR, for_staff(TREASURERS, _show)),
        pages.action(_ONE, DOOR, for_staff(TREASURERS, _keep)),
    ]


def _list(here: AtConsole) -> Response:
    """All that may be netted, and into which account it is paid."""
    with here.read() as tx:
        words = PartWords.of(here.visit, tx)
        parties = sorted(settlement.clearing.parties(tx), key=_place)
        accounts = settlement.clearing.accounts(tx)
        entered = people.staff.members(tx, [StaffId(each.entered_by) for each in accounts.values()])
    return here.render(
        "console/party_accounts.html",
        parties=parties,
        accounts=accounts,
        staff_names=entered,
        named=words.party,
    )


def _place(party: str) -> tuple[bool, int, str]:
    """Associations first, by number."""
    kind, _, number = party.partition(":")
    is_other = kind != "association"
    return is_other, 0 if is_other else int(number), party


def _show(here: AtConsole) -> Response:
    """Where a treasurer enters another account for a party."""
    return _page(here)


def _keep(here: AtConsole) -> Response:
    """Pay the party into this account from the next netting on."""
    form, party = here.visit.form, here.visit.request.path_params["party"]
    known = PartyAccount(party, account_in(form), digits_in(form, "code") or None, here.staff.id)
    try:
        with here.write() as tx:
            _must_be_known(tx, party)
            settlement.clearing.set_account(tx, here.visit.services.clock, known)
    except PayerRefused as error:
        return _page(here, refused=error)
    return here.visit.go(_ADDRESS)


def _page(here: AtConsole, *, refused: PayerRefused | None = None) -> Response:
    party = here.visit.request.path_params["party"]
    with here.read() as tx:
        _must_be_known(tx, party)
        words = PartWords.of(here.visit, tx)
        known = settlement.clearing.accounts(tx).get(party)
    return here.render(
        "console/party_account.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        party=party,
        name=words.party(party),
        known=known,
        typed=here.visit.form,
        problems=problems_of(refused),
    )


def _must_be_known(tx: ReadTx, party: str) -> None:
    """An address that somebody made up is no page. Raises HTTPException."""
    if party not in settlement.clearing.parties(tx):
        raise HTTPException(HTTPStatus.NOT_FOUND)
