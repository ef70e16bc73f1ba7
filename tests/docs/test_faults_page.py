"""The page of faults names a test for each case, and each of these tests is there."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "explanation" / "faults-of-cards-and-people.md"
CASES: Final = [f"E{number}" for number in range(63, 77)] + [
    f"F{number}" for number in range(77, 91)
]


def rows(text: str) -> list[tuple[str, str, str]]:
    """Case, file and name (or none) of each row."""
    return re.findall(r"^\| ([EF]\d+) .* \| `([\w/.]+)(?:::(\w+))?` \|$", text, re.MULTILINE)


def missing(found: list[tuple[str, str, str]]) -> list[str]:
    """The tests named that are not there."""
    gone = []
    for case, path, name in found:
        file = ROOT / path
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        if f"def {name or 'test_'}" not in text:
            gone.append(f"{case} {path}::{name}")
    return gone


def test_each_case_has_its_test() -> None:
    found = rows(PAGE.read_text(encoding="utf-8"))
    assert [case for case, _, _ in found] == CASES
    assert missing(found) == []


def test_a_test_that_is_gone_is_found() -> None:
    assert missing([("E63", "tests/docs/test_faults_page.py", "test_gone")])
    assert missing([("E63", "tests/docs/gone.py", "")])
