"""Limits that were lowered meanwhile, which no table can say: it has one set of terms."""

from ichimai.kernel import Asset
from ichimai.ledger.model import Role, account_id
from tests.journals.words import GIFT, Terms, named
from tests.unit.ledger.paper_book import PaperBook
from tests.unit.ledger.test_ledger_rules import said

CARD, POINTS = Asset("card"), Asset("points")


def left(books: PaperBook, asset: Asset) -> int:
    return books.balance(account_id(named("wallet", "A"), Role.WALLET, asset))


def test_a_limit_that_was_lowered_sets_no_cards_aside_below_none() -> None:
    """400 were spent today when no more than 200 may be: nobody pays that twice."""
    books = PaperBook()
    said(books, "grant g1 900 in card")
    said(books, "grant g2 900")
    said(books, "grant g3 900 in points")
    assert said(books, "buy b1 400", Terms(CARD, multiple=100, per_day=400)) == "posted"
    lowered = Terms(CARD, multiple=100, per_day=200), Terms(), Terms(POINTS)
    assert said(books, "buy b2 300", *lowered) == "posted"
    assert left(books, CARD) == 500
    assert left(books, GIFT) + left(books, POINTS) == 1_500
