"""Who is told by letter that value of theirs ends: a list to post, and what was posted."""

from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, people, reporting
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.model import StaffId
from ichimai.programs import lists
from ichimai.programs.upkeep import end_letters
from ichimai.web.console.door import DOOR, EVERYBODY, OFFICERS, AtConsole, for_staff
from ichimai.web.layout import Pages
from ichimai.web.layout.downloads import CSV, download

_PAGE: Final = "/console/notices"


def routes(pages: Pages) -> list[Route]:
    """The pages about letters."""
    one = f"{_PAGE}/{{id:uuid}}"
    return [
        pages.page(_PAGE, DOOR, for_staff(EVERYBODY, _show)),
        pages.action(_PAGE, DOOR, for_staff(OFFICERS, _make)),
        pages.action(f"{one}/file", DOOR, for_staff(OFFICERS, _file)),
        pages.action(f"{one}/sent", DOOR, for_staff(OFFICERS, _sent)),
    ]


def _show(here: AtConsole) -> Response:
    """Who waits for a letter, and the lists so far."""
    with here.read() as tx:
        waiting = end_letters.waiting(tx, here.visit.services.clock)
        letters = end_letters.letters(tx)
        programs = {program.key: program for program in lists.all_programs(tx)}
        staff = [StaffId(each) for one in letters for each in (one.made_by, one.sent_by) if each]
        staff_names = people.staff.members(tx, staff)
    return here.render(
        "console/notices.html",
        waiting=waiting,
        can_write=any(each.with_number for each in waiting),
        letters=letters,
        programs=programs,
        staff_names=staff_names,
    )


def _make(here: AtConsole) -> Response:
    """Make a list of everybody who waits for a letter."""
    with here.write() as tx:
        end_letters.make(tx, here.visit.services.clock, by=here.staff.id)
    return here.visit.go(_PAGE)


def _file(here: AtConsole) -> Response:
    """Hand over a list; every copy is the same."""
    clock = here.visit.services.clock
    look = audit.Look(here.staff.id, here.staff.role.value, audit.Purpose.LIST)
    with here.write() as tx:
        found = end_letters.letter(tx, _id(here))
        addressees, programs = end_letters.read(tx, clock, look, found.id)
    content = reporting.end_letters.as_csv(addressees, programs, here.visit.paper_language)
    day = day_in_tokyo(found.made_at)
    return download(content, name=f"letters_{day}_{found.people}.csv", kind=CSV)


def _sent(here: AtConsole) -> Response:
    """Write that the letters of a list were posted."""
    with here.write() as tx:
        end_letters.sent(tx, here.visit.services.clock, _id(here), by=here.staff.id)
    return here.visit.go(_PAGE)


def _id(here: AtConsole) -> UUID:
    id_: UUID = here.visit.request.path_params["id"]
    return id_
