"""What a check character must find, over random codes and over all pairs."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ichimai import registry
from ichimai.kernel import typed_codes
from ichimai.registry.errors import MistypedCode

ALPHABET = typed_codes.ALPHABET
BODIES = st.text(ALPHABET, min_size=16, max_size=16)
SEPARATORS = st.sampled_from(["", " ", "-", "\u3000", "ー", "－", "--"])


def whole(body: str) -> str:
    return body + typed_codes.check_character(body)


@given(BODIES)
def test_every_single_wrong_character_is_found(body: str) -> None:
    """At each of the 17 places, each of the 31 other characters is noticed."""
    code = whole(body)
    for place, right in enumerate(code):
        for wrong in ALPHABET.replace(right, ""):
            assert not typed_codes.is_whole(code[:place] + wrong + code[place + 1 :], 16)


@given(BODIES)
def test_every_swap_of_two_characters_is_found(body: str) -> None:
    """Any two unlike characters that change places, side by side or not, are noticed."""
    code = whole(body)
    for first, second in combinations(range(17), 2):
        if code[first] != code[second]:
            swapped = list(code)
            swapped[first], swapped[second] = code[second], code[first]
            assert not typed_codes.is_whole("".join(swapped), 16)


@given(BODIES)
def test_a_lost_or_doubled_character_is_found(body: str) -> None:
    """A code one character short or long is no code."""
    code = whole(body)
    for place in range(17):
        assert not typed_codes.is_whole(code[:place] + code[place + 1 :], 16)
        assert not typed_codes.is_whole(code[:place] + code[place] + code[place:], 16)


@given(BODIES, st.data())
def test_a_code_is_read_however_it_is_typed(body: str, data: st.DataObject) -> None:
    """Case, width, look-alikes and separators at any place change nothing."""
    code = whole(body)
    typed = "".join(_typed(data, character) + data.draw(SEPARATORS) for character in code)
    if len(typed) <= typed_codes.MAX_TYPED:
        assert registry.cards.parse_code(typed) == typed_codes.grouped(code, 4)


@given(st.text())
def test_any_text_is_read_as_a_code_or_refused(text: str) -> None:
    """No text ends in anything but a code in its printed form or a typing error."""
    try:
        code = registry.cards.parse_code(text)
    except MistypedCode:
        return
    assert registry.cards.parse_code(code) == code


@pytest.mark.parametrize("length", [1, 10, 16, 30])
def test_each_place_weighs_differently(length: int) -> None:
    """Every swap is found because no two places of a code have the same weight in GF(32)."""
    code_length = length + 1
    weights = {
        typed_codes.check_character("0" * place + "1" + "0" * (length - place - 1))
        for place in range(length)
    } | {"1"}  # the check character counts as it is
    assert len(weights) == code_length


def _typed(data: st.DataObject, character: str) -> str:
    lookalikes = {"0": "oO", "1": "iIlL"}.get(character, "")
    narrow = [character, character.lower(), *lookalikes]
    wide = [chr(ord(form) + 0xFEE0) for form in narrow]
    typed: str = data.draw(st.sampled_from(narrow + wide))
    return typed
