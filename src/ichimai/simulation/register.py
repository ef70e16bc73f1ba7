"""Residents of a town, as its register might have them."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Final

from ichimai.kernel import ages
from ichimai.kernel.ages import AgeRule, Basis, Counting, Window
from ichimai.programs.terms import Program, Reason
from ichimai.simulation.model import Resident, Sex
from ichimai.simulation.names import FamilyName, family_name, person_name
from ichimai.simulation.tables import AgeGroup, Urn, table
from ichimai.towns import District, Town

NATURAL_GIFT_SHARE: Final = 4_000 / 300_000
"""Gifts a resident and year in Toshima (2016: 年間4000名程度)."""

_MARRIED_SHARE: Final = 0.32
"""Of the adults drawn, how many bring a spouse: nearly half of all adults are then married."""

_GOLDEN_SHARE: Final = 0.3
"""How many of those who would be the age are still a couple after all those years."""

_AGE_AT_MARRIAGE: Final = 26
_YOUNGEST_SPOUSE: Final = 20

_LEAST_NUMBER: Final = 10**9
_STRIDE: Final = 4_294_967_291
"""A prime, so that numbers are scattered and none comes twice."""


def population(
    town: Town,
    program: Program,
    *,
    seed: int,
    count: int,
    on: date,
    gift_share: float = NATURAL_GIFT_SHARE,
) -> tuple[Resident, ...]:
    """``count`` residents with their ages on ``on``; the same for the same arguments.

    ``gift_share`` is how many gifts of ``program`` there are for each resident, at least one
    for each of its reasons. By nature a few thousand residents would have a few dozen
    recipients; a demonstration asks for more. A few get two: 喜寿 and 金婚.
    Raises ValueError when so many gifts do not fit into ``count`` residents.
    """
    rng = random.Random(f"{seed}/population")
    return tuple(_Register(town, program.reasons, rng, on).residents(count, gift_share))


class _Register:
    """Draws residents until there are enough."""

    def __init__(self, town: Town, reasons: Sequence[Reason], rng: random.Random, on: date) -> None:
        self._rng = rng
        self._on = on
        self._reasons = reasons
        self._births = [r.window() for r in reasons if not r.is_for_couples]
        self._weddings = [r.window() for r in reasons if r.is_for_couples]
        self._districts: Urn[District] = Urn(town.districts, lambda d: d.residents)
        self._count = self._rng.randrange(_LEAST_NUMBER)
        self._couples = 0

    def residents(self, count: int, gift_share: float) -> list[Resident]:
        """Those who get a gift and everybody else, in no order."""
        people: list[Resident] = []
        for reason, gifts in _gifts_by_reason(self._reasons, round(count * gift_share)):
            for _ in range(gifts):
                people += self._celebrated(reason)
        if len(people) > count:
            raise ValueError(f"{len(people)} recipients and their spouses in {count} residents")
        while len(people) < count:
            people += self._household(may_marry=len(people) < count - 1)
        self._rng.shuffle(people)
        return people

    def _celebrated(self, reason: Reason) -> list[Resident]:
        """Somebody who gets a gift; a couple where it is for both."""
        day = _day_within(self._rng, reason.window())
        if not reason.is_for_couples:
            return [self._single(day, self._sex(reason))]
        grown_up = ages.shifted(day, -_YOUNGEST_SPOUSE)
        born_on = min(day - self._years(_AGE_AT_MARRIAGE, 2.5), grown_up)
        spouse = self._birth_near(born_on, by=grown_up)
        return self._couple(day, born_on, spouse, Sex.MALE)

    def _household(self, *, may_marry: bool) -> list[Resident]:
        """Somebody who gets nothing, perhaps with a spouse who gets nothing either."""
        sex, born_on = self._uncelebrated(self._anybody)
        age = ages.age_on(self._on, born_on, Counting.BIRTHDAY)
        if not may_marry or age < _AGE_AT_MARRIAGE + 4 or self._rng.random() > _MARRIED_SHARE:
            return [self._single(born_on, sex)]
        grown_up = ages.shifted(self._on, -_YOUNGEST_SPOUSE - 1)
        _, spouse = self._uncelebrated(lambda: (sex, self._birth_near(born_on, by=grown_up)))
        return self._couple(self._wedding(max(born_on, spouse)), born_on, spouse, sex)

    def _wedding(self, younger_born_on: date) -> date:
        """A day that no program celebrates."""
        earliest = younger_born_on + timedelta(days=_YOUNGEST_SPOUSE * 366)
        married_on = younger_born_on + self._years(_AGE_AT_MARRIAGE + 2, 4)
        if not earliest <= married_on <= self._on:
            married_on = earliest + timedelta(days=self._rng.randrange((self._on - earliest).days))
        while any(married_on in window for window in self._weddings):
            married_on -= timedelta(days=366)
        return married_on

    def _years(self, mean: float, spread: float) -> timedelta:
        return timedelta(days=round(self._rng.gauss(mean, spread) * 365.25))

    def _couple(self, married_on: date, born_on: date, spouse: date, sex: Sex) -> list[Resident]:
        self._couples += 1
        family, district = family_name(self._rng), self._districts.draw(self._rng)
        other = Sex.FEMALE if sex is Sex.MALE else Sex.MALE
        pair = [
            self._resident(family, born_on, sex, district),
            self._resident(family, spouse, other, district),
        ]
        number = f"{self._couples:08}"
        return [replace(one, couple_number=number, married_on=married_on) for one in pair]

    def _single(self, born_on: date, sex: Sex) -> Resident:
        district = self._districts.draw(self._rng)
        return self._resident(family_name(self._rng), born_on, sex, district)

    def _resident(
        self, family: FamilyName, born_on: date, sex: Sex, district: District
    ) -> Resident:
        name = person_name(self._rng, family, sex, born_on.year)
        return Resident(
            number=self._number(),
            name=name.written,
            plain_name=name.plain,
            kana=name.kana,
            sex=sex,
            born_on=born_on,
            district=district.name,
        )

    def _number(self) -> str:
        """A 宛名番号, each once; ten digits, so that none can look like a My Number."""
        self._count += 1
        return str(_LEAST_NUMBER + self._count * _STRIDE % (9 * _LEAST_NUMBER))

    def _sex(self, reason: Reason) -> Sex:
        group = _age_group(reason.rule.years)
        is_male = self._rng.random() * (group.male + group.female) < group.male
        return Sex.MALE if is_male else Sex.FEMALE

    def _anybody(self) -> tuple[Sex, date]:
        group, sex = _people().draw(self._rng)
        age = self._rng.randint(group.age_from, group.age_to)
        return sex, _day_within(self._rng, _births_at(age, self._on))

    def _birth_near(self, born_on: date, *, by: date) -> date:
        """The birth date of a spouse of somebody born on ``born_on``, no later than ``by``."""
        return min(born_on + timedelta(days=round(self._rng.gauss(300, 900))), by)

    def _uncelebrated(self, draw: Callable[[], tuple[Sex, date]]) -> tuple[Sex, date]:
        """Somebody whose birth no program celebrates, so that ``gift_share`` is what is asked."""
        while True:
            sex, born_on = draw()
            if not any(born_on in window for window in self._births):
                return sex, born_on


def _gifts_by_reason(reasons: Sequence[Reason], gifts: int) -> Iterator[tuple[Reason, int]]:
    """``gifts`` divided as the ages of the town divide them, each reason at least one."""
    weights = [_frequency(reason) for reason in reasons]
    left, weight_left = gifts, sum(weights)
    for reason, weight in zip(reasons, weights, strict=True):
        share = max(1, round(left * weight / weight_left))
        left, weight_left = max(0, left - share), weight_left - weight
        yield reason, share


def _frequency(reason: Reason) -> float:
    """How common a reason is, as people of one year of age."""
    if reason.is_for_couples:
        return _GOLDEN_SHARE * _one_year(reason.rule.years + _AGE_AT_MARRIAGE) / 2
    return _one_year(reason.rule.years)


def _one_year(age: int) -> float:
    group = _age_group(age)
    return (group.male + group.female) / (group.age_to - group.age_from + 1)


def _age_group(age: int) -> AgeGroup:
    groups = table("ages.csv", AgeGroup)
    return [group for group in groups if group.age_from <= age][-1]


@cache
def _people() -> Urn[tuple[AgeGroup, Sex]]:
    groups = table("ages.csv", AgeGroup)
    return Urn(
        ((group, sex) for group in groups for sex in Sex),
        lambda one: one[0].male if one[1] is Sex.MALE else one[0].female,
    )


@cache
def _births_at(age: int, on: date) -> Window:
    return AgeRule(age, Basis.ON_DATE, Counting.BIRTHDAY, on).window()


def _day_within(rng: random.Random, window: Window) -> date:
    return window.first + timedelta(days=rng.randrange((window.last - window.first).days + 1))
