"""Statements: what one closing means for one shop, and a cut-off for an association."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from ichimai import ledger, merchants
from ichimai.kernel import Asset, Clock, ids, text
from ichimai.kernel.clock import TOKYO
from ichimai.ledger import Kind
from ichimai.ledger.model import Role, Transfer
from ichimai.merchants import Shop, ShopId
from ichimai.settlement import invoice_rules, invoice_store, payout_store, store
from ichimai.settlement.association_statements import (
    AssociationStatement,
    association_csv,
    association_statement,
    billing_csv,
)
from ichimai.settlement.csv_files import csv_bytes
from ichimai.settlement.errors import StatementDiffers, UnknownClosing
from ichimai.settlement.invoice_rules import Invoice, InvoiceIssuer
from ichimai.settlement.labels import LABELS, Language
from ichimai.settlement.model import Closing, ClosingId, Payable
from ichimai.settlement.paper import statement_pdf
from ichimai.settlement.statement_model import Movement, ShopStatement, Totals
from ichimai.storage import ReadTx, WriteTx

_MOVED_ON: Final = frozenset({Kind.CLOSE, Kind.CORRECTION})
"""What sales came to, on their way to what is owed."""

__all__ = [
    "AssociationStatement",
    "InvoiceIssuer",
    "Movement",
    "ShopStatement",
    "Totals",
    "association_csv",
    "association_statement",
    "billing_csv",
    "csv_bytes",
    "set_invoice_issuer",
    "statement",
    "statement_csv",
    "statement_pdf",
]


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
    transfers = _transfers(tx, found, shop)
    # That of a shop which carried what it owes too long is in no other closing.
    overdue = sum(each.units for each in transfers if each.kind is Kind.CORRECTION)
    names = {
        association.number: association.name for association in merchants.directory.associations(tx)
    }
    made = ShopStatement(
        shop=member,
        association=names[member.association],
        closing=found,
        from_on=before.closes_on + timedelta(days=1) if before else None,
        movements=_movements(transfers, shop, found.asset),
        carried_in=carried_in,
        payable=owed.units,
        carried_out=owed.carried,
        overdue=overdue,
        payout=payouts[0] if payouts else None,
        given=owed.issued,
        corrected=owed.due - owed.issued - overdue,
        fee_yen=owed.fee_yen,
        invoice=_invoice(tx, member, found, owed),
    )
    if made.totals.net - carried_in != made.payable - made.carried_out - overdue:
        raise StatementDiffers(member.number)
    if made.yen != owed.yen:
        raise StatementDiffers(member.number)
    return made


def set_invoice_issuer(
    tx: WriteTx, clock: Clock, issuer: InvoiceIssuer, *, entered_by: UUID
) -> None:
    """Name who charges fees on invoices of closings from now on. Raises IssuerRefused."""
    invoice_rules.check_issuer(issuer)
    invoice_store.add_issuer(tx, ids.uuid7(clock), issuer, entered_by, clock.now())


def _invoice(tx: ReadTx, shop: Shop, closing: Closing, owed: Payable) -> Invoice | None:
    issuer = invoice_store.issuer(tx, closing.closed_at)
    if issuer is None or not owed.fee_yen:
        return None
    number = f"{closing.closes_on:%Y%m%d}-{shop.number}-{closing.id.hex[-6:]}"
    return invoice_rules.invoice(issuer, number, owed.fee_yen)


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
    worth = statement.closing.unit_yen
    rows = [
        [*prefix, *_movement_cells(movement, labels, worth)] for movement in statement.movements
    ]
    if statement.carried_in:
        yen = -statement.carried_in * worth
        carried = [*prefix, "", "", labels["carried_in"], str(yen), ""]
        rows.insert(0, carried)
    rows += [
        [*prefix, "", "", labels[what], str(yen), ""]
        for what, yen in (
            ("given", -statement.given * worth),
            ("corrected", -statement.corrected * worth),
            ("fee", -statement.fee_yen),
        )
        if yen
    ]
    columns = ("closes_on", "shop_number", "shop", "date", "time", "what", "yen", "operation")
    return csv_bytes([labels[column] for column in columns], rows, encoding)


def _payable(tx: ReadTx, closing: ClosingId, shop: ShopId) -> Payable:
    return store.payable(tx, closing, shop) or Payable(closing, shop, 0)


def _transfers(tx: ReadTx, closing: Closing, shop: ShopId) -> list[Transfer]:
    """What a closing's part of the journal says of the shop's sales."""
    return ledger.reports.between(
        tx,
        ledger.model.account_id(shop, Role.RECEIVABLE, closing.asset),
        after_number=closing.after_number,
        up_to_number=closing.up_to_number,
    )


def _movements(transfers: Iterable[Transfer], shop: ShopId, asset: Asset) -> tuple[Movement, ...]:
    account = ledger.model.account_id(shop, Role.RECEIVABLE, asset)
    return tuple(
        Movement(
            at=transfer.occurred_at,
            kind=transfer.kind,
            units=transfer.units if transfer.credit == account else -transfer.units,
            operation=transfer.operation,
        )
        for transfer in transfers
        if transfer.kind not in _MOVED_ON
    )


def _movement_cells(
    movement: Movement, labels: Mapping[str, str], unit_yen: int
) -> tuple[str, ...]:
    local = movement.at.astimezone(TOKYO)
    return (
        f"{local:%Y-%m-%d}",
        f"{local:%H:%M:%S}",
        labels[movement.kind.name.lower()],
        str(movement.units * unit_yen),
        str(movement.operation),
    )
