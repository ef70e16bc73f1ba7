"""What a page calls those who owe and are owed."""

import pytest

from ichimai.web.console.program_parts import PartWords

WORDS = PartWords(
    say=str,
    language="ja",
    streets={8: "巣鴨地蔵通り"},
    categories={},
    sponsors={"tokyo": ("東京都", "Tokyo")},
    programs={},
    places={},
)


@pytest.mark.parametrize(
    "party, called",
    [
        ("association:8", "巣鴨地蔵通り"),
        ("association:0", "The operator's own places"),
        ("operator", "The town itself"),
        ("tokyo", "東京都"),
    ],
)
def test_a_party_has_a_name_that_people_know(party: str, called: str) -> None:
    assert WORDS.party(party) == called
