"""What joins something to a person: read out first, and done when the same card is shown again.

Between the two taps nobody else's may lie (faults.md I1, E75). What is to be done waits sealed in
the page and nowhere else.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity
from ichimai.identity.errors import CardNotTaken, TapOver
from ichimai.identity.model import NewTap
from ichimai.kernel.errors import DomainError
from ichimai.web.counter import purposes, refusals, showing, start
from ichimai.web.counter.door import DOOR, AtCounter, Person, for_counter, person_of
from ichimai.web.counter.errors import DraftOver, NotForThisPurpose, OtherCard
from ichimai.web.counter.purposes import Action
from ichimai.web.counter.sealing import DRAFT_LIFE, Draft, unseal
from ichimai.web.layout import Pages

Carry = Callable[[Person, Draft], Response]


def ask(
    person: Person,
    action: Action,
    lines: Sequence[tuple[str, str]],
    fields: Mapping[str, Any],
    *,
    warning: str = "",
) -> Response:
    """Read out what is to be done (``lines``: label and value), and wait for the second tap."""
    tap = person.tap
    draft = Draft(
        sitting=person.here.begun.id,
        made_at=person.here.clock.now(),
        action=action.value,
        visit=tap.visit,
        tap=tap.id,
        reference=tap.reference,
        subject=person.subject,
        fields=fields,
        lines=tuple(lines),
        warning=warning,
    )
    return _page(person.here, draft, mark=person.mark)


def confirmation(pages: Pages, action: Action, carry: Carry) -> Route:
    """The route of the second tap, at ``/counter/<action>/confirmation``."""
    path = f"/counter/{action.value}/confirmation"

    @wraps(carry)
    def confirm(here: AtCounter) -> Response:
        draft = _draft(here, action)
        try:
            new = showing.again(here)
        except CardNotTaken:
            raise OtherCard from None
        except TapOver:
            raise
        except DomainError as error:
            return _page(here, draft, error, mark=here.visit.form.text("person"))
        _check_same(here, draft, new)
        person = person_of(here, new)
        try:
            return carry(person, draft)
        except DomainError as error:
            return here.keep(refusals.page(person.here, error), person.here.sitting)

    return pages.action(path, DOOR, for_counter(confirm))


def _draft(here: AtCounter, action: Action) -> Draft:
    """What was begun, in this sitting and not long ago. Raises DraftOver, NotForThisPurpose."""
    text = here.visit.form.text("draft")
    draft = unseal(here.services.people_key, here.session.id, text, Draft)
    if draft is None or draft.action != action.value or not is_of(here, draft):
        raise DraftOver
    purpose = here.purpose
    if action not in purposes.MAY[purpose] or purpose in purposes.READS_ONLY:
        raise NotForThisPurpose
    return draft


def is_of(here: AtCounter, draft: Draft) -> bool:
    """Whether something was begun in this sitting and not long ago."""
    is_fresh = here.clock.now() - draft.made_at < DRAFT_LIFE
    return here.sitting is not None and draft.sitting == here.sitting.id and is_fresh


def _check_same(here: AtCounter, draft: Draft, new: NewTap) -> None:
    """The same card, tapped again, in one row of taps. Raises OtherCard, DraftOver."""
    is_same = (draft.reference, draft.subject) == (new.tap.reference, new.tap.subject)
    if is_same and draft.visit == new.tap.visit and draft.tap != new.tap.id:
        return
    # Whoever is there now begins from the start.
    with here.write() as tx:
        identity.taps.end(tx, here.clock, here.place)
    raise (DraftOver if is_same else OtherCard)


def _page(
    here: AtCounter, draft: Draft, error: DomainError | None = None, *, mark: str
) -> Response:
    return here.render(
        "counter/confirm.html",
        status=refusals.status(error) if error else 200,
        error=refusals.text(error) if error else "",
        mark=mark,
        draft=here.seal(draft),
        action=draft.action,
        what=purposes.ACTIONS[Action(draft.action)],
        lines=draft.lines,
        warning=draft.warning,
        seconds=int(identity.rules.COUNTER_SILENCE.total_seconds()),
        may_be_without_pin=start.may_be_without_pin(here),
    )
