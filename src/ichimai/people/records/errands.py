"""Delegates at tills: which payments of a batch are made for somebody else, and within what limit.

``begin`` before the ledger is asked and ``write`` after it has answered, in one transaction: what
the ledger refuses is not used. What came back by a refund is no longer spent: the ledger is asked
for it whenever a total is looked at, by the function that callers bring along.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Clock, errors
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records import delegate_rules, delegate_store, key_store
from ichimai.people.records.delegate_model import (
    Back,
    DelegationId,
    Remembered,
    Scope,
    Spent,
    Use,
)
from ichimai.people.records.delegate_store import HAS_ANY, OfCard, Sealed
from ichimai.people.records.errors import OF_DELEGATES, DelegationEnded
from ichimai.people.records.sealing import PersonalKey
from ichimai.registry import SubjectId
from ichimai.storage import WriteTx

__all__ = [
    "HAS_ANY",
    "Back",
    "CameBack",
    "Errand",
    "Remembered",
    "Wanted",
    "begin",
    "bring_up",
    "refused_before",
    "write",
]

CameBack = Callable[[UUID, int], tuple[Sequence[Back], int]]
"""What came back to a wallet after a number of the ledger, and up to which number that is."""


class Wanted(NamedTuple):
    """A payment that is asked for; ``credential`` is the sector's reference of its card."""

    credential: UUID
    operation: UUID
    yen: int
    terminal: UUID
    is_hold: bool = False
    scope: Scope = Scope.PAY


class Errand(NamedTuple):
    """A payment with a delegation's card: whose wallet pays, or why not (None: it may).

    ``spent``: under the delegation, before any payment of this batch.
    """

    delegation: DelegationId
    principal: SubjectId
    refused: errors.DomainError | None
    spent: Spent
    at: datetime


def refused_before(tx: WriteTx, operations: Sequence[UUID]) -> Callable[[], dict[UUID, Remembered]]:
    """Which operations were refused for ever, whatever is shown for them now."""
    return delegate_store.refusals_of(tx, operations)


def bring_up(tx: WriteTx, principal: SubjectId, came_back: CameBack) -> None:
    """Count what came back under all delegations that a person has given."""
    for card in delegate_store.locked_of_principal(tx, principal):
        _brought_up(tx, card, came_back)


def _brought_up(tx: WriteTx, card: OfCard, came_back: CameBack) -> OfCard:
    """``card`` with what came back since it was last looked at; its total is held."""
    back, number = came_back(card.principal, card.seen_number)
    days = delegate_store.days_of_uses(tx, card.delegation, [b.operation for b in back])
    own = [each for each in back if each.yen and each.operation in days]
    spent = card.spent
    for each in own:
        spent = delegate_rules.given_back(spent, days[each.operation], each.yen)
    if own:
        delegate_store.insert_returns(tx, card.delegation, own)
    if number > card.seen_number:
        delegate_store.update_seen(tx, card.delegation, spent, number)
    return card._replace(spent=spent, seen_number=number)


def begin(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    wanted: Sequence[Wanted],
    came_back: CameBack,
) -> list[Errand | None]:
    """Whether a delegate may make each payment, in their order; None: no delegation's card.

    The delegations' totals are held until this is committed. What a payment before took counts,
    also if the ledger then refuses that one: who asks again in a moment is told otherwise.
    An operation that was written before is not judged again: the ledger has its answer.
    """
    held = delegate_store.locked_of_cards(tx, [each.credential for each in wanted])
    if not held:
        return [None] * len(wanted)
    held = {credential: _brought_up(tx, card, came_back) for credential, card in held.items()}
    totals = {card.delegation: card.spent for card in held.values()}
    uses = delegate_store.operations_of(
        tx, list(totals), [each.operation for each in wanted if each.credential in held]
    )
    sealed = delegate_store.sealed(tx, list(totals))
    book = _Book(key, clock.now(), totals, uses(), sealed())
    errands: list[Errand | None] = []
    for each in wanted:
        card = held.get(each.credential)
        if card is None:
            errands.append(None)
            continue
        refused = book.refusal(card.delegation, each)
        errands.append(Errand(card.delegation, card.principal, refused, card.spent, book.at))
    return errands


def write(
    tx: WriteTx,
    paid: Sequence[tuple[Wanted, Errand]],
    refused: Sequence[tuple[Wanted, Errand]],
) -> None:
    """Write what delegates paid just now, a line each, and what was spent thereafter.

    Of ``refused``, what is an answer for ever is remembered.
    """
    kept = {
        wanted.operation: Remembered(
            errand.delegation,
            wanted.credential,
            errand.refused.code,
            wanted.is_hold,
            wanted.yen,
            wanted.terminal,
        )
        for wanted, errand in refused
        if errand.refused is not None and errand.refused.code in OF_DELEGATES
    }
    if kept:
        delegate_store.insert_refusals(tx, kept, refused[0][1].at)
    if not paid:
        return
    totals: dict[DelegationId, Spent] = {}
    uses = []
    for wanted, errand in paid:
        before = totals.get(errand.delegation, errand.spent)
        today = day_in_tokyo(errand.at)
        totals[errand.delegation] = delegate_rules.after(before, today, wanted.yen)
        did = wanted.operation, wanted.scope, wanted.yen, wanted.terminal
        use = Use(errand.delegation, *did, errand.at)
        uses.append((use, today))
    delegate_store.insert_uses(tx, uses)
    delegate_store.update_totals(tx, totals)


class _Book:
    """What is known of a batch's delegations while its payments are judged one by one."""

    def __init__(
        self,
        key: PersonalKey,
        at: datetime,
        totals: Mapping[DelegationId, Spent],
        done: set[tuple[DelegationId, UUID]],
        sealed: Mapping[DelegationId, Sealed],
    ) -> None:
        self.at = at
        self._today = day_in_tokyo(at)
        self._key, self._totals, self._done, self._sealed = key, dict(totals), done, sealed

    def refusal(self, id_: DelegationId, wanted: Wanted) -> errors.DomainError | None:
        """Why a payment may not be made; None: it may, and counts from now on."""
        if (id_, wanted.operation) in self._done:
            return None
        try:
            self._take(id_, wanted)
        except errors.DomainError as error:
            return error
        return None

    def _take(self, id_: DelegationId, wanted: Wanted) -> None:
        sealed = self._sealed.get(id_)
        if sealed is None:
            raise DelegationEnded  # with the principal's erasure
        own = key_store.opened(self._key, sealed.principal_key)
        delegation = delegate_store.delegation(own, sealed.row)
        delegate_rules.check_use(
            delegation, self._totals[id_], self._today, scope=wanted.scope, yen=wanted.yen
        )
        self._done.add((id_, wanted.operation))
        self._totals[id_] = delegate_rules.after(self._totals[id_], self._today, wanted.yen)
