"""``ichimai program whatif``: other rules tried on recorded and made-up sales."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.commands import Done, folder, ichimai, right

POINT = "toshima-point"


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    """A folder with Toshima and its made-up shops; nobody has bought anything yet."""
    with folder() as path:
        right("town", "load", "toshima", "--made-up-shops", data=path)
        yield path


def refused(*words: str, data: Path) -> Done:
    done = ichimai(*words, data=data)
    assert done.code == 1, done.out + done.err
    return done


def test_what_is_shown_is_right_when_it_is_checked(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "points.toml"
    file.write_text(right("program", "show", POINT, "--toml", data=path).out, encoding="utf-8")
    wrong = file.read_text(encoding="utf-8").replace("[15, 56, 71]", "[15, 56, 171]", 1)
    file.write_text(wrong, encoding="utf-8")
    said = refused("program", "whatif", POINT, "--file", str(file), data=path)
    line = 1 + wrong[: wrong.index("171")].count("\n")
    assert f"program.toml:{line}: program[0].acceptance.associations" in said.err


def test_twice_the_points_are_tried_on_made_up_sales(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "points.toml"
    text = right("program", "show", POINT, "--toml", data=path).out
    text = text.replace('trigger = "sale"\n', 'trigger = "sale"\nunits = 2\n', 1)
    file.write_text(text, encoding="utf-8")
    words = ("program", "whatif", POINT, "--file", str(file), "--synthetic", "20000")
    found = right(*words, "--json", data=path).last
    assert found["sales"] == 20_000
    assert found["now"]["units"] < found["then"]["units"] <= 2 * found["now"]["units"] + 20_000
    assert found["difference_yen"] == found["then"]["units"] - found["now"]["units"]
    assert found["gained"] >= 5
    assert found["lost"] == 0
    assert found["asks_who"]
    assert "people who get more" in right(*words, data=path).out


def test_without_sales_nothing_is_given(path: Path) -> None:
    found = right("program", "whatif", POINT, "--version", "1", "--json", data=path).last
    assert (found["sales"], found["then"]["units"], found["difference_yen"]) == (0, 0, 0)


@pytest.mark.parametrize("words", [("whatif", "nothing"), ("whatif", POINT, "--version", "7")])
def test_a_program_that_is_not_there_is_refused(path: Path, words: tuple[str, ...]) -> None:
    assert "unknown_program" in refused("program", *words, data=path).err
