"""When a bill is due, and what may be noted as paid of it: the rules as a table."""

from datetime import UTC, date, datetime
from uuid import UUID

from ichimai.settlement.bill_rules import check_payment, due_on
from ichimai.settlement.errors import BillPaymentRefused, BillSettled
from ichimai.settlement.model import RunId
from ichimai.settlement.obligation_model import Bill, ObligationId, Policy
from tests import tables

TODAY = date(2026, 10, 20)
PAYMENTS = """
    bill  before  is        pays  on          outcome
    300   -       open      300   2026-10-20  noted
    300   -       open      1     2026-10-01  noted
    300   100     open      200   2026-10-20  noted
    300   100     open      201   2026-10-20  yen
    300   -       open      0     2026-10-20  yen
    300   -       open      -5    2026-10-20  yen
    300   -       open      300   2026-10-21  received_on
    300   300     paid      1     2026-10-20  settled
    300   -       paid      300   2026-10-20  settled
    300   -       netted    300   2026-10-20  settled
"""


@tables.each(PAYMENTS)
def test_what_came_in_for_a_bill(row: tables.Row) -> None:
    at = datetime(2026, 10, 5, tzinfo=UTC)
    bill = Bill(
        id=ObligationId(UUID(int=1)),
        run=RunId(UUID(int=2)),
        association=8,
        shops=1,
        yen=row.units("bill"),
        due_on=TODAY,
        paid_by=UUID(int=3) if row["is"] == "paid" else None,
        paid_at=at if row["is"] == "paid" else None,
        received_yen=row.units("before"),
        is_netted=row["is"] == "netted",
    )
    found = "noted"
    try:
        received_on = date.fromisoformat(row["on"])
        check_payment(bill, yen=row.units("pays"), received_on=received_on, today=TODAY)
    except BillPaymentRefused as refused:
        found = refused.field
    except BillSettled:
        found = "settled"
    assert found == row["outcome"]


def test_a_bill_is_due_on_a_bank_day() -> None:
    """30 days after Monday 5 October is Wednesday; 26 days after it is Saturday, so Monday."""
    closed_at = datetime(2026, 10, 5, 3, tzinfo=UTC)
    assert due_on(closed_at, Policy()) == date(2026, 11, 4)
    assert due_on(closed_at, Policy(bill_days=26)) == date(2026, 11, 2)
