"""Wrong and swapped characters on old cards: each check finds exactly what it promises."""

import os
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ichimai.cards.barcodes import CardScheme, Check, Symbology, is_framed, read, with_check

EXAMPLES: Final = 1_000 if os.environ.get("ICHIMAI_TEST_LONG") else 20
"""Numbers of which every character is made wrong in every way: a wrong check fails the first."""

DIGITS = "0123456789"
NW_7 = DIGITS + "-$:/.+"
CODE_39 = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"

ALPHABETS = {Check.MOD16: NW_7, Check.MOD43: CODE_39}
"""Of those that check more than digits."""

Passes = Callable[[str, int, str], bool]
"""Whether a wrong text passes: the number, the place of the first change, the wrong text."""


def _gap(number: str, place: int, wrong: str) -> int:
    return abs(int(number[place]) - int(wrong[place]))


def _never(_number: str, _place: int, _wrong: str) -> bool:
    return False


def _always(_number: str, _place: int, _wrong: str) -> bool:
    return True


def _seven(number: str, place: int, wrong: str) -> bool:
    """The check itself is 0 to 6, or 1 to 7: no other digit is one."""
    is_check = len(number) - 1 in (place, place + (number[place + 1 :] != wrong[place + 1 :]))
    return _gap(number, place, wrong) == 7 and not is_check


WRONG_CHARACTER: dict[Check, Passes] = {
    Check.NONE: _always,
    Check.MOD16: _never,
    Check.MOD43: _never,
    Check.M10W21_SPLIT: _never,
    Check.M10W21_LUMP: lambda n, p, w: _gap(n, p, w) == 5 and (len(n) - 1 - p) % 2 == 1,
    Check.M10W3: _never,
    Check.SEVEN_DR: _seven,
    Check.SEVEN_DSR: _seven,
}
"""When a wrong character is not found."""


def _is_with_check(number: str, place: int) -> bool:
    return place == len(number) - 2


def _seven_dsr(number: str, place: int, wrong: str) -> bool:
    """The digit that became the check must be one that a check can be."""
    return wrong[-1] in "1234567" if _is_with_check(number, place) else _seven(number, place, wrong)


SWAP: dict[Check, Passes] = {
    Check.NONE: _always,
    Check.MOD16: _always,
    Check.MOD43: lambda n, p, _: not _is_with_check(n, p),
    Check.M10W21_SPLIT: lambda n, p, w: _gap(n, p, w) == 9,
    Check.M10W21_LUMP: _never,
    Check.M10W3: lambda n, p, w: _gap(n, p, w) == 5,
    Check.SEVEN_DR: _seven,
    Check.SEVEN_DSR: _seven_dsr,
}
"""When a swap of two unlike neighbours is not found."""

SCHEMES = [
    CardScheme("scheme", symbology=symbology, check=check, frame=frame)
    for check in Check
    for symbology, frame in (
        (Symbology.NW_7, "AB"),
        (Symbology.CODE_39, ""),
        (Symbology.MAGNETIC, ""),
    )
    if not (check is Check.MOD16 and symbology is not Symbology.NW_7)
    and not (check is Check.MOD43 and symbology is not Symbology.CODE_39)
]
EACH = pytest.mark.parametrize("scheme", SCHEMES, ids=lambda each: f"{each.symbology}-{each.check}")


def alphabet_of(scheme: CardScheme) -> str:
    return ALPHABETS.get(scheme.check, DIGITS)


def wrong_characters(number: str, alphabet: str) -> Iterator[tuple[int, str]]:
    for place, right in enumerate(number):
        for wrong in alphabet.replace(right, ""):
            yield place, number[:place] + wrong + number[place + 1 :]


def swaps(number: str) -> Iterator[tuple[int, str]]:
    for place in range(len(number) - 1):
        first, second = number[place], number[place + 1]
        if first != second:
            yield place, number[:place] + second + first + number[place + 2 :]


def judged(scheme: CardScheme, body: str, wrongs: Iterator[tuple[int, str]], may: Passes) -> None:
    number = with_check(body, scheme)
    for place, wrong in wrongs:
        if wrong != wrong.strip():
            continue  # a space at an end is no character of a number: readers add them
        found = read(wrong, scheme)
        assert found in {None, wrong}
        assert (found is not None) == may(number, place, wrong), (number, wrong)


@st.composite
def bodies(draw: st.DrawFn, alphabet: str) -> str:
    inner = draw(st.text(alphabet, max_size=14))
    plain = alphabet.replace(" ", "")
    return draw(st.sampled_from(plain)) + inner + draw(st.sampled_from(plain))


@EACH
@settings(max_examples=EXAMPLES)
@given(st.data())
def test_wrong_characters_are_found_as_far_as_the_check_can(
    scheme: CardScheme, data: st.DataObject
) -> None:
    body = data.draw(bodies(alphabet_of(scheme)))
    wrongs = wrong_characters(with_check(body, scheme), alphabet_of(scheme))
    judged(scheme, body, wrongs, WRONG_CHARACTER[scheme.check])


@EACH
@given(st.data())
def test_swaps_of_neighbours_are_found_as_far_as_the_check_can(
    scheme: CardScheme, data: st.DataObject
) -> None:
    body = data.draw(bodies(alphabet_of(scheme)))
    judged(scheme, body, swaps(with_check(body, scheme)), SWAP[scheme.check])


@EACH
@given(st.data())
def test_a_lost_or_doubled_character_never_passes_where_the_length_is_known(
    scheme: CardScheme, data: st.DataObject
) -> None:
    number = with_check(data.draw(bodies(alphabet_of(scheme))), scheme)
    exact = CardScheme(
        "exact",
        symbology=scheme.symbology,
        check=scheme.check,
        frame=scheme.frame,
        length=len(number),
    )
    if number != number.strip():
        assert read(f"*{number}*", exact) == number
        return  # at an end without asterisks, a space is none of the number
    assert read(number, exact) == number
    for place in range(len(number)):
        assert read(number[:place] + number[place + 1 :], exact) is None
        assert read(number[: place + 1] + number[place:], exact) is None


@given(st.text(max_size=300), st.sampled_from(SCHEMES))
def test_any_text_is_a_number_of_the_scheme_or_nothing(text: str, scheme: CardScheme) -> None:
    """And reading what was read changes nothing."""
    number = read(text, scheme)
    if number is not None:
        assert number.isascii()
        assert read(number, scheme) in {number, None if scheme.check is Check.MOD16 else number}
        assert not is_framed(number) or scheme.symbology is not Symbology.NW_7
