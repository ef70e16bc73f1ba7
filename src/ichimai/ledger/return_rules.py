"""Goods of a purchase come back: units first, and what they earned is taken back."""

from ichimai.kernel import errors
from ichimai.ledger import refund_rules
from ichimai.ledger.book import Book, Draft, Origin
from ichimai.ledger.errors import RefundExceedsPayment, UnknownOperation
from ichimai.ledger.model import Kind, Refund, Return, Sale, Transfer


def returned(command: Return, book: Book) -> list[Transfer] | errors.DomainError:
    """Give back what programs paid, as far as it goes, and take back what was earned."""
    sale = book.sales.get(command.purchase)
    if sale is None or sale.payee != command.payee or sale.total_yen < 0:
        return UnknownOperation()
    yen, units = book.returned.get(command.purchase, (0, 0))
    if yen + command.total_yen > sale.total_yen:
        return RefundExceedsPayment()
    back = min(command.total_yen, sale.paid_units - units)
    drafts: list[Draft] = []
    if back:
        refund = Refund(
            operation=command.operation,
            payment=command.purchase,
            units=back,
            payee=command.payee,
            terminal=command.terminal,
            actor=command.actor,
            grace_days=command.grace_days,
        )
        found = refund_rules.drafts(refund, book)
        if isinstance(found, errors.DomainError):
            return found
        drafts += found
    drafts += _taken_back(command, sale, yen + command.total_yen, book)
    origin = Origin(command.operation, command.terminal, command.actor, reverses=command.purchase)
    made = book.record(origin, drafts) if drafts else book.record_mark(origin, Kind.SALE)
    book.returned[command.purchase] = yen + command.total_yen, units + back
    book.add_sale(
        Sale(
            operation=command.operation,
            returns=command.purchase,
            wallet=sale.wallet,
            payee=command.payee,
            terminal=command.terminal,
            actor=command.actor,
            total_yen=-command.total_yen,
            paid_units=-back,
            asked="",
            occurred_at=book.now,
            recorded_at=book.now,
        )
    )
    return made


def _taken_back(command: Return, sale: Sale, returned_yen: int, book: Book) -> list[Draft]:
    """Of each leg that earned: what the goods that are kept would not have earned.

    Kept is the earned share of what was kept, rounded down; less is taken where less is left.
    """
    drafts = []
    for leg in book.operations[command.purchase]:
        if leg.kind != Kind.EARN:
            continue
        kept = leg.units * (sale.total_yen - returned_yen) // sale.total_yen
        key = (command.purchase, leg.credit, leg.lot)
        before = book.taken_back.get(key, 0)
        wallet, lot = book.accounts[leg.credit], book.lots[leg.credit][leg.lot]
        units = min(leg.units - kept - before, lot.remaining)
        if units > 0 and book.now < lot.expires_at:
            book.taken_back[key] = before + units
            drafts.append(
                Draft(
                    Kind.TAKE_BACK,
                    wallet,
                    book.accounts[leg.debit],
                    units,
                    lot,
                    lot.id,
                    reverses=command.purchase,
                )
            )
    return drafts
