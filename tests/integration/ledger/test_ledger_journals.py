"""The journals on a real PostgreSQL: alone, in batches, and verified afterwards."""

import pytest

from tests.journals.database_books import DatabaseBooks
from tests.journals.every import JOURNALS
from tests.journals.journal import Journal, follow, follow_in_batches

EACH = pytest.mark.parametrize("journal", JOURNALS.values(), ids=list(JOURNALS))


@EACH
def test_the_ledger_answers_as_the_journal_says(journal: Journal, books: DatabaseBooks) -> None:
    """Each line a batch of its own, so that everything is read back from the tables."""
    follow(journal, books)
    books.verify()


@EACH
def test_a_batch_answers_as_one_after_the_other(journal: Journal, books: DatabaseBooks) -> None:
    """All lines of an instant in one batch, so that nothing is read back between them."""
    follow_in_batches(journal, books)
    books.verify()
