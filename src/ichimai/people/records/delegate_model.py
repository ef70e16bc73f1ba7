"""People who act for others."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, NewType
from uuid import UUID

from ichimai.registry import SubjectId

DelegationId = NewType("DelegationId", UUID)


class DelegateKind(StrEnum):
    """In what relation."""

    GUARDIAN = "guardian"
    """保護者・法定代理人 of a child."""

    CARER = "carer"
    """介護者."""

    FAMILY = "family"
    """家族: such as who shops for a recipient of the 米寿 gift."""


class Scope(StrEnum):
    """What a delegate may do."""

    PAY = "pay"
    """買い物をする."""

    COLLECT = "collect"
    """受け取る: gifts, cards, letters."""


@dataclass(frozen=True, slots=True)
class NewDelegation:
    """What a principal lets a delegate do, with a card of its own.

    ``credential``: the sector's reference of that card. ``until_on`` included.
    """

    principal: SubjectId
    delegate: SubjectId
    credential: UUID
    kind: DelegateKind
    scopes: frozenset[Scope]
    per_day_yen: int
    in_all_yen: int
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Delegation:
    """A delegation, and when it was ended before its last day."""

    id: DelegationId
    given: NewDelegation
    staff: UUID
    recorded_at: datetime
    ended_at: datetime | None

    def is_live_on(self, day: date) -> bool:
        """Whether it holds on ``day``."""
        return self.ended_at is None and self.given.from_on <= day <= self.given.until_on


class Spent(NamedTuple):
    """What was spent under a delegation: in all, and on the day ``day_on``."""

    in_all_yen: int
    day_on: date
    day_yen: int


class Use(NamedTuple):
    """One thing that a delegate did; ``yen`` below zero: what came back of it, by a refund."""

    delegation: DelegationId
    operation: UUID
    scope: Scope
    yen: int
    terminal: UUID
    used_at: datetime


class Back(NamedTuple):
    """What came back of ``operation``: by a refund, or because a hold was not used up."""

    refund: UUID
    operation: UUID
    yen: int
    at: datetime


class Remembered(NamedTuple):
    """A payment of a delegate that was refused, for ever."""

    delegation: DelegationId
    credential: UUID
    code: str
    is_hold: bool
    yen: int
    terminal: UUID
