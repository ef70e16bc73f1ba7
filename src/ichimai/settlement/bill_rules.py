"""When a bill is due, and what may be noted as paid of it. Pure."""

from datetime import date, datetime, timedelta

from ichimai.kernel.clock import day_in_tokyo
from ichimai.settlement.business_days import bank_day_from
from ichimai.settlement.errors import BillPaymentRefused, BillSettled
from ichimai.settlement.obligation_model import Bill, Policy


def due_on(closed_at: datetime, policy: Policy) -> date:
    """The bank day by which a bill of a closing is to be paid."""
    return bank_day_from(day_in_tokyo(closed_at) + timedelta(days=policy.bill_days))


def check_payment(bill: Bill, *, yen: int, received_on: date, today: date) -> None:
    """Refuse what cannot have come in. Raises BillSettled, BillPaymentRefused."""
    if bill.paid_at is not None or bill.is_netted:
        raise BillSettled
    if not 1 <= yen <= bill.rest_yen:
        raise BillPaymentRefused("yen")
    if received_on > today:
        raise BillPaymentRefused("received_on")
