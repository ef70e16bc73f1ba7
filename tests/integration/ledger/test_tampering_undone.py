"""What comes back comes back once, to whom it was: whoever has the machine may say otherwise."""

from ichimai.ledger import undone_store, verification_store
from ichimai.ledger.model import Kind
from tests.integration.ledger.attic import Attic, judge


def test_more_goods_than_were_sold_never_came_back(attic: Attic) -> None:
    """Also where somebody has made the digest and the whole chain anew."""
    for sql in (
        "UPDATE sale SET total_yen = -1235 WHERE total_yen = -600",
        "UPDATE sale SET total_yen = 599 WHERE total_yen = 1234",
    ):
        with attic.attempt():
            assert attic.connection.execute(sql.encode()).rowcount == 1
            assert attic.rows(verification_store.WRONG_SALE)
            assert judge(attic, "sale", sql) == ""


def test_what_was_recalled_through_a_merge_was_moved_by_it_and_is_taken_back(attic: Attic) -> None:
    """Also where the whole chain was made anew; and it uncounts no more than was counted."""
    recall = f"kind = {Kind.RECALL.value}"
    counted = f"(operation, leg) IN (SELECT operation, leg FROM transfer WHERE {recall})"
    for sql, query in (
        (f"UPDATE transfer SET units = units + 6 WHERE {recall}", undone_store.OVER_SPLIT),
        (f"UPDATE transfer SET reverses = lot WHERE {recall}", undone_store.OVER_SPLIT),
        (f"UPDATE transfer SET lot = reverses WHERE {recall}", undone_store.OVER_SPLIT),
        (f"UPDATE transfer SET credit = debit WHERE {recall}", undone_store.OVER_SPLIT),
        (f"UPDATE transfer SET units = units + 1 WHERE {recall}", undone_store.OVER_RECALLED),
        (f"UPDATE transfer SET operation = lot WHERE {recall}", undone_store.OVER_RECALLED),
        (f"UPDATE transfer SET credit = lot WHERE {recall}", undone_store.OVER_RECALLED),
        (f"UPDATE counted SET units = units - 6 WHERE {counted}", undone_store.OVER_UNCOUNTED),
    ):
        with attic.attempt():
            assert attic.connection.execute(sql.encode()).rowcount == 1
            assert attic.rows(query), sql


def test_no_more_is_taken_back_than_the_goods_had_earned(attic: Attic) -> None:
    """Of the lot and to the giver that it was, also where the whole chain was made anew."""
    take_back = f"kind = {Kind.TAKE_BACK.value}"
    for sql in (
        f"UPDATE transfer SET units = units + 1 WHERE {take_back}",
        f"UPDATE transfer SET credit = debit WHERE {take_back}",
        f"UPDATE transfer SET debit = credit WHERE {take_back}",
        f"UPDATE transfer SET lot = credit WHERE {take_back}",
        f"UPDATE transfer SET reverses = operation WHERE {take_back}",
        f"DELETE FROM transfer WHERE kind = {Kind.EARN.value}",
        "UPDATE sale SET total_yen = -400 WHERE total_yen = -600",
        "DELETE FROM sale WHERE total_yen = -600",
    ):
        with attic.attempt():
            assert attic.connection.execute(sql.encode()).rowcount
            assert attic.rows(undone_store.OVER_TAKEN_BACK), sql


def test_no_more_goes_back_than_was_paid_in(attic: Attic) -> None:
    """30 of 60 yen and 3 of the 6 points on them, also where the whole chain was made anew."""
    back = f"kind = {Kind.CASH_OUT.value} AND units = 30"
    premium = f"kind = {Kind.TAKE_BACK.value} AND units = 3 AND debit IN"
    premium += f" (SELECT credit FROM transfer WHERE kind = {Kind.EARN.value} AND units = 6)"
    for sql, query in (
        (f"UPDATE transfer SET units = 61 WHERE {back}", undone_store.OVER_REFUNDED),
        (f"UPDATE transfer SET reverses = lot WHERE {back}", undone_store.OVER_REFUNDED),
        (f"UPDATE transfer SET lot = reverses WHERE {back}", undone_store.OVER_REFUNDED),
        (f"UPDATE transfer SET units = 7 WHERE {premium}", undone_store.OVER_TAKEN_BACK),
        (f"UPDATE transfer SET credit = debit WHERE {premium}", undone_store.OVER_TAKEN_BACK),
        (f"UPDATE transfer SET operation = lot WHERE {premium}", verification_store.WRONG_SALE),
    ):
        with attic.attempt():
            assert attic.connection.execute(sql.encode()).rowcount == 1, sql
            assert attic.rows(query), sql
