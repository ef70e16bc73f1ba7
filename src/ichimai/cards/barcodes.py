"""Old cards' numbers: NW-7 (Codabar), Code 39 and magnetic stripes, scanned or typed.

What a reader types around the number (start and stop characters, asterisks, track sentinels,
a symbology identifier, an end of line) is its frame: it is taken off, so that a number is the
same however it was read. Each issuer says once, as a CardScheme, what its numbers look like.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ichimai.cards.model import Kind
from ichimai.kernel import check_digits
from ichimai.kernel.check_digits import InvalidBarcode, Nw7Scheme
from ichimai.kernel.errors import Invalid

MAX_TEXT: Final = 256
"""Three tracks of a stripe are shorter; longer text shows no card."""

MAX_NUMBER: Final = 60
"""The longest number of a scheme."""


class Symbology(StrEnum):
    """How the number is written on the card."""

    NW_7 = "nw7"
    CODE_39 = "code39"
    MAGNETIC = "magnetic"
    """A stripe, or a number that was only ever typed."""


class Check(StrEnum):
    """How the number's last character checks the others, and what it cannot find.

    MOD16 (NW-7 with its start and stop characters) and MOD43 (Code 39) find every wrong
    character, but no swap of two neighbours (MOD43: only one with the check character). The
    others are for numbers of digits. M10W21_SPLIT (Luhn) finds every wrong digit, and every swap
    but 0 with 9. M10W21_LUMP finds every swap, and every wrong digit but d for d ± 5 at a doubled
    place. M10W3 finds every wrong digit, and every swap but d with d ± 5. 7DR and 7DSR miss
    d for d ± 7 and their swap, 7DSR also most swaps with the check digit. NONE finds nothing.
    """

    NONE = "none"
    MOD16 = "mod16"
    MOD43 = "mod43"
    M10W21_SPLIT = "m10w21_split"
    M10W21_LUMP = "m10w21_lump"
    M10W3 = "m10w3"
    SEVEN_DR = "7dr"
    SEVEN_DSR = "7dsr"

    @property
    def is_of_digits(self) -> bool:
        """Whether it checks digits only; spaces and hyphens are then no part of a number."""
        return self not in {Check.NONE, Check.MOD16, Check.MOD43}


@dataclass(eq=False)
class InvalidCardScheme(Invalid):
    """A card's scheme has a check, a length, a prefix or a frame that do not go together."""

    code = "invalid_card_scheme"
    public = ("scheme",)

    scheme: str


@dataclass(frozen=True, slots=True)
class CardScheme:
    """What one issuer's card numbers look like. Raises InvalidCardScheme.

    ``name`` is what the registry keeps as a number's scheme: it never changes. ``length``
    counts the number's characters with the check character and without a frame; None: any.
    ``prefix`` begins every number. ``frame``: the start and stop character on NW-7 cards, such
    as ``AB``, put around what comes without; MOD16 cannot be computed without them.
    """

    name: str
    kind: Kind = Kind.OLD_CARD
    symbology: Symbology = Symbology.NW_7
    check: Check = Check.NONE
    length: int | None = None
    prefix: str = ""
    frame: str = ""

    def __post_init__(self) -> None:
        if not all(_faultless(self)):
            raise InvalidCardScheme(self.name)


def read(text: str, scheme: CardScheme) -> str | None:
    """The number on a card of ``scheme`` that ``text`` is, without a frame; None if it is none.

    Full-width characters and a reader's end of line do not matter. A number of Code 39 that ends
    in a space is known between its asterisks only.
    """
    for typed in _contents(text, scheme):
        if _fits(typed.number, scheme) and _is_checked(typed, scheme):
            return typed.number
    return None


def with_check(body: str, scheme: CardScheme) -> str:
    """The whole number of ``scheme`` whose characters but the last are ``body``.

    It has no frame. Raises InvalidBarcode.
    """
    checked = body + _check_character(_Typed(body, scheme.frame), scheme.check)
    if not _fits(checked, scheme):
        raise InvalidBarcode
    return checked


def is_framed(text: str) -> bool:
    """Whether ``text`` is in a frame that readers put around a number and nobody types."""
    return _FRAMED.fullmatch(_bare(text)) is not None


@dataclass(frozen=True, slots=True)
class _Typed:
    """A number as it came, and the start and stop characters around it, if any."""

    number: str
    frame: str = ""


_CODE_39: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_CHARACTERS: Final = {
    Symbology.NW_7: re.compile(r"[0-9$:/.+-]+"),
    Symbology.CODE_39: re.compile(r"[0-9A-Z $%+./-]+"),
    Symbology.MAGNETIC: re.compile(r"[0-9A-Z $%+./-]+"),
}
_DIGITS: Final = re.compile("[0-9]+")
_NW_7_FRAMED: Final = re.compile(r"([A-DTNE*])([0-9$:/.+-]+)([A-DTNE*])")
_CODE_39_FRAMED: Final = re.compile(r"\*([0-9A-Z $%+./-]+)\*")
_TRACK: Final = re.compile(r"[%;+]([^?]*)\?")
_SYMBOLOGY: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
"""ISO/IEC 15424: what a reader says of the symbology before the number, such as ``]F0``."""

_FRAMED: Final = re.compile(
    r"\][AF][0-9A-Z].+|[A-DTNE*][0-9$:/.+-]+[A-DTNE*]|\*[^*]+\*|[%;+][^?]*\?.*"
)
_OLD_NAMES: Final = str.maketrans("TN*E", "ABCD")
"""The start and stop characters have two sets of names."""

_GROUPING: Final = re.compile(r"[ \-‐-―−ー]")


def _contents(text: str, scheme: CardScheme) -> Iterator[_Typed]:
    """The numbers that ``text`` could stand for in the scheme's symbology."""
    bare = _SYMBOLOGY.sub("", _bare(text), count=1)
    if scheme.symbology is Symbology.NW_7:
        found = [_from_nw_7(bare, scheme)]
    elif scheme.symbology is Symbology.CODE_39:
        framed = _CODE_39_FRAMED.fullmatch(bare)
        found = [_Typed(framed[1] if framed else bare)]
    else:
        found = list(map(_Typed, _from_tracks(bare)))
    for typed in found:
        is_grouped = scheme.check.is_of_digits or scheme.symbology is Symbology.MAGNETIC
        yield _Typed(_GROUPING.sub("", typed.number), typed.frame) if is_grouped else typed


def _bare(text: str) -> str:
    """``text`` in half-width upper case without white space around it; nothing if too long."""
    if len(text) > MAX_TEXT:
        return ""
    return unicodedata.normalize("NFKC", text).strip().upper()


def _from_nw_7(bare: str, scheme: CardScheme) -> _Typed:
    framed = _NW_7_FRAMED.fullmatch(bare)
    if framed is None:
        return _Typed(bare, scheme.frame)
    return _Typed(framed[2], (framed[1] + framed[3]).translate(_OLD_NAMES))


def _from_tracks(bare: str) -> Iterator[str]:
    """The number on each track: what comes before ``=`` or ``^`` (ISO/IEC 7813).

    What follows it, a name for instance, goes no further.
    """
    for track in _TRACK.findall(bare) or [bare]:
        number = re.split("[=^]", track, maxsplit=1)[0]
        yield re.sub("^B(?=[0-9])", "", number) if "^" in track else number


def _fits(number: str, scheme: CardScheme) -> bool:
    characters = _DIGITS if scheme.check.is_of_digits else _CHARACTERS[scheme.symbology]
    return (
        len(number) <= MAX_NUMBER
        and scheme.length in {None, len(number)}
        and number.startswith(scheme.prefix)
        and characters.fullmatch(number) is not None
    )


def _is_checked(typed: _Typed, scheme: CardScheme) -> bool:
    if scheme.frame and typed.frame != scheme.frame:
        return False
    if scheme.check is Check.NONE:
        return True
    if len(typed.number) < 2:
        return False
    body = _Typed(typed.number[:-1], typed.frame)
    try:
        return _check_character(body, scheme.check) == typed.number[-1]
    except InvalidBarcode:
        return False


def _check_character(body: _Typed, check: Check) -> str:
    """Raises InvalidBarcode."""
    if check is Check.NONE:
        return ""
    if check is Check.MOD43:
        return _mod43(body.number)
    start, stop = body.frame[:1], body.frame[1:]
    whole = check_digits.nw7_with_check(start + body.number + stop, Nw7Scheme(check.value))
    return whole[len(start) + len(body.number)]


def _mod43(body: str) -> str:
    if not body or not set(body) <= set(_CODE_39):
        raise InvalidBarcode
    return _CODE_39[sum(map(_CODE_39.index, body)) % 43]


def _faultless(scheme: CardScheme) -> Iterator[bool]:
    yield re.fullmatch("[a-z][a-z0-9_-]{0,39}", scheme.name) is not None
    yield scheme.length is None or max(2, len(scheme.prefix)) <= scheme.length <= MAX_NUMBER
    characters = _DIGITS if scheme.check.is_of_digits else _CHARACTERS[scheme.symbology]
    yield not scheme.prefix or characters.fullmatch(scheme.prefix) is not None
    is_nw_7 = scheme.symbology is Symbology.NW_7
    yield not scheme.frame or (is_nw_7 and re.fullmatch("[A-D]{2}", scheme.frame) is not None)
    yield scheme.check is not Check.MOD16 or is_nw_7
    yield scheme.check is not Check.MOD43 or scheme.symbology is Symbology.CODE_39
