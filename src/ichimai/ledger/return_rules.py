"""Goods of a purchase come back: units first, and what they earned is taken back.

So does money that was paid in by mistake, with its premium. With what is taken back, and no more,
the caps have room again (decision 36).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from ichimai.kernel import errors
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import recall_rules, refund_rules
from ichimai.ledger.book import Book, Draft, Origin
from ichimai.ledger.errors import NotAllThere, RefundExceedsPayment, UnknownOperation
from ichimai.ledger.model import (
    Account,
    AccountId,
    Count,
    Counted,
    Kind,
    Lot,
    LotId,
    OperationId,
    Refund,
    Release,
    Return,
    Role,
    Sale,
    Transfer,
    account_id,
)


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
    drafts += _taken_back(command, sale, drafts, yen + command.total_yen, book)
    origin = Origin(
        command.operation,
        command.terminal,
        command.actor,
        reverses=command.purchase,
        sale=_sale(command, sale, back, book),
    )
    made = book.record(origin, drafts) if drafts else book.record_mark(origin, Kind.SALE)
    recall_rules.keep(made, book)
    book.returned[command.purchase] = yen + command.total_yen, units + back
    return made


def paid_in(command: Refund | Release, book: Book) -> list[Draft] | errors.DomainError:
    """What was too much of money that was paid in on this day, and the premium on that.

    What the card itself costs goes back last; nothing does where less is left of a lot. None of
    these legs: no money was paid in.
    """
    legs = book.operations.get(command.payment, []) if isinstance(command, Refund) else []
    if not legs or legs[0].kind != Kind.TOP_UP:
        return []
    first, left, kept, wanted = legs[0], command.units or 0, 0, []
    mine = account_id(command.payee, Role.ISSUED, first.asset)
    if first.debit != mine or day_in_tokyo(first.recorded_at) != book.today:
        return UnknownOperation()
    for leg in legs:
        room = leg.units - book.taken_back.get((first.operation, leg.lot, leg.debit), 0)
        units = min(room, left)
        if leg.kind == Kind.TOP_UP:
            left -= units
            kept = room - units if leg is first else kept
        else:
            units = room - leg.units * kept // first.units
        wanted.append((leg, units, (book.accounts[leg.credit], book.lots[leg.credit][leg.lot])))
    if left:
        return RefundExceedsPayment()
    if any(units > _left([], *place, book.now) for _, units, place in wanted):
        return NotAllThere()
    return [_taken(first.operation, [leg], units, at, book) for leg, units, at in wanted if units]


def _sale(command: Return, bought: Sale, back: int, book: Book) -> Sale:
    return Sale(
        operation=command.operation,
        returns=command.purchase,
        wallet=bought.wallet,
        payee=command.payee,
        terminal=command.terminal,
        actor=command.actor,
        total_yen=-command.total_yen,
        paid_units=-back,
        asked="",
        occurred_at=book.now,
        recorded_at=book.now,
    )


def _taken_back(
    command: Return, sale: Sale, refunds: list[Draft], returned_yen: int, book: Book
) -> list[Draft]:
    """Of each lot that earned: what the goods that are kept would not have earned.

    Kept is the earned share of what was kept, rounded down; less is taken where less is left:
    of what ``refunds`` put there too, and of what merges moved on from there.
    """
    drafts: list[Draft] = []
    first = book.operations[command.purchase][0]
    for (account, lot_id), by_giver in _earned(command.purchase, book).items():
        wallet, lot = book.accounts[account], book.lots[account][lot_id]
        wanted = {}
        for giver, legs in by_giver.items():
            all_units = sum([leg.units for leg in legs])
            kept = all_units * (sale.total_yen - returned_yen) // sale.total_yen
            before = book.taken_back.get((command.purchase, lot_id, giver), 0)
            wanted[giver] = all_units - kept - before
        here = _left(refunds, wallet, lot, book.now)
        missing = max(sum(wanted.values()) - here, 0)
        found = recall_rules.recalled(wallet, lot, missing, first.number, book)
        left = here + sum([each.units for each in found])
        taken = []
        for giver, legs in by_giver.items():
            units = min(wanted[giver], left)
            if units > 0:
                left -= units
                taken.append(_taken(command.purchase, legs, units, (wallet, lot), book))
        room = summed(count for draft in taken for count in draft.counts)
        drafts += recall_rules.drafts(found, lot, room, first.number, book)
        drafts += taken
    return drafts


def _taken(
    purchase: OperationId, legs: list[Transfer], units: int, place: tuple[Account, Lot], book: Book
) -> Draft:
    """Take ``units`` more back of what one gave into a lot by ``legs``."""
    wallet, lot = place
    giver, of = legs[0].debit, sum([leg.units for leg in legs])
    key = (purchase, lot.id, giver)
    before = book.taken_back.get(key, 0)
    book.taken_back[key] = after = before + units
    counts = room_again(_counted(purchase, legs, book), of=of, before=before, after=after)
    for count in counts:
        book.count(count)
    return Draft(
        Kind.CASH_OUT if legs[0].kind == Kind.TOP_UP else Kind.TAKE_BACK,
        wallet,
        book.accounts[giver],
        units,
        lot,
        lot.id,
        reverses=purchase,
        counts=counts,
    )


def _earned(
    purchase: OperationId, book: Book
) -> dict[tuple[AccountId, LotId], dict[AccountId, list[Transfer]]]:
    """What a purchase earned, by lot and by who gave it: in a lot of a pool are several's units.

    What one gave for the sale itself and as a bonus is together.
    """
    found: dict[tuple[AccountId, LotId], dict[AccountId, list[Transfer]]] = {}
    for leg in book.operations[purchase]:
        if leg.kind == Kind.EARN:
            by_giver = found.setdefault((leg.credit, leg.lot), {})
            by_giver.setdefault(leg.debit, []).append(leg)
    return found


def _counted(purchase: OperationId, legs: Iterable[Transfer], book: Book) -> list[Counted]:
    """What some legs of a purchase counted."""
    numbers = {leg.leg for leg in legs}
    return [each for each in book.counts.get(purchase, ()) if each.leg in numbers]


def room_again(
    counted: Sequence[Counted], *, of: int, before: int, after: int
) -> tuple[Count, ...]:
    """The room under caps that comes back when ``after`` units are taken back, not ``before``.

    Each cap gets its share of what was taken back ``of`` the units of one lot, rounded down, so
    that what a person keeps is never above a cap. A time comes back with the last of them alone.
    """
    found = []
    for each in counted:
        if each.is_of_times:
            units = each.units if after == of else 0
        else:
            units = each.units * after // of - each.units * before // of
        if units:
            found.append(Count(each.tally, -units, each.is_of_times))
    return summed(found)


def summed(counts: Iterable[Count]) -> tuple[Count, ...]:
    """One count for each tally: two earnings of one sale may count under one."""
    found: dict[UUID, Count] = {}
    for count in counts:
        before = found[count.tally].units if count.tally in found else 0
        found[count.tally] = count._replace(units=before + count.units)
    return tuple(found.values())


def _left(refunds: list[Draft], wallet: Account, lot: Lot, now: datetime) -> int:
    """What is in a lot that is not over, once ``refunds`` are carried out."""
    mine = [draft for draft in refunds if draft.credit is wallet and draft.lot_id == lot.id]
    ends_at = max([lot.expires_at, *[draft.expires_at for draft in mine]])
    return lot.remaining + sum([draft.units for draft in mine]) if now < ends_at else 0
