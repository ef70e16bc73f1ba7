"""Where a gift was spent: by shopping street and by size of shop, as charts and tables."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import settlement
from ichimai.programs import lists
from ichimai.web.console.door import DOOR, EVERYBODY, AtConsole, for_staff
from ichimai.web.console.shops import SIZES
from ichimai.web.layout import Pages, formats
from ichimai.web.layout.charts import Bar, bars

_IN_CHART: Final = 15


def routes(pages: Pages) -> list[Route]:
    """The pages about what came of a program."""
    return [pages.page("/console/redemption", DOOR, for_staff(EVERYBODY, _show))]


def _show(here: AtConsole) -> Response:
    """Where a program was spent, by street and by size of shop."""
    wanted = here.visit.request.query_params.get("program", "")
    with here.read() as tx:
        programs = lists.all_programs(tx)
        program = next((each for each in programs if each.key == wanted), programs[0])
        found = settlement.reports.redemption(tx, program.key)
    ranked = sorted(found.by_association, key=lambda pair: -pair[1].units)
    visit = here.visit

    def said(units: int) -> str:
        return formats.units(units, program, visit.language)

    return here.render(
        "console/redemption.html",
        programs=programs,
        program=program,
        found=found,
        ranked=ranked,
        sizes=SIZES,
        in_chart=_IN_CHART,
        street_chart=bars(
            [
                Bar(street.name, row.units, said(row.units))
                for street, row in ranked[:_IN_CHART]
                if row.units > 0
            ]
        ),
        size_chart=bars(
            [
                Bar(
                    visit.say(SIZES[size]),
                    row.units,
                    said(row.units),
                )
                for size, row in found.by_size
            ]
        ),
    )
