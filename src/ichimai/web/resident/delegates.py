"""People who act for me: who may do what, up to how much, what they did; and ending it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records.delegates import Delegation, Use
from ichimai.people.records.errors import UnknownDelegation
from ichimai.programs import wallets
from ichimai.web.layout import Pages
from ichimai.web.resident.door import DOOR, AtHome, for_residents

_LATEST: Final = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody may do for me; ``spent_yen`` in all, and the latest ``uses``."""

    delegation: Delegation
    is_live: bool
    spent_yen: int
    uses: tuple[Use, ...]

    @property
    def id(self) -> UUID:
        """The delegation's id."""
        return self.delegation.id


def routes(pages: Pages) -> list[Route]:
    """The pages about people who act for me."""
    return [
        pages.page("/me/delegates", DOOR, for_residents(_list)),
        pages.page("/me/delegates/{id:uuid}", DOOR, for_residents(_ask)),
        pages.action("/me/delegates/{id:uuid}/end", DOOR, for_residents(_end)),
    ]


def _list(home: AtHome) -> Response:
    """Who may act for me."""
    delegations = _delegations(home)
    return home.render(
        "resident/delegates.html",
        live=[each for each in delegations if each.is_live],
        former=[each for each in delegations if not each.is_live],
    )


def _ask(home: AtHome) -> Response:
    """One of them, and what happens when it is ended."""
    wanted = home.visit.request.path_params["id"]
    found = next((each for each in _delegations(home) if each.id == wanted), None)
    if found is None:
        raise UnknownDelegation
    return home.render("resident/end_delegate.html", one=found)


def _end(home: AtHome) -> Response:
    """End it, at once."""
    services = home.visit.services
    with home.write() as tx:
        people.records.delegates.end(
            tx,
            services.personal_key,
            services.clock,
            home.me,
            home.subject,
            delegation=home.visit.request.path_params["id"],
        )
    return home.visit.go("/me/delegates")


def _delegations(home: AtHome) -> list[Shown]:
    """What I let others do, the newest first."""
    services = home.visit.services
    today = day_in_tokyo(services.clock.now())
    asked = (services.personal_key, services.clock, home.me, home.subject)
    with home.write() as tx:
        wallets.bring_up_delegates(tx, home.subject)
        found = people.records.delegates.read(tx, *asked)
        uses = people.records.delegates.uses(tx, *asked)
    shown = []
    for each in reversed(found):
        own = [use for use in uses if use.delegation == each.id]
        shown.append(_shown(each, own, is_live=each.is_live_on(today)))
    return shown


def _shown(delegation: Delegation, uses: list[Use], *, is_live: bool) -> Shown:
    return Shown(
        delegation=delegation,
        is_live=is_live,
        spent_yen=sum(use.yen for use in uses),
        uses=tuple(reversed(uses[-_LATEST:])),
    )
