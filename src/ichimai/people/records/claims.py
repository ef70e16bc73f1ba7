"""Attested facts about a person: added, ended, read. Others than staff ask for predicates."""

from ichimai import audit
from ichimai.kernel import Clock, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records import claim_rules, claim_store, key_store, personal_index
from ichimai.people.records.claim_model import Claim, ClaimId, ClaimKind, NewClaim, Source
from ichimai.people.records.claim_rules import is_over
from ichimai.people.records.errors import UnknownClaim
from ichimai.people.records.sealing import PersonalKey, SubjectKey
from ichimai.registry import SubjectId
from ichimai.storage import WriteTx

__all__ = ["Claim", "ClaimId", "ClaimKind", "NewClaim", "Source", "add", "end", "is_over", "read"]


def add(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    look: audit.Look,
    subject: SubjectId,
    *,
    claim: NewClaim,
) -> ClaimId:
    """Attest something. Raises InvalidClaim, MyNumberRefused, ClaimConflicts."""
    now = clock.now()
    checked = claim_rules.checked(claim, day_in_tokyo(now))
    audit.record(tx, clock, look, [subject], audit.What.CLAIMS, is_change=True)
    own = key_store.held(tx, key, SubjectKey.new(subject, ids.uuid7(clock)), now)
    claim_rules.check_alone(checked, claim_store.of_subject(tx, own))
    added = Claim(ClaimId(ids.uuid7(clock)), checked, look.staff, now, None, is_void=False)
    claim_store.insert(tx, own, added)
    personal_index.keep(tx, key, own, day_in_tokyo(now))
    return added.id


def end(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    look: audit.Look,
    subject: SubjectId,
    *,
    claim: ClaimId,
    is_void: bool = False,
) -> None:
    """Let a claim count no longer from today on; ``is_void``: it was never true.

    Raises UnknownClaim, also for one that has ended.
    """
    audit.record(tx, clock, look, [subject], audit.What.CLAIMS, is_change=True)
    now = clock.now()
    own = key_store.held(tx, key, SubjectKey.new(subject, ids.uuid7(clock)), now)
    is_theirs = any(known.id == claim for known in claim_store.of_subject(tx, own))
    today = day_in_tokyo(now)
    if not is_theirs or not claim_store.insert_end(
        tx, claim, ended_on=today, is_void=is_void, staff=look.staff, at=now
    ):
        raise UnknownClaim
    personal_index.keep(tx, key, own, today)


def read(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
) -> list[Claim]:
    """All claims about a person, ended ones too, oldest first."""
    audit.record(tx, clock, by, [subject], audit.What.CLAIMS)
    own = key_store.key_of(tx, key, subject)
    return claim_store.of_subject(tx, own) if own else []
