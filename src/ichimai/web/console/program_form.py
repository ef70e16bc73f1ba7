"""The fields of a program that officers change most, as a form; the rest is text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from ichimai.programs.terms import Bonus, Earning, Program, ProgramKind, Trigger
from ichimai.programs.upkeep import ending_rules
from ichimai.web.console.program_parts import WEEKDAYS
from ichimai.web.layout import mark

_WIDE_DIGITS: Final = str.maketrans("０１２３４５６７８９，、", "0123456789,,")


@dataclass(frozen=True, slots=True)
class Quick:
    """A field: its place in the program (``bonus.fair.times``), what it is, and what it says."""

    path: str
    label: str
    kind: str
    """``text``, ``long``, ``number``, ``day``, ``days``, ``notices`` or ``weekdays``."""
    value: Any
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The fields of one part; ``part`` None: of the program itself."""

    part: Earning | Bonus | None
    fields: Sequence[Quick]


class NotWritten(ValueError):
    """What was typed is no value of this kind."""


def groups(program: Program) -> list[Group]:
    """The fields of a program, its ways to earn and its bonuses."""
    return [
        Group(None, list(_of_program(program))),
        *(Group(each, list(_of_earning(each))) for each in program.earnings),
        *(Group(each, list(_of_bonus(each))) for each in program.bonuses),
    ]


def changed(
    program: Program, every: Callable[[str], Sequence[str]]
) -> tuple[Program, dict[str, str]]:
    """The program with what was typed, and what could not be understood, by path."""
    wrong: dict[str, str] = {}
    for group in groups(program):
        for field in group.fields:
            typed = every(field.path)
            if not typed and field.kind != "weekdays":
                continue
            try:
                value = _read(field, typed)
            except NotWritten:
                wrong[field.path] = _WRONG[field.kind]
                continue
            # What goes without saying is shown, and stays unsaid.
            if value != field.value:
                program = _with(program, field.path, value)
    return program, wrong


_WRONG: Final[Mapping[str, str]] = {
    "text": mark("Please fill this in."),
    "long": mark("Please fill this in."),
    "number": mark("Enter a whole number from 1."),
    "day": mark("Enter a day."),
    "days": mark("Enter days of the month from 1 to 31, with commas between them."),
    "notices": mark("Enter two to five numbers of days from 1 to 365, with commas between them."),
}


def _of_program(program: Program) -> Iterator[Quick]:
    yield Quick("name_ja", mark("Name in Japanese"), "text", program.name_ja, is_needed=True)
    yield Quick("name_en", mark("Name in English"), "text", program.name_en, is_needed=True)
    yield Quick("about_ja", mark("About it in Japanese"), "long", program.about_ja)
    yield Quick("about_en", mark("About it in English"), "long", program.about_en)
    yield Quick("starts_on", mark("Begins"), "day", program.starts_on, is_needed=True)
    yield Quick("budget_units", mark("Budget (units)"), "number", program.budget_units)
    if not program.expiry.never and program.kind is not ProgramKind.CHECK:
        told = ending_rules.notices(program)
        yield Quick(
            "expiry.notices", mark("Days before its end on which people are told"), "notices", told
        )
    use = program.use
    yield Quick("use.per_payment_limit", mark("At most at once"), "number", use.per_payment_limit)
    yield Quick("use.per_day_limit", mark("At most a day"), "number", use.per_day_limit)


def _of_earning(earning: Earning) -> Iterator[Quick]:
    at = f"earning.{earning.key}"
    if earning.trigger is Trigger.SALE:
        yield Quick(f"{at}.yen", mark("For every so many yen"), "number", earning.yen, True)
    yield Quick(f"{at}.units", mark("Units"), "number", earning.units, is_needed=True)
    yield from _dates(at, earning)
    limits = earning.limits
    for name, label in (
        ("units_per_day", mark("Units for one person a day")),
        ("units_per_month", mark("Units for one person a month")),
    ):
        yield Quick(f"{at}.limits.{name}", label, "number", getattr(limits, name))
    yield Quick(f"{at}.budget_units", mark("Budget (units)"), "number", earning.budget_units)


def _of_bonus(bonus: Bonus) -> Iterator[Quick]:
    at = f"bonus.{bonus.key}"
    yield Quick(f"{at}.times", mark("How many times as much"), "number", bonus.times, True)
    yield from _dates(at, bonus)
    yield Quick(f"{at}.when.weekdays", mark("Weekdays"), "weekdays", bonus.when.weekdays)
    yield Quick(
        f"{at}.when.days_of_month", mark("Days of the month"), "days", bonus.when.days_of_month
    )
    yield Quick(f"{at}.budget_units", mark("Budget (units)"), "number", bonus.budget_units)


def _dates(at: str, part: Earning | Bonus) -> Iterator[Quick]:
    yield Quick(f"{at}.when.from_on", mark("First day"), "day", part.when.from_on)
    yield Quick(f"{at}.when.until_on", mark("Last day"), "day", part.when.until_on)


def _read(field: Quick, typed: Sequence[str]) -> Any:  # noqa: ANN401 - as many sorts as fields have
    """Raises NotWritten."""
    if field.kind == "weekdays":
        return tuple(day for day in WEEKDAYS if day in typed)
    text = typed[0].strip()
    if field.is_needed and not text:
        raise NotWritten
    if field.kind in ("text", "long"):
        return " ".join(text.split())
    text = text.translate(_WIDE_DIGITS)
    if field.kind == "days":
        return tuple(sorted(_numbers(text, 31)))
    if field.kind == "notices":
        return _notices(text)
    if not text:
        return None
    if field.kind == "number":
        return _number(text.replace(",", ""), 10**12)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotWritten from None


def _notices(text: str) -> tuple[int, ...] | None:
    """None: as it goes without saying. Raises NotWritten."""
    found = tuple(sorted(_numbers(text, 365), reverse=True))
    if len(found) not in (0, *range(2, 6)):
        raise NotWritten
    return found or None


def _numbers(text: str, most: int) -> set[int]:
    return {_number(each, most) for each in text.split(",") if each.strip()}


def _number(text: str, most: int) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 13 and 1 <= int(text) <= most):
        raise NotWritten
    return int(text)


def _with(table: Any, path: str, value: Any) -> Any:  # noqa: ANN401 - any table of the terms
    """The table with one field of it, or of a table or part in it, changed."""
    name, _, rest = path.partition(".")
    if not rest:
        return msgspec.structs.replace(table, **{name: value})
    field = {"earning": "earnings", "bonus": "bonuses"}.get(name, name)
    inner = getattr(table, field)
    if isinstance(inner, tuple):
        key, _, rest = rest.partition(".")
        parts = tuple(_with(each, rest, value) if each.key == key else each for each in inner)
        return msgspec.structs.replace(table, **{field: parts})
    return msgspec.structs.replace(table, **{field: _with(inner, rest, value)})
