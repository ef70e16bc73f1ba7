"""Two holders who turn out to be one person, and that taken back: one asks, another approves.

People are typed in by their cards, and shown by the end of their number. What they have, and so
would move, is seen by whoever decides, on a page of its own: that is a look at both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, registry
from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.kernel.errors import DomainError
from ichimai.people.errors import (
    AskedByYourself,
    RequestDecided,
    RequestExpired,
    UnknownTwoPersonRequest,
)
from ichimai.people.model import Deed, RequestId, TwoPersonRequest
from ichimai.programs import one_person
from ichimai.registry import SubjectId
from ichimai.registry.errors import (
    AlreadyOnePerson,
    LaterMergeFirst,
    MistypedCode,
    SplitBefore,
    UnknownCredential,
    UnknownHolder,
)
from ichimai.registry.model import ChangeId
from ichimai.storage import REGISTRY, ReadTx
from ichimai.web.console.door import DOOR, REGISTRARS, AtConsole, for_staff
from ichimai.web.console.watch import ending
from ichimai.web.layout import Pages, text_of

_HOLDERS: Final = "/console/holders"
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request, and whom it is about."""

    request: TwoPersonRequest
    is_merge: bool
    kept: str
    merged: str


def routes(pages: Pages) -> list[Route]:
    """The pages about holders."""
    one = f"{_HOLDERS}/{{id:uuid}}"
    return [
        pages.page(_HOLDERS, DOOR, for_staff(REGISTRARS, _show)),
        pages.action(_HOLDERS, DOOR, for_staff(REGISTRARS, _ask_merge)),
        pages.page(one, DOOR, for_staff(REGISTRARS, _show_request)),
        pages.action(f"{one}/split", DOOR, for_staff(REGISTRARS, _ask_split)),
        pages.action(f"{one}/approve", DOOR, for_staff(REGISTRARS, _approve)),
        pages.action(f"{one}/decline", DOOR, for_staff(REGISTRARS, _decline)),
    ]


def _show(here: AtConsole) -> Response:
    """What waits for a second person, what was done, and where a merge is asked for."""
    return _page(here)


def _show_request(here: AtConsole) -> Response:
    """What would move, and what both may have been given for the same reason; then to decide."""
    services = here.visit.services
    moving = one_person.look_at(services.desk, _id(here), by=here.staff)
    with here.read() as tx:
        request = people.two_person.request(tx, _id(here))
        if request is None:
            raise UnknownTwoPersonRequest
        each, names = _told(tx, request), people.staff.members(tx, [request.asked_by])
    return here.render("console/holder_request.html", each=each, names=names, moving=moving)


def _ask_merge(here: AtConsole) -> Response:
    """Ask that two holders be one person."""
    wrong, found = {}, {}
    for side in ("kept", "merged"):
        try:
            found[side] = _subject(here, here.visit.form.text(side))
        except (MistypedCode, UnknownCredential, UnknownHolder, MyNumberRefused) as error:
            wrong[side] = text_of(error.code)
    if wrong:
        return _page(here, wrong=wrong)
    try:
        one_person.ask_merge(
            here.visit.services.desk,
            kept=found["kept"],
            merged=found["merged"],
            reason=_reason(here),
            by=here.staff,
        )
    except (AlreadyOnePerson, UnknownHolder, MyNumberRefused) as error:
        return _page(here, error=error)
    return here.visit.go(_HOLDERS)


def _ask_split(here: AtConsole) -> Response:
    """Ask that a merge be taken back."""
    change = ChangeId(here.visit.request.path_params["id"])
    try:
        one_person.ask_split(here.visit.services.desk, change, reason=_reason(here), by=here.staff)
    except MyNumberRefused as error:
        return _page(here, error=error)
    return here.visit.go(_HOLDERS)


def _approve(here: AtConsole) -> Response:
    """Approve what somebody else asked, and carry it out."""
    try:
        one_person.approve(here.visit.services.desk, _id(here), by=here.staff)
    except (
        AlreadyOnePerson,
        AskedByYourself,
        LaterMergeFirst,
        RequestDecided,
        RequestExpired,
        SplitBefore,
    ) as error:
        return _page(here, error=error)
    return here.visit.go(_HOLDERS)


def _decline(here: AtConsole) -> Response:
    """Decline it."""
    clock = here.visit.services.clock
    try:
        with here.write() as tx:
            people.two_person.decline(tx, clock, _id(here), by=here.staff)
    except (AskedByYourself, RequestDecided, RequestExpired, UnknownTwoPersonRequest) as error:
        return _page(here, error=error)
    return here.visit.go(_HOLDERS)


def _subject(here: AtConsole, typed: str) -> SubjectId:
    """Whose printed card was typed, or whom a number in this town is.

    Raises MistypedCode, UnknownCredential, UnknownHolder.
    """
    services = here.visit.services
    with services.database.read(REGISTRY) as tx:
        try:
            subject = SubjectId(UUID(typed.strip()))
        except ValueError:
            code = registry.cards.parse_code(typed)
            (card,) = registry.resolve(tx, services.registry_key, services.sector, [code])
            if card is None or card.subject is None:
                raise UnknownCredential from None
            return card.subject
        registry.holders.of_subject(tx, services.sector, subject)
        return subject


def _page(
    here: AtConsole, *, error: DomainError | None = None, wrong: Mapping[str, str] | None = None
) -> Response:
    services = here.visit.services
    with here.read() as tx:
        waiting = [
            _told(tx, each)
            for each in people.two_person.undone(tx, services.clock, one_person.DEEDS)
        ]
        done = people.two_person.latest_done(tx, one_person.DEEDS)
        taken_back = {one_person.change_of(each) for each in done if each.deed is Deed.HOLDER_SPLIT}
        merges = [
            _told(tx, each)
            for each in done
            if each.deed is Deed.HOLDER_MERGE and each.id not in taken_back
        ]
        ids = {request.asked_by for request in [each.request for each in (*waiting, *merges)]}
        names = people.staff.members(tx, sorted(ids))
    form = here.visit.form if error or wrong else None
    return here.render(
        "console/holders.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error or wrong else HTTPStatus.OK,
        waiting=waiting,
        merges=merges,
        names=names,
        wrong=wrong or {},
        typed={name: form.text(name) if form else "" for name in ("kept", "merged", "reason")},
        error=text_of(error.code) if error else "",
    )


def _told(tx: ReadTx, request: TwoPersonRequest) -> Waiting:
    sides = one_person.subjects_of(tx, request)
    kept, merged = (ending(sides[side]) if side in sides else "" for side in ("kept", "merged"))
    return Waiting(request, request.deed is Deed.HOLDER_MERGE, kept, merged)


def _reason(here: AtConsole) -> str:
    return here.visit.form.text("reason").strip()[:_LONGEST_REASON] or "-"


def _id(here: AtConsole) -> RequestId:
    return RequestId(here.visit.request.path_params["id"])
