"""The bodies of the API about disputes."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct

from ichimai.settlement.model import MOST_WORDS
from ichimai.web.api.staff_types import Person, ProgramKey
from ichimai.web.api.types import OptionalKey, Yen

Words = Annotated[str, Meta(min_length=1, max_length=MOST_WORDS)]


class DisputeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Say that a closing gives the till's shop ``claimed`` units of its program too few."""

    id: OptionalKey = UNSET
    closing: UUID
    claimed: Yen
    reason: Words


class AnswerBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the shop is to get of what it claims, and why; ``part`` with `part` alone."""

    award: Literal["whole", "part", "none"]
    part: Yen | None = None
    finding: Words


class DisputeAnswer(Struct):
    """A dispute: `open`, `proposed` (``units`` and ``finding`` are there) or `decided`.

    ``units`` of the program are put right, in the closing of ``corrected_on``. ``until_on``: the
    last day on which other lines of the same closing may be disputed.
    """

    id: UUID
    closing: UUID
    program: ProgramKey
    closes_on: date
    until_on: date
    shop: UUID
    claimed: int
    reason: str
    opened_at: datetime
    state: str
    units: int | None
    finding: str | None
    proposed_by: Person | None
    decided_by: Person | None
    decided_at: datetime | None
    corrected_on: date | None


class DisputePage(Struct):
    """Disputes, those not decided first, the newest first."""

    items: list[DisputeAnswer]
    next: str | None
