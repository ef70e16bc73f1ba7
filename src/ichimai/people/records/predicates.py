"""What others may know of a person: yes or no to a few questions, and nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ichimai import audit
from ichimai.kernel import Clock, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records import (
    claim_rules,
    claim_store,
    key_store,
    membership_store,
    predicate_rules,
    predicate_store,
)
from ichimai.people.records.errors import (
    ThresholdNotAllowed,
    TooManyThresholds,
    UnknownPredicate,
)
from ichimai.people.records.predicate_rules import Ask, Policy
from ichimai.people.records.predicate_store import Asked, Curious
from ichimai.people.records.sealing import PersonalKey
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx

__all__ = [
    "Ask",
    "Asked",
    "Curious",
    "Policy",
    "Refused",
    "ask",
    "asked_about",
    "by_shop",
    "curious",
    "shop_in",
    "understood",
]

Refused = ThresholdNotAllowed | TooManyThresholds
"""Returned and not raised, so that what was asked for is written: raise it after the commit."""

_SHOP: Final = "shop:"
_FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_POLICY: Final = Policy()


def understood(text: str) -> Ask | None:
    """What a predicate asks; None: it is none."""
    try:
        return predicate_rules.parse([text])[0]
    except UnknownPredicate:
        return None


def by_shop(shop: UUID) -> str:
    """The service that a shop is when it asks at its till."""
    return f"{_SHOP}{shop}"


def shop_in(service: str) -> UUID | None:
    """Which shop asked; None: none did."""
    return UUID(service.removeprefix(_SHOP)) if service.startswith(_SHOP) else None


def ask(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    subject: SubjectId,
    asks: Sequence[str],
    *,
    service: str | None,
    policy: Policy = _POLICY,
) -> dict[str, bool] | Refused:
    """What of ``asks`` is true of a person today; ``service``: who asks, None being the operator.

    What is unknown is not true. Raises TooManyPredicates, UnknownPredicate.
    """
    parsed = predicate_rules.parse(asks)
    now = clock.now()
    day = day_in_tokyo(now)
    who = service or ""
    ages = predicate_rules.ages_of(parsed)
    predicate_store.lock(tx, subject, who)
    before = predicate_store.ages_answered(tx, subject, who, now - policy.within)
    refusal = predicate_rules.refusal(policy, ages, before)
    code = refusal.code if refusal else ""
    asked = Asked(who, list(asks), code, now)
    predicate_store.insert(tx, ids.uuid7(clock), subject, asked, ages=ages)
    if refusal:
        return refusal
    own = key_store.key_of(tx, key, subject)
    facts = claim_rules.facts(claim_store.of_subject(tx, own), day) if own else {}
    memberships = membership_store.services_of(tx, subject, day) if own else set()
    return {one.text: predicate_rules.answer(one, facts, memberships, day) for one in parsed}


def asked_about(tx: ReadTx, me: audit.Myself) -> list[Asked]:
    """What services asked about me, oldest first; not what they were told."""
    return predicate_store.of_subject(tx, me.subject)


def curious(tx: ReadTx, since: datetime, *, until: datetime | None = None) -> list[Curious]:
    """Which services asked for ages that they may not ask for: for the daily watch."""
    return predicate_store.refused_between(tx, since, until or _FOREVER)
