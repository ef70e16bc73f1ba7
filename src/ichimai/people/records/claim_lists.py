"""Lists of facts about many people: compared with what is known, and taken, person by person."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from ichimai import audit
from ichimai.kernel import Clock, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records import (
    claim_list_rules,
    claim_rules,
    claim_store,
    key_store,
    personal_index,
)
from ichimai.people.records.claim_list_model import Change, Difference, Outcome, Said
from ichimai.people.records.claim_model import Claim, ClaimId
from ichimai.people.records.sealing import PersonalKey, SubjectKey
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx

__all__ = [
    "Change",
    "Difference",
    "Outcome",
    "Said",
    "check",
    "compare",
    "erased",
    "named",
    "take",
]

_AT_ONCE = 20
"""Of whom one look may tell something."""

Wanted = Mapping[SubjectId, Sequence[Said]]
Outcomes = dict[SubjectId, list[Outcome]]


def named(list_name: str) -> str:
    """What a list is called, 1 to 60 characters. Raises InvalidClaim, MyNumberRefused."""
    return claim_rules.checked_evidence(list_name)


def check(clock: Clock, list_name: str, said: Said) -> None:
    """Make sure that ``said`` is a fact of its kind. Raises InvalidClaim."""
    today = day_in_tokyo(clock.now())
    if said.value is not None:
        claim_rules.checked(claim_list_rules.claim_of(said, list_name, today), today)


def erased(tx: ReadTx, subjects: Sequence[SubjectId]) -> set[UUID]:
    """Whose record was erased and not begun anew since: no list begins it again."""
    return key_store.erased(tx, subjects)


def compare(
    tx: WriteTx, key: PersonalKey, clock: Clock, look: audit.Look, wanted: Wanted
) -> Outcomes:
    """What a list would change of what is known. Writes nothing of it.

    Whoever is told of a difference has looked at that person's record: that is in the log.
    """
    found = _compared(tx, key, clock, look, wanted)
    told = [subject for subject, outcomes in found.items() if _differ(outcomes)]
    for start in range(0, len(told), _AT_ONCE):
        audit.record(tx, clock, look, told[start : start + _AT_ONCE], audit.What.CLAIMS)
    return found


def take(tx: WriteTx, key: PersonalKey, clock: Clock, look: audit.Look, wanted: Wanted) -> Outcomes:
    """Write what a list changes, of those for whom it changes something.

    The outcomes are those that were found when each record was held: where one is a difference,
    nothing of that person was written, and the caller should not commit.
    """
    before = _compared(tx, key, clock, look, wanted)
    changed = [subject for subject, outcomes in before.items() if any(outcomes)]
    audit.record(tx, clock, look, changed, audit.What.CLAIMS, is_change=True)
    return {
        subject: _taken(tx, key, clock, look, subject, said=wanted[subject]) for subject in changed
    }


def _compared(
    tx: ReadTx, key: PersonalKey, clock: Clock, look: audit.Look, wanted: Wanted
) -> Outcomes:
    found = {}
    for subject, said in wanted.items():
        own = key_store.key_of(tx, key, subject)
        known = claim_store.of_subject(tx, own) if own else []
        found[subject] = _decided(known, clock, look, said)
    return found


def _decided(
    known: Sequence[Claim], clock: Clock, look: audit.Look, said: Sequence[Said]
) -> list[Outcome]:
    today = day_in_tokyo(clock.now())
    return [claim_list_rules.decide(known, one, look.note, today) for one in said]


def _differ(outcomes: Sequence[Outcome]) -> bool:
    return any(isinstance(outcome, Difference) for outcome in outcomes)


def _taken(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    look: audit.Look,
    subject: SubjectId,
    *,
    said: Sequence[Said],
) -> list[Outcome]:
    now = clock.now()
    own = key_store.held(tx, key, SubjectKey.new(subject, ids.uuid7(clock)), now)
    outcomes = _decided(claim_store.of_subject(tx, own), clock, look, said)
    if _differ(outcomes):
        return outcomes
    for outcome in outcomes:
        if isinstance(outcome, Change):
            _write(tx, clock, look, own, outcome)
    personal_index.keep(tx, key, own, day_in_tokyo(now))
    return outcomes


def _write(tx: WriteTx, clock: Clock, look: audit.Look, own: SubjectKey, change: Change) -> None:
    now = clock.now()
    for claim, ended_on, is_void in change.ends:
        claim_store.insert_end(
            tx, claim, ended_on=ended_on, is_void=is_void, staff=look.staff, at=now
        )
    if change.new is not None:
        id_ = ClaimId(ids.uuid7(clock))
        claim_store.insert(tx, own, Claim(id_, change.new, look.staff, now, None, is_void=False))
