"""Lists of gifts: uploaded and checked, approved by another person, posted, cards printed."""

from http import HTTPStatus
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, programs
from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.model import StaffId
from ichimai.programs import lists
from ichimai.programs.lists import CheckedList, ListRefused
from ichimai.programs.model import (
    GrantList,
    GrantListId,
    ListState,
    ListSummary,
)
from ichimai.web.console.card_sheet import card_files
from ichimai.web.console.door import (
    APPROVERS,
    DOOR,
    EVERYBODY,
    OFFICERS,
    AtConsole,
    for_staff,
)
from ichimai.web.console.list_words import COLUMNS, meaning_of
from ichimai.web.layout import UPLOAD_BYTES, Pages
from ichimai.web.layout.downloads import ZIP, download, zipped
from ichimai.web.layout.paging import part_of

_ON_A_PAGE: Final = 20
_MOST: Final = 2_000
_ERRORS_SHOWN: Final = 200
_FORM_AROUND_FILE: Final = 64 * 1024


def routes(pages: Pages) -> list[Route]:
    """The pages about lists."""
    one, limit = "/console/lists/{id:uuid}", UPLOAD_BYTES + _FORM_AROUND_FILE
    return [
        pages.page("/console/lists", DOOR, for_staff(EVERYBODY, _list)),
        pages.page("/console/lists/new", DOOR, for_staff(OFFICERS, _ask)),
        pages.action("/console/lists/new", DOOR, for_staff(OFFICERS, _upload), limit=limit),
        pages.page(one, DOOR, for_staff(EVERYBODY, _show)),
        pages.action(f"{one}/approve", DOOR, for_staff(APPROVERS, _approve)),
        pages.action(f"{one}/decline", DOOR, for_staff(APPROVERS, _decline)),
        pages.action(f"{one}/cards", DOOR, for_staff(OFFICERS, _cards)),
    ]


def _list(here: AtConsole) -> Response:
    """The lists of gifts, the newest first."""
    with here.read() as tx:
        found = lists.grant_lists(tx, limit=_MOST)
        names = {program.key: program for program in lists.all_programs(tx)}
    after = here.visit.request.query_params.get("after")
    return here.render("console/lists.html", part=part_of(found, after, _ON_A_PAGE), names=names)


def _ask(here: AtConsole) -> Response:
    """Where a list is uploaded."""
    return _upload_page(here)


def _upload(here: AtConsole) -> Response:
    """Check a list and, if asked to, put it before another person."""
    form = here.visit.form
    data, key = form.files.get("list", b""), Asset(form.text("program"))
    try:
        if form.text("do") == "check":
            with here.read() as tx:
                checked = lists.check(tx, key, data)
            return _upload_page(here, checked=checked)
        with here.write() as tx:
            made = lists.submit(tx, here.visit.services.clock, key, data, by=here.staff.id)
    except ListRefused as error:
        return _upload_page(here, refused=error)
    return here.visit.go(f"/console/lists/{made.id}")


def _upload_page(
    here: AtConsole,
    *,
    checked: CheckedList | None = None,
    refused: ListRefused | None = None,
) -> Response:
    with here.read() as tx:
        offered = [program for program in lists.all_programs(tx) if program.reasons]
    return here.render(
        "console/upload.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        programs=offered,
        wanted=here.visit.form.text("program"),
        checked=checked,
        refused=refused,
        shown=_ERRORS_SHOWN,
        meaning_of=meaning_of,
        columns=COLUMNS,
        summary=_summary(checked) if checked else None,
    )


def _summary(checked: CheckedList) -> ListSummary:
    return ListSummary(
        encoding=checked.encoding.value,
        rows_by_reason=dict(checked.rows_by_reason),
        units_by_reason=dict(checked.units_by_reason),
        windows={key: (window.first, window.last) for key, window in checked.windows.items()},
    )


def _show(here: AtConsole) -> Response:
    """What a list holds, and how far it has come."""
    with here.read() as tx:
        found = lists.grant_list(tx, _id(here))
        program = lists.program(tx, found.program)
        staff_names = people.staff.members(tx, _people_of(found))
    is_moving = found.state is ListState.APPROVED
    response = here.render(
        "console/list.html",
        found=found,
        program=program,
        staff_names=staff_names,
        is_moving=is_moving,
        is_own=found.uploaded_by == here.staff.id,
    )
    if is_moving:
        # The page looks again by itself until all is posted, also without a script.
        response.headers["Refresh"] = "2"
    return response


def _approve(here: AtConsole) -> Response:
    """Approve a list, as another person than its uploader."""
    return _decide(here, is_approved=True)


def _decline(here: AtConsole) -> Response:
    """Decline a list, as another person than its uploader."""
    return _decide(here, is_approved=False)


def _decide(here: AtConsole, *, is_approved: bool) -> Response:
    with here.write() as tx:
        found = lists.decide(
            tx, here.visit.services.clock, _id(here), by=here.staff.id, is_approved=is_approved
        )
    return here.visit.go(f"/console/lists/{found.id}")


def _cards(here: AtConsole) -> Response:
    """Make cards for those on a posted list who have none: PDF and table in a ZIP file."""
    services = here.visit.services
    with here.read() as tx:
        found = lists.grant_list(tx, _id(here))
        program = lists.program(tx, found.program)
    if found.state is not ListState.POSTED:
        return here.visit.go(f"/console/lists/{found.id}")
    # Before any card is issued: paper that cannot be made must not cost the only copy.
    card_files(services.town, program, [])
    cards = programs.cards.print_cards(services.desk, found.id)
    files = card_files(services.town, program, cards)
    day = day_in_tokyo(services.clock.now())
    return download(b"".join(zipped(files)), name=f"cards_{day}_{len(cards)}.zip", kind=ZIP)


def _id(here: AtConsole) -> GrantListId:
    return GrantListId(here.visit.request.path_params["id"])


def _people_of(found: GrantList) -> list[StaffId]:
    return [StaffId(each) for each in (found.uploaded_by, found.decided_by) if each]
