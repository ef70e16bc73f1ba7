"""Dates as Japanese offices write them: 西暦 and 和暦, typed, printed or exported.

Our own small table of eras; changeover days 1912-07-30 and 1926-12-25 belong to both eras.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from ichimai.kernel.errors import Invalid


@dataclass(eq=False)
class InvalidDate(Invalid):
    """This is not a date from 1873 to 2100 in a form that is read here."""

    code = "invalid_date"


@dataclass(eq=False)
class UnknownDay(Invalid):
    """The register does not know the month or the day of this date."""

    code = "unknown_day"


class DateWarning(StrEnum):
    """Why a date that was read deserves a second look."""

    AFTER_END_OF_ERA = "after_end_of_era"
    """Such as 平成31年5月1日: printed before the next era was known."""


class ParsedDate(NamedTuple):
    """A day and what is odd about how it was written."""

    day: date
    warning: DateWarning | None = None


class Era(NamedTuple):
    """A 元号. Its years are calendar years; the year of ``first`` is 1 (元年)."""

    name: str
    letter: str
    ligature: str
    first: date
    last: date

    def western_year(self, year: int) -> int:
        """The calendar year that is ``year`` of this era."""
        return self.first.year + year - 1


FIRST_DAY = date(1873, 1, 1)
"""Japan's first day in the Gregorian calendar (明治6年1月1日); earlier dates need a historian."""

LAST_DAY = date(2100, 12, 31)

ERAS = (
    Era("明治", "M", "㍾", date(1868, 1, 25), date(1912, 7, 30)),
    Era("大正", "T", "㍽", date(1912, 7, 30), date(1926, 12, 25)),
    Era("昭和", "S", "㍼", date(1926, 12, 25), date(1989, 1, 7)),
    Era("平成", "H", "㍻", date(1989, 1, 8), date(2019, 4, 30)),
    Era("令和", "R", "㋿", date(2019, 5, 1), date.max),
)
"""In the order of the codes 1 to 5 that register systems use (``3100305``: 昭和10年3月5日)."""

_ERA_OF = {
    written: era
    for code, era in enumerate(ERAS, start=1)
    for written in (str(code), era.name, era.name[0], era.letter, era.letter.lower(), era.ligature)
}

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    map(ord, "‐‑‒–—―−ーｰ"), "-"
)
_LONGEST = 40

_MONTH_AND_DAY = r"""
    (?: \s*年\s* (?P<month>[0-9]{1,2}) \s*月\s* (?P<day>[0-9]{1,2}) \s*日
      | \s*(?P<mark>[-/.・･])\s* (?P<month_>[0-9]{1,2}) \s*(?P=mark)\s* (?P<day_>[0-9]{1,2}) )"""
_DIGITS = "(?P<month>[0-9]{2}) (?P<day>[0-9]{2})"
_NAMES = "|".join(written for written in _ERA_OF if not written.isdigit())
_FORMS = tuple(
    re.compile(form, re.VERBOSE)
    for form in (
        rf"(?P<year>[0-9]{{4}}) {_MONTH_AND_DAY}",
        rf"(?P<year>[0-9]{{4}}) {_DIGITS}",
        rf"(?P<era>{_NAMES}) \s* (?P<year>[0-9]{{1,2}}|元) {_MONTH_AND_DAY}",
        rf"(?P<era>[1-5]|{_NAMES}) -? (?P<year>[0-9]{{2}}) {_DIGITS}",
    )
)
_UNKNOWN = re.compile("不詳|不明")


def parse_date(text: str) -> ParsedDate:
    """The day that ``text`` names; in full-width or ASCII digits, one era or none.

    ``2024-02-29 2024/2/29 2024.2.29 20240229 2024年2月29日 昭和10年3月5日 令和元年5月1日
    S10.3.5 s10/03/05 昭10-3-5 S100305 3100305 3-100305``.

    A day after an era's end, but in its last year, is read and gets a warning.
    Raises UnknownDay (不詳, month or day 0), else InvalidDate.
    """
    written = text.translate(_HALF_WIDTH).strip() if len(text) <= _LONGEST else ""
    for form in _FORMS:
        found = form.fullmatch(written)
        if found:
            return _read(found.groupdict())
    raise UnknownDay if _UNKNOWN.search(written) else InvalidDate


def format_era(day: date) -> str:
    """``day`` as printed on forms, such as 昭和10年3月5日; the first year of an era is 元年.

    A changeover day is named after the new era. Raises InvalidDate before 1873.
    """
    if day < FIRST_DAY:
        raise InvalidDate
    era = next(era for era in reversed(ERAS) if era.first <= day)
    year = day.year - era.first.year + 1
    return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def _read(found: dict[str, str | None]) -> ParsedDate:
    era = _ERA_OF.get(found.get("era") or "")
    year = 1 if found["year"] == "元" else int(found["year"] or 0)
    month = int(found["month"] or found.get("month_") or 0)
    day = int(found["day"] or found.get("day_") or 0)
    if (not month and day <= 31) or (not day and month <= 12):
        raise UnknownDay
    if era is None:
        return ParsedDate(_checked(year, month, day))
    if year < 1:
        raise InvalidDate
    return _within(era, _checked(era.western_year(year), month, day))


def _checked(year: int, month: int, day: int) -> date:
    try:
        checked = date(year, month, day)
    except ValueError:
        checked = date.min
    if not FIRST_DAY <= checked <= LAST_DAY:
        raise InvalidDate
    return checked


def _within(era: Era, day: date) -> ParsedDate:
    if day < era.first or day.year > era.last.year:
        raise InvalidDate
    warning = DateWarning.AFTER_END_OF_ERA if day > era.last else None
    return ParsedDate(day, warning)
