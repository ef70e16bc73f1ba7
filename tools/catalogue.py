"""Bring the Japanese catalogue up to the sentences that the pages hold.

``python tools/catalogue.py`` adds new sentences (untranslated) and drops those no longer used;
``python tools/catalogue.py --check`` changes nothing and names what is missing or left over.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).parents[1] / "src" / "ichimai" / "web"
CATALOGUE = WEB / "locale" / "ja" / "LC_MESSAGES" / "ichimai.po"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
HEADER = """\
msgid ""
msgstr ""
"Language: ja\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
KEYWORDS = {"_": None, "ngettext": (1, 2), "mark": None}


def extracted() -> Catalog:
    """Every sentence of the pages."""
    found = Catalog(locale="ja", project="Ichimai", charset="utf-8", fuzzy=False)
    for file, line, message, comments, context in extract_from_dir(WEB, METHODS, OPTIONS, KEYWORDS):
        found.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return found


def kept() -> Catalog:
    """The catalogue as it stands."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ja")


def faults() -> list[str]:
    """Sentences without a translation, and translations without a sentence."""
    known = {message.id: message for message in kept() if message.id}
    texts = {message.id for message in extracted() if message.id}
    return [
        *(f"untranslated: {text}" for text in texts if not _is_whole(known.get(text))),
        *(f"no longer used: {text}" for text in known.keys() - texts),
    ]


def update() -> None:
    """Write the catalogue with today's sentences."""
    old = kept() if CATALOGUE.exists() else Catalog(locale="ja")
    old.update(extracted(), no_fuzzy_matching=True)
    old.obsolete.clear()
    write(old)


def write(catalogue: Catalog) -> None:
    """Write the catalogue, without the header's dates: they would change every time."""
    with CATALOGUE.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, catalogue, width=0, no_location=True, sort_output=True, omit_header=True)


def _is_whole(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    string = message.string
    return all(string if isinstance(string, tuple | list) else (string,))


def main() -> int:
    """Check or update, as asked on the command line."""
    if "--check" not in sys.argv[1:]:
        update()
    found = sorted(faults())
    print("\n".join(found) or "complete")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
