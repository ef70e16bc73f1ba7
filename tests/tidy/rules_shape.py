"""Rules about shape: how long a thing may be, what it may be called, what it may import."""

import ast
import re
from collections.abc import Iterator

from tests.tidy import tree
from tests.tidy.tree import Example, Finding, Rule, Source, at, dotted, rule

RULES: list[Rule] = []

PYTHON = ("src/", "tests/", "tools/", "bench/")
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 70
MAX_NAMES = 12
MIN_WORDS = 3
TEST = "tests/unit/ledger/test_rules.py"
BANNED_NAMES = {"util", "utils", "helper", "helpers", "manager", "common", "misc", "stuff"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@rule(RULES, "\n" * 401, passes=("\n" * 400,), under=PYTHON)
def modules_are_short(source: Source) -> Iterator[Finding]:
    """A module has at most 400 lines: when it has more, the noun wants to be split (STYLE 2)."""
    if len(source.lines) > MAX_MODULE_LINES:
        yield Finding(len(source.lines), f"{len(source.lines)} lines")


@rule(
    RULES,
    "def f():\n" + "    x = 1\n" * 70,
    passes=("def f():\n" + "    x = 1\n" * 69,),
    under=PYTHON,
)
def functions_are_short(source: Source) -> Iterator[Finding]:
    """A function has at most 70 lines (STYLE 18)."""
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield at(node, f"{node.name} has {length} lines")


def _init(text: str) -> Example:
    return Example(text, "src/ichimai/ledger/__init__.py")


@rule(
    RULES,
    _init('"""What."""\n__all__ = ' + str([f"n{n}" for n in range(13)])),
    _init('__all__ = ["a"]'),
    _init('"""What."""\nfrom ichimai.ledger.model import Lot'),
    _init('"""What."""\ndef f(): ...\n__all__ = ["f"]'),
    passes=(
        _init('"""What."""\nfrom ichimai.ledger.model import Lot\n__all__ = ["Lot"]'),
        _init('"""What."""'),
    ),
)
def packages_are_a_docstring_and_few_names(source: Source) -> Iterator[Finding]:
    """A package's __init__ is a docstring, imports and at most 12 names (STYLE 1)."""
    if not source.path.endswith("/__init__.py") or source.path == "src/ichimai/__init__.py":
        return
    body = source.tree.body
    if ast.get_docstring(source.tree) is None:
        yield Finding(1, "no docstring")
    names = [node for node in body if isinstance(node, ast.Assign) and _is_all(node)]
    other = [node for node in body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)]
    for node in other:
        if node not in names:
            yield at(node, "more than imports and __all__")
    if len(body) > 1 and not names:
        yield Finding(1, "imports without __all__")
    for node in names:
        count = len(ast.literal_eval(node.value))
        if count > MAX_NAMES:
            yield at(node, f"{count} names")


def _is_all(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)


@rule(
    RULES,
    "from ichimai.people.rules import free_at",
    "import ichimai.people.store",
    "from ichimai.people import store",
    Example("from ichimai.ledger.rules import x", "src/ichimai/app.py"),
    passes=(
        "from ichimai.ledger.model import Lot",
        "from ichimai import people",
        "from ichimai.storage import WriteTx",
        "from ichimai.storage.migrate import migrate",
        "from ichimai.kernel.ids import NIL",
        "from ichimai.kernel import errors",
    ),
)
def packages_are_imported_whole(source: Source) -> Iterator[Finding]:
    """Other packages import the package, never its modules but those that its __all__ names."""
    for node in ast.walk(source.tree):
        for name in _imported(node):
            parts = name.split(".")
            if parts[0] == "ichimai" and len(parts) > 2 and not _may_import(source, parts):
                yield at(node, f"{name} lies inside {parts[1]}")


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _may_import(source: Source, parts: list[str]) -> bool:
    _, package, name, *_rest = parts
    names = _names_given_out(package)
    return package in (source.package, "kernel") or names is None or name in names


def _names_given_out(package: str) -> set[str] | None:
    """The names in the package's __all__; None for a module."""
    found = tree.source(f"src/ichimai/{package}/__init__.py")
    if found is None:
        return None
    assignments = [node for node in found.tree.body if isinstance(node, ast.Assign)]
    return {name for n in assignments if _is_all(n) for name in ast.literal_eval(n.value)}


@rule(
    RULES,
    Example("", "src/ichimai/web/utils.py"),
    Example("", "src/ichimai/common/__init__.py"),
    "class ShopManager: ...",
    "def split_helper(): ...",
    passes=("class Shop: ...", Example("", "src/ichimai/web/layout/pages.py")),
    under=PYTHON,
)
def names_say_what_a_thing_is(source: Source) -> Iterator[Finding]:
    """No utils, helpers, managers or common: such a name holds anything (STYLE 16)."""
    for part in source.path.removesuffix(".py").split("/"):
        if set(part.split("_")) & BANNED_NAMES:
            yield Finding(1, f"{part} says nothing")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef | Function):
            words = re.findall(r"[A-Z]?[a-z]+", node.name)
            if {word.lower() for word in words} & BANNED_NAMES:
                yield at(node, f"{node.name} says nothing")


@rule(
    RULES,
    Example("def test_it():\n    assert f()", TEST),
    Example("def test_refunds(): ...", TEST),
    passes=(
        Example("def test_a_refund_goes_to_the_same_lots(): ...", TEST),
        Example('def test_refund():\n    """A refund is once."""', TEST),
    ),
    under=("tests/",),
)
def tests_say_their_point(source: Source) -> Iterator[Finding]:
    """A test says its point in a name of three words or more, or in one sentence (STYLE 20)."""
    for node in ast.walk(source.tree):
        if isinstance(node, Function) and node.name.startswith("test_"):
            words = node.name.removeprefix("test_").split("_")
            if len(words) < MIN_WORDS and not ast.get_docstring(node):
                yield at(node, f"{node.name}: what is its point?")


@rule(
    RULES,
    Example("pytest.mark.skip()", "tests/unit/test_x.py"),
    Example("@pytest.mark.xfail\ndef test_a(): ...", "tests/unit/test_x.py"),
    Example("pytest.skip('later')", "tests/unit/test_x.py"),
    passes=(Example("pytest.mark.long", "tests/unit/test_x.py"),),
    under=("tests/",),
)
def tests_are_not_skipped(source: Source) -> Iterator[Finding]:
    """A test that does not run keeps nothing: skip, xfail and importorskip are not used."""
    for node in ast.walk(source.tree):
        name = dotted(node) if isinstance(node, ast.Attribute) else ""
        if re.search(r"^pytest\.(mark\.)?(skip|skipif|xfail|importorskip)$", name):
            yield at(node, name)
