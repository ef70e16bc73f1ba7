"""Rules about code: where time, settings and exceptions may come from, and what value is."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.tree import Example, Finding, Rule, Source, at, dotted, rule

RULES: list[Rule] = []

PYTHON = ("src/", "tests/", "tools/", "bench/")
EDGES = (
    "src/ichimai/web/",
    "src/ichimai/jobs/",
    "src/ichimai/cli",
    "src/ichimai/app",
    "src/ichimai/server",
)
VALUE_PACKAGES = ("kernel", "ledger", "merchants", "programs", "settlement")
CLOCKS = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "time.gmtime",
    "time.localtime",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid1",
    "uuid4",
}
VALUE_NAMES = re.compile(r"^(amount|balance|price|fee|money|remainder)$|_(amount|balance|price)$")
TIME_NAMES = re.compile(r"(^|_)(at|seconds|share)$")
AT = re.compile(r"(^|_)(at|since|until|now|instant)$|^(earliest|latest)$")
ON = re.compile(r"(^|_)(on|day|date|born|today|first|last|since|until|through)$")
HASH = "# "
MIN_REASON = 8
EXCEPTION = re.compile(
    r"#\s*(?:"
    r"noqa(?P<noqa>:\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?"
    r"|type:\s*ignore(?P<ignore>\[[\w, -]+\])?"
    r"|(?P<other>pragma:\s*no\s*(?:cover|branch)|mypy:\s*[\w-]+))"
    r"(?P<reason>.*)"
)


@rule(
    RULES,
    "at = datetime.now(UTC)",
    "at = datetime.datetime.utcnow()",
    "day = date.today()",
    "def f():\n    return time.time()",
    "id = uuid4()",
    "field(default_factory=uuid.uuid4)",
    passes=(
        "clock.now()",
        "time.monotonic()",
        Example("time.time()", "src/ichimai/kernel/clock.py"),
    ),
)
def time_and_ids_are_asked_of_the_kernel(source: Source) -> Iterator[Finding]:
    """Only kernel.clock asks for the time and only kernel.ids makes ids: else no test can."""
    if source.path in ("src/ichimai/kernel/clock.py", "src/ichimai/kernel/ids.py"):
        return
    for node in ast.walk(source.tree):
        name = ".".join(dotted(node).split(".")[-2:])
        if name in CLOCKS:
            yield at(node, f"{name} instead of the injected clock or ids")


@rule(
    RULES,
    "born.replace(year=born.year + 77)",
    passes=("born.replace(day=1)", "text.replace('a', 'b')"),
    under=("src/", "tests/", "tools/", "bench/"),
)
def years_are_not_replaced(source: Source) -> Iterator[Finding]:
    """``date.replace(year=...)`` raises for a child of 29 February; ask kernel.ages."""
    for node in _calls(source, "replace"):
        if any(keyword.arg == "year" for keyword in node.keywords):
            yield at(node, "replace(year=...)")


def _calls(source: Source, method: str) -> Iterator[ast.Call]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == method:
            yield node


@rule(
    RULES,
    "try:\n    f()\nexcept Exception:\n    g()",
    "try:\n    f()\nexcept:\n    g()",
    "try:\n    f()\nexcept (OSError, BaseException):\n    g()",
    passes=(
        "try:\n    f()\nexcept OSError:\n    g()",
        "try:\n    f()\nexcept BaseException:\n    g()\n    raise",
        "try:\n    f()\nexcept Exception:  # noqa: BLE001  one must not fail others\n    g()",
        Example("try:\n    f()\nexcept Exception:\n    g()", "src/ichimai/web/errors.py"),
    ),
    code="BLE001",
)
def only_edges_catch_everything(source: Source) -> Iterator[Finding]:
    """Below the edges nobody catches what nobody expects, or the line says why (STYLE 14)."""
    if source.path.startswith(EDGES):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node):
            yield at(node, "catches everything")


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False  # tidied up, and passed on
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or dotted(kind).split(".")[-1] in ("Exception", "BaseException")
        for kind in caught
    )


@rule(
    RULES,
    f"f()  {HASH}noqa",
    f"f()  {HASH}noqa: S101",
    f"f()  {HASH}type: ignore",
    f"f()  {HASH}type: ignore[arg-type]",
    f"f()  {HASH}pragma: no cover",
    f"{HASH}mypy: ignore-errors",
    passes=(
        f"f()  {HASH}noqa: S101  speaks to the operator",
        f"f()  {HASH}type: ignore[arg-type]  {HASH}the columns above",
    ),
    under=PYTHON,
)
def exceptions_carry_their_reason(source: Source) -> Iterator[Finding]:
    """What a tool is told to overlook says which rule and why, on its line (STYLE 25)."""
    for number, line in enumerate(source.lines, 1):
        found = EXCEPTION.search(line)
        if not found:
            continue
        is_named = found["noqa"] or found["ignore"] or found["other"]
        if not is_named or len(found["reason"].strip(" -#:")) < MIN_REASON:
            yield Finding(number, line.strip())


@rule(
    RULES,
    "def open_transaction(): ...",
    "class Transaction: ...",
    "transaction_id = 1",
    passes=(
        "transfer = 1",
        Example("def transaction(): ...", "src/ichimai/storage/database.py"),
    ),
)
def a_transaction_is_the_databases(source: Source) -> Iterator[Finding]:
    """The ledger has transfers and operations; *transaction* is the database's word (STYLE 15)."""
    if source.package == "storage":
        return
    for node in ast.walk(source.tree):
        name = getattr(node, "name", None)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        if isinstance(name, str) and "transaction" in name.lower():
            yield at(node, f"{name}: an operation or a transfer?")


@rule(
    RULES,
    "def pay(amount: int): ...",
    "class Lot:\n    balance: int",
    "def f(units: float): ...",
    "rate: float = 0.5",
    passes=(
        "def pay(amount: Amount): ...",
        "def f(units: int): ...",
        "fee_yen: int = 0",
        "recorded_at: float",
        "class Account:\n    asset: Asset\n    balance: int",
    ),
)
def value_is_an_amount(source: Source) -> Iterator[Finding]:
    """Value is an Amount, or units beside their asset; and never a float (STYLE 6)."""
    if not source.path.startswith(tuple(f"src/ichimai/{name}/" for name in VALUE_PACKAGES)):
        return
    for name, annotation, node in _annotated(source):
        if annotation == "float" and not TIME_NAMES.search(name):
            yield at(node, f"{name}: float")
        is_value = annotation in ("int", "int | None") and VALUE_NAMES.search(name)
        if is_value and not _stands_beside_its_asset(node):
            yield at(node, f"{name}: {annotation}; which asset?")


def _stands_beside_its_asset(node: ast.AST) -> bool:
    fields = getattr(getattr(node, "parent", None), "body", [])
    targets = [field.target for field in fields if isinstance(field, ast.AnnAssign)]
    return any(isinstance(target, ast.Name) and target.id == "asset" for target in targets)


def _annotated(source: Source) -> Iterator[tuple[str, str, ast.AST]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.arg) and node.annotation:
            yield node.arg, ast.unparse(node.annotation), node
        if isinstance(node, ast.AnnAssign):
            name = node.target.id if isinstance(node.target, ast.Name) else ""
            yield name, ast.unparse(node.annotation), node


@rule(
    RULES,
    Example("class A:\n    created: datetime", "src/ichimai/people/model.py"),
    Example("class A:\n    expires_at: date", "src/ichimai/people/model.py"),
    passes=(
        Example("class A:\n    made_at: datetime\n    due_on: date", "src/ichimai/people/model.py"),
    ),
)
def times_are_at_and_days_are_on(source: Source) -> Iterator[Finding]:
    """A field that is an instant ends in _at, one that is a day in _on (STYLE 16)."""
    if not source.path.endswith("/model.py"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            annotation = ast.unparse(node.annotation).removesuffix(" | None")
            wanted = {"datetime": AT, "date": ON}.get(annotation)
            if wanted and not wanted.search(node.target.id):
                yield at(node, f"{node.target.id}: {annotation}")


@rule(
    RULES,
    "import os\nfolder = os.environ['HOME']",
    "import os\nfolder = os.getenv('HOME')",
    "from os import environ",
    passes=(Example("import os\nos.environ", "src/ichimai/app.py"),),
)
def settings_come_from_the_composition_root(source: Source) -> Iterator[Finding]:
    """Only app.py and its like read the environment; packages are given what they need."""
    if not source.package or source.package in ("app", "cli"):
        return
    for node in ast.walk(source.tree):
        names = [dotted(node)]
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            names = [alias.name for alias in node.names]
        for name in names:
            if name in ("os.environ", "os.getenv", "environ", "getenv"):
                yield at(node, name)
