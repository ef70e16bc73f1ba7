"""What one closing means for one shop: every sale and refund in it, and what is paid when."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from ichimai import ledger, merchants
from ichimai.kernel import text
from ichimai.kernel.clock import TOKYO, day_in_tokyo
from ichimai.ledger import Kind
from ichimai.ledger.model import Role
from ichimai.merchants import Shop, ShopId
from ichimai.settlement import payout_store, store
from ichimai.settlement.errors import StatementDiffers, UnknownClosing
from ichimai.settlement.labels import LABELS, Language
from ichimai.settlement.model import Closing, ClosingId, Payable, PayoutOfPayable
from ichimai.storage import ReadTx

_BOM: Final = b"\xef\xbb\xbf"


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

    Sales − refunds − ``carried_in`` = ``payable`` − ``carried_out``, always. ``from_on`` is the
    day after the closing before, None for the first one.
    """

    shop: Shop
    association: str
    closing: Closing
    from_on: date | None
    movements: tuple[Movement, ...]
    carried_in: int
    payable: int
    carried_out: int
    payout: PayoutOfPayable | None

    @property
    def totals(self) -> Totals:
        """All sales and refunds of the closing."""
        return _totals(self.movements)

    @property
    def days(self) -> tuple[tuple[date, Totals], ...]:
        """The totals of each day in Tokyo on which something was sold or refunded."""
        by_day = groupby(sorted(self.movements, key=_day), key=_day)
        return tuple((day, _totals(tuple(movements))) for day, movements in by_day)


def statement(tx: ReadTx, closing: ClosingId, shop: ShopId) -> ShopStatement:
    """The statement of a closing for a shop, made from the journal.

    Raises UnknownClosing, StatementDiffers (the journal is not what was closed) and what
    ``merchants.shop`` raises.
    """
    found = store.closing(tx, closing)
    if found is None:
        raise UnknownClosing
    before = store.closing_before(tx, found.asset, found.closes_on)
    carried_in = _payable(tx, before.id, shop).carried if before else 0
    owed = _payable(tx, closing, shop)
    payouts = payout_store.payouts_of(tx, shop, [closing])
    member = merchants.directory.shop(tx, shop)
    names = {
        association.number: association.name for association in merchants.directory.associations(tx)
    }
    made = ShopStatement(
        shop=member,
        association=names[member.association],
        closing=found,
        from_on=before.closes_on + timedelta(days=1) if before else None,
        movements=_movements(tx, found, shop),
        carried_in=carried_in,
        payable=owed.units,
        carried_out=owed.carried,
        payout=payouts[0] if payouts else None,
    )
    if made.totals.net - carried_in != made.payable - made.carried_out:
        raise StatementDiffers(member.number)
    return made


def statement_csv(
    statement: ShopStatement,
    encoding: text.Encoding = text.Encoding.UTF_8_BOM,
    language: Language = "ja",
) -> bytes:
    """The statement as a table whose amounts add up to what is paid (or carried, below 0).

    Safe to open in a spreadsheet. Raises text.UnmappableText for CP932.
    """
    labels = LABELS[language]
    prefix = [statement.closing.closes_on.isoformat(), statement.shop.number, statement.shop.name]
    rows = [[*prefix, *_movement_cells(movement, labels)] for movement in statement.movements]
    if statement.carried_in:
        carried = [*prefix, "", "", labels["carried_in"], str(-statement.carried_in), ""]
        rows.insert(0, carried)
    columns = ("closes_on", "shop_number", "shop", "date", "time", "what", "yen", "operation")
    return csv_bytes([labels[column] for column in columns], rows, encoding)


def csv_bytes(
    header: Sequence[str], rows: Iterable[Sequence[str]], encoding: text.Encoding
) -> bytes:
    """A CSV file (RFC 4180) in which no cell is a formula and no character was replaced.

    Amounts below zero stay numbers. Raises text.UnmappableText.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    if encoding is text.Encoding.CP932:
        return text.to_cp932(written.getvalue())
    encoded = written.getvalue().encode()
    return _BOM + encoded if encoding is text.Encoding.UTF_8_BOM else encoded


def _cell(value: str) -> str:
    digits = value.removeprefix("-")
    return value if digits.isascii() and digits.isdigit() else text.cell(value)


def _payable(tx: ReadTx, closing: ClosingId, shop: ShopId) -> Payable:
    return store.payable(tx, closing, shop) or Payable(closing, shop, 0)


def _movements(tx: ReadTx, closing: Closing, shop: ShopId) -> tuple[Movement, ...]:
    account = ledger.model.account_id(shop, Role.RECEIVABLE, closing.asset)
    transfers = ledger.reports.between(
        tx, account, after_number=closing.after_number, up_to_number=closing.up_to_number
    )
    return tuple(
        Movement(
            at=transfer.occurred_at,
            kind=transfer.kind,
            units=transfer.units if transfer.credit == account else -transfer.units,
            operation=transfer.operation,
        )
        for transfer in transfers
        if transfer.kind is not Kind.CLOSE
    )


def _totals(movements: Sequence[Movement]) -> Totals:
    sales = [movement.units for movement in movements if movement.units > 0]
    refunds = [-movement.units for movement in movements if movement.units < 0]
    return Totals(len(sales), sum(sales), len(refunds), sum(refunds))


def _day(movement: Movement) -> date:
    return day_in_tokyo(movement.at)


def _movement_cells(movement: Movement, labels: Mapping[str, str]) -> tuple[str, ...]:
    local = movement.at.astimezone(TOKYO)
    return (
        f"{local:%Y-%m-%d}",
        f"{local:%H:%M:%S}",
        labels[movement.kind.name.lower()],
        str(movement.units),
        str(movement.operation),
    )
