"""Documents lead somewhere: links resolve, decisions are listed, words are explained."""

import re
import unicodedata
from pathlib import PurePosixPath

import pytest

from tests.tidy.tree import ROOT, Source, source, sources

DECISIONS = "docs/decisions/"
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "What enforces it"]
MAX_DECISION_LINES = 60

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

WORDS_OF_THE_DESIGN = """
    holder credential assurance sector subject operator service link membership claim program
    asset grant lot account transfer hold post void payment refund expiry association shop
    terminal closing netting payout statement wallet operation block receipt receivable payable
    """.split()
WORDS_OF_THE_TOWN = """
    商店会 締め 振込 総合振込 委託者 宛名番号 喜寿 米寿 金婚 長寿祝い 店舗 端末 制度 残高 返金
    有効期限 会計年度 地方公共団体コード 個人番号 台帳 承認
    """.split()


def _documents() -> list[Source]:
    return sources(
        ("README", "CONTRIBUTING", "SECURITY", "CHANGELOG", "docs/", "requirements/"), ".md"
    )


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*$", FENCE.sub("", text), re.MULTILINE)
    return {_slug(heading) for heading in headings} | set(re.findall(r'<a id="([^"]+)"', text))


def _slug(heading: str) -> str:
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    kept = [c for c in plain if c in " -_" or unicodedata.category(c)[0] in "LNM"]
    return "".join(kept).replace(" ", "-")


def dead_links(document: Source) -> list[str]:
    """The links of a document that lead nowhere; those to other sites are not followed."""
    dead = []
    for found in LINK.finditer(FENCE.sub("", document.text)):
        target = found[1] or found[2]
        if re.match(r"(https?|mailto):", target):
            continue
        path, _, anchor = target.partition("#")
        aim = (ROOT / PurePosixPath(document.path).parent / path).resolve()
        if path and not (aim.exists() and aim.is_relative_to(ROOT)):
            dead.append(target)
        elif anchor and (not path or aim.suffix == ".md"):
            text = aim.read_text(encoding="utf-8") if path else document.text
            dead += [target] if anchor not in _anchors(text) else []
    return dead


@pytest.mark.parametrize("document", _documents(), ids=lambda document: document.path)
def test_links_lead_somewhere(document: Source) -> None:
    assert dead_links(document) == []


@pytest.mark.parametrize("text", ["[a](gone.md)", "[a](#gone)", "![p](p.png)", "[a](../../x)"])
def test_a_dead_link_is_found(text: str) -> None:
    assert dead_links(Source("docs/x.md", f"# There\n{text}"))


@pytest.mark.parametrize("text", ["[a](glossary.md)", "[a](#there-is)", "[a](https://e.example)"])
def test_a_live_link_passes(text: str) -> None:
    assert dead_links(Source("docs/x.md", f"# There is\n{text}")) == []


def test_every_document_can_be_found() -> None:
    """From the README one reaches every page by links."""
    seen, ahead = set[str](), ["README.md", "README.ja.md"]
    while ahead:
        path = ahead.pop()
        if path in seen or (document := source(path)) is None:
            continue
        seen.add(path)
        for found in LINK.finditer(document.text):
            target = (
                (ROOT / PurePosixPath(path).parent / found[1].split("#")[0]) if found[1] else None
            )
            if target and target.suffix == ".md" and target.resolve().is_relative_to(ROOT):
                ahead.append(target.resolve().relative_to(ROOT).as_posix())
    assert sorted({document.path for document in _documents()} - seen) == []


def _decisions() -> list[Source]:
    return [found for found in sources((DECISIONS,), ".md") if not found.path.endswith("README.md")]


def decision_faults(number: int, decision: Source) -> list[str]:
    """What is wrong with the form of a decision record."""
    found = []
    name = decision.path.removeprefix(DECISIONS)
    if not re.fullmatch(rf"{number:04}-[a-z0-9-]+\.md", name):
        found.append(f"should be number {number:04}")
    if not re.match(rf"# {number}\. .+\n", decision.text):
        found.append(f"should begin with '# {number}. '")
    headings = re.findall(r"^## (.+)$", decision.text, re.MULTILINE)
    if headings != HEADINGS:
        found.append(f"has the headings {headings}")
    if len(decision.lines) > MAX_DECISION_LINES:
        found.append("is longer than one screen")
    return found


def test_decisions_are_one_screen_records() -> None:
    assert _decisions()
    for number, decision in enumerate(_decisions(), 1):
        assert (decision.path, decision_faults(number, decision)) == (decision.path, [])


def test_a_badly_formed_decision_is_found() -> None:
    good = "# 2. A\n" + "".join(f"\n## {heading}\n\nx\n" for heading in HEADINGS)
    assert decision_faults(2, Source(DECISIONS + "0002-a.md", good)) == []
    for path, text in [
        ("0003-a.md", good),
        ("0002-a.md", good.replace("# 2.", "# 3.")),
        ("0002-a.md", good.replace("## Consequences", "## Results")),
        ("0002-a.md", good + "\n" * 60),
    ]:
        assert decision_faults(2, Source(DECISIONS + path, text))


def test_every_decision_is_listed() -> None:
    index = source(DECISIONS + "README.md")
    assert index
    listed = re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", index.text)
    assert listed == [decision.path.removeprefix(DECISIONS) for decision in _decisions()]


def glossary_rows(text: str) -> list[tuple[str, str, str, str]]:
    """The rows (term, Japanese, meaning, source) of the glossary's tables."""
    rows = [
        tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
        for line in text.splitlines()
        if line.startswith("|") and not set(line) <= set("|-: ")
    ]
    return [row for row in rows if len(row) == 4 and row[0] != "term"]


def _glossary() -> list[tuple[str, str, str, str]]:
    found = source("docs/glossary.md")
    assert found
    return glossary_rows(found.text)


def test_each_term_has_one_meaning_and_its_japanese() -> None:
    rows = _glossary()
    terms = [row[0] for row in rows]
    assert len(terms) == len(set(terms))
    assert [row for row in rows if not all(row)] == []
    assert [row for row in rows if not re.search(r"[ぁ-んァ-ヶ一-龠]", row[1])] == []


def test_the_words_of_the_design_and_of_the_town_are_explained() -> None:
    rows = _glossary()
    english = {word for row in rows for word in re.split(r"[,;]\s*", row[0])}
    japanese = "".join(row[1] for row in rows)
    assert [word for word in WORDS_OF_THE_DESIGN if word not in english] == []
    assert [word for word in WORDS_OF_THE_TOWN if word not in japanese] == []
