"""The rules, followed line by line through the journals; no I/O."""

import pytest

from tests.journals.every import JOURNALS
from tests.journals.journal import Journal, follow
from tests.unit.ledger.paper_book import PaperBook


@pytest.mark.parametrize("journal", JOURNALS.values(), ids=list(JOURNALS))
def test_the_rules_answer_as_the_journal_says(journal: Journal) -> None:
    follow(journal, PaperBook())
