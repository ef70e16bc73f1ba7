"""The parser of the tables in which other tests are written."""

import pytest

from tests.tables import Row, each, rows

SALES = """
    wallet      shop      outcome
     1,000 JPY  0 JPY     posted

       499 JPY  -         insufficient_balance
"""


def test_a_line_is_a_row_of_cells_by_column() -> None:
    first, second = rows(SALES)
    assert (first.number, first["outcome"], first.units("wallet")) == (1, "posted", 1000)
    assert (second["wallet"], second.units("shop"), "shop" in second) == ("499 JPY", 0, False)


def test_a_line_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells under 3 columns"):
        rows(SALES + "\n  1 JPY  posted")


@each(SALES)
def test_each_row_is_a_case(row: Row) -> None:
    assert row["outcome"] in str(row)
