"""What a shop may claim, and what a decision gives of it: the rules as tables."""

import pytest

from ichimai.kernel.amount import MAX_UNITS
from ichimai.settlement.dispute_rules import awarded, check_claim, words
from ichimai.settlement.errors import ClaimRefused
from tests import tables

AWARDS = """
    claimed  award  part  outcome
    70       whole  -     70
    70       none   -     0
    70       part   69    69
    70       part   1     1
    1        whole  -     1
    70       part   70    units
    70       part   0     units
    70       part   -1    units
    70       part   -     units
    70       whole  70    units
    70       none   0     units
    1        part   1     units
    0        none   -     0
"""


@tables.each(AWARDS)
def test_a_decision_gives_the_whole_a_part_or_nothing(row: tables.Row) -> None:
    part = int(row["part"]) if "part" in row else None
    try:
        found = str(awarded(int(row["claimed"]), row["award"], part))  # type: ignore[arg-type] # a cell of the table
    except ClaimRefused as refused:
        found = refused.field
    assert found == row["outcome"]


def test_a_claim_is_an_amount() -> None:
    check_claim(1)
    check_claim(MAX_UNITS)
    for wrong in (0, -1, MAX_UNITS + 1):
        with pytest.raises(ClaimRefused):
            check_claim(wrong)


def test_words_are_one_line_and_not_too_many() -> None:
    """A line break would make two entries of one in a list; what is too long is not cut short."""
    assert words("  レシート\n と合わない ", "reason") == "レシート と合わない"
    assert words("あ" * 200, "reason") == "あ" * 200
    for wrong in ("", " \n ", "あ" * 201):
        with pytest.raises(ClaimRefused):
            words(wrong, "reason")
