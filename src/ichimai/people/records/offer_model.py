"""What the operator asks people to consent to on their own page."""

from dataclasses import dataclass
from typing import NewType
from uuid import UUID

from ichimai.people.records.consent_model import Terms

OfferId = NewType("OfferId", UUID)


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms that anybody may consent to by themselves; another version is another offer."""

    id: OfferId
    terms: Terms
