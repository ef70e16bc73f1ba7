"""Bills of associations: what came in for them, in one sum or in parts."""

from datetime import date
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Clock, errors, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.ledger.model import Move
from ichimai.settlement import bill_rules, obligation_store, rules
from ichimai.settlement.closing_rules import part_of
from ichimai.settlement.errors import DifferentBillPayment, UnknownBill
from ichimai.settlement.obligation_model import Bill, BillPayment, BillPaymentId, ObligationId
from ichimai.storage import WriteTx


def receive(
    tx: WriteTx,
    clock: Clock,
    payment: BillPaymentId,
    bill: ObligationId,
    *,
    yen: int,
    received_on: date,
    noted_by: UUID,
) -> Bill:
    """Note that ``yen`` came in for a bill; with the last of it the ledger settles its lines.

    A bill of which a part came in is in no netting any more. The same id again changes nothing.
    Raises BillPaymentRefused, BillSettled, DifferentBillPayment, UnknownBill.
    """
    found = locked(tx, bill)
    now = clock.now()
    new = BillPayment(payment, bill, yen, received_on, noted_by, now)
    earlier = obligation_store.payment(tx, payment)
    if earlier is not None:
        if (earlier.bill, earlier.yen, earlier.received_on) != (bill, yen, received_on):
            raise DifferentBillPayment
        return found
    bill_rules.check_payment(found, yen=yen, received_on=received_on, today=day_in_tokyo(now))
    obligation_store.add_payment(tx, new)
    if yen == found.rest_yen:
        settle(tx, clock, bill, noted_by=noted_by)
    return locked(tx, bill)


def pay_bill(tx: WriteTx, clock: Clock, bill: ObligationId, *, noted_by: UUID) -> Bill:
    """Note that the rest of a bill came in today; the same again changes nothing.

    Raises BillSettled (a netting has it), UnknownBill.
    """
    found = locked(tx, bill)
    if found.paid_at is not None:
        return found
    return receive(
        tx,
        clock,
        BillPaymentId(ids.uuid7(clock)),
        bill,
        yen=found.rest_yen,
        received_on=day_in_tokyo(clock.now()),
        noted_by=noted_by,
    )


def settle(tx: WriteTx, clock: Clock, bill: ObligationId, *, noted_by: UUID) -> None:
    """Settle the lines of a bill in the ledger, and write that it is paid."""
    legs = rules.legs(obligation_store.taken_lines(tx, bill))
    if legs:
        command = Move(operation=OperationId(part_of(bill, "paid")), legs=legs, actor=noted_by)
        (answer,) = ledger.post(tx, clock, [command])
        if isinstance(answer, errors.DomainError):
            raise answer
    obligation_store.pay_bill(tx, bill, noted_by, clock.now())


def locked(tx: WriteTx, bill: ObligationId) -> Bill:
    """A bill, once nobody else is noting anything of it. Raises UnknownBill."""
    obligation_store.lock_bills(tx, [bill])
    found = obligation_store.bill(tx, bill)
    if found is None:
        raise UnknownBill
    return found
