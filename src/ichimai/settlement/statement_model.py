"""A shop's statement as data: every sale and refund of one closing, and what is paid for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import Kind
from ichimai.merchants import Shop
from ichimai.settlement.invoice_rules import Invoice
from ichimai.settlement.model import Closing, PayoutOfPayable


@dataclass(frozen=True, slots=True)
class Movement:
    """A sale (``units`` above 0) or a refund (below 0) at a shop."""

    at: datetime
    kind: Kind
    units: int
    operation: UUID


@dataclass(frozen=True, slots=True)
class Totals:
    """How many sales and refunds there were and what they came to, both as positive numbers."""

    sales_count: int
    sales: int
    refunds_count: int
    refunds: int

    @property
    def net(self) -> int:
        """Sales less refunds."""
        return self.sales - self.refunds


@dataclass(frozen=True, slots=True)
class ShopStatement:
    """A shop's statement (支払明細書) of one closing.

    Sales − refunds − ``carried_in`` = ``payable`` − ``carried_out`` − ``overdue``, always; all in
    units. ``overdue``: what was carried too long and is owed now. ``from_on`` is the day after the
    closing before, None for the first one. ``given``: units that the shop gave and pays for;
    ``corrected``: what was put right in its disfavour (below 0: in its favour). (``payable`` −
    ``overdue`` − ``given`` − ``corrected``) units, at what the closing says one is worth, −
    ``fee_yen`` = ``yen``, which is paid (below 0: owed by the shop). ``invoice`` says what tax is
    in the fee; None: no fee, or the issuer has no registration number.
    """

    shop: Shop
    association: str
    closing: Closing
    from_on: date | None
    movements: tuple[Movement, ...]
    carried_in: int
    payable: int
    carried_out: int
    overdue: int
    payout: PayoutOfPayable | None
    given: int = 0
    corrected: int = 0
    fee_yen: int = 0
    invoice: Invoice | None = None

    @property
    def yen(self) -> int:
        """What is paid, or below 0 owed by the shop."""
        units = self.payable - self.overdue - self.given - self.corrected
        return units * self.closing.unit_yen - self.fee_yen

    @property
    def totals(self) -> Totals:
        """All sales and refunds of the closing."""
        return _totals(self.movements)

    @property
    def days(self) -> tuple[tuple[date, Totals], ...]:
        """The totals of each day in Tokyo on which something was sold or refunded."""
        by_day = groupby(sorted(self.movements, key=_day), key=_day)
        return tuple((day, _totals(tuple(movements))) for day, movements in by_day)


def _totals(movements: Sequence[Movement]) -> Totals:
    sales = [movement.units for movement in movements if movement.units > 0]
    refunds = [-movement.units for movement in movements if movement.units < 0]
    return Totals(len(sales), sum(sales), len(refunds), sum(refunds))


def _day(movement: Movement) -> date:
    return day_in_tokyo(movement.at)
