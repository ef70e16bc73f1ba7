"""Which names a bank's file can carry, and what is wrong with those it cannot.

A payee's name is written as the account holder gave it or the transfer is refused by
the bank; so nothing here changes or shortens a name. ``problems_of_*`` say what is
wrong and where, ``suggested_*`` offers what a person may put in its place.

Source: 全国銀行協会 付録1 使用文字一覧, as in domain.md §4.3: ``ｦ`` and symbols other than
these belong to EDI information alone; small kana and ``ｰ`` to no field at all.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import jaconv

PARTY_NAME_BYTES: Final = 30
"""The room for a payee's name (受取人名); one byte a character, a voicing mark is one more."""

PAYER_NAME_BYTES: Final = 40
"""The room for the payer's name (委託者名)."""

BANK_NAME_BYTES: Final = 15
"""The room for the name of a bank or a branch."""

_KANA: Final = frozenset("ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ")
_ALPHANUMERIC: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ")
_BANK_NAME: Final = _KANA | _ALPHANUMERIC | frozenset("-")
_PARTY_NAME: Final = _BANK_NAME | frozenset("().")

_VOICED: Final = "ﾞ"
_HALF_VOICED: Final = "ﾟ"
_HA_ROW: Final = frozenset("ﾊﾋﾌﾍﾎ")
_MARKED: Final = {
    _VOICED: frozenset("ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄ") | _HA_ROW,
    _HALF_VOICED: _HA_ROW,
}

_SMALL: Final = frozenset("ｧｨｩｪｫｬｭｮｯァィゥェォャュョッヮヵヶ")
_LONG_VOWELS: Final = frozenset("ｰー")
# Not among these: kanji and hiragana, whose reading only the account holder knows.
_SUGGESTED: Final = str.maketrans(
    "ｧｨｩｪｫｬｭｮｯｰｦ･・−‐‑–—",
    "ｱｲｳｴｵﾔﾕﾖﾂ-ｵ..-----",
)
_SUGGESTED_WIDE: Final = str.maketrans("ヮヵヶ", "ワカケ")


class NameFault(StrEnum):
    """What is wrong with a name, for a bank."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    SMALL_KANA = "small_kana"
    LONG_VOWEL = "long_vowel"
    FULL_WIDTH = "full_width"
    LONE_MARK = "lone_mark"
    EDGE_SPACE = "edge_space"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class NameProblem:
    """A fault at ``position`` (1 for the first character) of a name, and the character there."""

    position: int
    character: str
    fault: NameFault


def problems_of_party_name(text: str, limit: int = PARTY_NAME_BYTES) -> tuple[NameProblem, ...]:
    """What keeps ``text`` from being a payee's name of up to ``limit`` bytes; empty: nothing."""
    return tuple(_problems(text, _PARTY_NAME, limit))


def problems_of_bank_name(text: str) -> tuple[NameProblem, ...]:
    """What keeps ``text`` from being the name of a bank or branch; empty: nothing."""
    return tuple(_problems(text, _BANK_NAME, BANK_NAME_BYTES))


def suggested_party_name(text: str, limit: int = PARTY_NAME_BYTES) -> str | None:
    """The form that banks use for ``text``, for a person to confirm; None when there is none.

    ``ヤマダ　ショーテン`` becomes ``ﾔﾏﾀﾞ ｼﾖ-ﾃﾝ``. A name that is too long has no suggestion.
    """
    suggestion = _suggested(text)
    return None if problems_of_party_name(suggestion, limit) else suggestion


def suggested_bank_name(text: str) -> str | None:
    """The form that banks use for a bank's or branch's name; None when there is none."""
    suggestion = _suggested(text)
    return None if problems_of_bank_name(suggestion) else suggestion


def _problems(text: str, allowed: frozenset[str], limit: int) -> Iterator[NameProblem]:
    if not text:
        yield NameProblem(1, "", NameFault.EMPTY)
        return
    for index, character in enumerate(text):
        before = text[index - 1] if index else ""
        fault = _fault(character, before, allowed)
        if fault is None and character == " " and index in {0, len(text) - 1}:
            fault = NameFault.EDGE_SPACE
        if fault is not None:
            yield NameProblem(index + 1, character, fault)
    if len(text) > limit:
        yield NameProblem(limit + 1, text[limit], NameFault.TOO_LONG)


def _fault(character: str, before: str, allowed: frozenset[str]) -> NameFault | None:
    if character in allowed:
        return None
    if character in _MARKED:
        return None if before in _MARKED[character] else NameFault.LONE_MARK
    if character in _SMALL:
        return NameFault.SMALL_KANA
    if character in _LONG_VOWELS:
        return NameFault.LONG_VOWEL
    if unicodedata.east_asian_width(character) == "F" or "ァ" <= character <= "ヺ":
        return NameFault.FULL_WIDTH
    return NameFault.NOT_ALLOWED


def _suggested(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).translate(_SUGGESTED_WIDE)
    narrow: str = jaconv.z2h(composed, kana=True, ascii=True, digit=True)
    return " ".join(narrow.translate(_SUGGESTED).upper().split())
