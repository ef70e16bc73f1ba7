"""Writes the tables of rules in docs/tutorial/gallery from the town's programs.

Run by ``make docs``. Each page has its table between two marks; tests/docs fails when a table is
not what this would write. The words are those of ``ichimai program show``.
"""

import re
import sys
from functools import cache
from pathlib import Path
from typing import Final

from ichimai import towns
from ichimai.programs.terms import Program
from ichimai.towns import plain_words
from ichimai.towns.scope_words import Names

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs" / "tutorial" / "gallery"
BEGIN: Final = "<!-- rules: written by tools/gallery_rules.py from programs.toml -->\n"
END: Final = "<!-- end of rules -->\n"
SPAN: Final = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)

_ABOUT: Final = 2
"""Sentences before the rules: what it is called, and what it is for."""


@cache
def town() -> towns.Town:
    """The town whose programs the gallery shows."""
    return towns.load("toshima")


@cache
def _names(*, is_english: bool) -> Names:
    here = town()
    return Names(
        associations={one.association.number: one.association.name for one in here.streets},
        shops={one.number: one.name_en if is_english else one.name for one in here.places},
        categories={one.key: (one.name_ja, one.name_en.lower()) for one in here.categories},
        sponsors={one.key: (one.name_ja, one.name_en) for one in here.sponsors},
        programs={one.key: (one.name_ja, one.name_en) for one in here.programs},
    )


def table(program: Program) -> str:
    """The table of a program's rules, with its marks."""
    japanese = plain_words.sentences(program, "ja", _names(is_english=False))[_ABOUT:]
    english = plain_words.sentences(program, "en", _names(is_english=True))[_ABOUT:]
    lines = ["| | 日本語 | English |", "|---|---|---|"]
    for ja, en in zip(japanese, english, strict=True):
        about_ja, _, says_ja = ja.removeprefix("・").partition("：")
        about_en, _, says_en = en.removeprefix("- ").partition(": ")
        if about_en == "The law":  # whose one sentence is of the Japanese law, in Japanese
            says_en = f"`{program.instrument}`"
        lines.append(f"| {about_ja}<br>*{about_en}* | {says_ja} | {says_en} |")
    return BEGIN + "\n" + "\n".join(lines) + "\n\n" + END


def page(program: Program) -> Path:
    """Where the page of a program is."""
    return FOLDER / f"{program.key}.md"


def with_table(text: str, program: Program) -> str:
    """A page with the table that is true now. Raises SystemExit where it has no place for it."""
    if len(SPAN.findall(text)) != 1:
        raise SystemExit(f"{program.key}.md must have the marks of the table once")
    return SPAN.sub(lambda _: table(program), text)


def main() -> int:
    """Write the tables; print the pages that changed."""
    for program in town().programs:
        path = page(program)
        old = path.read_text(encoding="utf-8")
        new = with_table(old, program)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
