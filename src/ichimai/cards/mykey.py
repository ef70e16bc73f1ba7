"""MyKey-IDs: eight letters and digits that a person chose on the MyKey Platform.

Which of the letters are allowed has not been published: none is read as another.
"""

import re
import unicodedata
from typing import Final

_MOST_TYPED: Final = 64
_SEPARATORS: Final = re.compile(r"[\s\-‐-―−ー]")
_ID: Final = re.compile("[0-9A-Z]{8}")


def parse(text: str) -> str | None:
    """The MyKey-ID that ``text`` is, in upper case; None if it is none.

    Width, case, spaces and hyphens do not matter.
    """
    if len(text) > _MOST_TYPED:
        return None
    typed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    return typed if _ID.fullmatch(typed) else None
