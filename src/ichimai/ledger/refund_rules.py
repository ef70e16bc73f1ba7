"""Giving back: refunds of payments, the release of holds, and lots that were ended too early."""

from typing import Final

from ichimai.kernel import errors
from ichimai.ledger.book import Book, Draft, Origin, usable_until
from ichimai.ledger.errors import (
    DifferentAmount,
    DifferentPayment,
    DifferentTerminal,
    HoldClosed,
    HoldNotDue,
    NothingToMove,
    PostExceedsHold,
    RefundExceedsPayment,
    UnknownOperation,
)
from ichimai.ledger.model import (
    GRACE_DAYS,
    Account,
    Kind,
    Refund,
    Release,
    Restore,
    Role,
    Transfer,
    account_id,
)

_BESIDES: Final = frozenset({Kind.VOID, Kind.HANDOVER, Kind.TAKE_BACK})
"""What an answer has besides what was asked for."""


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
    if isinstance(command, Release) and command.units is None:
        is_same = all(transfer.kind == Kind.POST for transfer in earlier)
    else:
        counted = [transfer.units for transfer in earlier if transfer.kind not in _BESIDES]
        is_same = command.units == sum(counted)
    return None if is_same else DifferentAmount()


def restored(command: Restore, book: Book) -> list[Transfer] | errors.DomainError:
    """Give back what an expiry moved and nothing gave back yet."""
    ended = [
        transfer
        for transfer in book.operations.get(command.expiry, ())
        if transfer.kind == Kind.EXPIRY
    ]
    if not ended:
        return UnknownOperation()
    legs = []
    for transfer in ended:
        key = (command.expiry, transfer.debit, transfer.lot)
        is_meant = (
            transfer.asset in command.assets
            and command.ended_after_at < transfer.expires_at <= command.ended_by_at
        )
        if is_meant and key not in book.refunded and book.now < command.until:
            book.refunded[key] = transfer.units
            legs.append(_again_until(transfer, command, book))
    if not legs:
        return NothingToMove()
    return book.record(Origin(command.operation, actor=command.actor), legs)


def _again_until(transfer: Transfer, command: Restore, book: Book) -> Draft:
    lot = book.lots[transfer.debit][transfer.lot]
    return Draft(
        Kind.RESTORE,
        book.accounts[transfer.credit],
        book.accounts[transfer.debit],
        transfer.units,
        lot,
        lot.id,
        # A refund may have given the lot a longer grace.
        expires_at=max(lot.expires_at, command.until),
        reverses=command.expiry,
    )


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
    back = [
        _back(Kind.REFUND, transfer, wallet, units=units, book=book, command=command)
        for transfer, wallet, units in legs
    ]
    is_all = all(
        book.refunded.get((command.payment, _wallet_of(each, book).id, each.lot)) == each.units
        for each in paid
    )
    return [*back, *_brought_back(command, book)] if is_all else back


def _brought_back(command: Refund, book: Book) -> list[Draft]:
    """The thing itself, when all that was taken for it goes back: it is there again."""
    return [
        Draft(
            Kind.HANDOVER,
            book.accounts[leg.credit],
            book.accounts[leg.debit],
            leg.units,
            reverses=command.payment,
        )
        for leg in book.operations[command.payment]
        if leg.kind == Kind.HANDOVER
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
            posts.append(_taken(transfer, shop, units=posted, book=book, command=command))
        if posted < transfer.units:
            rest, wallet = transfer.units - posted, book.accounts[transfer.debit]
            voids.append(_back(Kind.VOID, transfer, wallet, units=rest, book=book, command=command))
    return [*posts, *voids]


def _taken(undone: Transfer, shop: Account, *, units: int, book: Book, command: Release) -> Draft:
    """The part of a hold that the shop gets; the lot gave it when it was held."""
    return Draft(
        Kind.POST,
        book.accounts[undone.credit],
        shop,
        units,
        lot_id=undone.lot,
        capped=units if undone.capped else 0,
        reverses=command.hold,
    )


def _back(
    kind: Kind,
    undone: Transfer,
    wallet: Account,
    *,
    units: int,
    book: Book,
    command: Refund | Release,
) -> Draft:
    """The part of ``undone`` that goes back to its lot in ``wallet``."""
    lot = book.lots[wallet.id][undone.lot]
    days = command.grace_days.get(undone.asset, GRACE_DAYS)
    return Draft(
        kind,
        book.accounts[undone.credit],
        wallet,
        units,
        lot,
        lot.id,
        units if undone.capped else 0,
        usable_until(lot.expires_at, book.now, days),
        command.payment if isinstance(command, Refund) else command.hold,
    )


def _wallet_of(transfer: Transfer, book: Book) -> Account:
    """The wallet a payment was taken from; a posted hold leads to it through the hold."""
    if transfer.kind == Kind.PAYMENT:
        return book.accounts[transfer.debit]
    held = book.operations[transfer.reverses]
    # Two programs may have lots with the same id, each in its own wallet.
    return next(
        book.accounts[leg.debit]
        for leg in held
        if (leg.asset, leg.lot) == (transfer.asset, transfer.lot)
    )
