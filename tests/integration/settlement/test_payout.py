"""Payouts: every payable in exactly one batch, released by two people, paid once."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest

from ichimai import ledger, settlement
from ichimai.kernel import ids
from ichimai.kernel.clock import ManualClock
from ichimai.ledger.model import Role
from ichimai.merchants import Shop
from ichimai.settlement.errors import (
    DifferentBatch,
    DifferentPayer,
    FileDiffers,
    NoPayer,
    NotABankDay,
    NothingToPay,
    PayeesRefused,
    PayerRefused,
    SamePerson,
    UnknownBatch,
    WrongState,
)
from ichimai.settlement.kana import NameFault
from ichimai.settlement.model import BatchId, BatchState, ControlTotal, HeldFor, HeldPayee, PayerId

from .conftest import APPROVER, GIFT, PAYER, TREASURER, Town

SOMEBODY = UUID(int=0x50)


def spend(town: Town, *units: int) -> None:
    for shop, amount in enumerate(units):
        if amount:
            town.pay(shop, amount)


def balance(town: Town, role: Role) -> int:
    with town.database.read(town.operator) as tx:
        return ledger.reports.total(tx, role, GIFT)


def rename(town: Town, shop: Shop, holder: str) -> None:
    """What the shop register will do when shops can change their accounts."""
    with psycopg.connect(town.database.url) as connection:
        connection.execute(
            f"UPDATE {town.operator}.shop SET account_holder = %s WHERE id = %s".encode(),
            (holder, shop.id),
        )


def test_a_week_is_paid_by_two_people(town: Town) -> None:
    """Made, approved by somebody else, handed over: what is owed becomes what is paid."""
    spend(town, 500, 300)
    town.close()
    made = town.make()
    assert (made.state, made.shops, made.units) == (BatchState.MADE, 2, 800)
    assert made.pay_on == date(2026, 10, 8)
    assert balance(town, Role.PAYABLE) == 800
    approved = town.approve(made.id)
    assert (approved.state, approved.decided_by) == (BatchState.APPROVED, APPROVER)
    assert (balance(town, Role.PAYABLE), balance(town, Role.SETTLED)) == (0, 800)
    file = town.file(made.id)
    assert (file.control, file.sha256) == (ControlTotal(2, 800), made.sha256)
    assert file.content.count(b"\r\n") == 5
    with town.database.read(town.operator) as tx:
        assert settlement.reports.batch(tx, made.id).state is BatchState.SENT
        assert [payee.shop_number for payee in settlement.reports.payees(tx, made.id)] == [
            "01-001",
            "08-017",
        ]


def test_the_maker_cannot_approve(town: Town) -> None:
    spend(town, 500)
    town.close()
    made = town.make()
    with pytest.raises(SamePerson):
        town.approve(made.id, TREASURER)
    assert balance(town, Role.SETTLED) == 0


def test_the_database_itself_wants_two_people(town: Town) -> None:
    """Said twice: once in the code, once as a constraint."""
    spend(town, 500)
    town.close()
    made = town.make()
    with (
        pytest.raises(psycopg.errors.CheckViolation),
        town.database.write(town.operator) as tx,
    ):
        tx.execute(
            "UPDATE payout_batch SET state = 'approved', decided_by = made_by,"
            " decided_at = made_at WHERE id = %s",
            (made.id,),
        )


def test_the_same_steps_again_change_nothing(town: Town) -> None:
    spend(town, 500)
    town.close()
    made = town.make()
    assert town.make(made.id) == made
    approved = town.approve(made.id)
    assert town.approve(made.id) == approved
    assert balance(town, Role.SETTLED) == 500
    with pytest.raises(WrongState):
        town.approve(made.id, SOMEBODY)
    with pytest.raises(DifferentBatch):
        town.make(made.id, made_by=SOMEBODY)


def test_a_file_made_again_is_the_same_to_the_byte_and_says_so(town: Town) -> None:
    """Accounts and payer may have changed since: the bank gets what was approved."""
    spend(town, 500, 300)
    town.close()
    made = town.make()
    town.approve(made.id)
    first = town.file(made.id)
    rename(town, town.shops[0], "ｽｽﾞｷ ﾊﾅｺ")
    with town.database.write(town.operator) as tx:
        later = replace(PAYER, id=PayerId(UUID(int=0x99)), code="0131164002")
        settlement.set_payer(tx, town.clock, later, entered_by=TREASURER)
    town.week()
    second = town.file(made.id)
    assert second.content == first.content
    assert (first.is_resend, first.copy_number) == (False, 1)
    assert (second.is_resend, second.copy_number) == (True, 2)
    assert "saiso2" in second.name
    assert first.name == f"sogofurikomi_20261008_{made.id.hex[-8:]}.txt"


def test_no_file_leaves_before_approval(town: Town) -> None:
    spend(town, 500)
    town.close()
    made = town.make()
    with pytest.raises(WrongState):
        town.file(made.id)
    with pytest.raises(UnknownBatch):
        town.file(town.batch())
    with pytest.raises(UnknownBatch):
        town.approve(town.batch())


def test_a_file_that_is_not_what_the_ledger_says_is_not_handed_over(town: Town) -> None:
    """Somebody with the database's password moved a payout to another account."""
    spend(town, 500, 300)
    town.close()
    made = town.make()
    town.approve(made.id)
    with psycopg.connect(town.database.url) as connection:
        connection.execute(f"UPDATE {town.operator}.payable SET yen = yen + 1".encode())
    with pytest.raises(FileDiffers) as refused:
        town.file(made.id)
    assert (refused.value.record, refused.value.field) == (2, "yen")
    with psycopg.connect(town.database.url) as connection:
        connection.execute(
            f"UPDATE {town.operator}.payable SET yen = yen - 1".encode(),
        )
        connection.execute(f"UPDATE {town.operator}.payee SET account_number = '9999999'".encode())
    with pytest.raises(FileDiffers) as refused:
        town.file(made.id)
    assert refused.value.field == "sha256"
    with town.database.read(town.operator) as tx:
        assert settlement.reports.batch(tx, made.id).copies == 0


@pytest.mark.parametrize(
    "tampering, field",
    [
        ("UPDATE payout_batch SET units = units + 1", "control_total"),
        ("UPDATE payout_batch SET pay_on = pay_on + 1", "sha256"),
        ("DELETE FROM payout_line WHERE shop = %(first)s", "count"),
        ("DELETE FROM transfer WHERE operation = %(batch)s AND leg = 1", "count"),
    ],
)
def test_tampering_with_any_record_of_a_batch_stops_its_file(
    town: Town, tampering: str, field: str
) -> None:
    spend(town, 500, 300)
    town.close()
    made = town.make()
    town.approve(made.id)
    with psycopg.connect(town.database.url) as connection:
        connection.execute(f"SET search_path TO {town.operator}".encode())
        connection.execute(tampering.encode(), {"first": town.shops[0].id, "batch": made.id})
    with pytest.raises(FileDiffers) as refused:
        town.file(made.id)
    assert (refused.value.record, refused.value.field) == (0, field)


def test_a_batch_with_an_id_from_the_future_is_not_paid_before_its_time(town: Town) -> None:
    """Or a wrong clock could hide a payout from those who look at a month."""
    spend(town, 500)
    town.close()
    later = BatchId(ids.uuid7(ManualClock(town.clock.now() + timedelta(hours=1))))
    made = town.make(later)
    with pytest.raises(ledger.errors.IdFromTheFuture):
        town.approve(made.id)
    town.clock.advance(timedelta(hours=1))
    assert town.approve(made.id).state is BatchState.APPROVED


def test_a_shop_with_an_impossible_name_refuses_the_batch_until_it_is_held_out(
    town: Town,
) -> None:
    spend(town, 500, 300, 200)
    town.close()
    rename(town, town.shops[1], "ｽｶﾞﾓｼｮｯﾌﾟ")
    rename(town, town.shops[2], "ｱ" * 31)
    with pytest.raises(PayeesRefused) as refused:
        town.make()
    first, second = refused.value.payees
    assert (first.shop_number, first.field) == ("08-017", "account_holder")
    assert [fault.position for fault in first.faults] == [6, 7]
    assert first.suggestion == "ｽｶﾞﾓｼﾖﾂﾌﾟ"
    assert second.faults[0].fault is NameFault.TOO_LONG
    made = town.make(hold=frozenset({town.shops[1].id, town.shops[2].id}))
    assert (made.shops, made.units) == (1, 500)
    with town.database.read(town.operator) as tx:
        held = settlement.reports.held(tx, made.id)
    assert held == [
        HeldPayee(town.shops[1].id, 300, HeldFor.ASKED),
        HeldPayee(town.shops[2].id, 200, HeldFor.ASKED),
    ]
    rename(town, town.shops[1], "ｽｶﾞﾓｼﾖﾂﾌﾟ")
    later = town.make(hold=frozenset({town.shops[2].id}))
    assert (later.shops, later.units) == (1, 300)


def test_a_payout_far_above_the_usual_is_held_until_it_is_released(town: Town) -> None:
    """Three times the highest of 90 days; the first payout of a shop is never held."""
    spend(town, 20_000, 500)
    town.close()
    town.approve(town.make().id)
    town.week()
    spend(town, 60_001, 30_000, 90_000)
    town.close()
    made = town.make()
    with town.database.read(town.operator) as tx:
        held = settlement.reports.held(tx, made.id)
    assert held == [HeldPayee(town.shops[0].id, 60_001, HeldFor.ABOVE_USUAL)]
    assert made.units == 120_000
    released = town.make(release=frozenset({town.shops[0].id}))
    assert released.units == 60_001


def test_what_was_usual_is_forgotten_after_ninety_days(town: Town) -> None:
    spend(town, 500)
    town.close()
    town.approve(town.make().id)
    town.clock.advance(timedelta(days=91))
    spend(town, 60_000)
    town.close()
    assert town.make().units == 60_000


def test_a_batch_pays_all_that_a_shop_is_owed_in_one_transfer(town: Town) -> None:
    spend(town, 500)
    town.close()
    town.week()
    spend(town, 70)
    town.close()
    made = town.make()
    assert (made.shops, made.units) == (1, 570)
    town.approve(made.id)
    assert town.file(made.id).control == ControlTotal(1, 570)


def test_a_rejected_batch_gives_its_payables_back(town: Town) -> None:
    spend(town, 500)
    town.close()
    made = town.make()
    with pytest.raises(NothingToPay):
        town.make()
    with town.database.write(town.operator) as tx:
        rejected = settlement.reject_batch(tx, town.clock, made.id, rejected_by=APPROVER)
        again = settlement.reject_batch(tx, town.clock, made.id, rejected_by=SOMEBODY)
    assert rejected == again
    with pytest.raises(WrongState):
        town.approve(made.id)
    other = town.make()
    assert other.units == 500
    town.approve(other.id)
    with pytest.raises(WrongState), town.database.write(town.operator) as tx:
        settlement.reject_batch(tx, town.clock, other.id, rejected_by=APPROVER)


def test_nothing_owed_makes_no_batch(town: Town) -> None:
    with pytest.raises(NothingToPay):
        town.make()
    spend(town, 500)
    town.close()
    with pytest.raises(NothingToPay) as refused:
        town.make(hold=frozenset({town.shops[0].id}))
    assert refused.value.held == 1


@pytest.mark.parametrize(
    "pay_on", [date(2026, 10, 5), date(2026, 10, 10), date(2026, 11, 5), date(2026, 10, 2)], ids=str
)
def test_a_payout_is_for_a_coming_bank_day(town: Town, pay_on: date) -> None:
    """Today, a Saturday, more than 30 days off, the past: a file has no year to tell them by."""
    spend(town, 500)
    town.close()
    with pytest.raises(NotABankDay):
        town.make(pay_on=pay_on)


def test_without_a_payer_there_is_no_batch(town: Town) -> None:
    with psycopg.connect(town.database.url) as connection:
        connection.execute(f"DELETE FROM {town.operator}.payer".encode())
    with pytest.raises(NoPayer):
        town.make()


def test_a_payer_must_be_one_that_a_file_can_carry(town: Town) -> None:
    wrong = replace(PAYER, code="12", account=replace(PAYER.account, holder_kana="豊島区", kind=4))
    with pytest.raises(PayerRefused) as refused, town.database.write(town.operator) as tx:
        settlement.set_payer(tx, town.clock, wrong, entered_by=TREASURER)
    assert refused.value.fields == ("code", "account_holder", "account_kind")
    with town.database.write(town.operator) as tx:
        settlement.set_payer(tx, town.clock, PAYER, entered_by=TREASURER)
        assert settlement.reports.payer(tx) == PAYER
        with pytest.raises(DifferentPayer):
            settlement.set_payer(
                tx, town.clock, replace(PAYER, code="0131164002"), entered_by=TREASURER
            )


def test_batches_are_listed_newest_first(town: Town) -> None:
    spend(town, 500)
    town.close()
    first = town.make()
    town.week()
    spend(town, 70)
    town.close()
    second = town.make()
    with town.database.read(town.operator) as tx:
        assert settlement.reports.batches(tx) == [second, first]
        assert settlement.reports.batches(tx, GIFT, limit=1) == [second]
        with pytest.raises(UnknownBatch):
            settlement.reports.batch(tx, BatchId(UUID(int=1)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payable SET units = 1",
        "DELETE FROM payable",
        "UPDATE closing SET closes_on = closes_on",
        "DELETE FROM payout_batch",
        "UPDATE payout_batch SET units = 1",
        "UPDATE payout_line SET shop = shop",
        "DELETE FROM payout_file_copy",
        "UPDATE payee SET account_number = '1'",
        "UPDATE payer SET code = code",
    ],
)
def test_the_product_itself_cannot_rewrite_what_was_settled(town: Town, statement: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        town.database.write(town.operator) as tx,
    ):
        tx.connection.execute(statement.encode())
