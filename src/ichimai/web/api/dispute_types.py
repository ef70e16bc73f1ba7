"""The bodies of the API about disputes."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct

from ichimai.settlement.model import MOST_WORDS
from ichimai.web.api.settling_types import Party
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


class DebtDisputeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Say that what one party owes another is wrong, and why."""

    id: OptionalKey = UNSET
    reason: Words


class DebtAnswerBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What was found: of a debt nothing is awarded, it stands as it was."""

    finding: Words


class DebtDisputeAnswer(Struct):
    """A dispute of a debt: `open`, `proposed` (``finding`` is there) or `decided`."""

    id: UUID
    reason: str
    opened_by: Person
    opened_at: datetime
    state: str
    finding: str | None
    proposed_by: Person | None
    decided_by: Person | None
    decided_at: datetime | None


class DebtAnswer(Struct):
    """``debtor`` owes ``creditor`` so many yen because of a closing, and who disputed it last.

    ``is_to_itself``: the debtor is the creditor too, and funds this within its own budget: no money
    moves, but a closing adds up only with it. ``why``: `use`, `issue`, `fee`, `correction` or
    `bill`. ``until_on``: the last day on which it may be disputed. While a dispute is not decided,
    no netting has it.
    """

    id: UUID
    debtor: Party
    creditor: Party
    is_to_itself: bool
    yen: int
    why: str
    closes_on: date
    until_on: date
    dispute: DebtDisputeAnswer | None


class DebtPage(Struct):
    """Debts that may still be disputed, or were; those in dispute first."""

    items: list[DebtAnswer]
    next: str | None


class DisputePage(Struct):
    """Disputes, those not decided first, the newest first."""

    items: list[DisputeAnswer]
    next: str | None
