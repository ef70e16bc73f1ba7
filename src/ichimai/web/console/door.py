"""How staff come in, and what each role may do."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from starlette.responses import Response

from ichimai import people
from ichimai.kernel import errors
from ichimai.people.model import Audience, OrganisationKind, Session, Staff, StaffRole
from ichimai.storage import ReadTx, WriteTx
from ichimai.web.layout import Door, SignInNeeded, Visit

DOOR: Final = Door(name="console", home="/console", sign_in="/console/sign-in", same_site="strict")
EVERYBODY: Final = frozenset(
    {StaffRole.OFFICER, StaffRole.APPROVER, StaffRole.TREASURER, StaffRole.AUDITOR}
)
"""Those whose work is money; the counter and the register of holders are others'."""

ADMINISTRATORS: Final = frozenset({StaffRole.ADMINISTRATOR})
AT_COUNTERS: Final = frozenset({StaffRole.CLERK, StaffRole.OFFICER})
OFFICERS: Final = frozenset({StaffRole.OFFICER})
APPROVERS: Final = frozenset({StaffRole.APPROVER})
TREASURERS: Final = frozenset({StaffRole.TREASURER})
RELEASERS: Final = frozenset({StaffRole.APPROVER, StaffRole.TREASURER})
"""Who may approve a payout: the second person, who is not the one that made it."""

AUDITORS: Final = frozenset({StaffRole.AUDITOR})
REGISTRARS: Final = frozenset({StaffRole.REGISTRAR})
"""Who approves that two holders are one person; clerks ask for it too."""

VERIFIERS: Final = frozenset({StaffRole.AUDITOR, StaffRole.TREASURER})


@dataclass(frozen=True, slots=True)
class AtConsole:
    """A visit of a member of staff who has signed in and may be here."""

    visit: Visit
    staff: Staff
    session: Session

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 - a template takes anything
        """A page of the console."""
        may = {
            "may_upload": self.staff.role in OFFICERS,
            "may_approve": self.staff.role in APPROVERS,
            "may_settle": self.staff.role in TREASURERS,
            "may_release": self.staff.role in RELEASERS,
            "may_verify": self.staff.role in VERIFIERS,
            "may_join": self.may_join,
            "may_audit": _is_of(self.staff, AUDITORS),
            "may_see_money": self.may_see_money,
            "may_serve": _is_of(self.staff, AT_COUNTERS),
            "may_see_association": self.may_see_association,
            "may_administer": _is_of(self.staff, ADMINISTRATORS),
        }
        return self.visit.render(template, status=status, staff=self.staff, **may, **context)

    @property
    def may_serve(self) -> bool:
        """Whether the counter is this person's only work."""
        return _is_of(self.staff, AT_COUNTERS - EVERYBODY)

    @property
    def may_join(self) -> bool:
        """Whether the register of holders is this person's business."""
        return _is_of(self.staff, REGISTRARS)

    @property
    def may_see_money(self) -> bool:
        """Whether the lists, closings and payouts are this person's business."""
        return _is_of(self.staff, EVERYBODY)

    @property
    def may_see_association(self) -> bool:
        """Whether this person looks after the money of an association, and of it alone."""
        is_of_association = self.staff.organisation.kind is OrganisationKind.ASSOCIATION
        return is_of_association and self.staff.role in TREASURERS

    def read(self) -> AbstractContextManager[ReadTx]:
        """A transaction that reads the operator's tables."""
        services = self.visit.services
        return services.database.read(services.operator)

    def snapshot(self) -> AbstractContextManager[ReadTx]:
        """A transaction in which every statement sees the same instant."""
        services = self.visit.services
        return services.database.snapshot(services.operator)

    def write(self) -> AbstractContextManager[WriteTx]:
        """A transaction that may write them."""
        services = self.visit.services
        return services.database.write(services.operator)


Handler = Callable[[AtConsole], Response]


def for_staff(roles: frozenset[StaffRole], handler: Handler) -> Callable[[Visit], Response]:
    """A page for those of some roles: others are told so, nobody else learns that it exists.

    A role in another organisation than the operator itself opens none of these. Raises
    SignInNeeded and errors.Forbidden.
    """

    @wraps(handler)
    def page(visit: Visit) -> Response:
        here = _at_console(visit)
        if not _is_of(here.staff, roles):
            raise errors.Forbidden
        return handler(here)

    return page


def for_members(handler: Handler) -> Callable[[Visit], Response]:
    """A page for everybody who works for any organisation. Raises SignInNeeded."""

    @wraps(handler)
    def page(visit: Visit) -> Response:
        return handler(_at_console(visit))

    return page


def _is_of(staff: Staff, roles: frozenset[StaffRole]) -> bool:
    return staff.organisation.is_operator and staff.role in roles


def _at_console(visit: Visit) -> AtConsole:
    if not visit.token:
        raise SignInNeeded
    services = visit.services
    with services.database.read(services.operator) as tx:
        session = people.sessions.live(tx, services.clock, visit.token, Audience.STAFF)
        staff = people.sessions.staff_of(tx, session) if session else None
    if session is None or staff is None:
        raise SignInNeeded
    if people.sessions.needs_touch(session, services.clock):
        with services.database.write(services.operator) as tx:
            people.sessions.touch(tx, services.clock, session)
    return AtConsole(visit, staff, session)
