"""How a phrase of the ledger's tables is read: its words, names, times, and who is meant."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import end_of_day, start_of_day
from ichimai.ledger import OperationId
from ichimai.ledger.model import derived_id

GIFT: Final = Asset("gift")
YEAR: Final = 2026


def named(kind: str, name: str) -> UUID:
    """The id of what a table calls ``name``."""
    return derived_id(f"{kind}/{name}")


def operation(name: str) -> OperationId:
    """The id of an operation: ``@`` and a time in its name make one of version 7."""
    if "@" not in name:
        return OperationId(named("operation", name))
    digits = [int(part) for part in re.findall(r"\d+", name.split("@")[1])]
    made_at = start_of_day(date(YEAR, *digits[:2])) + _time_of_day(digits[2:])
    return OperationId(ids.uuid7_at(made_at, named("operation", name).bytes[:10]))


def moment(text: str, before: datetime) -> datetime:
    """``10-01 12:00:59.999`` in Tokyo, or ``+90s`` and ``+1ms`` after ``before``."""
    if text == "-":
        return before
    if found := re.fullmatch(r"\+(\d+)(ms|s|m|d)", text):
        amount, unit = int(found[1]), found[2]
        names = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "d": "days"}
        return before + timedelta(**{names[unit]: amount})
    day, _, time = text.partition(" ")
    month, number = day.split("-")
    hour, minute, *second = time.split(":")
    of_day = timedelta(hours=int(hour), minutes=int(minute), seconds=float(*second or ["0"]))
    return start_of_day(date(YEAR, int(month), int(number))) + of_day


def _time_of_day(parts: Sequence[int]) -> timedelta:
    hours, minutes, seconds = (*parts, 0, 0, 0)[:3]
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def end_of(text: str) -> datetime:
    """The end of ``12-31``, or of ``2027-03-31``."""
    day = date.fromisoformat(text if text.count("-") == 2 else f"{YEAR}-{text}")
    return end_of_day(day)


_KEYS: Final = frozenset(
    "of by to at in from until refused capped limit with for most needs per thing times".split()
)


class Phrase:
    """The words after the verb and the name."""

    def __init__(self, words: list[str]) -> None:
        self.said = {"by": "A", "at": "S1", "in": str(GIFT), "from": "city", "limit": "5000"}
        rest = iter(words)
        for word in rest:
            if word in _KEYS:
                self.said[word] = next(rest)
            elif re.fullmatch(r"-?\d+", word):
                self.said["units"] = word
            elif re.fullmatch(r"\d+:[\d:.]+", word):
                self.said["until"] += f" {word}"
            elif word in {"confirmed", "bounded"}:
                self.said[word] = word
            else:
                raise ValueError(f"what is {word!r}?")

    def __getitem__(self, key: str) -> str:
        return self.said.get(key, "")

    def number(self, key: str) -> int | None:
        """A number that was said, or None."""
        return int(self.said[key]) if key in self.said else None

    @property
    def units(self) -> int:
        """The amount; 0 when none was said."""
        return self.number("units") or 0

    @property
    def asset(self) -> Asset:
        """The program."""
        return Asset(self["in"])

    @property
    def wallet(self) -> UUID:
        """The wallet of the card."""
        return named("wallet", self["by"][0])

    @property
    def target(self) -> UUID:
        """The wallet that gets something: of whom it goes ``to``, or of the card."""
        return named("wallet", (self["to"] or self["by"])[0])

    @property
    def shop(self) -> str:
        """The shop of the till."""
        return self["at"][:-1]
