"""Japanese numbers that carry a check digit, and the one number that must be refused.

Nothing here keeps a My Number (個人番号): it is recognised so that it can be refused and
taken out of anything that is written down (番号法 art. 20).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle
from typing import NewType

from ichimai.kernel.errors import Invalid

MunicipalityCode = NewType("MunicipalityCode", str)
"""A 全国地方公共団体コード: 5 digits of JIS X 0402 and a check digit, such as ``131164``."""

CorporateNumber = NewType("CorporateNumber", str)
"""A 法人番号: a check digit and 12 digits."""

_FULL_WIDTH_DIGITS = {0xFF10 + digit: str(digit) for digit in range(10)}
_PREFECTURES = range(1, 48)


@dataclass(eq=False)
class MyNumberRefused(Invalid):
    """A My Number may not be entered here."""

    code = "my_number_refused"


@dataclass(eq=False)
class InvalidMunicipalityCode(Invalid):
    """A local government's code is six digits, the last of which checks the others."""

    code = "invalid_municipality_code"


@dataclass(eq=False)
class InvalidCorporateNumber(Invalid):
    """A corporate number is thirteen digits, the first of which checks the others."""

    code = "invalid_corporate_number"


@dataclass(eq=False)
class InvalidBarcode(Invalid):
    """The barcode has a character, a length or an end that its scheme does not know."""

    code = "invalid_barcode"


def parse_municipality_code(text: str) -> MunicipalityCode:
    """The code of a municipality or prefecture as typed: six digits, perhaps full-width.

    Raises InvalidMunicipalityCode. The scheme gives two remainders the same check digit, so
    that a few wrong digits pass: where it matters, look the code up in the table as well.
    """
    digits = _ascii_digits(text)
    if len(digits) != 6 or digits != municipality_code(digits[:5]):
        raise InvalidMunicipalityCode
    return MunicipalityCode(digits)


def municipality_code(base: str) -> MunicipalityCode:
    """The five digits ``base`` of JIS X 0402 with their check digit (Toshima: 13116).

    Raises InvalidMunicipalityCode.
    """
    if not re.fullmatch("[0-9]{5}", base) or int(base[:2]) not in _PREFECTURES:
        raise InvalidMunicipalityCode
    remainder = _weighted(base, (6, 5, 4, 3, 2)) % 11
    return MunicipalityCode(f"{base}{(11 - remainder) % 10}")


def parse_corporate_number(text: str) -> CorporateNumber:
    """A 法人番号 as typed, perhaps in full-width digits. Raises InvalidCorporateNumber.

    Every wrong digit is found but 0 for 9 and 9 for 0.
    """
    digits = _ascii_digits(text)
    if len(digits) != 13 or digits != corporate_number(digits[1:]):
        raise InvalidCorporateNumber
    return CorporateNumber(digits)


def corporate_number(base: str) -> CorporateNumber:
    """The twelve digits ``base`` with their check digit in front.

    A local government's base is 000020 and its MunicipalityCode.
    Raises InvalidCorporateNumber. (法人番号の指定等に関する省令 art. 2.)
    """
    if not re.fullmatch("[0-9]{12}", base):
        raise InvalidCorporateNumber
    return CorporateNumber(f"{9 - _weighted(base[::-1], (1, 2)) % 9}{base}")


_INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufe0e\ufe0f\ufeff"
_BETWEEN_GROUPS = r"\s._．＿・･·‐‑‒–—―−－ーｰ\-" + _INVISIBLE
_FOUR = rf"\d(?:[{_INVISIBLE}]*\d){{3}}"
_TWELVE = rf"{_FOUR}[{_BETWEEN_GROUPS}]{{0,5}}{_FOUR}[{_BETWEEN_GROUPS}]{{0,5}}{_FOUR}"

_HEX = "[0-9a-fA-F]"
_MACHINE_MADE = (
    rf"{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}|(?=[0-9]{{0,31}}[a-fA-F]){_HEX}{{32,}}"
)
"""A UUID or a hash in hexadecimal: one in a thousand would look like a My Number by chance."""

_CANDIDATE = re.compile(rf"{_MACHINE_MADE}|(?<!\d)(?=({_TWELVE})(?!\d))")
"""A lookahead, so that each start is tried although candidates overlap. ``\\d`` is any script's."""


_TWELVE_DIGITS = re.compile(r"(?:\D*+\d){12}")
"""Most text has fewer, which is known six times as fast."""


def looks_like_my_number(text: str) -> bool:
    """Whether the whole of ``text`` could be one: 12 digits or 4-4-4, check digit right.

    One in eleven other numbers of twelve digits passes too.
    """
    whole = text.strip()
    return any(span == (0, len(whole)) for span in _my_numbers(whole))


def contains_my_number(text: str) -> bool:
    """Whether a My Number could be anywhere in ``text``, in any kind of digits."""
    return _TWELVE_DIGITS.match(text) is not None and next(_my_numbers(text), None) is not None


def without_my_number(text: str) -> str:
    """``text``, which somebody typed freely, unchanged. Raises MyNumberRefused."""
    if contains_my_number(text):
        raise MyNumberRefused
    return text


def redacted(text: str) -> str:
    """``text`` with ``*`` for each digit of what could be a My Number."""
    characters = list(text)
    for first, after in _my_numbers(text):
        characters[first:after] = re.sub(r"\d", "*", text[first:after])
    return "".join(characters)


def _my_numbers(text: str) -> Iterator[tuple[int, int]]:
    for candidate in _CANDIDATE.finditer(text):
        if candidate[1] is not None:
            digits = [int(character) for character in candidate[1] if character.isdecimal()]
            if _is_my_number(digits):
                yield candidate.span(1)


def _is_my_number(digits: list[int]) -> bool:
    """The test of 総務省令第85号 (2014) art. 5."""
    body = "".join(map(str, digits[:11]))
    remainder = _weighted(body[::-1], (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)) % 11
    return digits[11] == (0 if remainder <= 1 else 11 - remainder)


class Nw7Scheme(StrEnum):
    """How a library checks the barcodes on its cards: a setting of that library.

    MOD16, M10W21_SPLIT and M10W3 find every single wrong digit; M10W21_LUMP does not find
    d for d ± 5 at a doubled place; 7DR and 7DSR do not find d for d ± 7; NONE finds nothing.
    """

    NONE = "none"
    MOD16 = "mod16"
    M10W21_SPLIT = "m10w21_split"
    M10W21_LUMP = "m10w21_lump"
    M10W3 = "m10w3"
    SEVEN_DR = "7dr"
    SEVEN_DSR = "7dsr"


_NW7_VALUES = {character: value for value, character in enumerate("0123456789-$:/.+ABCD")}
_NW7 = re.compile(r"([A-D]?)([0-9$:/.+-]+)([A-D]?)")
_NW7_LONGEST = 64


def nw7_with_check(body: str, scheme: Nw7Scheme) -> str:
    """``body`` with its check character, before the stop character if there is one.

    MOD16 needs the start and stop characters (A to D), for they count; the others take
    digits and leave start and stop out of the sum. Raises InvalidBarcode.
    """
    start, data, stop = _nw7_parts(body)
    if scheme is Nw7Scheme.NONE:
        return body
    return start + data + _NW7_CHECKS[scheme](start, data, stop) + stop


def nw7_is_valid(barcode: str, scheme: Nw7Scheme) -> bool:
    """Whether ``barcode``, as scanned, is one of a library that uses ``scheme``."""
    try:
        start, data, stop = _nw7_parts(barcode)
        if scheme is Nw7Scheme.NONE:
            return True
        return nw7_with_check(start + data[:-1] + stop, scheme) == barcode
    except InvalidBarcode:
        return False


def _nw7_parts(barcode: str) -> tuple[str, str, str]:
    parts = _NW7.fullmatch(barcode)
    if parts is None or len(barcode) > _NW7_LONGEST or bool(parts[1]) != bool(parts[3]):
        raise InvalidBarcode
    return parts[1], parts[2], parts[3]


def _mod16(start: str, data: str, stop: str) -> str:
    if not start:
        raise InvalidBarcode
    total = sum(_NW7_VALUES[character] for character in start + data + stop)
    return "0123456789-$:/.+"[-total % 16]


def _of_digits(rule: Callable[[str], int]) -> Callable[[str, str, str], str]:
    def check(_start: str, data: str, _stop: str) -> str:
        if not data.isdigit():
            raise InvalidBarcode
        return str(rule(data))

    return check


def _weight_two_split(data: str) -> int:
    products = "".join(
        str(int(digit) * weight) for digit, weight in zip(data[::-1], cycle((2, 1)), strict=False)
    )
    return -sum(map(int, products)) % 10


_NW7_CHECKS: dict[Nw7Scheme, Callable[[str, str, str], str]] = {
    Nw7Scheme.MOD16: _mod16,
    Nw7Scheme.M10W21_SPLIT: _of_digits(_weight_two_split),
    Nw7Scheme.M10W21_LUMP: _of_digits(lambda data: -_weighted(data[::-1], (2, 1)) % 10),
    Nw7Scheme.M10W3: _of_digits(lambda data: -_weighted(data[::-1], (3, 1)) % 10),
    Nw7Scheme.SEVEN_DR: _of_digits(lambda data: int(data) % 7),
    Nw7Scheme.SEVEN_DSR: _of_digits(lambda data: 7 - int(data) % 7),
}


_MOD37_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def mod37_36_with_check(body: str) -> str:
    """``body``, of 0-9 and A-Z, with its check character of ISO 7064 MOD 37,36.

    It finds every single wrong character and most swaps, not all. Raises InvalidBarcode.
    """
    if not re.fullmatch("[0-9A-Z]+", body):
        raise InvalidBarcode
    product = 36
    for character in body:
        product = ((product + _MOD37_36.index(character)) % 36 or 36) * 2 % 37
    return body + _MOD37_36[(1 - product) % 36]


def mod37_36_is_valid(code: str) -> bool:
    """Whether the last character of ``code`` checks the others."""
    return bool(re.fullmatch("[0-9A-Z]{2,}", code)) and code == mod37_36_with_check(code[:-1])


def _ascii_digits(text: str) -> str:
    return text.strip().translate(_FULL_WIDTH_DIGITS)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    """The sum of ``digits`` times ``weights``, which repeat."""
    return sum(int(digit) * weight for digit, weight in zip(digits, cycle(weights), strict=False))
