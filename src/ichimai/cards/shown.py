"""What a typed or scanned text could show: every card that it could stand for.

A text can be several things at once: eight digits are a MyKey-ID and may be a library's number.
Pass the schemes of the issuers that are expected at this place only, and where two of the
answers are known, of different people, take none of them: nobody was shown.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from ichimai.cards import barcodes, felica, mykey, phone_codes
from ichimai.cards.barcodes import CardScheme
from ichimai.cards.felica import InvalidIdm
from ichimai.cards.model import Kind, Shown
from ichimai.kernel import check_digits, typed_codes
from ichimai.kernel.check_digits import MyNumberRefused

PRINTED_LENGTH: Final = 16
"""The characters of a printed card's code, without the one that checks them."""

_MY_NUMBER_DIGITS: Final = 12
_MARK: Final = "idm:"
_MARKED_IDM: Final = re.compile(rf"\s*{_MARK}[0-9a-f :-]{{16,40}}\s*", re.IGNORECASE)


def of_text(text: str, schemes: Iterable[CardScheme] = ()) -> tuple[Shown, ...]:
    """The cards that ``text`` could be, the surest first. Raises MyNumberRefused.

    A number of 12 digits that could be a My Number is refused: somebody may have typed one. Only
    in a reader's frame, which shows that it was scanned, is it a card's, where one of ``schemes``
    is of exactly 12 characters and knows it. An IDm must be marked: ``idm:`` and 16 hexadecimal
    digits.
    """
    code = phone_codes.parse(text)
    if code is not None:
        return (code.shown,)
    if _MARKED_IDM.fullmatch(text):
        return _of_idm(text)
    return (*_printed(text), *_old(text, schemes), *_mykey(text))


def number_of(text: str, scheme: CardScheme) -> str | None:
    """The number of one service that ``text`` is; None if it is none. Raises MyNumberRefused.

    What could be a My Number is treated as in ``of_text``.
    """
    found = _old(text, [scheme])
    return found[0].number.decode() if found else None


def is_scanned(text: str) -> bool:
    """Whether ``text`` is what only a machine makes: a number in a frame, a code, an IDm."""
    return (
        phone_codes.parse(text) is not None
        or _MARKED_IDM.fullmatch(text) is not None
        or barcodes.is_framed(text)
    )


def _printed(text: str) -> Iterator[Shown]:
    code = typed_codes.normalised(text.strip())
    if typed_codes.is_whole(code, PRINTED_LENGTH):
        yield Shown(Kind.PRINTED_QR, code.encode())


def _mykey(text: str) -> Iterator[Shown]:
    id_ = mykey.parse(text)
    if id_ is not None:
        yield Shown(Kind.MYKEY_ID, id_.encode())


def _old(text: str, schemes: Iterable[CardScheme]) -> list[Shown]:
    """The issuers' numbers that ``text`` could be. Raises MyNumberRefused."""
    is_framed = barcodes.is_framed(text)
    could_be_one = check_digits.contains_my_number(unicodedata.normalize("NFKC", text))
    if could_be_one and not is_framed:
        raise MyNumberRefused
    read = [(scheme, barcodes.read(text, scheme)) for scheme in schemes]
    numbers = [(scheme, number) for scheme, number in read if number is not None]
    taken = [each for each in numbers if _may_be_taken(*each, is_framed=is_framed)]
    if not taken and (could_be_one or numbers):
        raise MyNumberRefused
    return [Shown(scheme.kind, number.encode(), scheme.name) for scheme, number in taken]


def _may_be_taken(scheme: CardScheme, number: str, *, is_framed: bool) -> bool:
    """Not what could be a My Number after all, however it was spelled."""
    is_own = is_framed and scheme.length == _MY_NUMBER_DIGITS
    return is_own or not check_digits.looks_like_my_number(number)


def _of_idm(text: str) -> tuple[Shown, ...]:
    try:
        return (felica.parse_hex(text.strip()[len(_MARK) :]).shown,)
    except InvalidIdm:
        return ()
