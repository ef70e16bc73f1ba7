"""The tables of consents: consent, consent_withdrawal, disclosure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ichimai.people.records.consent_model import (
    Consent,
    ConsentId,
    DataCategory,
    How,
    LegalBasis,
    Wanted,
)
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Texts


class Disclosure(NamedTuple):
    """What was handed over under a consent, by whom and when."""

    consent: ConsentId
    categories: list[str]
    staff: UUID
    disclosed_at: datetime


def insert(tx: WriteTx, subject: UUID, consent: Consent) -> None:
    """Write a consent."""
    tx.execute(
        "INSERT INTO consent (id, subject, service, controller, purpose, categories, recipient,"
        " legal_basis, given_how, text_version, text_sha256, given_at, until_on, staff)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            consent.id,
            subject,
            consent.service,
            consent.controller,
            consent.purpose,
            Texts(sorted(consent.categories)),
            consent.recipient,
            consent.legal_basis.value,
            consent.given_how.value,
            consent.text_version,
            consent.text_sha256,
            consent.given_at,
            consent.until_on,
            consent.staff,
        ),
    )


def insert_withdrawals(
    tx: WriteTx, consents: Sequence[ConsentId], *, how: How, staff: UUID, at: datetime
) -> None:
    """Withdraw consents; of those withdrawn before, the first withdrawal stays."""
    tx.execute_many(
        "INSERT INTO consent_withdrawal (consent, withdrawn_how, staff, withdrawn_at)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (consent) DO NOTHING",
        [(consent, how.value, staff, at) for consent in consents],
    )


def of_subject(tx: ReadTx, subject: UUID) -> list[Consent]:
    """A person's consents, withdrawn ones too, oldest first."""
    rows = tx.rows(
        "SELECT id, service, controller, purpose, categories, recipient, legal_basis, given_how,"
        " text_version, text_sha256, given_at, until_on, consent.staff, withdrawn_at,"
        " withdrawn_how FROM consent"
        " LEFT JOIN consent_withdrawal ON consent_withdrawal.consent = consent.id"
        " WHERE subject = %s ORDER BY id",
        [subject],
    )
    return [
        Consent(
            id=ConsentId(row[0]),
            service=row[1],
            controller=row[2],
            purpose=row[3],
            categories=frozenset(DataCategory(category) for category in row[4]),
            recipient=row[5],
            legal_basis=LegalBasis(row[6]),
            given_how=How(row[7]),
            text_version=row[8],
            text_sha256=bytes(row[9]),
            given_at=row[10],
            until_on=row[11],
            staff=row[12],
            withdrawn_at=row[13],
            withdrawn_how=How(row[14]) if row[14] else None,
        )
        for row in rows
    ]


def consenting(tx: ReadTx, wanted: Wanted, day: date) -> list[SubjectId]:
    """Who consented, until ``day`` or longer, to the text and use of ``wanted``; each once."""
    rows = tx.rows(
        "SELECT DISTINCT subject FROM consent WHERE text_sha256 = %s AND service = %s"
        " AND purpose = %s AND recipient = %s AND (until_on IS NULL OR until_on >= %s)"
        " AND NOT EXISTS (SELECT 1 FROM consent_withdrawal WHERE consent = consent.id)"
        " ORDER BY subject",
        (wanted.text_sha256, wanted.service, wanted.purpose, wanted.recipient, day),
    )
    return [SubjectId(subject) for (subject,) in rows]


def insert_disclosure(tx: WriteTx, id_: UUID, subject: UUID, handed: Disclosure) -> None:
    """Write what is handed over."""
    tx.execute(
        "INSERT INTO disclosure (id, subject, consent, categories, staff, disclosed_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (
            id_,
            subject,
            handed.consent,
            Texts(handed.categories),
            handed.staff,
            handed.disclosed_at,
        ),
    )


def disclosures_of(tx: ReadTx, subject: UUID) -> list[Disclosure]:
    """What was handed over of a person, oldest first."""
    rows = tx.rows(
        "SELECT consent, categories, staff, disclosed_at FROM disclosure WHERE subject = %s"
        " ORDER BY id",
        [subject],
    )
    return [Disclosure(*row) for row in rows]
