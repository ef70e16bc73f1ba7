"""The files that our own rules judge."""

import ast
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

IGNORED_FOLDERS = {".git", ".venv", "build", "dist", "__pycache__", ".ichimai"}


@dataclass(frozen=True)
class Source:
    """One file: ``path`` from the root of the repository, with ``/``; and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax, where it is Python; every node knows its ``parent``."""
        tree = ast.parse(self.text)
        for parent in ast.walk(tree):
            for child in ast.iter_child_nodes(parent):
                child.parent = parent  # type: ignore[attr-defined]  # ours, for rules to look up
        return tree

    @cached_property
    def lines(self) -> list[str]:
        """Its lines."""
        return self.text.splitlines()

    @property
    def package(self) -> str:
        """The package of src/ichimai it lies in; empty outside, or for a module like app.py."""
        parts = self.path.split("/")
        is_inside = parts[:2] == ["src", "ichimai"] and len(parts) > 3
        return parts[2] if is_inside else ""


@dataclass(frozen=True)
class Finding:
    """Something against a rule: where, and what."""

    line: int
    what: str


Check = Callable[[Source], Iterator[Finding]]


@dataclass(frozen=True)
class Example:
    """A small file that a rule must find (or must let pass)."""

    text: str
    path: str = "src/ichimai/ledger/rules.py"


@dataclass(frozen=True)
class Rule:
    """One of our own rules, with what it must find and what it must let pass.

    ``code``: what a line may say after ``noqa`` to be let off, with its reason; empty: never.
    """

    check: Check
    under: tuple[str, ...]
    suffix: str
    finds: tuple[Example, ...]
    passes: tuple[Example, ...]
    code: str = ""

    @property
    def name(self) -> str:
        """Its name: the point it makes."""
        return self.check.__name__

    def findings(self, source: Source) -> list[Finding]:
        """What is against it in ``source`` on lines that are not let off."""
        return [
            finding
            for finding in self.check(source)
            if not self.code or f"noqa: {self.code} " not in source.lines[finding.line - 1]
        ]

    def judges(self, path: str) -> bool:
        """Whether the file at ``path`` is one of those that it looks at."""
        return path.endswith(self.suffix) and path.startswith(self.under)


def at(node: ast.AST, what: str) -> Finding:
    """A finding at ``node``."""
    return Finding(getattr(node, "lineno", 1), what)


def dotted(node: ast.AST) -> str:
    """``a.b.c`` as written; empty when ``node`` is no such name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@cache
def tracked_paths() -> tuple[str, ...]:
    """Every file that is, or would be, committed; read from the folders where there is no git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        paths = [path for path in done.stdout.split("\0") if path]
    else:
        paths = [str(path.relative_to(ROOT).as_posix()) for path in ROOT.rglob("*")]
    return tuple(sorted(path for path in paths if _is_ours(path)))


def _is_ours(path: str) -> bool:
    folders = set(path.split("/"))
    is_built = any(folder.endswith((".egg-info", "_cache")) for folder in folders)
    return not folders & IGNORED_FOLDERS and not is_built and (ROOT / path).is_file()


@cache
def source(path: str) -> Source | None:
    """The file at ``path``; None when there is none or it is not text."""
    try:
        return Source(path, (ROOT / path).read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def sources(under: tuple[str, ...] = ("",), suffix: str = "") -> list[Source]:
    """The text files whose path begins with one of ``under`` and ends with ``suffix``."""
    chosen = [path for path in tracked_paths() if path.startswith(under) and path.endswith(suffix)]
    return [found for path in chosen if (found := source(path)) is not None]


def rule(
    rules: list[Rule],
    *finds: str | Example,
    passes: tuple[str | Example, ...] = (),
    under: tuple[str, ...] = ("src/ichimai/",),
    suffix: str = ".py",
    code: str = "",
) -> Callable[[Check], Check]:
    """Add the decorated check to ``rules``; ``finds`` must break it and ``passes`` must not."""

    def registered(check: Check) -> Check:
        broken, kept = tuple(map(_example, finds)), tuple(map(_example, passes))
        rules.append(Rule(check, under, suffix, broken, kept, code))
        return check

    return registered


def _example(example: str | Example) -> Example:
    return example if isinstance(example, Example) else Example(example)
