"""The programs there are, and one of them: what one has, its rules, where, and what one can do."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from ichimai.kernel import Asset
from ichimai.programs import wallets
from ichimai.programs.terms import Program, ProgramKind, Sharing
from ichimai.programs.wallets import ExchangeOffer, Wallet
from ichimai.storage import ReadTx
from ichimai.web.layout import Pages
from ichimai.web.resident.door import DOOR, AtHome, for_residents
from ichimai.web.resident.holdings import Holding, holding
from ichimai.web.resident.places import places_of, things_of
from ichimai.web.resident.wallet import next_ends, programs_now


def routes(pages: Pages) -> list[Route]:
    """The pages about programs."""
    return [
        pages.page("/me/programs", DOOR, for_residents(_list)),
        pages.page("/me/programs/{program}", DOOR, for_residents(_show)),
    ]


@dataclass(frozen=True, slots=True)
class Here:
    """The program in an address, and what somebody has of it."""

    program: Program
    wallet: Wallet
    holding: Holding


def here(home: AtHome, tx: ReadTx) -> Here:
    """The program in the address. Raises HTTPException when there is none."""
    program = programs_now(home, tx).get(Asset(home.visit.request.path_params["program"]))
    if program is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    wallet = wallets.wallet(tx, home.visit.services.clock, home.subject)
    return Here(program, wallet, holding(home.visit, program, wallet))


def offers(home: AtHome, tx: ReadTx, of: Here) -> list[ExchangeOffer]:
    """What units of a program can be exchanged for."""
    services = home.visit.services
    return wallets.exchange_offers(
        tx,
        services.personal_key,
        services.clock,
        home.subject,
        program=of.program.key,
        has=of.holding.units,
    )


def _list(home: AtHome) -> Response:
    """All programs, also those of which one has nothing."""
    with home.read() as tx:
        wallet = wallets.wallet(tx, home.visit.services.clock, home.subject)
        found = [
            holding(home.visit, program, wallet) for program in programs_now(home, tx).values()
        ]
    found.sort(key=lambda each: not each.units)
    return home.render("resident/programs.html", holdings=found)


def _show(home: AtHome) -> Response:
    """One program: what one has of it, what one can do with it, and its rules."""
    with home.read() as tx:
        of = here(home, tx)
        program, lots = of.program, of.wallet.of(of.program.key)
        services = home.visit.services
        is_entitled = program.kind == ProgramKind.CHECK and wallets.is_entitled(
            tx, services.personal_key, services.clock, home.subject, program
        )
        return home.render(
            "resident/program.html",
            program=program,
            holding=of.holding,
            is_entitled=is_entitled,
            ends=next_ends(Wallet(lots), {program.key: program}, len(lots)),
            offers=offers(home, tx, of),
            may_share=program.sharing != Sharing.NOBODY and bool(lots),
            places=places_of(tx, program.acceptance),
            things=things_of(tx, program),
            has_older_terms=any(lot.program.version != program.version for lot in lots),
        )
