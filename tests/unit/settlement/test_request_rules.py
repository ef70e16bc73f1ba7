"""Which step of a closing comes when, up to which day it goes, and how often it is tried."""

from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from ichimai.kernel import Asset
from ichimai.settlement.closing_rules import Cycle
from ichimai.settlement.request_model import Doing
from ichimai.settlement.request_rules import day_asked, may_try, place_of, step_of
from tests import tables

PROGRAMS = (Asset("gift"), Asset("points"), Asset("stamps"))
STEPS = """
    doing    program  number  place
    cut_off  -        1       -
    sales    -        2       -
    gifts    -        3       -
    charges  -        4       -
    program  gift     5       1 of 3
    program  points   6       2 of 3
    program  stamps   7       3 of 3
    write    -        8       -
"""
DAYS = """
    cycle    asked       day
    daily    -           2026-10-06
    weekly   -           2026-10-04
    monthly  -           2026-09-30
    weekly   2026-10-05  2026-10-04
    -        2026-10-05  2026-10-05
    -        -           2026-10-04
"""


@tables.each(STEPS)
def test_the_steps_of_a_closing_of_three_programs(row: tables.Row) -> None:
    program = Asset(row["program"]) if "program" in row else None
    step = step_of(Doing(row["doing"]), PROGRAMS, program)
    assert step == (row.units("number"), 8, row["doing"], program)
    if program is not None:
        assert "{} of {}".format(*place_of(step)) == row["place"]


@tables.each(DAYS)
def test_the_day_is_settled_when_it_is_asked_for(row: tables.Row) -> None:
    """On Wednesday 7 October; a cycle has its own day."""
    now = datetime(2026, 10, 7, 0, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    cycle = cast(Cycle, row["cycle"]) if "cycle" in row else None
    asked = date.fromisoformat(row["asked"]) if "asked" in row else None
    assert day_asked(cycle, asked, now) == date.fromisoformat(row["day"])


def test_a_closing_is_tried_three_times() -> None:
    assert [may_try(attempts) for attempts in range(5)] == [True, True, True, False, False]
