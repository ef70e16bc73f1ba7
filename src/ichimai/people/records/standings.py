"""What programs ask of people when they earn: asked by rules, and told to nobody."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from ichimai.people.records import (
    claim_rules,
    claim_store,
    key_store,
    membership_store,
    predicate_rules,
)
from ichimai.people.records.claim_model import ClaimKind
from ichimai.people.records.sealing import PersonalKey
from ichimai.storage import ReadTx

__all__ = ["Standing", "standings"]


class Standing(NamedTuple):
    """Which predicates hold for a person, and what else programs ask; unknown: not so."""

    holds: frozenset[str] = frozenset()
    district: str = ""
    is_birthday_month: bool = False


def standings(
    tx: ReadTx, key: PersonalKey, subjects: Collection[UUID], asks: Sequence[str], day: date
) -> dict[UUID, Standing]:
    """The standing of each person on ``day``. Raises UnknownPredicate for a wrong text."""
    parsed = [predicate_rules.parse([text])[0] for text in asks]
    return {subject: _standing(tx, key, subject, parsed, day) for subject in subjects}


def _standing(
    tx: ReadTx,
    key: PersonalKey,
    subject: UUID,
    parsed: Sequence[predicate_rules.Ask],
    day: date,
) -> Standing:
    own = key_store.key_of(tx, key, subject)
    if own is None:
        return Standing()
    facts = claim_rules.facts(claim_store.of_subject(tx, own), day)
    memberships = membership_store.services_of(tx, subject, day)
    born_on = claim_rules.birth_date(dict(facts))
    return Standing(
        holds=frozenset(
            one.text for one in parsed if predicate_rules.answer(one, facts, memberships, day)
        ),
        district=facts.get(_DISTRICT, "") if _DISTRICT else "",
        is_birthday_month=born_on is not None and born_on.month == day.month,
    )


_DISTRICT = next((kind for kind in ClaimKind if kind.value == "district"), None)
