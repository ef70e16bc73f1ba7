"""A card with stamps, as the server draws it."""

import pytest

from ichimai.web.layout.stamp_cards import MOST_DRAWN, picture


@pytest.mark.parametrize("stamped, size", [(0, 3), (2, 3), (3, 3), (7, 10), (20, MOST_DRAWN)])
def test_each_place_is_drawn_once_stamped_or_not(stamped: int, size: int) -> None:
    drawn = str(picture(stamped, size, "words"))
    assert drawn.count('class="stamped"') == stamped
    assert drawn.count('class="to-stamp"') == size - stamped
    rows = (size + 4) // 5
    assert f'viewBox="0 0 {min(size, 5) * 44} {rows * 44}"' in drawn


def test_a_large_card_is_a_bar() -> None:
    drawn = str(picture(100, 400, "words"))
    assert "stamped" not in drawn
    assert '<rect class="bar" width="250" height="60"/>' in drawn


def test_what_it_shows_is_said_and_never_markup() -> None:
    drawn = str(picture(1, 3, '"><script>'))
    assert 'role="img" aria-label="&#34;&gt;&lt;script&gt;"' in drawn
