"""The rules, followed line by line through the journals; no I/O."""

import pytest

from tests.journals import giving_back, ids, limits, payments
from tests.journals.journal import Journal, follow
from tests.unit.ledger.paper_book import PaperBook

JOURNALS = {
    **payments.PAYMENTS,
    **payments.REPEATS,
    **ids.IDS,
    **limits.LIMITS,
    **limits.ORDER,
    **giving_back.HOLDS,
    **giving_back.REFUNDS,
    **giving_back.UPKEEP,
}


@pytest.mark.parametrize("journal", JOURNALS.values(), ids=list(JOURNALS))
def test_the_rules_answer_as_the_journal_says(journal: Journal) -> None:
    follow(journal, PaperBook())
