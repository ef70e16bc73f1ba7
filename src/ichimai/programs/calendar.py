"""On which days there is something special: bonuses, and earnings of some days alone. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ichimai.kernel.clock import TOKYO
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.conditions import is_on
from ichimai.programs.terms import Bonus, Earning, Program, Version, When

_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Season:
    """A part of a program on ``first_on`` and the days after it until ``last_on``."""

    program: Program
    part: Bonus | Earning
    first_on: date
    last_on: date

    @property
    def times(self) -> int | None:
        """How many times as much; None: it is a way to earn of its own."""
        return self.part.times if isinstance(self.part, Bonus) else None


def seasons(versions: Sequence[Version], *, from_on: date, days: int) -> list[Season]:
    """What is special on some days, by its first day; of each program, the version of that day."""
    catalogue = Catalogue(versions)
    found: list[Season] = []
    for number in range(days):
        day = from_on + timedelta(days=number)
        for program, part in _special(catalogue, day):
            season = Season(program, part, day, day)
            before = next((each for each in found if _goes_on(each, season)), None)
            if before is not None:
                found.remove(before)
                season = Season(program, part, before.first_on, day)
            found.append(season)
    return sorted(found, key=lambda each: (each.first_on, each.program.key, each.part.key))


def _goes_on(season: Season, more: Season) -> bool:
    is_next = season.last_on + timedelta(days=1) == more.first_on
    return is_next and (season.program.key, season.part) == (more.program.key, more.part)


def _special(catalogue: Catalogue, day: date) -> Iterator[tuple[Program, Bonus | Earning]]:
    noon = datetime.combine(day, _NOON, TOKYO)
    for program in catalogue.at(noon).values():
        for bonus in program.bonuses:
            if is_on(bonus.when, day):
                yield program, bonus
        for earning in program.earnings:
            if earning.when != When() and is_on(earning.when, day):
                yield program, earning
