"""Programs as sentences and as TOML again: nothing of the terms is lost on the way."""

import re
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from ichimai import towns
from ichimai.programs.terms import Bonus, Earning, Exchange, Program
from ichimai.towns.files import decoded
from ichimai.towns.program_files import Language, Names, sentences, written
from ichimai.towns.shapes import ProgramsFile

TOWN = towns.load("toshima")
NAMES = Names(
    associations={each.number: each.name for each in TOWN.associations},
    shops={place.number: place.name for place in TOWN.places},
    categories={each.key: (each.name_ja, each.name_en) for each in TOWN.categories},
    sponsors={each.key: (each.name_ja, each.name_en) for each in TOWN.sponsors},
    programs={each.key: (each.name_ja, each.name_en) for each in TOWN.programs},
)

IN_ENGLISH = replace(
    NAMES,
    associations={each.number: f"Street {each.number}" for each in TOWN.associations},
    shops={place.number: place.name_en for place in TOWN.places},
)


def _named(key: str) -> Program:
    return next(each for each in TOWN.programs if each.key == key)


@pytest.mark.parametrize("program", TOWN.programs, ids=lambda program: program.key)
def test_a_program_written_is_the_same_when_it_is_read(program: Program) -> None:
    file, _ = decoded("programs.toml", written(program), ProgramsFile)
    assert file.programs == (program,)


def test_what_is_not_said_is_not_written() -> None:
    text = written(_named("sugamo-sakura"))
    assert text.startswith('[[program]]\nkey = "sugamo-sakura"\nkind = "points"\n')
    assert "acceptance = { associations = [7] }\n" in text
    assert "null" not in text
    assert "rank" not in text


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("program", TOWN.programs, ids=lambda program: program.key)
def test_a_program_can_be_read_without_its_keys(program: Program, language: Language) -> None:
    """In one language, with names instead of keys, and every amount in it."""
    names = NAMES if language == "ja" else IN_ENGLISH
    told = "\n".join(sentences(program, language, names)[:-1])  # the last is the law's
    if language == "en":
        assert not re.search(r"[ぁ-ん]", told.replace("〜", ""))
    for amount in _amounts(program):
        assert f"{amount:,}" in told
    for key in ("association:", "shopping-federation", "00-0", "gift_certificates", "None"):
        assert key not in told


def _amounts(program: Program) -> Iterator[int]:
    """Units and limits of the parts of a program."""
    parts: tuple[Earning | Bonus | Exchange, ...] = (
        *program.earnings,
        *program.exchanges,
        *program.bonuses,
    )
    for part in parts:
        yield from (v for v in msgspec.structs.astuple(part.limits) if v is not None and v > 1)
        if part.budget_units is not None:
            yield part.budget_units
    for earning in program.earnings:
        yield earning.units
    for exchange in program.exchanges:
        yield exchange.take


def test_the_stamps_of_sunshine_street_in_words() -> None:
    told = sentences(_named("sunshine-stamp"), "ja", NAMES)
    assert told[0] == "サンシャイン通りスタンプ（スタンプ）"
    assert "・2倍の日（毎月10日・20日・30日）：2倍；毎月10日、20日、30日" in told
    assert (
        "・500円券と交換：350ポイント → サンシャイン通り500円券 500；"
        "負担：サンシャイン通り商店会" in told
    )
    assert "・満点：350ポイント" in told


def test_the_silver_pass_in_words() -> None:
    told = sentences(_named("silver-pass"), "en", NAMES)
    assert told[2] == "- For: 70 years and older; members (silver-pass)"
    assert told[4] == "- Who pays: Tokyo Bus Association; nothing is owed"
