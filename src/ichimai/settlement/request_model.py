"""What a treasurer asked to be closed, and what is being done for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.settlement.closing_rules import Cycle
from ichimai.settlement.model import RunId


class Doing(StrEnum):
    """What a closing does, in its order; ``PROGRAM`` once for each."""

    BEGIN = "begin"
    CUT_OFF = "cut_off"
    SALES = "sales"
    GIFTS = "gifts"
    CHARGES = "charges"
    PROGRAM = "program"
    WRITE = "write"


class Step(NamedTuple):
    """Step ``number`` (0: it begins) of ``steps``; ``program``: of which one ``PROGRAM`` is."""

    number: int
    steps: int
    doing: Doing
    program: Asset | None = None


Tell = Callable[[Step], None]


def untold(_: Step) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class ClosingRequest:
    """All programs of a cycle, or one program, to be closed up to the end of a day.

    ``refusal``: the code that says why nothing was closed. ``step``: the last one that was told.
    """

    id: RunId
    cycle: Cycle | None
    program: Asset | None
    closes_on: date
    asked_by: UUID
    asked_at: datetime
    ended_at: datetime | None = None
    refusal: str | None = None
    step: Step | None = None

    @property
    def is_running(self) -> bool:
        """Whether it waits, or somebody is at it."""
        return self.ended_at is None
