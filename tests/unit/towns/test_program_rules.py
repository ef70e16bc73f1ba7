"""Each rule of a town's programs broken once: named by its line, its field and its name.

``old`` in ``small_town.toml`` is replaced by ``new``; ``/`` in a cell is a new line. A ``field``
is told without ``program[n].`` before it.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from ichimai.towns.errors import Problem, Rule
from ichimai.towns.program_files import Surroundings, checked
from tests.tables import Row, rows

TEXT: Final = Path(__file__).with_name("small_town.toml").read_text("utf-8")
KNOWN: Final = Surroundings(
    associations={4, 7},
    places={"00-001"},
    categories={"tea", "tobacco", "greengrocer"},
    districts={"駒込"},
    services={"longevity-gift", "library"},
    sponsors={"federation"},
    shops={"04-012"},
)

SLIPS: Final = rows(Path(__file__).with_name("program_slips.txt").read_text("utf-8"))


@pytest.mark.parametrize("row", SLIPS, ids=lambda row: f"{row['rule']} {row['field']}")
def test_a_broken_rule_is_named_with_its_line_and_field(row: Row) -> None:
    programs, wrong = checked("programs.toml", _spoilt(row), KNOWN)
    assert [(each.rule, _within(each.field)) for each in wrong] == [(row["rule"], row["field"])]
    assert programs
    _check_line(_spoilt(row).splitlines(), wrong[0].line, wrong[0].field)


def test_the_small_town_itself_keeps_every_rule() -> None:
    assert checked("programs.toml", TEXT, KNOWN)[1] == []


def test_every_rule_is_broken_once() -> None:
    """Those of changes while the town runs are broken in ``test_program_changes``."""
    of_changes = {Rule.ONE_VERSION, Rule.BEGINS_LATER}
    assert {row["rule"] for row in SLIPS} == {rule.value for rule in Rule} - of_changes


def test_all_faults_are_told_by_line() -> None:
    """An officer mends a file in one go."""
    text = TEXT.replace('"tobacco"', '"t"').replace("= 88", "= 151")
    _, wrong = checked("programs.toml", text, KNOWN)
    assert [each.rule for each in wrong] == [Rule.KNOWN_CATEGORY, Rule.YEARS_CAN_BE]
    assert str(wrong[0]) == (
        "programs.toml:19: program[0].acceptance.excluded_categories[0]: known_category: "
        "The town has no such class of shops."
    )


def test_what_is_no_program_at_all_is_the_one_fault() -> None:
    programs, wrong = checked("programs.toml", TEXT.replace("years = 88", "years = true"), KNOWN)
    assert (programs, [each.problem for each in wrong]) == ((), [Problem.WRONG_VALUE])


@pytest.mark.parametrize("gives,faults", [(100, []), (101, ["program[3].exchange[0].give"])])
def test_a_circle_of_three_that_gains_is_found_where_it_closes(
    gives: int, faults: list[str]
) -> None:
    """100 : 90, 90 : 10 and 10 : 100 are even, and 10 : 101 is units out of nothing."""
    text = TEXT.replace('to = "points"\ngive = 100', 'to = "stamps"\ngive = 10')
    text = text.replace('to = "right"', f'to = "points"\ngive = {gives}\nfunder = "operator"')
    assert [each.field for each in checked("programs.toml", text, KNOWN)[1]] == faults


def _spoilt(row: Row) -> str:
    text = TEXT
    pairs = zip(row["old"].split(" & "), row["new"].split(" & "), strict=True)
    for old, new in pairs:
        old_text = old.replace("/", "\n")
        assert old_text in text, old
        text = text.replace(old_text, "" if new == "-" else new.replace("/", "\n"), 1)
    return text


def _within(path: str) -> str:
    return re.sub(r"^program\[\d+\]\.", "", path)


def _check_line(lines: list[str], line: int, path: str) -> None:
    """It is the line that says the field, or the nearest table around one that is not there."""
    index = int(path.removeprefix("program[").partition("]")[0])
    assert sum(each == "[[program]]" for each in lines[:line]) == index + 1
    names = [re.sub(r"\[\d+\]", "", part) for part in path.split(".")]
    said = lines[line - 1]
    at = next(name for name in reversed(names) if re.search(rf"\b{name}\b", said))
    deeper = names[names.index(at) + 1 :]
    block = lines[line : line + 12] if said.startswith("[") else [said]
    until = next((n for n, each in enumerate(block) if not each or each.startswith("[")), 99)
    assert not any(each.startswith(f"{deeper[0]} =") for each in block[:until] if deeper)
