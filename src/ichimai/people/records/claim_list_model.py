"""What a list of facts says of people, and what comes of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from ichimai.people.records.claim_model import ClaimId, ClaimKind, NewClaim


@dataclass(frozen=True, slots=True)
class Said:
    """What one row says of one person.

    ``value``: None says that it counts no longer, after ``until_on`` or from today on. No
    ``from_on``: from the day that the value names, or from today on. No ``until_on``: nothing is
    said of an end.
    """

    kind: ClaimKind
    value: str | None
    from_on: date | None = None
    until_on: date | None = None


class Difference(StrEnum):
    """Why what a list says is not taken."""

    BIRTH_DATE = "birth_date"
    """Another birth date is known, and nobody is born twice."""

    DOCUMENT = "document"
    """Staff saw something else on a document, and the list names no later day for it."""

    LATER = "later"
    """What is known is of a later day than what the list says."""


class Ending(NamedTuple):
    """From which day on a claim no longer counts; a void one was never true."""

    claim: ClaimId
    ended_on: date
    is_void: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written of a person: claims that end, and one that begins."""

    ends: tuple[Ending, ...] = ()
    new: NewClaim | None = None


Outcome = Change | Difference | None
"""None: it is known already."""
