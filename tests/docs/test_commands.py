"""Commands that the documents tell people to type exist, with the options that they name."""

import re
import shlex
from typing import Any

import pytest

from tests.tidy.tree import sources
from tools import reference

FENCE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOCUMENTS = sources(("README", "CONTRIBUTING", "SECURITY", "docs/how-to/", "docs/tutorial/"), ".md")
TOLD = [
    (document.path, line.strip())
    for document in DOCUMENTS
    for block in FENCE.findall(document.text)
    for line in block.splitlines()
    if re.match(r"\s*(\.venv/bin/)?ichimai ", line)
]


def fault(line: str, commands: dict[str, Any]) -> str | None:
    """What is wrong with a command line that a document tells; None: nothing."""
    words = shlex.split(line, comments=True)[1:]
    name = next((name for name in _prefixes(words) if name in commands), None)
    if name is None:
        return f"no such command: {line}"
    known = {option for p in commands[name].params for option in (*p.opts, *p.secondary_opts)}
    asked = {word.split("=")[0] for word in words if word.startswith("--")}
    unknown = asked - known - {"--help"}
    return f"no such option: {sorted(unknown)}" if unknown else None


def _prefixes(words: list[str]) -> list[str]:
    return [" ".join(words[:count]) for count in range(len(words), 0, -1)]


@pytest.mark.parametrize("path,line", TOLD)
def test_a_command_that_is_told_exists(path: str, line: str) -> None:
    assert fault(line, reference.commands()) is None


@pytest.mark.parametrize("line", ["ichimai fly", "ichimai verify --fast"])
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert fault(line, reference.commands())


def test_the_documents_tell_some_commands() -> None:
    assert TOLD
