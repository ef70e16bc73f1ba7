"""Giving back: refunds of payments, and the release of holds."""

from datetime import datetime

from ichimai.kernel import errors
from ichimai.ledger.book import Book, Draft, usable_until
from ichimai.ledger.errors import (
    DifferentAmount,
    DifferentPayment,
    DifferentTerminal,
    HoldClosed,
    HoldNotDue,
    PostExceedsHold,
    RefundExceedsPayment,
    UnknownOperation,
)
from ichimai.ledger.model import (
    GRACE_DAYS,
    Account,
    AccountId,
    Kind,
    Refund,
    Release,
    Role,
    Transfer,
    account_id,
)


def drafts(command: Refund | Release, book: Book) -> list[Draft] | errors.DomainError:
    """The legs of a refund or a release; or why there are none."""
    return _refund(command, book) if isinstance(command, Refund) else _release(command, book)


def difference(command: Refund | Release, earlier: list[Transfer]) -> errors.DomainError | None:
    """In what ``command`` differs from the one that ``earlier`` answered, if in anything."""
    parent = command.payment if isinstance(command, Refund) else command.hold
    if earlier[0].reverses != parent:
        return DifferentPayment()
    if earlier[0].terminal != command.terminal:
        return DifferentTerminal()
    if isinstance(command, Refund):
        units = sum(transfer.units for transfer in earlier)
    else:
        units = sum(transfer.units for transfer in earlier if transfer.kind == Kind.POST)
    if command.units is not None and command.units != units:
        return DifferentAmount()
    return None


def _refund(command: Refund, book: Book) -> list[Draft] | errors.DomainError:
    paid = [
        transfer
        for transfer in book.operations.get(command.payment, ())
        if transfer.kind in {Kind.PAYMENT, Kind.POST}
        and transfer.credit == account_id(command.payee, Role.RECEIVABLE, transfer.asset)
    ]
    if not paid:
        return UnknownOperation()
    wanted = command.units
    legs = []
    for transfer in reversed(paid):
        wallet = _wallet_of(transfer, book)
        key = (command.payment, wallet.id, transfer.lot)
        room = min(transfer.units - book.refunded.get(key, 0), wanted)
        if room > 0:
            legs.append((transfer, wallet, room))
            wanted -= room
    if wanted:
        return RefundExceedsPayment()
    for transfer, wallet, units in legs:
        key = (command.payment, wallet.id, transfer.lot)
        book.refunded[key] = book.refunded.get(key, 0) + units
    return [
        _back(
            Kind.REFUND,
            transfer,
            wallet.id,
            units,
            _end(book, wallet.id, transfer, command),
        )._replace(reverses=command.payment)
        for transfer, wallet, units in legs
    ]


def _release(command: Release, book: Book) -> list[Draft] | errors.DomainError:
    hold = book.holds.get(command.hold)
    if hold is None or (hold.payee != command.payee and not command.is_timeout):
        return UnknownOperation()
    if not hold.is_open:
        return HoldClosed()
    is_over = hold.expires_at <= book.now
    if command.is_timeout and not is_over:
        return HoldNotDue()
    held = book.operations[command.hold]
    total = sum(transfer.units for transfer in held)
    wanted = total if command.units is None else command.units
    if wanted and is_over:
        return HoldClosed()
    if wanted > total:
        return PostExceedsHold()
    posts, voids = [], []
    for transfer in held:
        posted = min(transfer.units, wanted)
        wanted -= posted
        if posted:
            shop = book.account(hold.payee, Role.RECEIVABLE, transfer.asset)
            posts.append(_back(Kind.POST, transfer, shop.id, posted, transfer.expires_at))
        if posted < transfer.units:
            end = _end(book, transfer.debit, transfer, command)
            rest = transfer.units - posted
            voids.append(_back(Kind.VOID, transfer, transfer.debit, rest, end))
    return [leg._replace(reverses=command.hold) for leg in (*posts, *voids)]


def _back(kind: Kind, undone: Transfer, to: AccountId, units: int, until: datetime) -> Draft:
    capped = units if undone.capped else 0
    return Draft(kind, undone.credit, to, units, undone.asset, undone.lot, capped, until)


def _wallet_of(transfer: Transfer, book: Book) -> Account:
    """The wallet a payment was taken from; a posted hold leads to it through the hold."""
    if transfer.kind == Kind.PAYMENT:
        return book.accounts[transfer.debit]
    for held in book.operations[transfer.reverses]:
        if held.lot == transfer.lot:
            return book.accounts[held.debit]
    raise LookupError(transfer.operation)


def _end(
    book: Book, wallet: AccountId, undone: Transfer, command: Refund | Release
) -> datetime:
    days = command.grace_days.get(undone.asset, GRACE_DAYS)
    return usable_until(book.lots[wallet][undone.lot].expires_at, book.now, days)
