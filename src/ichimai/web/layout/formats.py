"""Amounts and dates as people read them, in the language of the page."""

import re
from datetime import date, datetime
from typing import Final, Protocol

import jaconv
from markupsafe import Markup, escape

from ichimai.kernel import eras
from ichimai.kernel.clock import TOKYO, day_in_tokyo
from ichimai.merchants import BankAccount
from ichimai.programs.terms import Program, ProgramKind
from ichimai.web.layout.i18n import JAPANESE

_WEEKDAYS = "月火水木金土日"
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def yen(units: int, language: str) -> str:
    """``10,000円`` or ``¥10,000``, with a minus sign (U+2212) below zero."""
    sign = "−" if units < 0 else ""
    return f"{sign}{abs(units):,}円" if language == JAPANESE else f"{sign}¥{abs(units):,}"


_UNITS = {
    ProgramKind.POINTS: ("ポイント", "points"),
    ProgramKind.STAMPS: ("スタンプ", "stamps"),
    ProgramKind.IN_KIND: ("個", "items"),
}
"""What is counted in programs that name no unit of their own."""


def units(count: int, program: Program, language: str) -> str:
    """``10,000円``, ``120ポイント``, ``3スタンプ``; ``¥10,000``, ``120 points``, ``1 stamp``."""
    ja, en = program.unit_ja, program.unit_en
    if ja == "円":
        if program.kind not in _UNITS:
            return yen(count, language)
        ja, en = _UNITS[program.kind]
    sign = "−" if count < 0 else ""
    if language == JAPANESE:
        return f"{sign}{abs(count):,}{ja}"
    return f"{sign}{abs(count):,} {en.removesuffix('s') if abs(count) == 1 else en}"


def day(value: date, language: str) -> str:
    """``2026年10月1日（木）`` or ``Thu 1 Oct 2026``."""
    if language == JAPANESE:
        weekday = _WEEKDAYS[value.weekday()]
        return f"{value.year}年{value.month}月{value.day}日（{weekday}）"
    return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]} {value.year}"


def birth_day(value: date, language: str) -> str:
    """``1949年3月1日（昭和24年）`` or ``1 Mar 1949``: how officers compare birth dates."""
    if language == JAPANESE:
        era = next(era for era in reversed(eras.ERAS) if era.first <= value)
        year = value.year - era.first.year + 1
        in_era = f"{era.name}{year if year > 1 else '元'}年"
        return f"{value.year}年{value.month}月{value.day}日（{in_era}）"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def fact(value: str, language: str) -> str:
    """What a claim says: a day as one compares it with a document, else the words themselves."""
    try:
        return birth_day(date.fromisoformat(value), language)
    except ValueError:
        return value


def account(of: BankAccount, language: str) -> str:
    """A bank account to be recognised by, with the last three digits of its number."""
    kinds = {1: ("普通", "savings"), 2: ("当座", "current"), 4: ("貯蓄", "deposit")}
    kind = kinds[of.kind][language != JAPANESE]
    names = f"{jaconv.h2z(of.bank_name)} {jaconv.h2z(of.branch_name)}"
    return f"{names} {kind} ****{of.number[-3:]}"


def moment(at: datetime, language: str) -> str:
    """``10月1日 12:03`` or ``1 Oct 12:03``, on the town's clock."""
    local = at.astimezone(TOKYO)
    time = f"{local:%H:%M}"
    if language == JAPANESE:
        return f"{local.month}月{local.day}日 {time}"
    return f"{local.day} {_MONTHS[local.month - 1]} {time}"


def day_and_time(at: datetime, language: str) -> str:
    """``2026年10月1日（木） 12:03`` or ``Thu 1 Oct 2026, 12:03``, on the town's clock."""
    between = " " if language == JAPANESE else ", "
    return f"{day(day_in_tokyo(at), language)}{between}{clock_time(at)}"


def clock_time(at: datetime) -> str:
    """``12:03`` on the town's clock."""
    return f"{at.astimezone(TOKYO):%H:%M}"


_PHONE_NUMBER: Final = re.compile(r"0\d{1,4}-\d{1,4}-\d{3,4}")


def to_call(text: str) -> Markup:
    """A text in which a phone number is never broken, and calls when it is pressed."""
    found = Markup("")
    end = 0
    for match in _PHONE_NUMBER.finditer(text):
        link = Markup('<a class="nowrap" href="tel:{}">{}</a>')
        found += escape(text[end : match.start()]) + link.format(match[0], match[0])
        end = match.end()
    return found + escape(text[end:])


def share(units: int, whole: int) -> str:
    """``12.3 %`` of the whole, rounded half up; nothing of nothing is 0."""
    tenths = (2000 * units + whole) // (2 * whole) if whole > 0 else 0
    return f"{tenths // 10}.{tenths % 10} %"


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
