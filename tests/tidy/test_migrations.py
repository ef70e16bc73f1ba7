"""Migrations are a numbered row without gaps, each after the one before, and only forward."""

import re
from collections.abc import Mapping

import pytest

from tests.tidy.tree import sources

ROOT = "src/ichimai/storage/migrations/"


def faults(files: Mapping[str, str]) -> list[str]:
    """What is wrong with one folder of migrations, given as name -> text."""
    found = []
    previous = ""
    for number, (name, text) in enumerate(sorted(files.items()), 1):
        if not re.fullmatch(rf"{number:04}_[a-z0-9_]+\.sql", name):
            found.append(f"{name}: should be number {number:04}")
        depends = re.findall(r"^--\s*depends:\s*(.*)$", text, re.MULTILINE)
        wanted = [previous] if previous else []
        if depends != wanted:
            found.append(f"{name}: depends on {depends}, should on {wanted}")
        if depends and not text.startswith("-- depends:"):
            found.append(f"{name}: the first line says what it depends on")
        previous = name.removesuffix(".sql")
    return found


def _folders() -> dict[str, dict[str, str]]:
    folders: dict[str, dict[str, str]] = {}
    for source in sources((ROOT,)):
        folder, name = source.path.removeprefix(ROOT).split("/")
        folders.setdefault(folder, {})[name] = source.text
    return folders


@pytest.mark.parametrize("folder", ["registry", "operator"])
def test_migrations_are_numbered_in_a_row(folder: str) -> None:
    assert _folders()[folder]
    assert faults(_folders()[folder]) == []


@pytest.mark.parametrize(
    "files",
    [
        {"0002_a.sql": ""},
        {"0001_a.sql": "", "0003_b.sql": "-- depends: 0001_a"},
        {"0001_a.sql": "", "0002_b.sql": ""},
        {"0001_a.sql": "", "0002_b.sql": "-- b\n-- depends: 0001_a"},
        {"0001_a.sql": "", "0001_a.rollback.sql": ""},
    ],
)
def test_a_gap_or_a_way_back_is_found(files: dict[str, str]) -> None:
    assert faults(files)
