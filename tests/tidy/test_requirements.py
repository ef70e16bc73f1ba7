"""What is installed is pinned by hash, complete, and names no place to take it from."""

import re
import tomllib

import pytest

from tests.tidy.tree import ROOT

FILES = ["run.txt", "reader.txt", "dev.txt"]
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+)(?: ; .+?)? \\$")


def _read(name: str) -> str:
    return (ROOT / "requirements" / name).read_text(encoding="utf-8")


def pins(text: str) -> dict[str, str]:
    """The version pinned for each name; raises ValueError for what is not a hashed pin."""
    found: dict[str, str] = {}
    has_hash = True
    for line in text.splitlines():
        if not line or line.lstrip().startswith("#"):
            continue
        if line.startswith("    --hash=sha256:"):
            has_hash = True
            continue
        if not (match := PIN.match(line)) or not has_hash:
            raise ValueError(line)
        found[match[1]] = match[2]
        has_hash = False
    if not has_hash:
        raise ValueError(text)
    return found


def _asked_for(*groups: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    optional = project["project"]["optional-dependencies"]
    wanted = [
        *project["project"]["dependencies"],
        *project["build-system"]["requires"],
        *(line for group in groups for line in optional[group]),
    ]
    return {re.split(r"[\[<>=!~; ]", line)[0].lower().replace("_", "-") for line in wanted}


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_a_pin_with_hashes(name: str) -> None:
    assert pins(_read(name))


def test_everything_asked_for_is_pinned() -> None:
    assert not _asked_for() - set(pins(_read("run.txt")))
    assert not _asked_for("reader") - set(pins(_read("reader.txt")))
    assert not _asked_for("dev") - set(pins(_read("dev.txt")))


def test_tests_run_with_the_versions_that_are_shipped() -> None:
    shipped, tested = pins(_read("run.txt")), pins(_read("dev.txt"))
    assert {name: tested.get(name) for name in shipped} == shipped


@pytest.mark.parametrize(
    "text",
    [
        "starlette==1.0\n",
        "starlette>=1.0 \\\n    --hash=sha256:00\n",
        "-r other.txt\n",
        "--index" + "-url x\n",
        "a==1 \\\nb==1 \\\n    --hash=sha256:00\n",
    ],
)
def test_a_line_without_a_hash_is_found(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        pins(text)
