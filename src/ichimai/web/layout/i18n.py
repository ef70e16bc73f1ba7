"""Japanese and English: the catalogue is compiled in memory when the process starts."""

import functools
import gettext
import io
from collections.abc import Mapping
from importlib import resources
from typing import Final

from babel.messages import mofile, pofile

JAPANESE: Final = "ja"
ENGLISH: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = {JAPANESE: "日本語", ENGLISH: "English"}
COOKIE: Final = "ichimai-lang"


@functools.cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is what the templates are written in."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    source = resources.files("ichimai.web") / "locale" / language / "LC_MESSAGES" / "ichimai.po"
    compiled = io.BytesIO()
    mofile.write_mo(compiled, pofile.read_po(io.BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def mark(message: str) -> str:
    """Mark a sentence for the catalogue; the template that shows it translates it."""
    return message


def chosen(query: str | None, cookie: str | None) -> str:
    """The language asked for in the address, else the one chosen before, else Japanese."""
    for wish in (query, cookie):
        if wish is not None and wish in LANGUAGES:
            return wish
    return JAPANESE
