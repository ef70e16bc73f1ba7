"""A shop's account is changed by two people, after a delay, and not behind its back (K132)."""

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from ichimai import notices, settlement
from ichimai.kernel import typed_codes
from ichimai.kernel.errors import DomainError
from ichimai.merchants import BankAccount
from ichimai.notices.errors import UnknownNotice
from ichimai.notices.model import Channel, Notice
from ichimai.settlement.bank.account_model import AccountChange, ChangeState
from ichimai.settlement.bank.errors import (
    AccountChangeDecided,
    AccountChangeOpen,
    AccountRefused,
    CancelRefused,
    DifferentAccountChange,
    InvalidContact,
    MistypedCancelCode,
    NoContact,
    SameAccount,
    SecondPersonNeeded,
    UnknownAccountChange,
)
from ichimai.simulation import bank
from tests.at_once import at_once

from .changes import (
    DELAY,
    NEW,
    OFFICER,
    OLD_MAIL,
    SHOPKEEPER,
    account,
    apply,
    approve,
    ask,
    change_id,
    check,
    code_in,
    send,
    set_contact,
    state,
)
from .conftest import ACCOUNT, APPROVER, TREASURER, Town


def test_a_change_takes_two_people_a_notice_and_a_delay(town: Town) -> None:
    """Not one second before 72 hours after the old contact was told."""
    set_contact(town)
    asked = ask(town)
    assert asked.state is ChangeState.CHECKED
    approved = approve(town, asked)
    assert approved.state is ChangeState.APPROVED
    town.clock.advance(timedelta(hours=80))
    assert apply(town) == 0, "nobody has been told yet"
    (told,) = send(town)
    assert told.recipient == OLD_MAIL
    assert "****000" in told.body
    assert "****321" in told.body
    assert NEW.number not in told.body
    town.clock.advance(DELAY - timedelta(seconds=1))
    assert apply(town) == 0
    assert (account(town), state(town, asked)) == (town.shops[0].account, ChangeState.WAITING)
    town.clock.advance(timedelta(seconds=1))
    assert apply(town) == 1
    assert (account(town), state(town, asked)) == (NEW, ChangeState.APPLIED)
    assert apply(town) == 0


def test_nobody_approves_what_they_asked_for_or_checked(town: Town) -> None:
    """faults.md K132. A till in an officer's hand is not a second person."""
    set_contact(town)
    asked = ask(town)
    with pytest.raises(SecondPersonNeeded):
        approve(town, asked, OFFICER)
    with town.database.write(town.operator) as tx:
        settlement.bank.accounts.decline(tx, town.clock, asked.id, declined_by=OFFICER)
    from_shop = ask(town, by=SHOPKEEPER, is_from_shop=True)
    assert from_shop.state is ChangeState.ASKED
    for person in (OFFICER, APPROVER):
        with pytest.raises(AccountChangeDecided):
            approve(town, from_shop, person)
    check(town, from_shop)
    with pytest.raises(SecondPersonNeeded):
        approve(town, from_shop, OFFICER)
    assert approve(town, from_shop).state is ChangeState.APPROVED


@pytest.mark.parametrize(
    "broken",
    [
        "decided_by = checked_by",
        "checked_by = NULL, checked_at = NULL",
        "delay_hours = 1",
        "effective_at = decided_at + interval '71 hours'",
        "effective_at = decided_at + interval '72 hours', applied_at = decided_at",
        "applied_at = decided_at",
        "code_hash = NULL",
    ],
)
def test_the_database_itself_wants_two_people_and_the_delay(town: Town, broken: str) -> None:
    """Said twice: once in the code, once as a constraint."""
    set_contact(town)
    approve(town, ask(town))
    statement = f"UPDATE {town.operator}.account_change SET {broken}".encode()
    with (
        psycopg.connect(town.database.url) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(statement)


def test_the_old_contact_says_no_with_its_code(town: Town) -> None:
    set_contact(town)
    asked = ask(town)
    approve(town, asked)
    (told,) = send(town)
    assert f"https://card.example/shop/account/cancel?code={code_in(told)}" in told.body
    with town.database.write(town.operator) as tx:
        with pytest.raises(MistypedCancelCode):
            settlement.bank.accounts.cancel_by_code(tx, town.clock, "no code")
        with pytest.raises(CancelRefused):
            settlement.bank.accounts.cancel_by_code(tx, town.clock, typed_codes.new(16))
    town.clock.advance(DELAY - timedelta(seconds=1))
    for _ in range(2):
        with town.database.write(town.operator) as tx:
            found = settlement.bank.accounts.cancel_by_code(tx, town.clock, code_in(told).lower())
        assert found.state is ChangeState.CANCELLED
    town.week()
    assert apply(town) == 0
    assert account(town) == town.shops[0].account


def test_a_code_is_worth_nothing_when_the_account_was_changed(town: Town) -> None:
    set_contact(town)
    approve(town, ask(town))
    (told,) = send(town)
    town.clock.advance(DELAY)
    apply(town)
    with town.database.write(town.operator) as tx, pytest.raises(CancelRefused):
        settlement.bank.accounts.cancel_by_code(tx, town.clock, code_in(told))
    assert account(town) == NEW


def test_whoever_changes_the_contact_first_does_not_hide_the_change(town: Town) -> None:
    """Contacts that were replaced less than 30 days ago are told too, of both changes."""
    set_contact(town, "first@example.jp")
    town.clock.advance(timedelta(days=40))
    set_contact(town, "second@example.jp")
    town.clock.advance(timedelta(days=20))
    set_contact(town, "third@example.jp")
    assert [notice.recipient for notice in send(town)] == ["first@example.jp", "second@example.jp"]
    approve(town, ask(town))
    told = {notice.recipient: notice for notice in send(town)}
    assert told.keys() == {"first@example.jp", "second@example.jp", "third@example.jp"}
    with town.database.write(town.operator) as tx:
        settlement.bank.accounts.cancel_by_code(tx, town.clock, code_in(told["first@example.jp"]))
    town.clock.advance(timedelta(days=31))
    approve(town, ask(town))
    assert [notice.recipient for notice in send(town)] == ["third@example.jp"]


def test_a_shop_on_paper_is_told_by_a_letter_that_somebody_posts(town: Town) -> None:
    """The delay runs from when it was posted."""
    set_contact(town, "", "〒170-0002\n豊島区巣鴨0-0-0\n丸福青果 御中")
    asked = ask(town)
    approve(town, asked)
    assert send(town) == []
    town.clock.advance(timedelta(hours=30))
    with town.database.write(town.operator) as tx:
        (letter,) = notices.outbox.letters(tx)
        assert letter.channel is Channel.LETTER
        notices.outbox.posted(tx, town.clock, letter.id, by=OFFICER)
        with pytest.raises(UnknownNotice):
            notices.outbox.posted(tx, town.clock, letter.id, by=OFFICER)
    town.clock.advance(timedelta(hours=71))
    assert apply(town) == 0
    town.clock.advance(timedelta(hours=1))
    assert apply(town) == 1


def test_a_mail_that_cannot_be_handed_over_holds_the_change_up(town: Town) -> None:
    """It is tried again, longer each time; the delay has not begun."""
    set_contact(town)
    asked = ask(town)
    approve(town, asked)

    def refuse(_: Notice) -> None:
        raise ConnectionRefusedError

    for minutes in (1, 2, 4):
        with town.database.write(town.operator) as tx:
            assert notices.outbox.send_next(tx, town.clock, refuse)
            assert notices.outbox.send_next(tx, town.clock, refuse) is None, "not at once again"
        town.clock.advance(timedelta(minutes=minutes))
    town.week()
    apply(town)
    assert state(town, asked) is ChangeState.APPROVED
    assert len(send(town)) == 1
    town.clock.advance(DELAY)
    assert apply(town) == 1


def test_the_delay_begins_when_the_last_of_the_contacts_was_told(town: Town) -> None:
    """One by mail at once, the one before by a letter that lies there for a week."""
    set_contact(town, "", "豊島区巣鴨0-0-0")
    set_contact(town)
    asked = ask(town)
    approve(town, asked)
    assert len(send(town)) == 1
    town.week()
    assert apply(town) == 0
    assert state(town, asked) is ChangeState.APPROVED
    with town.database.write(town.operator) as tx:
        (letter,) = [one for one in notices.outbox.letters(tx) if one.about == asked.id]
        notices.outbox.posted(tx, town.clock, letter.id, by=OFFICER)
    town.clock.advance(DELAY)
    assert apply(town) == 1


def test_a_shop_that_nobody_can_tell_cannot_change(town: Town) -> None:
    asked = ask(town)
    with pytest.raises(NoContact):
        approve(town, asked)
    assert state(town, asked) is ChangeState.CHECKED


@pytest.mark.parametrize(
    "wrong, field",
    [
        (replace(NEW, bank_code="005"), "bank_code"),
        (replace(NEW, branch_code="0333"), "branch_code"),
        (replace(NEW, number="７６５４３２１"), "account_number"),
        (replace(NEW, kind=3), "account_kind"),
        (replace(NEW, holder_kana="マルフク"), "account_holder"),
        (replace(NEW, holder_kana="ﾏﾙﾌｸｼｮｳﾃﾝ"), "account_holder"),
        (replace(NEW, bank_name="三菱"), "bank_name"),
        (replace(NEW, branch_name=""), "branch_name"),
    ],
)
def test_an_account_that_a_bank_cannot_take_is_refused_before_anybody_approves(
    town: Town, wrong: BankAccount, field: str
) -> None:
    with pytest.raises(AccountRefused) as refused:
        ask(town, wrong)
    assert [problem.field for problem in refused.value.problems] == [field]
    if field == "account_holder":
        assert refused.value.problems[0].suggestion in {"ﾏﾙﾌｸ", "ﾏﾙﾌｸｼﾖｳﾃﾝ"}


def test_one_change_at_a_time_and_each_asked_once(town: Town) -> None:
    change = change_id(town)
    asked = ask(town, change=change)
    assert ask(town, change=change) == asked
    with pytest.raises(DifferentAccountChange):
        ask(town, replace(NEW, number="7654322"), change=change)
    with pytest.raises(AccountChangeOpen):
        ask(town, replace(NEW, number="7654322"))
    with pytest.raises(SameAccount):
        ask(town, town.shops[1].account, shop=1)
    with town.database.write(town.operator) as tx, pytest.raises(UnknownAccountChange):
        settlement.bank.accounts.cancel(tx, town.clock, change_id(town), cancelled_by=OFFICER)
    with town.database.write(town.operator) as tx:
        settlement.bank.accounts.decline(tx, town.clock, change, declined_by=APPROVER)
    assert ask(town).state is ChangeState.CHECKED


def test_approval_against_decline_and_application_against_cancel_have_one_winner(
    town: Town,
) -> None:
    set_contact(town)
    for _ in range(3):
        asked = ask(town)

        def decline(change: AccountChange = asked) -> AccountChange:
            with town.database.write(town.operator) as tx:
                return settlement.bank.accounts.decline(
                    tx, town.clock, change.id, declined_by=TREASURER
                )

        def yes(change: AccountChange = asked) -> AccountChange:
            return approve(town, change)

        at_once(yes, decline)
        assert state(town, asked) in {ChangeState.DECLINED, ChangeState.CANCELLED}
    asked = ask(town)
    approve(town, asked)
    (told,) = [notice for notice in send(town) if notice.about == asked.id]
    town.clock.advance(DELAY)

    def cancel() -> AccountChange:
        with town.database.write(town.operator) as tx:
            return settlement.bank.accounts.cancel_by_code(tx, town.clock, code_in(told))

    applied, cancelled = at_once(lambda: apply(town), cancel)
    assert (applied == 1) == isinstance(cancelled, DomainError)
    assert account(town) == (NEW if applied == 1 else town.shops[0].account)


@pytest.mark.parametrize(
    "mail, letter",
    [("", ""), ("a@example.jp", "x"), ("a@b", ""), ("a b@example.jp", ""), ("", "a\x00b"),
     ("a@example.jp\nBcc: x@example.jp", ""), ("", "長" * 301)],
)  # fmt: skip
def test_a_contact_is_one_address_and_no_more(town: Town, mail: str, letter: str) -> None:
    with pytest.raises(InvalidContact):
        set_contact(town, mail, letter)


def test_a_batch_pays_into_the_account_that_is_the_shops_when_it_is_made(town: Town) -> None:
    """A batch that was made before keeps its own; the next one looks at what has come due."""
    set_contact(town)
    town.pay(0, 500)
    town.close()
    before = town.make(pay_on=date(2026, 10, 9))
    approve(town, ask(town))
    send(town)
    town.clock.advance(DELAY - timedelta(seconds=1))
    town.approve(before.id)
    assert payees(town, before.id) == [town.shops[0].account]
    assert b"7654321" not in town.file(before.id).content
    town.clock.advance(timedelta(seconds=1))
    town.week()
    town.pay(0, 300)
    town.week()
    town.close()
    after = town.make()
    assert payees(town, after.id) == [NEW]
    assert payees(town, before.id) == [town.shops[0].account]
    assert b"7654321" not in town.file(before.id).content


def payees(town: Town, batch: settlement.model.BatchId) -> list[BankAccount]:
    with town.database.read(town.operator) as tx:
        return [payee.account for payee in settlement.reports.payees(tx, batch)]


def test_what_the_bank_refused_is_paid_when_the_account_was_changed(town: Town) -> None:
    """From the bank's no to the next payout, by nothing but what people do."""
    set_contact(town)
    town.pay(0, 500)
    town.close()
    batch = town.make()
    town.approve(batch.id)
    content = town.file(batch.id).content
    town.clock.advance(timedelta(days=4))
    answer = bank.answer(content, date(2026, 10, 9), {"01001": "33"})
    with town.database.write(town.operator) as tx:
        settlement.bank.results.import_result(
            tx,
            town.clock,
            settlement.bank.model.BankResultId(town.operation()),
            answer,
            imported_by=TREASURER,
        )
    approve(town, ask(town))
    send(town)
    town.clock.advance(DELAY)
    again = town.make()
    assert (again.units, payees(town, again.id)) == (500, [NEW])
    assert ACCOUNT.bank_code != NEW.bank_code
