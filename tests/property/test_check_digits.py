"""Wrong digits: each scheme finds exactly what its documentation promises."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ichimai.kernel import check_digits
from ichimai.kernel.check_digits import InvalidMunicipalityCode, Nw7Scheme

TWELVE = st.text("0123456789", min_size=12, max_size=12)
BODY = st.text("0123456789", min_size=1, max_size=20)
SEPARATORS = st.sampled_from(["", " ", "-", "－", "\u3000", "ー", "‐", " - ", "\u200b"])


def single_errors(code: str, alphabet: str = "0123456789") -> Iterator[tuple[int, str]]:
    for place, right in enumerate(code):
        for wrong in alphabet.replace(right, ""):
            yield place, code[:place] + wrong + code[place + 1 :]


def is_my_number(digits: str) -> bool:
    """Written from the ordinance a second time: P1 is the lowest of the eleven digits."""
    total = 0
    for n in range(1, 12):
        p_n = int(digits[11 - n])
        q_n = n + 1 if n <= 6 else n - 5
        total += p_n * q_n
    expected = 11 - total % 11 if total % 11 > 1 else 0
    return int(digits[11]) == expected


@given(TWELVE)
def test_the_guard_agrees_with_the_ordinance(digits: str) -> None:
    assert check_digits.looks_like_my_number(digits) == is_my_number(digits)


@given(TWELVE, SEPARATORS, SEPARATORS, st.text(max_size=10), st.text(max_size=10))
def test_a_my_number_is_found_in_any_text(
    digits: str, first: str, second: str, before: str, after: str
) -> None:
    """And redaction leaves no My Number behind, and changes nothing else."""
    right = next(digits[:11] + d for d in "0123456789" if is_my_number(digits[:11] + d))
    text = f"{before}:{right[:4]}{first}{right[4:8]}{second}{right[8:]}:{after}"
    assert check_digits.contains_my_number(text)
    hidden = check_digits.redacted(text)
    assert not check_digits.contains_my_number(hidden)
    assert len(hidden) == len(text)
    assert all(h in {"*", t} for h, t in zip(hidden, text, strict=True))


@given(st.text(st.characters(codec="utf-8")))
def test_redaction_never_fails_and_is_final(text: str) -> None:
    hidden = check_digits.redacted(text)
    assert check_digits.redacted(hidden) == hidden
    assert check_digits.contains_my_number(text) == (hidden != text)


def is_municipality_code(text: str) -> bool:
    try:
        check_digits.parse_municipality_code(text)
    except InvalidMunicipalityCode:
        return False
    return True


@given(st.integers(1000, 47999))
def test_a_wrong_digit_of_a_municipality_code(base: int) -> None:
    """Found, unless the remainder goes from 0 to 10 or back: both have the check digit 1."""

    def remainder(code: str) -> int:
        return sum((6 - n) * int(code[n]) for n in range(5)) % 11

    code = check_digits.municipality_code(f"{base:05}")
    for place, wrong in single_errors(code):
        is_twin = place < 5 and {remainder(code), remainder(wrong)} == {0, 10}
        is_in_japan = 1 <= int(wrong[:2]) <= 47
        assert is_municipality_code(wrong) == (is_twin and is_in_japan)


@given(TWELVE)
def test_a_wrong_digit_of_a_corporate_number(base: str) -> None:
    """Found, unless it is 0 for 9 or 9 for 0 behind the check digit."""
    number = check_digits.corporate_number(base)
    for place, wrong in single_errors(number):
        passes = wrong == check_digits.corporate_number(wrong[1:])
        assert passes == (place > 0 and {number[place], wrong[place]} == {"0", "9"})


def test_a_wrong_digit_of_a_my_number() -> None:
    """Found, unless the remainder goes between 0 and 1: both have the check digit 0."""
    for body in ("12345678901", "00000000006", "98765432109"):
        right = next(body + d for d in "0123456789" if is_my_number(body + d))
        for _, wrong in single_errors(right):
            assert not check_digits.looks_like_my_number(wrong) or right[11] == "0"


def weighted_mod_10(weights: tuple[int, int], *, is_split: bool, body: str) -> str:
    """Modulus 10 the long way: add until the total ends in 0."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        product = int(digit) * weights[place % 2]
        total += product // 10 + product % 10 if is_split else product
    return str(next(check for check in range(10) if (total + check) % 10 == 0))


@given(BODY)
def test_the_schemes_of_libraries_agree_with_a_second_writing(body: str) -> None:
    expected = {
        Nw7Scheme.M10W21_SPLIT: weighted_mod_10((2, 1), is_split=True, body=body),
        Nw7Scheme.M10W21_LUMP: weighted_mod_10((2, 1), is_split=False, body=body),
        Nw7Scheme.M10W3: weighted_mod_10((3, 1), is_split=False, body=body),
        Nw7Scheme.SEVEN_DR: str(int(body) - int(body) // 7 * 7),
        Nw7Scheme.SEVEN_DSR: str(7 - (int(body) - int(body) // 7 * 7)),
    }
    for scheme, check in expected.items():
        assert check_digits.nw7_with_check(body, scheme) == body + check
        assert check_digits.nw7_with_check(f"A{body}D", scheme) == f"A{body}{check}D"


@given(st.text("0123456789-$:/.+", min_size=1, max_size=20), *[st.sampled_from("ABCD")] * 2)
def test_mod16_finds_every_wrong_character(data: str, start: str, stop: str) -> None:
    barcode = check_digits.nw7_with_check(start + data + stop, Nw7Scheme.MOD16)
    assert check_digits.nw7_is_valid(barcode, Nw7Scheme.MOD16)
    for _, wrong in single_errors(barcode[1:-1], "0123456789-$:/.+"):
        assert not check_digits.nw7_is_valid(start + wrong + stop, Nw7Scheme.MOD16)


UNSEEN: dict[Nw7Scheme, set[int]] = {
    Nw7Scheme.M10W21_SPLIT: set(),
    Nw7Scheme.M10W3: set(),
    Nw7Scheme.M10W21_LUMP: {5},
    Nw7Scheme.SEVEN_DR: {7},
    Nw7Scheme.SEVEN_DSR: {7},
}


@pytest.mark.parametrize("scheme", UNSEEN)
@given(body=BODY)
def test_wrong_digits_of_a_library_barcode(scheme: Nw7Scheme, body: str) -> None:
    """A wrong digit passes only at the distance that the scheme is known not to see."""
    barcode = check_digits.nw7_with_check(body, scheme)
    for place, wrong in single_errors(barcode):
        if check_digits.nw7_is_valid(wrong, scheme):
            assert abs(int(barcode[place]) - int(wrong[place])) in UNSEEN[scheme]


MOD37_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@given(st.text(MOD37_36, min_size=1, max_size=20))
def test_mod_37_36_finds_every_wrong_character(body: str) -> None:
    code = check_digits.mod37_36_with_check(body)
    assert check_digits.mod37_36_is_valid(code)
    for _, wrong in single_errors(code, MOD37_36):
        assert not check_digits.mod37_36_is_valid(wrong)
