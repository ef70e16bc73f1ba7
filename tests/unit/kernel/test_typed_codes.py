"""Codes on paper: their alphabet, their check character, how tolerantly they are read."""

import pytest

from ichimai.kernel import typed_codes


def test_a_new_code_is_whole() -> None:
    """A new code has the asked length and one check character."""
    code = typed_codes.new(16)
    assert len(code) == 17
    assert typed_codes.is_whole(code, 16)


def test_two_new_codes_differ() -> None:
    """Codes are random."""
    assert typed_codes.new(16) != typed_codes.new(16)


@pytest.mark.parametrize(
    "body, check",
    [
        # Damm by hand, in GF(32) with x^5 + x^2 + 1: ten = 2 * 5, 2 * 16 = 5, and so on.
        ("0", "0"),
        ("1", "2"),
        ("G", "5"),
        ("10", "4"),
        ("11", "6"),
        ("Z", "V"),
    ],
)
def test_the_check_character_is_damms(body: str, check: str) -> None:
    """The check character follows the printed definition, worked out by hand."""
    assert typed_codes.check_character(body) == check


@pytest.mark.parametrize(
    "typed, read",
    [
        ("abcd-efgh", "ABCDEFGH"),
        (" AB CD\t", "ABCD"),
        ("oOiIlL", "001111"),
        ("ＡＢｃｄ０１ー２３－４", "ABCD01234"),
        ("A\u2010B\u2212C\u3000D", "ABCD"),
        ("AB!", "AB!"),
        ("\u0663", "\u0663"),
        ("A" * 65, ""),
    ],
)
def test_reading_is_tolerant_of_what_people_type(typed: str, read: str) -> None:
    """Case, width, separators and look-alikes do not matter; what is no code stays none."""
    assert typed_codes.normalised(typed) == read


@pytest.mark.parametrize("code", ["", "0", "000", "0U", "0o", "０0", "1-"])
def test_what_is_not_whole(code: str) -> None:
    """A code of one character and its check character is none of these."""
    assert not typed_codes.is_whole(code, 1)


def test_printed_groups_leave_the_check_character_alone() -> None:
    """The groups are even and the last character stands by itself."""
    assert typed_codes.grouped("0123456789ABCDEFX", 4) == "0123-4567-89AB-CDEF-X"
    assert typed_codes.grouped("0123456789X", 5) == "01234-56789-X"
