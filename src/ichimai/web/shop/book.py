"""A shop's own book, read from the ledger: no card and no resident is in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from typing import Final
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Asset
from ichimai.kernel.clock import end_of_day, start_of_day
from ichimai.kernel.ids import NIL
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import AccountId, Role, Transfer, account_id
from ichimai.ledger.model import Sale as RungUp
from ichimai.merchants import ShopId
from ichimai.programs import lists, wallets
from ichimai.programs.terms import Program, ProgramKind
from ichimai.storage import ReadTx

_PAID: Final = frozenset({Kind.PAYMENT, Kind.REFUND})
_EARNED: Final = frozenset({Kind.EARN, Kind.TAKE_BACK})
_LISTED: Final = (Kind.PAYMENT, Kind.POST, Kind.REFUND, Kind.CASH_OUT, Kind.TOP_UP)
_MOST_IN_A_DAY: Final = 100_000

Parts = tuple[tuple[Program, int], ...]
"""Programs, and how many units of each."""


class Act(StrEnum):
    """What was done at a till."""

    SALE = "sale"
    RETURN = "return"
    """Goods of a sale came back."""
    PAYMENT = "payment"
    """A sum that was taken exactly, by a till of another make."""
    REFUND = "refund"
    """Of such a payment."""
    HANDED = "handed"
    BROUGHT_BACK = "brought_back"
    """A thing that was handed over."""
    PAID_IN = "paid_in"
    PAID_BACK = "paid_back"
    UNPAID = "unpaid"
    """What had been paid in by mistake."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done: over how many yen, with what of programs.

    ``paid``: what programs paid, or got back; of things, what was taken for them. ``earned``: what
    was given for it, or taken back. ``undone``: how much of it has come back since. ``of``: what
    was undone. ``number``: its place in the ledger's order.
    """

    number: int
    operation: OperationId
    act: Act
    yen: int
    paid: Parts
    earned: Parts
    recorded_at: datetime
    undone: int = 0
    of: UUID = NIL

    @property
    def paid_yen(self) -> int:
        """What programs paid of it, or got back."""
        return sum(units for _, units in self.paid)

    @property
    def cash_yen(self) -> int:
        """What is paid, or given back, in cash."""
        return self.yen - self.paid_yen

    @property
    def returnable(self) -> int:
        """What can still come back: yen, or of a thing what was taken for it."""
        return (self.paid_yen if self.act == Act.HANDED else self.yen) - self.undone

    @property
    def is_back(self) -> bool:
        """Whether it undoes something."""
        return self.act in {Act.RETURN, Act.REFUND}


@dataclass(frozen=True, slots=True)
class Totals:
    """A day in sums; ``paid`` and ``earned`` by program, less what came back.

    ``paid_in_yen``: what people paid in, less what they were paid back.
    """

    sales: int
    yen: int
    back_yen: int
    paid_in_yen: int
    paid: Parts
    earned: Parts

    @property
    def cash_yen(self) -> int:
        """What was paid in cash, less what was given back."""
        return self.yen - self.back_yen - sum(units for _, units in self.paid)


class Book:
    """What one shop did, by programs as they are called at ``now``."""

    def __init__(self, tx: ReadTx, shop: ShopId, now: datetime) -> None:
        catalogue = lists.catalogue(tx)
        self._tx, self._shop = tx, shop
        self._programs: Mapping[Asset, Program] = catalogue.latest | catalogue.at(now)

    def day(self, day: date) -> list[Line]:
        """What all tills of the shop did on a day, the newest first."""
        tx, since, until = self._tx, start_of_day(day), end_of_day(day)
        rung_up = wallets.rung_up(tx, self._shop, since=since, until=until)
        lines = self._sales(rung_up)
        known = {line.operation for line in lines}
        found = ledger.reports.statement(
            tx,
            list(self._accounts()),
            since=since,
            until=until,
            kinds=_LISTED,
            limit=_MOST_IN_A_DAY,
        )
        others = [each for each in found if each.operation not in known]
        undone = wallets.undone(tx, [each.operation for each in others])
        for _, legs in groupby(others, key=lambda transfer: transfer.operation):
            lines.append(self._other(list(legs), undone))
        return sorted(lines, key=lambda line: line.number, reverse=True)

    def sale(self, operation: OperationId) -> Line | None:
        """One sale, or return of goods, of this shop; None: there is none with this id."""
        posted = ledger.reports.posted(self._tx, operation)
        if posted is None or posted.sale is None or posted.sale.payee != self._shop:
            return None
        return self._sales([posted.sale])[0]

    def other(self, operation: OperationId) -> Line | None:
        """Anything but a sale that was done, or undone, at this shop; None: it was not."""
        accounts = self._accounts()
        posted = ledger.reports.posted(self._tx, operation)
        if posted is None or posted.sale is not None:
            return None
        # What others gave or got by it is not for this shop to know.
        legs = [
            leg
            for leg in posted.transfers
            if leg.kind in _LISTED and not accounts.isdisjoint({leg.debit, leg.credit})
        ]
        if not legs:
            return None
        return self._other(legs, wallets.undone(self._tx, [operation]))

    def parts(self, units: Mapping[Asset, int]) -> Parts:
        """Units by program, those without any left out."""
        return tuple(
            (self._programs[asset], count)
            for asset, count in units.items()
            if count and asset in self._programs
        )

    def _sales(self, rung_up: Sequence[RungUp]) -> list[Line]:
        ids = [sale.operation for sale in rung_up]
        back = wallets.brought_back(self._tx, ids)
        paid: dict[UUID, dict[Asset, int]] = {id_: {} for id_ in ids}
        earned: dict[UUID, dict[Asset, int]] = {id_: {} for id_ in ids}
        numbers: dict[UUID, int] = {}
        for one in wallets.moved(self._tx, ids):
            numbers.setdefault(one.operation, one.number)
            sums = paid if one.kind in _PAID else earned if one.kind in _EARNED else {}
            if one.operation in sums:
                of = sums[one.operation]
                of[one.asset] = of.get(one.asset, 0) + one.units
        return [
            Line(
                number=numbers[sale.operation],
                operation=sale.operation,
                act=Act.SALE if sale.total_yen > 0 else Act.RETURN,
                yen=abs(sale.total_yen),
                paid=self.parts(paid[sale.operation]),
                earned=self.parts(earned[sale.operation]),
                recorded_at=sale.recorded_at,
                undone=back.get(sale.operation, 0),
                of=sale.returns,
            )
            for sale in rung_up
        ]

    def _other(self, legs: Sequence[Transfer], undone: Mapping[UUID, int]) -> Line:
        first = legs[0]
        units: dict[Asset, int] = {}
        for leg in legs:
            units[leg.asset] = units.get(leg.asset, 0) + leg.units
        parts, act = self.parts(units), _ACTS.get(first.kind, Act.PAYMENT)
        if act == Act.PAID_BACK and first.reverses != NIL:
            act = Act.UNPAID
        is_thing = bool(parts) and parts[0][0].kind == ProgramKind.IN_KIND
        if is_thing:
            act = Act.BROUGHT_BACK if act == Act.REFUND else Act.HANDED
        return Line(
            number=first.number,
            operation=first.operation,
            act=act,
            yen=0 if is_thing else sum(units.values()),
            paid=parts,
            earned=(),
            recorded_at=first.recorded_at,
            undone=undone.get(first.operation, 0),
            of=first.reverses,
        )

    def _accounts(self) -> set[AccountId]:
        return {
            account_id(self._shop, role, key)
            for key in self._programs
            for role in (Role.RECEIVABLE, Role.ISSUED)
        }


_ACTS: Final[Mapping[Kind, Act]] = {
    Kind.REFUND: Act.REFUND,
    Kind.TOP_UP: Act.PAID_IN,
    Kind.CASH_OUT: Act.PAID_BACK,
}


_SOLD: Final = frozenset({Act.SALE, Act.PAYMENT, Act.RETURN, Act.REFUND})


def totals(lines: Iterable[Line]) -> Totals:
    """What a day's lines come to."""
    sales = yen = back = paid_in = 0
    paid: dict[Asset, tuple[Program, int]] = {}
    earned: dict[Asset, tuple[Program, int]] = {}
    for line in lines:
        match line.act:
            case Act.SALE | Act.PAYMENT:
                sales, yen = sales + 1, yen + line.yen
            case Act.RETURN | Act.REFUND:
                back += line.yen
            case Act.PAID_IN:
                paid_in += line.yen
            case Act.PAID_BACK | Act.UNPAID:
                paid_in -= line.yen
            case Act.HANDED | Act.BROUGHT_BACK:
                pass
        if line.act not in _SOLD:
            continue
        for sums, parts in ((paid, line.paid), (earned, line.earned)):
            for program, units in parts:
                before = sums.get(program.key, (program, 0))[1]
                sums[program.key] = program, before + (-units if line.is_back else units)
    return Totals(sales, yen, back, paid_in, _not_none(paid), _not_none(earned))


def _not_none(sums: Mapping[Asset, tuple[Program, int]]) -> Parts:
    return tuple(part for part in sums.values() if part[1])
