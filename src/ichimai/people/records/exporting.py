"""All that is held of a person, as JSON takes it."""

from datetime import date
from typing import Any
from uuid import UUID

from ichimai import audit
from ichimai.people.records import (
    claim_rules,
    claim_store,
    consent_rules,
    consent_store,
    delegate_store,
    membership_rules,
    membership_store,
    personal_store,
    predicate_store,
)
from ichimai.people.records.claim_model import ClaimKind
from ichimai.people.records.consent_model import DataCategory
from ichimai.people.records.sealing import SubjectKey
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx

_LOOKS_AT_ONCE = 1_000


def by_category(tx: ReadTx, own: SubjectKey, day: date) -> dict[DataCategory, object]:
    """What is known of a person on ``day``, by what one can consent to hand over."""
    details = personal_store.latest(tx, own)
    facts = claim_rules.facts(claim_store.of_subject(tx, own), day)
    return {
        DataCategory.NAME: details.name if details else None,
        DataCategory.KANA: details.kana if details else None,
        DataCategory.PHONE: details.phone if details else None,
        DataCategory.MAIL: details.mail if details else None,
        DataCategory.BIRTH_DATE: facts.get(ClaimKind.BIRTH_DATE),
        DataCategory.RESIDENT_SINCE: facts.get(ClaimKind.RESIDENT_SINCE),
        DataCategory.DISABILITY_GRADE: facts.get(ClaimKind.DISABILITY_GRADE),
        DataCategory.MEMBERSHIPS: [
            {"service": one.service, "number": one.number}
            for one in membership_store.of_member(tx, own)
            if membership_rules.standing(one, day).is_valid
        ],
    }


def everything(tx: ReadTx, own: SubjectKey | None, subject: SubjectId) -> dict[str, object]:
    """All that is held of ``subject``; ``own`` is None when nothing is readable any more."""
    return {
        "subject": str(subject),
        "personal": _personal(tx, own) if own else None,
        "claims": _claims(tx, own) if own else [],
        "memberships": _memberships(tx, own) if own else [],
        "delegations_given": _delegations(tx, own) if own else [],
        "delegations_held": [str(id_) for id_, _ in delegate_store.principals_of(tx, subject)],
        "consents": [
            consent_rules.as_record(consent, str(subject))
            for consent in consent_store.of_subject(tx, subject)
        ],
        "handed_over": [_plain(one._asdict()) for one in consent_store.disclosures_of(tx, subject)],
        "asked_by_services": [
            _plain(one._asdict()) for one in predicate_store.of_subject(tx, subject)
        ],
        "looked_at_by_staff": _looks(tx, subject),
    }


def _personal(tx: ReadTx, own: SubjectKey) -> dict[str, str] | None:
    details = personal_store.latest(tx, own)
    if details is None:
        return None
    names = ("name", "kana", "phone", "mail")
    return {name: getattr(details, name) for name in names}


def _claims(tx: ReadTx, own: SubjectKey) -> list[dict[str, Any]]:
    return [
        _plain(
            {
                "kind": claim.said.kind.value,
                "value": claim.said.value,
                "source": claim.said.source.value,
                "evidence": claim.said.evidence,
                "from_on": claim.said.from_on,
                "until_on": claim.said.until_on,
                "staff": claim.staff,
                "recorded_at": claim.recorded_at,
                "ended_on": claim.ended_on,
                "is_void": claim.is_void,
            }
        )
        for claim in claim_store.of_subject(tx, own)
    ]


def _memberships(tx: ReadTx, own: SubjectKey) -> list[dict[str, Any]]:
    return [
        {
            "service": one.service,
            "kind": one.kind.value,
            "number": one.number,
            "ended_on": _text(one.ended_on),
            "terms": [_plain(term._asdict()) for term in one.terms],
        }
        for one in membership_store.of_member(tx, own)
    ]


def _delegations(tx: ReadTx, own: SubjectKey) -> list[dict[str, Any]]:
    given = delegate_store.of_principal(tx, own)
    uses = delegate_store.uses_of(tx, [delegation.id for delegation in given])
    return [
        {
            "delegation": str(one.id),
            "delegate": str(one.given.delegate),
            "kind": one.given.kind.value,
            "scopes": sorted(one.given.scopes),
            "per_day_yen": one.given.per_day_yen,
            "in_all_yen": one.given.in_all_yen,
            "from_on": _text(one.given.from_on),
            "until_on": _text(one.given.until_on),
            "ended_at": _text(one.ended_at),
            "uses": [_plain(use._asdict()) for use in uses if use.delegation == one.id],
        }
        for one in given
    ]


def _looks(tx: ReadTx, subject: SubjectId) -> list[dict[str, Any]]:
    me, before = audit.Myself(subject), None
    looks: list[dict[str, Any]] = []
    while page := audit.of_subject(tx, me, before=before, limit=_LOOKS_AT_ONCE):
        looks += [_plain(entry._asdict()) for entry in page]
        before = page[-1].number
    return looks


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in fields.items()}


def _text(value: object) -> object:
    """A value as JSON has it: days and instants in ISO 8601."""
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
