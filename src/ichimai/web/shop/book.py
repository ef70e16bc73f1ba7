"""A shop's own book, read from the ledger: no card and no resident is in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from ichimai import ledger
from ichimai.kernel.clock import end_of_day, start_of_day
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import AccountId, Role, Transfer, account_id
from ichimai.merchants import ShopId
from ichimai.programs import lists
from ichimai.programs.terms import Program
from ichimai.storage import ReadTx

_TAKEN = (Kind.PAYMENT, Kind.POST)
_MOST_IN_A_DAY = 100_000


@dataclass(frozen=True, slots=True)
class Sale:
    """A payment that the shop took, or a refund that it gave, over all programs.

    ``refunded``: how much of a payment was given back, as far as the day that is looked at.
    """

    operation: OperationId
    is_refund: bool
    units: int
    parts: tuple[tuple[Program, int], ...]
    recorded_at: datetime
    refunded: int
    payment: UUID

    @property
    def refundable(self) -> int:
        """What can still be given back."""
        return self.units - self.refunded


def days_sales(tx: ReadTx, shop: ShopId, day: date) -> list[Sale]:
    """A day's payments and refunds of all tills of a shop, the newest first."""
    programs = lists.all_programs(tx)
    found = ledger.reports.statement(
        tx,
        list(_accounts(shop, programs)),
        since=start_of_day(day),
        kinds=(*_TAKEN, Kind.REFUND),
        limit=_MOST_IN_A_DAY,
    )
    refunded = _refunded(found)
    of_day = [transfer for transfer in found if transfer.recorded_at < end_of_day(day)]
    return [
        _sale(transfers, programs, refunded)
        for _, transfers in groupby(of_day, key=lambda transfer: transfer.operation)
    ]


def sale(tx: ReadTx, shop: ShopId, operation: OperationId) -> Sale | None:
    """One payment of this shop; None when there is none with this id at this shop."""
    programs = lists.all_programs(tx)
    accounts = _accounts(shop, programs)
    posted = ledger.reports.posted(tx, operation)
    if posted is None or not all(
        transfer.credit in accounts and transfer.kind in _TAKEN for transfer in posted.transfers
    ):
        return None
    later = ledger.reports.statement(
        tx,
        list(accounts),
        since=posted.recorded_at,
        kinds=(Kind.REFUND,),
        limit=_MOST_IN_A_DAY,
    )
    return _sale(posted.transfers, programs, _refunded(later))


def refund(tx: ReadTx, shop: ShopId, operation: OperationId) -> Sale | None:
    """One refund that this shop gave; None when there is none with this id at this shop."""
    programs = lists.all_programs(tx)
    accounts = _accounts(shop, programs)
    posted = ledger.reports.posted(tx, operation)
    if posted is None or not all(
        transfer.debit in accounts and transfer.kind == Kind.REFUND for transfer in posted.transfers
    ):
        return None
    return _sale(posted.transfers, programs, {})


def _accounts(shop: ShopId, programs: Sequence[Program]) -> set[AccountId]:
    return {account_id(shop, Role.RECEIVABLE, program.key) for program in programs}


def _refunded(transfers: Iterable[Transfer]) -> dict[UUID, int]:
    totals: dict[UUID, int] = {}
    for transfer in transfers:
        if transfer.kind == Kind.REFUND:
            totals[transfer.reverses] = totals.get(transfer.reverses, 0) + transfer.units
    return totals


def _sale(
    transfers: Iterable[Transfer], programs: Sequence[Program], refunded: dict[UUID, int]
) -> Sale:
    legs = list(transfers)
    first = legs[0]
    units = {program.key: 0 for program in programs}
    for leg in legs:
        units[leg.asset] += leg.units
    return Sale(
        operation=first.operation,
        is_refund=first.kind == Kind.REFUND,
        units=sum(units.values()),
        parts=tuple((program, units[program.key]) for program in programs if units[program.key]),
        recorded_at=first.recorded_at,
        refunded=refunded.get(first.operation, 0),
        payment=first.reverses,
    )
