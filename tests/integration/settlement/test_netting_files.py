"""What is netted is paid by a file for each bank, the same bytes each time, and a table for all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from ichimai import settlement
from ichimai.merchants import BankAccount
from ichimai.settlement.clearing import Netting, NettingId, PartyAccount
from ichimai.settlement.errors import (
    BillSettled,
    FileDiffers,
    NothingToNet,
    NoTransferFile,
    PayDayOver,
    PayerRefused,
    SamePerson,
    UnknownNetting,
    UnknownParty,
    WrongState,
)
from ichimai.settlement.model import PayoutFile
from ichimai.storage import EmbeddedServer

from .conftest import ACCOUNT, APPROVER, PAYER, TREASURER
from .many import POINTS, Streets, streets_in

clearing = settlement.clearing
CLERK = UUID(int=0x77)
OTHER = replace(ACCOUNT, number="7654321")


@pytest.fixture
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """The association of the first street is billed 300 yen, and that of the second gets 200."""
    with streets_in(server, template) as made:
        owe(made)
        yield made


def owe(streets: Streets) -> None:
    """A closing in which streets and town owe each other, when it can be netted."""
    with streets.database.write(streets.operator) as tx:
        clearing.set_contract(tx, 1, 0)
        clearing.set_contract(tx, 90, 0)
    streets.earn(0, POINTS, 300)
    streets.earn(3, POINTS, 50)
    streets.pay(1, POINTS, 100)
    streets.close()
    streets.clock.advance(timedelta(days=8))


def enter(
    streets: Streets, party: str, account: BankAccount, code: str | None, by: UUID = CLERK
) -> None:
    known = PartyAccount(party, account, code, by)
    with streets.database.write(streets.operator) as tx:
        clearing.set_account(tx, streets.clock, known)


def net(streets: Streets) -> Netting:
    with streets.database.write(streets.operator) as tx:
        return clearing.make_netting(
            tx, streets.clock, NettingId(streets.operation()), made_by=TREASURER
        )


def approve(streets: Streets, netting: Netting, by: UUID = APPROVER) -> None:
    with streets.database.write(streets.operator) as tx:
        clearing.approve_netting(tx, streets.clock, netting.id, approved_by=by)


def file_of(streets: Streets, netting: Netting, party: str) -> PayoutFile:
    with streets.database.write(streets.operator) as tx:
        return clearing.transfer_file(tx, streets.clock, netting.id, party, handed_to=TREASURER)


def test_each_bank_gets_a_file_and_the_table_has_all(streets: Streets) -> None:
    """Whoever has no code, or is owed without an account, is paid by hand: only the table has it.

    Accounts that are entered later are in later nettings alone.
    """
    enter(streets, "association:1", ACCOUNT, "1234567890")
    enter(streets, "association:8", replace(ACCOUNT, number="0000008"), "0000000008")
    enter(streets, "association:90", replace(ACCOUNT, number="0000090"), None)
    made = net(streets)
    assert [tuple(debt) for debt in made.transfers] == [
        ("association:1", "association:8", 250),
        ("association:1", "operator", 50),
        ("association:90", "operator", 50),
    ]
    with pytest.raises(WrongState):
        file_of(streets, made, "association:1")
    approve(streets, made)
    first = file_of(streets, made, "association:1")
    enter(streets, "association:8", OTHER, None)
    again = file_of(streets, made, "association:1")
    assert (first.content, first.sha256, first.copy_number) == (
        again.content,
        again.sha256,
        again.copy_number - 1,
    )
    assert "saiso" in again.name
    lines = first.content.decode("cp932").splitlines()
    assert lines[0][4:14] == "1234567890"
    assert lines[0][54:58] == f"{made.pay_on:%m%d}"
    paid = [(line[43:50], int(line[80:90])) for line in lines[1:-2]]
    assert paid == [("0000008", 250), (PAYER.account.number, 50)]
    for nobody in ("association:90", "operator", "no-such"):
        with pytest.raises(NoTransferFile):
            file_of(streets, made, nobody)
    with streets.database.read(streets.operator) as tx:
        names = {"association:90": "えびす通り"}
        table = clearing.netting_csv(tx, made.id, names).decode("utf-8-sig").splitlines()
        assert clearing.netting_csv(tx, made.id, names).decode("utf-8-sig").splitlines() == table
        with pytest.raises(UnknownNetting):
            clearing.netting_csv(tx, NettingId(UUID(int=1)), names)
    assert len(table) == 1 + len(made.transfers)
    assert any("えびす通り" in line for line in table)
    assert any("0000008" in line for line in table)


def test_whoever_entered_an_account_does_not_approve_what_is_paid_into_it(
    streets: Streets,
) -> None:
    enter(streets, "association:8", ACCOUNT, None, by=APPROVER)
    made = net(streets)
    with pytest.raises(SamePerson):
        approve(streets, made)
    approve(streets, made, by=CLERK)


def test_a_file_that_says_something_else_is_not_handed_over(streets: Streets) -> None:
    """The amounts are made again from what is owed; one that was changed is found."""
    enter(streets, "association:1", ACCOUNT, "1234567890")
    enter(streets, "association:8", ACCOUNT, None)
    made = net(streets)
    streets.clock.advance(timedelta(days=30))
    with pytest.raises(PayDayOver):
        approve(streets, made)
    streets.clock.advance(-timedelta(days=30))
    approve(streets, made)
    place = 1 + [debt.creditor for debt in made.transfers].index("association:8")
    streets.change(
        "UPDATE netting_transfer SET yen = yen + 1 WHERE netting = %s AND place = %s",
        [made.id, place],
    )
    with pytest.raises(FileDiffers) as differs:
        file_of(streets, made, "association:1")
    assert (differs.value.record, differs.value.field) == (1 + place, "yen")


def test_an_account_that_no_file_carries_or_of_nobody_is_not_kept(streets: Streets) -> None:
    for account, code in ((replace(ACCOUNT, holder_kana="商店会"), None), (ACCOUNT, "123")):
        with pytest.raises(PayerRefused):
            enter(streets, "association:8", account, code)
    for nobody in ("association:7", "operator", "shop", "no-such"):
        with pytest.raises(UnknownParty):
            enter(streets, nobody, ACCOUNT, None)


def test_a_bill_is_paid_in_parts_or_netted_and_never_both(streets: Streets) -> None:
    """With the last part the ledger settles its lines."""
    with streets.database.write(streets.operator) as tx:
        bill, other = clearing.bills(tx, None, 10)
        assert (bill.association, bill.yen, other.association) == (1, 300, 90)

        def receive(payment: UUID, yen: int) -> clearing.Bill:
            return clearing.receive(
                tx,
                streets.clock,
                clearing.BillPaymentId(payment),
                bill.id,
                yen=yen,
                received_on=date(2026, 10, 9),
                noted_by=TREASURER,
            )

        part = receive(UUID(int=1), 120)
        assert (part.received_yen, part.rest_yen, part.paid_at) == (120, 180, None)
        assert receive(UUID(int=1), 120) == part
        with pytest.raises(settlement.errors.DifferentBillPayment):
            receive(UUID(int=1), 121)
    made = net(streets)
    with streets.database.write(streets.operator) as tx:
        assert bill.id not in {each.id for each in clearing.netted(tx, made.id)}
        with pytest.raises(BillSettled):
            clearing.pay_bill(tx, streets.clock, other.id, noted_by=TREASURER)
        paid = receive(UUID(int=2), 180)
        assert (paid.rest_yen, paid.paid_by) == (0, TREASURER)
        assert [each.yen for each in clearing.payments(tx, bill.id)] == [120, 180]
        with pytest.raises(BillSettled):
            receive(UUID(int=3), 1)
        clearing.reject_netting(tx, streets.clock, made.id, rejected_by=TREASURER)
        assert clearing.pay_bill(tx, streets.clock, other.id, noted_by=TREASURER).paid_at
    streets.verify()
    again = net(streets)
    with streets.database.write(streets.operator) as tx:
        assert not {bill.id, other.id} & {each.id for each in clearing.netted(tx, again.id)}
    with pytest.raises(NothingToNet):
        net(streets)
