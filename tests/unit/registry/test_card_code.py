"""The code on a printed card."""

import re

import pytest

from ichimai import registry
from ichimai.kernel import typed_codes
from ichimai.registry.card_code import new_code


def test_a_card_code_is_printed_in_four_groups_and_a_check_character() -> None:
    """The code has the documented shape."""
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]", new_code())


def test_a_printed_code_is_read_as_itself() -> None:
    """Reading what was printed changes nothing."""
    code = new_code()
    assert registry.cards.parse_code(code) == code


def test_no_card_is_printed_whose_code_every_form_would_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One code in three million reads like a My Number in its groups, or without them."""
    bad = ["1234567890189XYZ", "ABC123456789018X"]
    codes = iter([body + typed_codes.check_character(body) for body in (*bad, "7K3QX9B2MN0R4T5V")])
    monkeypatch.setattr(typed_codes, "new", lambda _: next(codes))
    assert new_code().startswith("7K3Q-X9B2-MN0R-4T5V-")


@pytest.mark.parametrize("text", ["", "0", "0000-0000-0000-0000-1", "0" * 18, "x" * 10_000, "\0"])
def test_what_is_no_code_is_refused(text: str) -> None:
    """Text that is no code is a typing error, however long."""
    with pytest.raises(registry.errors.MistypedCode):
        registry.cards.parse_code(text)


def test_the_picture_is_a_full_qr_code_with_its_own_background() -> None:
    """The picture can be scanned on a dark page, and brings no style that a CSP refuses."""
    svg = registry.cards.card_svg(new_code())
    assert svg.startswith("<svg ")
    assert 'viewBox="0 0 33 33"' in svg  # version 2, 25 modules, and 4 quiet ones around
    assert 'fill="#fff"' in svg
    assert "style" not in svg
    assert "<script" not in svg


def test_the_picture_of_a_mistyped_code_is_refused() -> None:
    """No card is printed with a code that no till would accept."""
    with pytest.raises(registry.errors.MistypedCode):
        registry.cards.card_svg("0000-0000-0000-0000-1")
