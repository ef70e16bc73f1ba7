"""Consents to hand data over, after ISO/IEC TS 27560."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

ConsentId = NewType("ConsentId", UUID)


class DataCategory(StrEnum):
    """What can be handed over."""

    NAME = "name"
    KANA = "kana"
    BIRTH_DATE = "birth_date"
    PHONE = "phone"
    MAIL = "mail"
    RESIDENT_SINCE = "resident_since"
    DISABILITY_GRADE = "disability_grade"
    MEMBERSHIPS = "memberships"


class LegalBasis(StrEnum):
    """The article that asks for the consent (個人情報の保護に関する法律)."""

    PUBLIC_BODY = "appi_69_2_1"
    """69条2項1号: an administrative organ hands data over with the person's consent."""

    PRIVATE_BODY = "appi_27_1"
    """27条1項: a business hands data to a third party with the person's consent."""


class How(StrEnum):
    """In what way a consent was given or withdrawn."""

    COUNTER = "counter"
    MY_PAGE = "my_page"
    PAPER = "paper"
    ERASURE = "erasure"
    """Withdrawn because the person had all personal data erased."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person is asked to consent to. ``text``: as it was shown; its hash is kept.

    ``service``: whose use it is, by key; ``controller`` answers for the data, ``recipient`` gets
    them. ``until_on``: None: until withdrawn.
    """

    service: str
    controller: str
    purpose: str
    categories: frozenset[DataCategory]
    recipient: str
    legal_basis: LegalBasis
    text: str
    text_version: str
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be handed over to ``service``; whatever is not said may be anything.

    ``categories``: none: all that were consented to. ``text_sha256``: of the text that was shown.
    """

    service: str
    purpose: str | None = None
    recipient: str | None = None
    categories: frozenset[DataCategory] = frozenset()
    text_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent as it was given, and when it was withdrawn. ``staff``: nil: by the person."""

    id: ConsentId
    service: str
    controller: str
    purpose: str
    categories: frozenset[DataCategory]
    recipient: str
    legal_basis: LegalBasis
    given_how: How
    text_version: str
    text_sha256: bytes
    given_at: datetime
    until_on: date | None
    staff: UUID
    withdrawn_at: datetime | None
    withdrawn_how: How | None

    def covers_on(self, day: date) -> bool:
        """Whether it still holds on ``day``."""
        return self.withdrawn_at is None and (self.until_on is None or day <= self.until_on)
