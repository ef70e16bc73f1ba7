"""Text files as town offices exchange them: UTF-8 and CP932, read and written without loss.

Nothing is ever replaced: what cannot be read or written is an error that says where.
Code points outside CP932 and variation selectors are kept from end to end.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ichimai.kernel.errors import Invalid


class Encoding(StrEnum):
    """How a file that was read had been written."""

    UTF_8 = "utf-8"
    UTF_8_BOM = "utf-8-sig"
    CP932 = "cp932"


class Decoded(NamedTuple):
    """A file's text, without byte order mark, its line ends as they were."""

    text: str
    encoding: Encoding


@dataclass(eq=False)
class UndecodableText(Invalid):
    """The file is neither UTF-8 nor CP932 (Windows Japanese)."""

    encoding: Encoding
    """What the file before the wrong byte is written in."""
    position: int
    """The wrong byte's place in the file, from 0."""
    line: int
    """The line it is in, from 1."""
    offset: int
    """Its place in the line, from 0."""
    byte: int
    code = "undecodable_text"
    public = ("encoding", "position", "line", "offset", "byte")


class Unmappable(NamedTuple):
    """A character that CP932 does not have, and its line, counted from 1."""

    line: int
    character: str


@dataclass(eq=False)
class UnmappableText(Invalid):
    """CP932 (Windows Japanese) has no code for some of the characters."""

    characters: tuple[Unmappable, ...]
    code = "unmappable_text"
    public = ("characters",)


_LINE_END = re.compile(b"\r\n|\r|\n")
_NOT_CP932 = re.compile("[\x80\uf8f0-\uf8f3]")
"""What Python makes of the single bytes 80, A0, FD, FE and FF, which mean nothing in CP932."""

SILENT_CHANGES = {"〜": "～", "−": "－", "‖": "∥", "¢": "￠", "£": "￡", "¬": "￢"}
"""Characters that encode to CP932 and come back from it as others: all there are."""

_COMPARABLE = str.maketrans(SILENT_CHANGES | {"—": "―"})
"""The long dash too: other systems' Shift_JIS reads 815C as U+2014, CP932 as U+2015."""


def decode(data: bytes) -> Decoded:
    """The text of an uploaded file: UTF-8 if it is valid UTF-8, else CP932.

    A damaged UTF-8 file is not read as CP932, although most would go through as garbage.
    Raises UndecodableText.
    """
    encoding = Encoding.UTF_8_BOM if data.startswith(b"\xef\xbb\xbf") else Encoding.UTF_8
    bad = _first_bad(data, encoding)
    if bad is not None and encoding is Encoding.UTF_8 and not _was_utf_8(data[:bad]):
        encoding = Encoding.CP932
        bad = _first_bad(data, encoding)
    if bad is not None:
        raise _undecodable(data, encoding, bad)
    return Decoded(data.decode(encoding), encoding)


def to_cp932(text: str) -> bytes:
    """``text`` in CP932, for Excel. Raises UnmappableText with every character it lacks.

    The six characters of SILENT_CHANGES are written as their doubles, as Windows does.
    """
    if not _NOT_CP932.search(text):
        try:
            return text.encode("cp932")
        except UnicodeEncodeError:
            pass
    raise UnmappableText(_unmappable(text))


def comparable(text: str) -> str:
    """``text`` as it would come back from CP932: for comparing only, never for keeping."""
    return text.translate(_COMPARABLE)


_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def has_private_use(text: str) -> bool:
    """Whether ``text`` has 外字, which mean other characters in another town's systems."""
    return not text.isascii() and _PRIVATE_USE.search(text) is not None


def has_control(text: str) -> bool:
    """Whether ``text`` has control characters, line ends, or marks that turn its direction."""
    return _CONTROL.search(text) is not None


def visible_length(text: str) -> int:
    """How many characters a person sees: marks, variation selectors and joiners do not count."""
    seen, joins = 0, False
    for character in text:
        seen += not joins and _is_seen(character)
        joins = character == "\u200d"
    return seen


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might run ``text`` as a formula (CWE-1236), also after blanks."""
    return _FORMULA.match(text) is not None


def cell(text: str) -> str:
    """``text`` safe as a cell of an exported CSV: an apostrophe before what may be a formula.

    Quoting is the CSV writer's task.
    """
    return f"'{text}" if is_formula(text) else text


_FORMULA = re.compile("[\\s\0\u200b-\u200f\u2060\ufeff]*[=+@＝＋－＠\u2212\t\r\n\0-]")
"""U+2212 becomes a full-width minus in CP932."""


def _first_bad(data: bytes, encoding: Encoding) -> int | None:
    """Where the first byte is that ``encoding`` does not allow."""
    try:
        text, bad = data.decode(encoding), None
    except UnicodeDecodeError as error:
        # Without the byte order mark, which the codec has taken off.
        bad = error.start + (3 if encoding is Encoding.UTF_8_BOM else 0)
        text = data[:bad].decode(encoding)
    nothing = _NOT_CP932.search(text) if encoding is Encoding.CP932 else None
    return bad if nothing is None else len(text[: nothing.start()].encode("cp932"))


def _was_utf_8(sound: bytes) -> bool:
    """Whether ``sound``, valid UTF-8, is so by intent: Japanese takes three bytes a character.

    By chance CP932 makes one such character now and then, and two-byte ones of half-width kana.
    """
    return sum(character >= "\u0800" for character in sound.decode("utf-8")) >= 3


def _undecodable(data: bytes, encoding: Encoding, bad: int) -> UndecodableText:
    ends = list(_LINE_END.finditer(data, 0, bad))
    start = ends[-1].end() if ends else 0
    return UndecodableText(encoding, bad, len(ends) + 1, bad - start, data[bad])


def _unmappable(text: str) -> tuple[Unmappable, ...]:
    found: dict[Unmappable, None] = {}
    for line, content in enumerate(re.split("\r\n|\r|\n", text), start=1):
        for character in content:
            if _NOT_CP932.match(character) or not _is_in_cp932(character):
                found[Unmappable(line, character)] = None
    return tuple(found)


def _is_in_cp932(character: str) -> bool:
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _is_seen(character: str) -> bool:
    if "\U0001f3fb" <= character <= "\U0001f3ff":
        return False  # It colours the character before it.
    return unicodedata.category(character) not in {"Mn", "Mc", "Me", "Cc", "Cf"}
