"""Attested facts about a person."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

ClaimId = NewType("ClaimId", UUID)


class ClaimKind(StrEnum):
    """What a claim says; its value in brackets."""

    BIRTH_DATE = "birth_date"
    """生年月日 (a day, YYYY-MM-DD)."""

    RESIDENT_SINCE = "resident_since"
    """住民となった日 (a day)."""

    DISABILITY_GRADE = "disability_grade"
    """障害者手帳の等級 (1 to 7)."""

    WORKS_IN_TOWN = "works_in_town"
    """在勤 (nothing)."""

    STUDIES_IN_TOWN = "studies_in_town"
    """在学 (nothing)."""

    DISTRICT = "district"
    """住んでいる地区 (its name, as the town has it)."""


class Source(StrEnum):
    """Who says so."""

    LIST = "list"
    """A list that an office gave us; the evidence names the list."""

    DOCUMENT = "document"
    """A document that a member of staff saw; the evidence names its kind, never its number."""

    ADAPTER = "adapter"
    """Another system; the evidence names it."""


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A claim to be added: counts from ``from_on`` to ``until_on``, None being without end."""

    kind: ClaimKind
    value: str
    source: Source
    evidence: str
    from_on: date
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, who attested it, and from which day on it no longer counts (``ended_on``).

    A void one was never true.
    """

    id: ClaimId
    said: NewClaim
    staff: UUID
    recorded_at: datetime
    ended_on: date | None
    is_void: bool
