"""Rules about SQL: where it is written, that its text is constant, and what a migration may do."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.tree import Example, Finding, Rule, Source, at, rule

RULES: list[Rule] = []

STORE = "src/ichimai/ledger/store.py"
MIGRATIONS = ("src/ichimai/storage/migrations/",)

STATEMENT = re.compile(
    r"^\s*(?:"
    r"SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|COPY\s+\w+\s*[(\s]|TRUNCATE\s"
    r"|WITH\s+\w+\s*(?:\([^)]*\)\s*)?AS\s|LOCK\s+TABLE\s|GRANT\s+\w+.*\sON\s|REVOKE\s"
    r"|(?:CREATE|ALTER|DROP)\s+(?:TABLE|INDEX|SCHEMA|ROLE|DATABASE|VIEW|UNLOGGED|TEMP|UNIQUE)\b"
    r"|SET\s+(?:LOCAL|SESSION|ROLE|search_path)\b)"
)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "x" for part in node.values)
    return ""


def _statements(source: Source) -> Iterator[ast.expr]:
    for node in ast.walk(source.tree):
        is_part = isinstance(getattr(node, "parent", None), ast.JoinedStr)
        is_text = isinstance(node, ast.Constant | ast.JoinedStr) and not is_part
        if isinstance(node, ast.expr) and is_text and STATEMENT.match(_text(node)):
            yield node


@rule(
    RULES,
    'tx.rows("SELECT 1 FROM shop")',
    'x = """\n    INSERT INTO shop VALUES (1)"""',
    'tx.execute("UPDATE shop SET name = %s", name)',
    'COPY = "COPY transfer (number) FROM STDIN"',
    'f"DELETE FROM {TABLE}"',
    "x = 'WITH paid AS (SELECT 1) SELECT 2'",
    Example('"DROP TABLE shop"', "src/ichimai/web/shop.py"),
    passes=(
        '"Select a shop, please"',
        '"UPDATE the list"',
        Example('tx.rows("SELECT 1")', STORE),
        Example('tx.rows("SELECT 1")', "src/ichimai/settlement/payout_store.py"),
        Example('tx.rows("SELECT 1")', "src/ichimai/storage/database.py"),
    ),
)
def sql_is_written_in_stores(source: Source) -> Iterator[Finding]:
    """SQL is written next to the function that runs it, only in store.py (STYLE 11)."""
    is_store = source.path.endswith(("/store.py", "_store.py")) or source.package == "storage"
    if not is_store:
        for node in _statements(source):
            yield at(node, _text(node).strip().split("\n")[0][:60])


@rule(
    RULES,
    Example('f"SELECT 1 FROM {table}"', STORE),
    Example("\"SELECT 1 FROM shop WHERE name = '%s'\" % name", STORE),
    Example('"SELECT 1 WHERE a = {}".format(a)', STORE),
    Example('"SELECT 1 FROM shop WHERE " + condition', STORE),
    Example('f"CREATE SCHEMA {schema}"', "src/ichimai/storage/migrate.py"),
    passes=(
        Example('f"SELECT {_COLUMNS} FROM shop"', STORE),
        Example('f"SELECT a FROM shop WHERE kind = {Kind.PAYMENT.value}"', STORE),
        Example('"SELECT a FROM shop WHERE " + _IS_OPEN', STORE),
        Example('f"SET ROLE {role}"  # noqa: ICH001  one of three', "src/ichimai/storage/m.py"),
        Example(
            'sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(s))', "src/ichimai/storage/m.py"
        ),
    ),
    code="ICH001",
)
def the_text_of_sql_is_constant(source: Source) -> Iterator[Finding]:
    """Only module constants may be put into SQL; values are parameters, always (STYLE 11)."""
    for node in _statements(source):
        parent = getattr(node, "parent", None)
        parts = [p.value for p in getattr(node, "values", []) if isinstance(p, ast.FormattedValue)]
        if isinstance(parent, ast.BinOp):
            is_sum = isinstance(parent.op, ast.Add)
            parts += _addends(parent) if is_sum else [parent.right]
        if isinstance(parent, ast.Attribute) and parent.attr == "format":
            parts.append(parent)
        for part in parts:
            if not _is_constant(part):
                yield at(part, f"{ast.unparse(part)} in SQL")


def _addends(node: ast.BinOp) -> list[ast.expr]:
    # "SELECT " + _A + _B is ("SELECT " + _A) + _B: look at the whole sum.
    while isinstance(getattr(node, "parent", None), ast.BinOp):
        node = node.parent  # type: ignore[attr-defined]  # set by Source.tree
    return [side for side in ast.walk(node) if isinstance(side, ast.Name | ast.Call)]


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Attribute) and node.attr == "value":  # of a member of an Enum
        return _is_constant(node.value)
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return bool(re.fullmatch(r"_?[A-Z][A-Z0-9_]*", name))


def _without_comments(text: str) -> str:
    return re.sub(r"--[^\n]*", "", text)


NO_IDS = "time and ids come from the caller"
OLD_RELEASE = "the previous release must run on the new schema"
FORBIDDEN_IN_MIGRATIONS = {
    r"\bTRIGGER\b": "a trigger: Citus refuses it in a distributed schema",
    r"\bMERGE\s+INTO\b": "MERGE: Citus refuses it from VALUES or unnest",
    r"\b(?:big|small)?serial\b|\bAS\s+IDENTITY\b|\bSEQUENCE\s+\w+;|\bnextval\b": NO_IDS,
    r"\bDEFAULT\s+\w+\s*\(": "a DEFAULT that is a function",
    r"\b(?:now|clock_timestamp|gen_random_uuid|random|uuid_generate_v\d)\s*\(": NO_IDS,
    r"\bcurrent_(?:timestamp|date|time)\b": NO_IDS,
    r"\btimestamp\b(?!\s+with\s+time\s+zone)": "timestamptz, always",
    r"\b(?:public|registry|op_\d+)\.\w": "no name across schemas",
    r"\b(?:DROP|RENAME)\b(?!\s+(?:NOT\s+NULL|CONSTRAINT|DEFAULT))": OLD_RELEASE,
    r"\bGRANT\s+ALL\b": "name the privileges",
    r"\b(?:real|double\s+precision|float\d?|money)\b": "value is a whole number",
}


def _migration(text: str) -> Example:
    return Example(text, "src/ichimai/storage/migrations/operator/0009_x.sql")


@rule(
    RULES,
    _migration("CREATE TRIGGER a"),
    _migration("CREATE TABLE a (id bigserial)"),
    _migration("CREATE TABLE a (made_at timestamp)"),
    _migration("CREATE TABLE a (made_at timestamptz DEFAULT now())"),
    _migration("ALTER TABLE a DROP COLUMN b"),
    _migration("INSERT INTO op_131164.shop VALUES (1)"),
    _migration("GRANT ALL ON a TO b"),
    _migration("CREATE TABLE a (fee double precision)"),
    passes=(
        _migration("-- no trigger, no now()\nCREATE TABLE a (made_at timestamptz NOT NULL)"),
        _migration("GRANT SELECT, INSERT ON a TO ichimai_operator"),
    ),
    under=MIGRATIONS,
    suffix=".sql",
)
def migrations_run_everywhere(source: Source) -> Iterator[Finding]:
    """A migration does only what a distributed schema and the previous release can bear."""
    text = _without_comments(source.text)
    for pattern, reason in FORBIDDEN_IN_MIGRATIONS.items():
        for found in re.finditer(pattern, text, re.IGNORECASE):
            yield Finding(text[: found.start()].count("\n") + 1, f"{found[0]}: {reason}")


@rule(
    RULES,
    _migration("CREATE TABLE shop (id uuid PRIMARY KEY)"),
    _migration("CREATE TABLE shop (id uuid PRIMARY KEY); GRANT SELECT ON shop_name TO x"),
    passes=(_migration("CREATE TABLE shop (id uuid PRIMARY KEY); GRANT SELECT ON shop TO x"),),
    under=MIGRATIONS,
    suffix=".sql",
)
def every_table_names_who_may_use_it(source: Source) -> Iterator[Finding]:
    """A table that no GRANT names is either dead or used with too much privilege."""
    text = _without_comments(source.text)
    granted = " ".join(
        re.findall(r"GRANT\b[^;]*?\bON\b([^;]*?)\bTO\b", text, re.IGNORECASE | re.DOTALL)
    )
    for found in re.finditer(r"CREATE TABLE (\w+)([^;]*)", text):
        is_partition = "PARTITION OF" in found[2]
        if not is_partition and not re.search(rf"\b{found[1]}\b", granted):
            yield Finding(text[: found.start()].count("\n") + 1, f"{found[1]}: no GRANT")
