"""Charts that the server draws."""

from ichimai.web.layout.charts import Bar, bars


def test_the_longest_bar_is_as_wide_as_the_chart() -> None:
    drawn = str(bars([Bar("a", 200, "200円"), Bar("b", 50, "50円"), Bar("c", 0, "0円")]))
    assert '<rect class="bar" width="1000" height="10"/>' in drawn
    assert '<rect class="bar" width="250" height="10"/>' in drawn
    assert '<rect class="bar" width="0" height="10"/>' in drawn


def test_a_name_is_text_and_never_markup() -> None:
    drawn = str(bars([Bar("<script>alert(1)</script>", 1, "1円")]))
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn


def test_nothing_to_draw_is_an_empty_chart() -> None:
    assert "<li>" not in str(bars([]))
