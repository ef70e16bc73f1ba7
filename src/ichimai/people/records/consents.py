"""Consents: given for one service, purpose and recipient, read, and withdrawn at any time."""

from collections.abc import Mapping

from ichimai import audit
from ichimai.kernel import Clock, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.people.records import consent_rules, consent_store, sealing
from ichimai.people.records.consent_model import (
    Consent,
    ConsentId,
    DataCategory,
    How,
    LegalBasis,
    Terms,
    Wanted,
)
from ichimai.people.records.errors import UnknownConsent
from ichimai.registry import SubjectId
from ichimai.storage import WriteTx

__all__ = [
    "Consent",
    "ConsentId",
    "DataCategory",
    "How",
    "LegalBasis",
    "Terms",
    "Wanted",
    "as_record",
    "give",
    "read",
    "withdraw",
]


def give(
    tx: WriteTx,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
    *,
    terms: Terms,
    how: How,
) -> ConsentId:
    """Keep a consent. Raises InvalidConsent, MyNumberRefused."""
    now = clock.now()
    consent_rules.check(terms, how, day_in_tokyo(now))
    audit.record(tx, clock, by, [subject], audit.What.CONSENTS, is_change=True)
    consent = Consent(
        id=ConsentId(ids.uuid7(clock)),
        service=terms.service,
        controller=terms.controller,
        purpose=terms.purpose,
        categories=terms.categories,
        recipient=terms.recipient,
        legal_basis=terms.legal_basis,
        given_how=how,
        text_version=terms.text_version,
        text_sha256=sealing.text_sha256(terms.text),
        given_at=now,
        until_on=terms.until_on,
        staff=NIL if isinstance(by, audit.Myself) else by.staff,
        withdrawn_at=None,
        withdrawn_how=None,
    )
    consent_store.insert(tx, subject, consent)
    return consent.id


def withdraw(
    tx: WriteTx,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
    *,
    consent: ConsentId,
    how: How,
) -> None:
    """Withdraw a consent; nothing more is handed over under it. Again changes nothing.

    Raises UnknownConsent.
    """
    audit.record(tx, clock, by, [subject], audit.What.CONSENTS, is_change=True)
    if all(known.id != consent for known in consent_store.of_subject(tx, subject)):
        raise UnknownConsent
    staff = NIL if isinstance(by, audit.Myself) else by.staff
    consent_store.insert_withdrawals(tx, [consent], how=how, staff=staff, at=clock.now())


def read(
    tx: WriteTx, clock: Clock, by: audit.Look | audit.Myself, subject: SubjectId
) -> list[Consent]:
    """A person's consents, withdrawn ones too, oldest first."""
    audit.record(tx, clock, by, [subject], audit.What.CONSENTS)
    return consent_store.of_subject(tx, subject)


def as_record(consent: Consent, subject: SubjectId) -> Mapping[str, object]:
    """A consent as others exchange it: ISO/IEC TS 27560:2023."""
    return consent_rules.as_record(consent, str(subject))
