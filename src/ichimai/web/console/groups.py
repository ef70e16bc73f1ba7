"""Groups (団体) that are members of a service: entered, renewed and ended without a card.

Nobody taps for a group. So whoever serves people says first why they look, and each look is in the
access log with that purpose. Numbers are shown by their end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from ichimai import audit, identity
from ichimai.audit import Look, Purpose
from ichimai.kernel import errors
from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.errors import DomainError
from ichimai.people.records import memberships
from ichimai.people.records.errors import (
    AlreadyMember,
    InvalidMembership,
    NumberTaken,
    TermsOutOfOrder,
    UnknownMembership,
)
from ichimai.people.records.memberships import (
    GroupId,
    Membership,
    MembershipId,
    Standing,
    Term,
)
from ichimai.storage import WriteTx
from ichimai.web.console.door import AT_COUNTERS, DOOR, AtConsole, for_staff
from ichimai.web.console.watch import PURPOSES
from ichimai.web.layout import Pages, membership_kinds
from ichimai.web.layout.paging import part_of

_GROUPS: Final = "/console/groups"
_ON_A_PAGE: Final = 50
_TYPED: Final = ("service", "kind", "grade", "from_on", "until_on")
_CHANGES: Final = (Purpose.APPLICATION, Purpose.CORRECTION)
_READS: Final = (Purpose.ENQUIRY, Purpose.LIST)
_FOR: Final = {purpose.value: purpose for purpose in (*_CHANGES, *_READS)}


@dataclass(frozen=True, slots=True)
class Held:
    """A membership as the page tells it; ``renewed_from`` is where its next term would begin."""

    membership: Membership
    service: identity.model.Service | None
    standing: Standing
    masked: str
    renewed_from: str


def routes(pages: Pages) -> list[Route]:
    """The pages about groups."""
    one = f"{_GROUPS}/{{id:uuid}}"
    return [
        pages.page(_GROUPS, DOOR, for_staff(AT_COUNTERS, _show)),
        pages.action(_GROUPS, DOOR, for_staff(AT_COUNTERS, _enter)),
        pages.page(one, DOOR, for_staff(AT_COUNTERS, _show_one)),
        pages.action(f"{one}/memberships", DOOR, for_staff(AT_COUNTERS, _give)),
        pages.action(f"{one}/renewal", DOOR, for_staff(AT_COUNTERS, _renew)),
        pages.action(f"{one}/end", DOOR, for_staff(AT_COUNTERS, _end)),
    ]


def _show(here: AtConsole) -> Response:
    """Why one looks; then all groups by their names, and where one is entered."""
    return _page(here)


def _page(here: AtConsole, error: DomainError | None = None) -> Response:
    services, purpose = here.visit.services, _purpose(here)
    groups = []
    if purpose is not None:
        with here.write() as tx:
            groups = memberships.groups(tx, services.personal_key, services.clock, _look(here))
    after = here.visit.request.query_params.get("after")
    return here.render(
        "console/groups.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        error=membership_kinds.refused(error) if error else "",
        purposes={each.value: PURPOSES[each.value] for each in _FOR.values()},
        changes=_CHANGES,
        purpose=purpose,
        may_change=purpose in _CHANGES,
        part=part_of(sorted(groups, key=lambda group: group.name), after, _ON_A_PAGE),
    )


def _enter(here: AtConsole) -> Response:
    """Enter a group, and go on to it."""
    look, services = _look(here, is_change=True), here.visit.services
    try:
        with here.write() as tx:
            made = memberships.add_group(
                tx, services.personal_key, services.clock, look, here.visit.form.text("name")
            )
    except (InvalidMembership, MyNumberRefused) as error:
        return _page(here, error)
    return _go(here, made, look)


def _show_one(here: AtConsole) -> Response:
    """One group: its memberships, and one more; to renew and to end."""
    if _purpose(here) is None:
        return here.visit.go(_GROUPS)
    return _group_page(here)


def _group_page(here: AtConsole, error: DomainError | None = None) -> Response:
    visit, look = here.visit, _look(here)
    with here.write() as tx:
        name = _name(tx, here, look)
        known = memberships.read(
            tx, visit.services.personal_key, visit.services.clock, look, _id(here)
        )
        services = {each.code: each for each in identity.links.services(tx)}
    held = [_held(here, each, services) for each in known]
    running = {each.service for each in known if each.ended_on is None}
    form = visit.form
    return here.render(
        "console/group.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        error=membership_kinds.refused(error) if error else "",
        name=name,
        group=_id(here),
        purpose=look.purpose,
        purpose_name=PURPOSES[look.purpose.value],
        may_change=look.purpose in _CHANGES,
        held=held,
        today=day_in_tokyo(visit.services.clock.now()),
        kinds=membership_kinds.KINDS,
        services=[each for code, each in services.items() if code not in running],
        asked=form.text("membership"),
        typed={field: form.text(field) for field in _TYPED},
    )


def _held(
    here: AtConsole,
    membership: Membership,
    services: Mapping[identity.model.ServiceCode, identity.model.Service],
) -> Held:
    today = day_in_tokyo(here.visit.services.clock.now())
    return Held(
        membership=membership,
        service=services.get(identity.model.ServiceCode(membership.service)),
        standing=memberships.standing(membership, today),
        masked=identity.links.masked(membership.number),
        renewed_from=memberships.renewed_from(membership.terms, today).isoformat(),
    )


def _give(here: AtConsole) -> Response:
    """Make the group a member of a service."""
    form = here.visit.form

    def give(tx: WriteTx, *whose: Any) -> None:  # noqa: ANN401 - what ``_change`` hands on
        services = {str(each.code) for each in identity.links.services(tx)}
        if form.text("service") not in services:
            raise InvalidMembership("service")
        kind = membership_kinds.chosen(form.text("kind"))
        memberships.add(
            tx,
            *whose,
            service=form.text("service"),
            kind=kind,
            number=form.text("number"),
            term=_term(here),
        )

    return _change(here, give)


def _renew(here: AtConsole) -> Response:
    """Give one of its memberships another term."""
    return _change(
        here,
        lambda *of: memberships.renew(*of, membership=_membership(here), term=_term(here)),
    )


def _end(here: AtConsole) -> Response:
    """End one of its memberships today."""
    return _change(here, lambda *of: memberships.end(*of, membership=_membership(here)))


def _membership(here: AtConsole) -> MembershipId:
    return MembershipId(here.visit.form.id("membership"))


def _change(here: AtConsole, write: Callable[..., None]) -> Response:
    """Change what a group has. What is a person's is changed with that person's card only.

    ``write`` is called with what every function of ``memberships`` begins with.
    """
    look, services = _look(here, is_change=True), here.visit.services
    try:
        with here.write() as tx:
            _name(tx, here, look)
            write(tx, services.personal_key, services.clock, look, _id(here))
    except (
        AlreadyMember,
        InvalidMembership,
        MyNumberRefused,
        NumberTaken,
        TermsOutOfOrder,
        UnknownMembership,
    ) as error:
        return _group_page(here, error)
    return _go(here, _id(here), look)


def _term(here: AtConsole) -> Term:
    """The days and the grade that were typed. Raises InvalidMembership."""
    form = here.visit.form
    from_on, until_on = form.day("from_on"), form.day("until_on")
    if from_on is None or until_on is None:
        raise InvalidMembership("until_on" if from_on else "from_on")
    return Term(from_on, until_on, form.text("grade"))


def _name(tx: WriteTx, here: AtConsole, look: Look) -> str:
    """The group's name. Raises HTTPException where the address is no group's."""
    services = here.visit.services
    name = memberships.group_name(tx, services.personal_key, services.clock, look, _id(here))
    if name is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return name


def _purpose(here: AtConsole) -> Purpose | None:
    """Why one looks, as the form or the address says it."""
    asked = here.visit.request.query_params.get("purpose", "")
    return _FOR.get(here.visit.form.text("purpose") or asked)


def _look(here: AtConsole, *, is_change: bool = False) -> Look:
    """The look at a group. Raises UnknownPurpose, errors.Forbidden."""
    purpose = _purpose(here)
    if purpose is None:
        raise audit.errors.UnknownPurpose
    if is_change and purpose not in _CHANGES:
        raise errors.Forbidden
    return Look(here.staff.id, here.staff.role.value, purpose)


def _go(here: AtConsole, group: GroupId, look: Look) -> Response:
    return here.visit.go(f"{_GROUPS}/{group}?purpose={look.purpose.value}")


def _id(here: AtConsole) -> GroupId:
    return GroupId(here.visit.request.path_params["id"])
