"""What a bank did not pay of a netting is owed again, once, and the next netting pays it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from ichimai import settlement
from ichimai.kernel import ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger.verification import Discrepancy
from ichimai.settlement.bank.errors import BankResultRefused, DifferentBankResult
from ichimai.settlement.bank.model import BankResultId, NettingResult, Outcome, Reason
from ichimai.settlement.clearing import Debt, DisputeId, Netting, NettingId, Why
from ichimai.settlement.errors import NothingToNet, UnknownLine, UnknownNetting, WrongState
from ichimai.simulation import bank
from ichimai.storage import EmbeddedServer
from tests.at_once import at_once

from .conftest import ACCOUNT, TREASURER
from .many import Streets, streets_in
from .test_many_at_once import crash_everywhere
from .test_netting_files import approve, enter, file_of, net, owe

clearing = settlement.clearing
PAYER, TO_STREET, TO_TOWN = "association:1", "00001", "00002"

INVENTED = (
    "INSERT INTO obligation (id, debtor, creditor, yen, why)"
    " VALUES (gen_random_uuid(), 'operator', 'association:8', 1, 'returned')"
)


@pytest.fixture
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """Street 1 pays 250 to street 8 and 50 to the town, by its own file."""
    with streets_in(server, template) as made:
        owe(made)
        enter(made, PAYER, ACCOUNT, "1234567890")
        enter(made, "association:8", replace(ACCOUNT, number="0000008"), None)
        yield made


def sent(streets: Streets) -> tuple[Netting, bytes, date]:
    """A netting, its file as it was handed over, and a day after it was to be paid."""
    made = net(streets)
    approve(streets, made)
    content = file_of(streets, made, PAYER).content
    streets.clock.advance(timedelta(days=7))
    return made, content, day_in_tokyo(streets.clock.now())


def take(
    streets: Streets, netting: NettingId, content: bytes, result: BankResultId | None = None
) -> NettingResult:
    with streets.database.write(streets.operator) as tx:
        return settlement.bank.netting_results.import_result(
            tx,
            streets.clock,
            result or BankResultId(ids.uuid7(streets.clock)),
            content,
            netting=netting,
            imported_by=TREASURER,
        )


def again(streets: Streets) -> list[tuple[Debt, Why]]:
    """What waits to be netted."""
    with streets.database.read(streets.operator) as tx:
        return [
            (Debt(each.debtor, each.creditor, each.yen), each.why)
            for each in clearing.waiting(tx, streets.clock)
        ]


@pytest.mark.parametrize("form", ["zengin", "csv"])
def test_a_transfer_that_failed_is_owed_again_and_paid_by_the_next_netting(
    streets: Streets, form: str
) -> None:
    """Into the account as it is then; the debts that were netted stay settled."""
    made, content, on = sent(streets)
    answer = bank.answer(content, on, {TO_STREET: "11"})
    found = take(streets, made.id, bank.as_csv(answer, made.pay_on) if form == "csv" else answer)
    assert [(line.payee, line.outcome, line.reason, line.units) for line in found.lines] == [
        (1, Outcome.FAILED, Reason.NO_ACCOUNT, 250),
        (2, Outcome.DONE, Reason.DONE, 50),
    ]
    assert (found.of, found.format) == ((made.id, PAYER), form)
    assert again(streets) == [(Debt(PAYER, "association:8", 250), Why.RETURNED)]
    streets.verify()
    enter(streets, "association:8", replace(ACCOUNT, number="0000018"), None)
    second = net(streets)
    with pytest.raises(WrongState):
        take(streets, second.id, answer)
    approve(streets, second)
    line = file_of(streets, second, PAYER).content.decode("cp932").splitlines()[1]
    assert (line[43:50], int(line[80:90])) == ("0000018", 250)
    streets.verify()
    with pytest.raises(NothingToNet):
        net(streets)


def test_a_result_is_taken_in_once_whatever_its_form_and_by_how_many(streets: Streets) -> None:
    made, content, on = sent(streets)
    answer = bank.answer(content, on, {TO_STREET: "11"})
    results = at_once(*[lambda: take(streets, made.id, answer)] * 3)
    first = take(streets, made.id, bank.as_csv(answer, made.pay_on))
    assert [result for result in results if result != first] == []
    assert len(again(streets)) == 1
    with pytest.raises(DifferentBankResult):
        take(streets, made.id, bank.answer(content, on), first.id)
    with pytest.raises(BankResultRefused) as error:
        take(streets, made.id, bank.answer(content, on))
    assert error.value.rule == "contradicts"
    with streets.database.read(streets.operator) as tx:
        assert settlement.bank.netting_results.of_netting(tx, made.id) == [first]
        assert settlement.bank.netting_results.is_known(tx, first.id)


def test_a_crash_at_any_statement_of_a_result_leaves_nothing_half_done(streets: Streets) -> None:
    """The bank's answer is taken whole or not at all: result, lines, and what is owed again."""
    made, content, on = sent(streets)
    answer, result = bank.answer(content, on, {TO_STREET: "11"}), BankResultId(streets.operation())
    count = crash_everywhere(
        streets,
        lambda tx: settlement.bank.netting_results.import_result(
            tx, streets.clock, result, answer, netting=made.id, imported_by=TREASURER
        ),
    )
    assert count > 8
    assert again(streets) == [(Debt(PAYER, "association:8", 250), Why.RETURNED)]
    assert take(streets, made.id, answer).id == result
    streets.verify()


def test_money_that_comes_back_later_is_owed_again_once(streets: Streets) -> None:
    made, content, on = sent(streets)
    take(streets, made.id, bank.answer(content, on))
    assert again(streets) == []
    back = bank.returned(content, on, {TO_TOWN: "33"})
    assert take(streets, made.id, back) == take(streets, made.id, back)
    assert again(streets) == [(Debt(PAYER, "operator", 50), Why.RETURNED)]
    streets.clock.advance(timedelta(days=1))
    with pytest.raises(BankResultRefused) as error:
        take(
            streets,
            made.id,
            bank.returned(content, on + timedelta(days=1), {TO_TOWN: "33"}),
        )
    assert error.value.rule == "contradicts"


def test_what_is_not_the_answer_to_a_file_that_was_handed_over_is_refused(
    streets: Streets,
) -> None:
    """Nothing is written: a changed yen, another payer, lines in another order, cut short."""
    made, content, on = sent(streets)
    answer = bank.answer(content, on)
    for damaged, rule in (
        (answer.replace(b"0000000250", b"0000000251"), "line_differs"),
        (answer.replace(b"1234567890", b"1234567891"), "no_such_batch"),
        (answer[:-122], "form"),
        (answer[:122] + answer[244:366] + answer[122:244] + answer[366:], "line_differs"),
    ):
        with pytest.raises(BankResultRefused) as error:
            take(streets, made.id, damaged)
        assert error.value.rule == rule
    with pytest.raises(UnknownNetting):
        take(streets, NettingId(UUID(int=5)), answer)
    assert again(streets) == []


def test_what_is_owed_again_is_of_no_closing_and_nobody_disputes_it(streets: Streets) -> None:
    made, content, on = sent(streets)
    take(streets, made.id, bank.answer(content, on, {TO_STREET: "11"}))
    with streets.database.write(streets.operator) as tx:
        (waiting,) = clearing.waiting(tx, streets.clock)
        with pytest.raises(UnknownLine):
            clearing.dispute_obligation(
                tx,
                streets.clock,
                DisputeId(UUID(int=8)),
                waiting.id,
                reason="x",
                opened_by=TREASURER,
            )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE obligation SET yen = yen + 1 WHERE why = 'returned'",
        "UPDATE obligation SET creditor = 'association:9' WHERE why = 'returned'",
        INVENTED,
    ],
)
def test_a_debt_that_no_bank_sent_back_is_found(streets: Streets, statement: str) -> None:
    made, content, on = sent(streets)
    take(streets, made.id, bank.answer(content, on, {TO_STREET: "11"}))
    streets.verify()
    streets.change(statement)
    with pytest.raises(Discrepancy) as wrong:
        streets.verify()
    assert wrong.value.record.startswith("debt ")
