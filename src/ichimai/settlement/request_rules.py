"""Which day is asked for, which step comes when, and how often a closing is tried."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from ichimai.kernel import Asset
from ichimai.settlement import closing_rules, rules
from ichimai.settlement.closing_rules import Cycle
from ichimai.settlement.request_model import Doing, Step

MOST_ATTEMPTS: Final = 3
"""So often a process may die over one closing before it is given up."""

_BEFORE: Final = (Doing.CUT_OFF, Doing.SALES, Doing.GIFTS, Doing.CHARGES)


def day_asked(cycle: Cycle | None, closes_on: date | None, now: datetime) -> date:
    """Up to when to close: a cycle's last day that is over, or a program's day as it is asked."""
    if cycle is not None:
        return closing_rules.day_to_close(cycle, now)
    return closes_on or rules.week_to_close(now)


def step_of(doing: Doing, programs: Sequence[Asset], program: Asset | None = None) -> Step:
    """Which step of the closing of ``programs`` this is; ``program``: whose ``PROGRAM`` is."""
    steps = len(_BEFORE) + len(programs) + 1
    if program is not None:
        return Step(len(_BEFORE) + 1 + programs.index(program), steps, doing, program)
    number = steps if doing is Doing.WRITE else _BEFORE.index(doing) + 1
    return Step(number, steps, doing)


def place_of(step: Step) -> tuple[int, int]:
    """The how manieth program a step is about, of how many."""
    return step.number - len(_BEFORE), step.steps - len(_BEFORE) - 1


def may_try(attempts: int) -> bool:
    """Whether a closing that broke off so often is tried once more."""
    return attempts < MOST_ATTEMPTS
