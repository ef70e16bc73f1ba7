"""Rules about every file: no place of one machine, no secret, no person, nothing left for later."""

import re
from collections.abc import Iterator

from tests.tidy.tree import Example, Finding, Rule, Source, rule

RULES: list[Rule] = []

EVERYWHERE = ("",)
WORDS = ("src/", "tests/", "tools/", "bench/", "docs/", "scripts/", ".ci/", "Makefile")
PAGES = ("src/ichimai/web/templates/", "src/ichimai/web/static/")
VENDORED = "src/ichimai/web/static/vendor/"

# Written in two parts here and below, so that this file keeps its own rules.
DOT = "."
SLASH = "/"


def _found(source: Source, pattern: re.Pattern[str], what: str) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, 1):
        if found := pattern.search(line):
            yield Finding(number, f"{found[0]!r}: {what}")


REGISTRY_HOSTS = re.compile(
    r"\b(?:(?:test\.)?pypi\.org|(?:files\.)?pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org"
    r"|repo\.maven\.apache\.org|(?:static\.)?crates\.io|proxy\.golang\.org)\b"
    r"|--(?:extra-)?index-[u]rl|--find-[l]inks|--trusted-[h]ost"
)


@rule(
    RULES,
    Example(f"see https://pypi{DOT}org/project/x", "README.md"),
    Example(f"-{'-'}index-url https://example.org", "requirements/run.txt"),
    passes=(Example("starlette==1.0", "requirements/run.txt"),),
    under=EVERYWHERE,
    suffix="",
)
def no_registry_is_named(source: Source) -> Iterator[Finding]:
    """Where packages come from is the machine's matter: a town hall has its own mirror."""
    if source.path != "Makefile":  # which tells pip-compile not to write them down
        yield from _found(source, REGISTRY_HOSTS, "names a registry")


MACHINE_PATHS = re.compile(
    r"(?<![\w./~:}-])/(?:home|Users|root|work|workspace|opt|mnt|srv|private|builds)/[\w.-]"
)


@rule(
    RULES,
    Example(f'open("{SLASH}home/taro/x")', "src/ichimai/app.py"),
    Example(f"data is in {SLASH}root/x", "README.md"),
    passes=(
        Example("GET /api/v1/home/x", "README.md"),
        Example("/var/lib/ichimai", "docs/how-to/x.md"),
        Example("https://example.org/work/x", "docs/x.md"),
    ),
    under=EVERYWHERE,
    suffix="",
)
def no_machine_is_named(source: Source) -> Iterator[Finding]:
    """A path of one person's machine is wrong on every other."""
    if not source.path.startswith(VENDORED):
        yield from _found(source, MACHINE_PATHS, "a path of one machine")


SECRETS = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
    r"|\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36}|xox[abp]-[0-9A-Za-z-]{20,})"
    r"|\bpostgres(?:ql)?://[^\s:/@]+:(?!PASSWORD|\.\.\.|\{|secret)[^\s@]{3,}@"
)


@rule(
    RULES,
    Example(f"-----BEGIN {'PRIVATE'} KEY-----", "tests/unit/key.pem"),
    Example(f"postgresql:{SLASH}/ichimai:hunter22@db/x", "docs/x.md"),
    passes=(Example("postgresql://ichimai:PASSWORD@db.example/ichimai", "docs/x.md"),),
    under=EVERYWHERE,
    suffix="",
)
def no_secret_is_committed(source: Source) -> Iterator[Finding]:
    """No key, token or password, not even an old one."""
    yield from _found(source, SECRETS, "looks like a secret")


TWELVE_DIGITS = re.compile(r"(?<![0-9A-Za-z_.:+-])[0-9]{12}(?![0-9A-Za-z_.:-])")
PUBLISHED_EXAMPLES = {"123456789018"}
"""The example that the check digit's own descriptions use."""

CONTACTS = re.compile(
    r"(?<!\d)0[789]0[- ]?\d{4}[- ]?\d{4}(?!\d)"
    r"|[\w.+-]+@(?!(?:[\w-]+\.)*(?:example|invalid|test|localhost)\b)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b"
)
MADE_UP_CONTACTS = re.compile(r"0[789]0-?0000-?\d{4}|git@|LL@li|@(?:app|pytest|media|property)\.")


@rule(
    RULES,
    Example("090-1234-" + "5678", "docs/x.md"),
    Example("taro@toshima" + ".jp", "README.md"),
    Example("number\n987654" + "321093", "src/ichimai/towns/x.csv"),
    passes=(
        Example("taro@example.jp", "README.md"),
        Example("123456789018", "tests/unit/kernel/test_check_digits.py"),
        Example("100000000000", "src/ichimai/kernel/amount.py"),
    ),
    under=EVERYWHERE,
    suffix="",
)
def nobody_real_is_in_a_file(source: Source) -> Iterator[Finding]:
    """No My Number, telephone number or mail address of anybody is committed (faults.md I9)."""
    if source.path.startswith((VENDORED, "requirements/")):
        return
    for number, line in enumerate(source.lines, 1):
        for digits in TWELVE_DIGITS.findall(line):
            if digits not in PUBLISHED_EXAMPLES and _may_be_a_my_number(digits):
                yield Finding(number, f"{digits[:2]}**********: may be a My Number")
        if (found := CONTACTS.search(line)) and not MADE_UP_CONTACTS.search(line):
            yield Finding(number, f"{found[0][:4]}...: looks like somebody's")


def _may_be_a_my_number(digits: str) -> bool:
    """Whether the check digit of 総務省令第85号 第5条 fits; written apart from the product's."""
    body = [int(digit) for digit in reversed(digits[:11])]
    weights = [2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6]
    rest = sum(p * q for p, q in zip(body, weights, strict=True)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest) and len(set(digits)) > 2


PERSONAL_COLUMNS = {
    "氏名", "カナ", "生年月日", "住所", "宛名番号", "電話番号",
    "name_kana", "birth_date", "address", "phone", "recipient_number",
}  # fmt: skip


@rule(
    RULES,
    Example("宛名番号,氏名,生年月日\n1,x,y", "src/ichimai/towns/toshima/list.csv"),
    passes=(Example("number,name,members\n1,x,2", "src/ichimai/towns/toshima/a.csv"),),
    under=EVERYWHERE,
    suffix=".csv",
)
def no_table_is_of_people(source: Source) -> Iterator[Finding]:
    """A committed table has no column that describes a person; lists are made when they run."""
    header = set(source.lines[0].lstrip("\ufeff").split(",")) if source.lines else set()
    for column in sorted(header & PERSONAL_COLUMNS):
        yield Finding(1, column)


LEFT_OVER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|<{7}|>{7}")
FLUFF = re.compile(
    r"\b(?:seamless(?:ly)?|cutting[- ]edge|world[- ]class|best[- ]in[- ]class|blazing(?:ly)?|"
    r"state[- ]of[- ]the[- ]art|game[- ]chang\w+|revolutionary|effortless(?:ly)?|"
    r"leverag(?:e[sd]?|ing)|"
    r"enterprise[- ]grade|next[- ]generation)\b",
    re.IGNORECASE,
)


@rule(
    RULES,
    Example("x = 1  # TO" + "DO later", "src/ichimai/app.py"),
    passes=(Example("What to do first", "docs/x.md"),),
    under=WORDS,
    suffix="",
)
def nothing_is_left_for_later(source: Source) -> Iterator[Finding]:
    """What is not done is an issue, not a mark in a file."""
    if not source.path.startswith(VENDORED):
        yield from _found(source, LEFT_OVER, "left over")


@rule(
    RULES,
    Example("A " + "seam" + "less experience", "README.md"),
    passes=(Example("One card for all services", "README.md"),),
    under=("README", "docs/", "CHANGELOG", "CONTRIBUTING", "SECURITY"),
    suffix=".md",
)
def documents_say_what_is(source: Source) -> Iterator[Finding]:
    """Documents say what a thing does; words that sell are left out."""
    yield from _found(source, FLUFF, "says nothing")


FROM_OUTSIDE = re.compile(
    r"(?:src|href|action|srcset|poster)\s*=\s*[\"']?(?:https?:)?//"
    r"|url\(\s*[\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//"
    r"|(?:fetch|import|importScripts)\(\s*[\"'`](?:https?:)?//|from\s+[\"']https?://"
)
INLINE = re.compile(
    r"\son[a-z]+\s*=\s*[\"']|\sstyle\s*=\s*[\"']|javascript:|<script(?![^>]*\ssrc=)[^>]*>|<style"
)


@rule(
    RULES,
    Example('<script src="https://cdn.example/x.js"></script>', PAGES[0] + "a.html"),
    Example("@import '//fonts.example/x.css';", PAGES[1] + "a.css"),
    Example("fetch('https://x.example')", PAGES[1] + "a.js"),
    passes=(
        Example("<script src=\"{{ static('a.js') }}\"></script>", PAGES[0] + "a.html"),
        Example("/* from https://example.org */", PAGES[1] + "a.css"),
    ),
    under=PAGES,
    suffix="",
)
def pages_fetch_nothing_from_outside(source: Source) -> Iterator[Finding]:
    """A town hall may have no internet, and a page must not tell others who looks at it."""
    if source.path.endswith((".html", ".css", ".js", ".svg")):
        yield from _found(source, FROM_OUTSIDE, "fetched from outside")


@rule(
    RULES,
    Example('<a onclick="f()">', PAGES[0] + "a.html"),
    Example("<script>f()</script>", PAGES[0] + "a.html"),
    Example('<p style="color: red">', PAGES[0] + "a.html"),
    passes=(Example('<script src="a.js" type="module"></script>', PAGES[0] + "a.html"),),
    under=PAGES,
    suffix=".html",
)
def pages_have_no_inline_script_or_style(source: Source) -> Iterator[Finding]:
    """The content security policy refuses what is written into a page; so should we."""
    yield from _found(source, INLINE, "written into the page")
