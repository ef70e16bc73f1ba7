"""Amounts and dates as people read them, in the language of the page."""

from datetime import date, datetime, timedelta
from typing import Protocol

from ichimai.kernel.clock import TOKYO, day_in_tokyo
from ichimai.web.layout.i18n import JAPANESE

_WEEKDAYS = "月火水木金土日"
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def yen(units: int, language: str) -> str:
    """``10,000円`` or ``¥10,000``, with a minus sign (U+2212) below zero."""
    sign = "−" if units < 0 else ""
    return f"{sign}{abs(units):,}円" if language == JAPANESE else f"{sign}¥{abs(units):,}"


def day(value: date, language: str) -> str:
    """``2026年10月1日（木）`` or ``Thu 1 Oct 2026``."""
    if language == JAPANESE:
        weekday = _WEEKDAYS[value.weekday()]
        return f"{value.year}年{value.month}月{value.day}日（{weekday}）"
    return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]} {value.year}"


def moment(at: datetime, language: str) -> str:
    """``10月1日 12:03`` or ``1 Oct 12:03``, on the town's clock."""
    local = at.astimezone(TOKYO)
    time = f"{local:%H:%M}"
    if language == JAPANESE:
        return f"{local.month}月{local.day}日 {time}"
    return f"{local.day} {_MONTHS[local.month - 1]} {time}"


def clock_time(at: datetime) -> str:
    """``12:03`` on the town's clock."""
    return f"{at.astimezone(TOKYO):%H:%M}"


def last_day(end: datetime) -> date:
    """The last day of something that is over at the instant ``end``."""
    return day_in_tokyo(end - timedelta(microseconds=1))


class Named(Protocol):
    """Something of the town with a name in each language."""

    @property
    def name_ja(self) -> str:
        """What it is called in Japanese."""
        ...

    @property
    def name_en(self) -> str:
        """What it is called in English."""
        ...


def called(thing: Named, language: str) -> str:
    """The name of something in the language of the page."""
    return thing.name_ja if language == JAPANESE else thing.name_en
