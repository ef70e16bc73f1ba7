"""The bank's answer: what it did not pay is owed again, once, and nothing else changes."""

from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest

from ichimai import ledger, settlement
from ichimai.kernel import ids
from ichimai.ledger import Kind
from ichimai.ledger.model import Role
from ichimai.settlement.bank.errors import BankResultRefused, DifferentBankResult
from ichimai.settlement.bank.model import BankResult, BankResultId, Outcome, PayoutResult, Reason
from ichimai.settlement.errors import FileDiffers, NothingToPay, UnknownBatch, WrongState
from ichimai.settlement.model import Batch, BatchId, HeldFor, HeldPayee
from ichimai.simulation import bank
from tests.at_once import at_once

from .conftest import GIFT, TREASURER, Town

PAY_ON, RESULT_ON = date(2026, 10, 8), date(2026, 10, 9)
FAILED = {"08017": "11"}


def result_id(town: Town) -> BankResultId:
    return BankResultId(ids.uuid7(town.clock))


def take(
    town: Town,
    content: bytes,
    *,
    batch: BatchId | None = None,
    result: BankResultId | None = None,
) -> PayoutResult:
    with town.database.write(town.operator) as tx:
        return settlement.bank.results.import_result(
            tx,
            town.clock,
            result or result_id(town),
            content,
            imported_by=TREASURER,
            batch=batch,
        )


def sent(town: Town, *units: int) -> tuple[Batch, bytes]:
    """A batch that was handed over, and its file; it is the day after the pay day now."""
    for shop, amount in enumerate(units):
        if amount:
            town.pay(shop, amount)
    town.close()
    batch = town.make()
    town.approve(batch.id)
    content = town.file(batch.id).content
    town.clock.advance(timedelta(days=4))
    return batch, content


def balances(town: Town) -> tuple[int, int]:
    """What is payable, and what is settled."""
    with town.database.read(town.operator) as tx:
        return (
            ledger.reports.total(tx, Role.PAYABLE, GIFT),
            ledger.reports.total(tx, Role.SETTLED, GIFT),
        )


def state(town: Town) -> tuple[object, ...]:
    """All that an import may change."""
    with psycopg.connect(town.database.url) as connection:
        connection.execute(f"SET search_path TO {town.operator}".encode())
        return tuple(
            connection.execute(query).fetchall()
            for query in (
                b"SELECT number, hash FROM ledger_head",
                b"SELECT * FROM payout_line ORDER BY batch, closing, shop",
                b"SELECT * FROM bank_result ORDER BY id",
                b"SELECT * FROM bank_result_line ORDER BY result, shop",
            )
        )


def refused(town: Town, content: bytes, batch: BatchId | None = None) -> tuple[int, str]:
    """The line and the rule by which a file is refused; nothing was changed."""
    before = state(town)
    with pytest.raises(BankResultRefused) as error:
        take(town, content, batch=batch)
    assert state(town) == before
    return error.value.line, error.value.rule


def in_format(form: str, content: bytes) -> bytes:
    return bank.as_csv(content, PAY_ON) if form == "csv" else content


@pytest.mark.parametrize("form", ["zengin", "csv"])
def test_what_the_bank_did_not_pay_is_owed_again(town: Town, form: str) -> None:
    """A new entry moves it back; what was paid stays paid; the journal still adds up."""
    batch, content = sent(town, 500, 300, 200)
    assert balances(town) == (0, 1_000)
    found = take(town, in_format(form, bank.answer(content, RESULT_ON, FAILED)))
    assert [(line.outcome, line.reason, line.units) for line in found.lines] == [
        (Outcome.DONE, Reason.DONE, 500),
        (Outcome.FAILED, Reason.NO_ACCOUNT, 300),
        (Outcome.DONE, Reason.DONE, 200),
    ]
    assert (found.of, found.result_on, found.format) == (batch.id, RESULT_ON, form)
    assert balances(town) == (300, 700)
    with town.database.snapshot(town.operator) as tx:
        ledger.verification.verify(tx)
        posted = ledger.reports.posted(tx, ledger.OperationId(found.id))
        (progress,) = settlement.reports.closings(tx, GIFT)
    assert posted is not None
    assert [(transfer.kind, transfer.units) for transfer in posted.transfers] == [
        (Kind.CORRECTION, 300)
    ]
    assert (progress.unbatched_units, progress.paid_units) == (300, 700)


def test_an_answer_without_failures_writes_no_entry(town: Town) -> None:
    batch, content = sent(town, 500)
    with town.database.read(town.operator) as tx:
        head = ledger.reports.head(tx)
    found = take(town, bank.answer(content, RESULT_ON))
    with town.database.read(town.operator) as tx:
        assert ledger.reports.head(tx) == head
        assert settlement.bank.results.of_batch(tx, batch.id) == [found]
        assert settlement.bank.results.sent_back(tx) == []


def test_the_same_file_again_changes_nothing(town: Town) -> None:
    """Twice as a file, once more with its id, and once in the other format."""
    batch, content = sent(town, 500, 300)
    answer = bank.answer(content, RESULT_ON, FAILED)
    first = take(town, answer)
    before = state(town)
    assert take(town, answer) == first
    assert take(town, answer, result=first.id, batch=batch.id) == first
    assert take(town, bank.as_csv(answer, PAY_ON)) == first
    town.week()
    assert take(town, answer) == first
    assert state(town) == before
    with pytest.raises(DifferentBankResult):
        take(town, bank.answer(content, RESULT_ON), result=first.id)


def test_the_same_file_imported_by_four_at_once_moves_money_once(town: Town) -> None:
    _, content = sent(town, 500, 300)
    answer = bank.answer(content, RESULT_ON, FAILED)
    results = at_once(*[lambda: take(town, answer)] * 4)
    assert len({result.id for result in results if isinstance(result, BankResult)}) == 1
    assert all(isinstance(result, BankResult) for result in results)
    assert balances(town) == (300, 500)


def test_money_that_comes_back_later_comes_back_once(town: Town) -> None:
    """Done, then returned; or the return is told first. Never twice, never after a failure."""
    _, content = sent(town, 500, 300, 200)
    take(town, bank.answer(content, RESULT_ON, FAILED))
    town.clock.advance(timedelta(days=3))
    later = date(2026, 10, 12)
    found = take(town, bank.returned(content, later, {"08018": "33"}))
    assert [(line.outcome, line.units) for line in found.lines] == [(Outcome.RETURNED, 200)]
    assert balances(town) == (500, 500)
    again = bank.returned(content, later + timedelta(days=1), {"08018": "33"})
    town.clock.advance(timedelta(days=1))
    assert refused(town, again) == (2, "contradicts")
    assert refused(town, bank.returned(content, later, {"08017": "11"})) == (2, "contradicts")


def test_a_line_that_is_in_a_return_twice_refuses_it(town: Town) -> None:
    """Also when its totals were made to fit."""
    _, content = sent(town, 500, 300)
    once = bank.returned(content, RESULT_ON, {"01001": "33"})
    header, line, trailer, end = once.splitlines(keepends=True)
    fitting = trailer.replace(b"000001", b"000002").replace(b"000000000500", b"000000001000")
    assert refused(town, b"".join([header, line, line, fitting, end])) == (3, "twice")


def test_a_return_may_be_told_before_the_answer(town: Town) -> None:
    _, content = sent(town, 500, 300)
    take(town, bank.returned(content, RESULT_ON, {"01001": "33"}))
    assert balances(town) == (500, 300)
    take(town, bank.answer(content, RESULT_ON))
    assert balances(town) == (500, 300)
    assert refused(town, bank.answer(content, RESULT_ON, FAILED)) == (3, "contradicts")


def test_a_second_answer_may_not_say_otherwise(town: Town) -> None:
    _, content = sent(town, 500, 300)
    take(town, bank.answer(content, RESULT_ON))
    assert refused(town, bank.answer(content, RESULT_ON, FAILED)) == (3, "contradicts")
    town.clock.advance(timedelta(days=1))
    assert refused(town, bank.answer(content, date(2026, 10, 10))) == (1, "contradicts")
    assert balances(town) == (0, 800)


@pytest.mark.parametrize("form", ["zengin", "csv"])
def test_a_file_that_is_not_this_batchs_is_refused_with_line_and_rule(
    town: Town, form: str
) -> None:
    first, old = sent(town, 500, 300)
    town.week()
    second, content = sent(town, 400, 300)
    town.week()
    on = town.clock.now().date()
    pay_on = second.pay_on
    right = bank.answer(content, on)

    def written(made: bytes) -> bytes:
        return bank.as_csv(made, pay_on) if form == "csv" else made

    of_first = bank.answer(old, on)
    of_first = bank.as_csv(of_first, first.pay_on) if form == "csv" else of_first
    header = 2 if form == "csv" else 1
    assert refused(town, of_first, batch=second.id) == (header, "other_batch")
    rows = written(right).splitlines(keepends=True)
    assert refused(town, b"".join([*rows[:2], *rows[3:]]))[1] in {"count", "form"}
    line, rule = refused(town, b"".join([rows[0], rows[2], rows[1], *rows[3:]]))
    assert (line, rule) == (2, "line_differs")
    more = written(right).replace(b"0000000400", b"0000000410").replace(b",400,", b",410,", 1)
    assert refused(town, more) == (2, "line_differs")
    assert refused(town, written(right)[:-40])[1] == "form"
    failed = written(bank.answer(content, on, FAILED))
    words = ("11,該当口座なし", "00,振込済") if form == "csv" else ("7 11", "7 00")
    as_done = failed.replace(words[0].encode("cp932"), words[1].encode("cp932"))
    assert refused(town, as_done) == (len(rows) - (form == "zengin"), "totals")
    assert take(town, written(right)).of == second.id


def test_a_result_before_its_time_is_refused(town: Town) -> None:
    """Nothing is done before the pay day, and nothing comes from the future."""
    _, content = sent(town, 500, 300)
    early, late = date(2026, 10, 7), date(2026, 10, 10)
    assert refused(town, bank.answer(content, early)) == (1, "day")
    assert refused(town, bank.answer(content, late)) == (1, "day")
    assert refused(town, bank.answer(content, date(2026, 10, 4), FAILED)) == (1, "day")
    everything = {"01001": "11", "08017": "22"}
    assert take(town, bank.answer(content, early, everything)).total(Outcome.FAILED).yen == 800


def test_a_result_of_no_batch_of_ours_is_refused(town: Town) -> None:
    batch, content = sent(town, 500)
    other = content.replace(b"0131164001", b"0131164002")
    assert refused(town, bank.answer(other, RESULT_ON)) == (1, "no_such_batch")
    with pytest.raises(UnknownBatch):
        take(town, bank.answer(content, RESULT_ON), batch=town.batch())
    town.pay(0, 100)
    town.week()
    town.close()
    made = town.make()
    with pytest.raises(WrongState):
        take(town, bank.answer(content, RESULT_ON), batch=made.id)
    assert take(town, bank.answer(content, RESULT_ON)).of == batch.id


def test_two_batches_with_the_very_same_lines_are_told_apart_by_a_person(town: Town) -> None:
    """Same day, same shop, same sum: the file cannot say which of them it is of."""
    batches = []
    for _ in range(2):
        town.pay(0, 500)
        town.close()
        batch = town.make(pay_on=date(2026, 10, 23))
        town.approve(batch.id)
        batches.append((batch.id, town.file(batch.id).content))
        town.week()
    town.week()
    (first, content), (second, same) = batches
    assert content == same
    answer = bank.answer(content, date(2026, 10, 23), {"01001": "11"})
    assert refused(town, answer) == (0, "more_than_one_batch")
    assert take(town, answer, batch=second).of == second
    assert take(town, answer, batch=first).of == first
    assert balances(town) == (1_000, 0)


def test_a_shop_is_not_paid_into_the_account_that_the_bank_refused(town: Town) -> None:
    """Its money is open again, and waits for another account or for a person's word."""
    batch, content = sent(town, 0, 300)
    take(town, bank.answer(content, RESULT_ON, FAILED))
    with town.database.read(town.operator) as tx:
        (back,) = settlement.bank.results.sent_back(tx)
    assert (back.batch, back.shop, back.units) == (batch.id, town.shops[1].id, 300)
    assert back.is_same_account
    with pytest.raises(NothingToPay) as nothing:
        town.make()
    assert nothing.value.held == 1
    town.pay(0, 100)
    town.week()
    town.close()
    made = town.make()
    assert made.units == 100
    with town.database.read(town.operator) as tx:
        assert settlement.reports.held(tx, made.id) == [
            HeldPayee(town.shops[1].id, 300, HeldFor.BANK_REFUSED)
        ]
    change_account(town, 1, "7654321")
    again = town.make()
    assert again.units == 300
    with town.database.read(town.operator) as tx:
        assert settlement.bank.results.sent_back(tx) == []
    town.approve(again.id)
    assert balances(town) == (100, 300)


def test_a_person_may_say_that_the_refused_account_is_right(town: Town) -> None:
    """The bank was wrong: released, paid, and from then on paid as before."""
    _, content = sent(town, 0, 300)
    take(town, bank.answer(content, RESULT_ON, FAILED))
    shop = town.shops[1].id
    again = town.make(release=frozenset({shop}))
    town.approve(again.id)
    second = town.file(again.id).content
    town.week()
    take(town, bank.answer(second, town.clock.now().date()))
    town.pay(1, 200)
    town.week()
    town.close()
    assert town.make().units == 200


def test_the_file_that_was_sent_is_still_made_again_to_the_byte(town: Town) -> None:
    batch, content = sent(town, 500, 300)
    take(town, bank.answer(content, RESULT_ON, FAILED))
    again = town.file(batch.id)
    assert (again.content, again.is_resend) == (content, True)


def test_a_batch_that_was_tampered_with_takes_no_result(town: Town) -> None:
    _, content = sent(town, 500)
    with psycopg.connect(town.database.url) as connection:
        connection.execute(f"UPDATE {town.operator}.payee SET account_number = '9999999'".encode())
    with pytest.raises(FileDiffers):
        take(town, bank.answer(content, RESULT_ON))


def test_the_database_itself_lets_money_come_back_once(town: Town) -> None:
    """Said twice: once in the code, once as an index."""
    _, content = sent(town, 500, 300)
    found = take(town, bank.answer(content, RESULT_ON, FAILED))
    with pytest.raises(psycopg.errors.UniqueViolation):
        write_again(town, found)


def write_again(town: Town, found: PayoutResult) -> None:
    """As a return of what failed: past all rules."""
    with town.database.write(town.operator) as tx:
        tx.execute(
            "INSERT INTO bank_result (id, batch, kind, format, sha256, result_on, imported_by,"
            " imported_at) SELECT %(new)s, batch, 'return', format, sha256(sha256), result_on,"
            " imported_by, imported_at FROM bank_result WHERE id = %(old)s",
            {"new": UUID(int=5), "old": found.id},
        )
        tx.execute(
            "INSERT INTO bank_result_line SELECT %s, batch, shop, 'returned', reason, units"
            " FROM bank_result_line WHERE outcome = 'failed'",
            (UUID(int=5),),
        )


def change_account(town: Town, shop: int, number: str) -> None:
    with psycopg.connect(town.database.url) as connection:
        connection.execute(
            f"UPDATE {town.operator}.shop SET account_number = %s WHERE id = %s".encode(),
            (number, town.shops[shop].id),
        )
