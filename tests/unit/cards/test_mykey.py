"""MyKey-IDs as people type them."""

import pytest

from ichimai.cards import mykey


@pytest.mark.parametrize(
    "text",
    ["ab12cd34", "AB12CD34", "ＡＢ１２ｃｄ３４", " ab12-cd34\r\n", "AB 12 CD 34", "ab12－cd34"],
)
def test_an_id_is_the_same_however_it_is_typed(text: str) -> None:
    assert mykey.parse(text) == "AB12CD34"


def test_no_letter_is_read_as_another() -> None:
    """The alphabet is not published: O and 0, I and 1 may be two people's."""
    assert len({mykey.parse(f"AB12CD3{last}") for last in "O0I1lL"}) == 5


@pytest.mark.parametrize(
    "text",
    ["", "AB12CD3", "AB12CD345", "AB12CD3_", "AB12CD3é", "ＡＢ１２ＣＤ３あ", "AB12CD3٣", " " * 65],
)
def test_other_text_is_no_id(text: str) -> None:
    assert mykey.parse(text) is None
