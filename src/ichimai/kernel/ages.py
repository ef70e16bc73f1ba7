"""Ages under Japanese law and custom, compiled to the birth dates that qualify.

Sources: 年齢計算ニ関スル法律, 民法143条, 年齢のとなえ方に関する法律, and the windows that
municipalities print for their gifts. Somebody born on 29 February has the birthday on
1 March in other years (the law: the age is reached when 28 February ends).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ichimai.kernel.errors import Invalid

OLDEST_YEARS = 150

_EARLIEST, _LATEST = date(1873, 1, 1), date(2100, 12, 31)
_DAY = timedelta(days=1)


@dataclass(eq=False)
class InvalidRule(Invalid):
    """A rule takes 0 (数え年: 1) to 150 years and a reference date from 1873 to 2100."""

    code = "invalid_rule"


class Basis(StrEnum):
    """Over what time the number of years must be true or come true."""

    ON_DATE = "on_date"
    """Is that old on the reference date."""

    WITHIN_FISCAL_YEAR = "within_fiscal_year"
    """Reaches it from 1 April to 31 March around the reference date."""

    WITHIN_CALENDAR_YEAR = "within_calendar_year"
    """Reaches it in the year of the reference date."""


class Counting(StrEnum):
    """When one becomes a year older."""

    BIRTHDAY = "birthday"
    """On the birthday, as municipal gifts count."""

    LEGAL_EVE = "legal_eve"
    """When the day before the birthday ends, as the law counts."""

    KAZOE = "kazoe"
    """数え年: one at birth, and one more each 1 January. Say so where it is used (law 96, 1949)."""


@dataclass(frozen=True, slots=True)
class Window:
    """The days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class AgeRule:
    """Who is or becomes ``years`` old. Raises InvalidRule."""

    years: int
    basis: Basis
    counting: Counting
    reference_date: date

    def __post_init__(self) -> None:
        _check(self.years, self.reference_date, fewest=int(self.counting is Counting.KAZOE))

    def window(self) -> Window:
        """The birth dates that qualify."""
        return _window(self.years, self.basis, self.counting, self.reference_date)


@dataclass(frozen=True, slots=True)
class MarriageRule:
    """Who has or will have been married for ``years`` (金婚: 50). Raises InvalidRule."""

    years: int
    basis: Basis
    reference_date: date

    def __post_init__(self) -> None:
        _check(self.years, self.reference_date, fewest=0)

    def window(self) -> Window:
        """The days of marriage (registration) that qualify."""
        return _window(self.years, self.basis, Counting.BIRTHDAY, self.reference_date)


def attained(birth: date, years: int, counting: Counting) -> date:
    """The day on which one born on ``birth`` is first ``years`` old.

    By LEGAL_EVE it is the day at whose end (24:00) the age is reached, never before birth.
    """
    if counting is Counting.KAZOE:
        return max(birth, date(birth.year + years - 1, 1, 1))
    birthday = _day_or_next(birth.year + years, birth.month, birth.day)
    return max(birth, birthday - _DAY) if counting is Counting.LEGAL_EVE else birthday


def age_on(day: date, birth: date, counting: Counting) -> int:
    """The age on ``day`` of one born on ``birth``; −1 (数え年: 0) before birth."""
    if day < birth:
        return -int(counting is not Counting.KAZOE)
    if counting is Counting.KAZOE:
        return day.year - birth.year + 1
    years = day.year - birth.year
    # The eve of a birthday on 1 January is in the year before.
    return next(
        age for age in (years + 1, years, years - 1) if attained(birth, age, counting) <= day
    )


def years_married(day: date, married_on: date) -> int:
    """The whole years of marriage on ``day``; −1 before it."""
    return age_on(day, married_on, Counting.BIRTHDAY)


def shifted(day: date, years: int) -> date:
    """The same day ``years`` later, or earlier if negative; 28 February for a missing 29th."""
    if (day.month, day.day) == (2, 29):
        return date(day.year + years, 3, 1) - _DAY
    return date(day.year + years, day.month, day.day)


def fiscal_year(day: date) -> Window:
    """The 年度 that ``day`` is in: 1 April to 31 March."""
    first_year = day.year if day.month >= 4 else day.year - 1
    return Window(date(first_year, 4, 1), date(first_year + 1, 3, 31))


def _check(years: int, reference_date: date, *, fewest: int) -> None:
    if not (fewest <= years <= OLDEST_YEARS and _EARLIEST <= reference_date <= _LATEST):
        raise InvalidRule


def _window(years: int, basis: Basis, counting: Counting, on: date) -> Window:
    if basis is Basis.ON_DATE:
        too_old = _last_birth(years + 1, counting, on)
        return Window(too_old + _DAY, _last_birth(years, counting, on))
    span = fiscal_year(on)
    if basis is Basis.WITHIN_CALENDAR_YEAR:
        span = Window(date(on.year, 1, 1), date(on.year, 12, 31))
    too_old = _last_birth(years, counting, span.first - _DAY)
    return Window(too_old + _DAY, _last_birth(years, counting, span.last))


def _last_birth(years: int, counting: Counting, by: date) -> date:
    """The birth date of the youngest who are ``years`` old by the end of the day ``by``."""
    if counting is Counting.KAZOE:
        return min(by, date(by.year - years + 1, 12, 31))
    if counting is Counting.LEGAL_EVE:
        return min(by, shifted(by + _DAY, -years))
    return shifted(by, -years)


def _day_or_next(year: int, month: int, day: int) -> date:
    """That day, or 1 March for a missing 29 February."""
    if (month, day) == (2, 29):
        return date(year, 2, 28) + _DAY
    return date(year, month, day)
