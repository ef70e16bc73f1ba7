"""Things that were brought to where a program hands them over: what is left, and more of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import merchants
from ichimai.kernel import Asset, amount, ids
from ichimai.kernel.amount import InvalidAmount
from ichimai.ledger import OperationId
from ichimai.merchants import TerminalAtShop
from ichimai.programs import lists, stock
from ichimai.programs.errors import NotHandedOverHere
from ichimai.programs.terms import Program, Thing
from ichimai.storage import ReadTx
from ichimai.web.console.door import DOOR, EVERYBODY, OFFICERS, AtConsole, for_staff
from ichimai.web.layout import Pages, mark, text_of

_ADDRESS: Final = "/console/programs/{key}/deliveries"
_MOST_TOLD: Final = 30
_NO_NUMBER: Final = mark("Enter how many as a whole number in plain digits, from 1.")


@dataclass(frozen=True, slots=True)
class ThingLeft:
    """A thing that is counted, and how many pieces are left where, by the place's name.

    Of many places, those alone that have any.
    """

    thing: Thing
    left: Mapping[str, int]


def routes(pages: Pages) -> list[Route]:
    """The pages about deliveries."""
    return [
        pages.page(_ADDRESS, DOOR, for_staff(EVERYBODY, _show)),
        pages.action(_ADDRESS, DOOR, for_staff(OFFICERS, _bring)),
    ]


def _show(here: AtConsole) -> Response:
    """What is left of a program's things, and where more of them were brought."""
    return _page(here)


def _bring(here: AtConsole) -> Response:
    """Note that things were brought to a place; the same form again changes nothing."""
    form, clock = here.visit.form, here.visit.services.clock
    try:
        with here.write() as tx:
            stock.bring(
                tx,
                clock,
                OperationId(form.id("id")),
                program=_program(here, tx),
                thing=form.text("thing"),
                number=form.text("place"),
                pieces=amount.parsed_units(form.text("pieces")),
                by=here.staff.id,
            )
    except InvalidAmount:
        return _page(here, error=_NO_NUMBER)
    except NotHandedOverHere as error:
        return _page(here, error=text_of(error.code))
    return here.visit.go(here.visit.request.url.path)


def _page(here: AtConsole, *, error: str = "") -> Response:
    with here.read() as tx:
        program = _program(here, tx)
        points = stock.service_points(tx, program)
        things = _things(tx, program, points)
        names = merchants.directory.shop_names(tx, [point.shop for point in points])
    return here.render(
        "console/deliveries.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        program=program,
        things=things,
        points=points,
        names=names,
        typed=here.visit.form,
        new_id=ids.uuid7(here.visit.services.clock),
        error=error,
    )


def _program(here: AtConsole, tx: ReadTx) -> Program:
    """The program in force. Raises UnknownProgram."""
    key = Asset(here.visit.request.path_params["key"])
    return lists.in_force(tx, key, here.visit.services.clock.now())


def _things(tx: ReadTx, program: Program, points: Sequence[TerminalAtShop]) -> list[ThingLeft]:
    names = merchants.directory.shop_names(tx, [point.shop for point in points])
    found = []
    for thing in program.things:
        if thing.has_stock:
            left = stock.left(tx, program.key, thing.key)
            there = {
                name: left.get(shop, 0)
                for shop, name in names.items()
                if shop in left or len(names) <= _MOST_TOLD
            }
            found.append(ThingLeft(thing, there))
    return found
