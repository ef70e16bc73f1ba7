"""Why a report is not made."""

from dataclasses import dataclass
from datetime import date

from ichimai.kernel.errors import Conflict, Invalid


@dataclass(eq=False)
class DayOutOfReach(Invalid):
    """Reports are of days that have begun, and not of another century."""

    first: date
    today: date
    code = "day_out_of_reach"
    public = ("first", "today")


@dataclass(eq=False)
class PeriodBackwards(Invalid):
    """The period ends before it begins."""

    code = "period_backwards"


@dataclass(eq=False)
class NotWholeMonths(Invalid):
    """Shares are of whole calendar months that are over, and of at most 60."""

    last_month: date
    code = "not_whole_months"
    public = ("last_month",)


@dataclass(eq=False)
class ReportDiffers(Conflict):
    """The lots of a program do not come to the balances of its accounts."""

    program: str
    expected: int
    found: int
    code = "report_differs"
    public = ("program",)


@dataclass(eq=False)
class NoTerms(Conflict):
    """There are units on cards of a program that nobody has written down."""

    program: str
    code = "no_terms"
    public = ("program",)
