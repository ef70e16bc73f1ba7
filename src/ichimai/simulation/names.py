"""Names for people who do not exist."""

import random
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ichimai.simulation.model import Sex
from ichimai.simulation.tables import GivenName, Surname, Urn, table

VARIANT_SHARE = 0.2
"""How many of the families that could be written with other characters are."""


class FamilyName(NamedTuple):
    """A surname as one family's register has it, as an old system writes it, and its reading."""

    written: str
    plain: str
    kana: str


class PersonName(NamedTuple):
    """A whole name, with the full-width space of registers."""

    written: str
    plain: str
    kana: str


def family_name(rng: random.Random) -> FamilyName:
    """A family's name, sometimes in characters of its own (髙橋, 渡邉, 𠮷田, 葛󠄀西)."""
    surname = _surnames().draw(rng)
    variants = surname.variants.split()
    has_variant = bool(variants) and rng.random() < VARIANT_SHARE
    written = rng.choice(variants) if has_variant else surname.kanji
    return FamilyName(written, surname.kanji, surname.kana)


def person_name(rng: random.Random, family: FamilyName, sex: Sex, birth_year: int) -> PersonName:
    """A member of ``family``, with a given name of the time."""
    given = rng.choice(_given_names(sex, birth_year))
    return PersonName(
        f"{family.written}　{given.kanji}",
        f"{family.plain}　{given.kanji}",
        f"{family.kana}　{given.kana}",
    )


@cache
def _surnames() -> Urn[Surname]:
    return Urn(table("surnames.csv", Surname), lambda surname: surname.weight)


@cache
def _given_names(sex: Sex, birth_year: int) -> tuple[GivenName, ...]:
    def of_the_time() -> Iterator[GivenName]:
        for name in table("given_names.csv", GivenName):
            if name.sex == sex and name.born_from <= birth_year <= name.born_to:
                yield name

    return tuple(of_the_time())
