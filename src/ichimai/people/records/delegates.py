"""Guardians, carers and family who act for a person: each with a card and a log of their own."""

from datetime import date
from uuid import UUID

from ichimai import audit
from ichimai.kernel import Clock, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.people.records import (
    claim_rules,
    claim_store,
    delegate_rules,
    delegate_store,
    key_store,
)
from ichimai.people.records.delegate_model import (
    DelegateKind,
    Delegation,
    DelegationId,
    NewDelegation,
    Scope,
    Use,
)
from ichimai.people.records.errors import (
    CredentialInUse,
    DelegationEnded,
    DifferentUse,
    UnknownDelegation,
)
from ichimai.people.records.sealing import PersonalKey, SubjectKey
from ichimai.registry import SubjectId
from ichimai.storage import WriteTx

__all__ = [
    "DelegateKind",
    "Delegation",
    "DelegationId",
    "NewDelegation",
    "Scope",
    "Use",
    "add",
    "check",
    "end",
    "held",
    "read",
    "use",
    "uses",
]


def add(
    tx: WriteTx, key: PersonalKey, clock: Clock, look: audit.Look, new: NewDelegation
) -> DelegationId:
    """Let somebody act for a person. Raises what ``delegate_rules.check_new`` raises."""
    both = [new.principal, new.delegate]
    audit.record(tx, clock, look, both, audit.What.DELEGATES, is_change=True)
    now = clock.now()
    today = day_in_tokyo(now)
    own = key_store.held(tx, key, SubjectKey.new(new.principal, ids.uuid7(clock)), now)
    _check(tx, own, new, today)
    made = Delegation(DelegationId(ids.uuid7(clock)), new, look.staff, now, None)
    if not delegate_store.insert(tx, own, made):
        raise CredentialInUse
    return made.id


def check(
    tx: WriteTx, key: PersonalKey, clock: Clock, look: audit.Look, new: NewDelegation
) -> None:
    """Make sure that somebody may act, before there is a card for it. Raises what ``add`` does."""
    audit.record(tx, clock, look, [new.principal, new.delegate], audit.What.DELEGATES)
    _check(tx, key_store.key_of(tx, key, new.principal), new, day_in_tokyo(clock.now()))


def _check(tx: WriteTx, own: SubjectKey | None, new: NewDelegation, today: date) -> None:
    facts = claim_rules.facts(claim_store.of_subject(tx, own), today) if own else {}
    known = delegate_store.of_principal(tx, own) if own else []
    delegate_rules.check_new(new, known, today, claim_rules.birth_date(facts))


def end(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
    *,
    delegation: DelegationId,
) -> None:
    """End what a person let somebody do, at once; again changes nothing.

    Raises UnknownDelegation.
    """
    audit.record(tx, clock, by, [subject], audit.What.DELEGATES, is_change=True)
    own = key_store.key_of(tx, key, subject)
    known = delegate_store.of_principal(tx, own) if own else []
    if all(one.id != delegation for one in known):
        raise UnknownDelegation
    # A use that is under way ends first, or sees the end: nothing is used after it.
    delegate_store.locked_total(tx, delegation)
    staff = NIL if isinstance(by, audit.Myself) else by.staff
    delegate_store.insert_ends(tx, [delegation], staff, clock.now())


def use(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    credential: UUID,
    scope: Scope,
    *,
    operation: UUID,
    yen: int = 0,
    terminal: UUID = NIL,
) -> SubjectId:
    """Write what a delegate does with their card, before it is done; for whom it is done.

    ``credential``: the sector's reference of the card. The same operation counts once.
    Raises UnknownDelegation, DifferentUse and what ``delegate_rules.check_use`` raises.
    """
    found = delegate_store.principal_of(tx, credential)
    if found is None:
        raise UnknownDelegation
    id_, principal = found
    spent = delegate_store.locked_total(tx, id_)
    before = delegate_store.use_of(tx, id_, operation)
    if before is not None:
        if (before.scope, before.yen) != (scope, yen):
            raise DifferentUse
        return principal
    now = clock.now()
    today = day_in_tokyo(now)
    own = key_store.key_of(tx, key, principal)
    known = delegate_store.of_principal(tx, own) if own else []
    delegation = next((one for one in known if one.id == id_), None)
    if delegation is None:
        raise DelegationEnded  # with the principal's erasure
    delegate_rules.check_use(delegation, spent, today, scope=scope, yen=yen)
    one = Use(id_, operation, scope, yen, terminal, now)
    delegate_store.insert_use(tx, one, today, delegate_rules.after(spent, today, yen))
    return principal


def read(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
) -> list[Delegation]:
    """What a person has let others do, ended ones too, oldest first."""
    audit.record(tx, clock, by, [subject], audit.What.DELEGATES)
    own = key_store.key_of(tx, key, subject)
    return delegate_store.of_principal(tx, own) if own else []


def held(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
) -> list[Delegation]:
    """What others let a person do, ended ones too, oldest first."""
    audit.record(tx, clock, by, [subject], audit.What.DELEGATES)
    found = []
    for id_, principal in delegate_store.principals_of(tx, subject):
        own = key_store.key_of(tx, key, principal)
        known = delegate_store.of_principal(tx, own) if own else []
        found += [delegation for delegation in known if delegation.id == id_]
    return found


def uses(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
) -> list[Use]:
    """What delegates did for a person, oldest first."""
    known = read(tx, key, clock, by, subject)
    return delegate_store.uses_of(tx, [delegation.id for delegation in known])
