"""Who may do what: asked for by one administrator, approved by another."""

from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people
from ichimai.kernel.errors import DomainError
from ichimai.people.errors import UnknownMember, UnknownOrganisation
from ichimai.people.model import OrganisationId, RequestId, StaffRole
from ichimai.web.console.door import ADMINISTRATORS, DOOR, AtConsole, for_staff
from ichimai.web.layout import Pages, text_of

_ROLES = {role.value: role for role in StaffRole}


def routes(pages: Pages) -> list[Route]:
    """The pages about the staff."""
    one = "/console/staff/{id:uuid}"
    return [
        pages.page("/console/staff", DOOR, for_staff(ADMINISTRATORS, _show)),
        pages.action("/console/staff", DOOR, for_staff(ADMINISTRATORS, _ask)),
        pages.action(f"{one}/approve", DOOR, for_staff(ADMINISTRATORS, _approve)),
        pages.action(f"{one}/decline", DOOR, for_staff(ADMINISTRATORS, _decline)),
    ]


def _show(here: AtConsole) -> Response:
    """Everybody with their roles, and what waits for a second administrator."""
    return _page(here)


def _ask(here: AtConsole) -> Response:
    """Ask that somebody be given another role, or none."""
    form = here.visit.form
    try:
        with here.write() as tx:
            people.staff.ask_role_change(
                tx,
                here.visit.services.clock,
                staff=people.staff.named(tx, form.text("name")).id,
                organisation=_organisation(here, form.text("organisation")),
                role=_ROLES.get(form.text("role")),
                reason=form.text("reason")[:200] or "-",
                by=here.staff,
            )
    except (UnknownMember, UnknownOrganisation) as error:
        return _page(here, error=error)
    return here.visit.go("/console/staff")


def _approve(here: AtConsole) -> Response:
    """Approve what another administrator asked; it is done at once."""
    with here.write() as tx:
        people.staff.approve_role_change(tx, here.visit.services.clock, _id(here), by=here.staff)
    return here.visit.go("/console/staff")


def _decline(here: AtConsole) -> Response:
    """Decline it."""
    with here.write() as tx:
        people.two_person.decline(tx, here.visit.services.clock, _id(here), by=here.staff)
    return here.visit.go("/console/staff")


def _organisation(here: AtConsole, wanted: str) -> OrganisationId:
    with here.read() as tx:
        known = {str(each.id): each.id for each in people.staff.organisations(tx)}
    if wanted not in known:
        raise UnknownOrganisation
    return known[wanted]


def _page(here: AtConsole, *, error: DomainError | None = None) -> Response:
    clock = here.visit.services.clock
    with here.read() as tx:
        everybody = people.staff.everybody(tx)
        organisations = people.staff.organisations(tx)
        waiting = people.staff.role_changes(tx, clock)
        names = people.staff.members(
            tx, [id_ for each in waiting for id_ in (each.request.asked_by, each.staff)]
        )
    context: dict[str, Any] = {
        "everybody": everybody,
        "organisations": organisations,
        "waiting": waiting,
        "names": names,
        "roles": list(StaffRole),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    told = text_of(error.code) if error else ""
    return here.render("console/staff.html", status=status, error=told, **context)


def _id(here: AtConsole) -> RequestId:
    return RequestId(here.visit.request.path_params["id"])
