"""Which lots give how much: for payments, holds, and everything else that takes from a wallet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from ichimai.kernel import Asset, errors
from ichimai.ledger import recent
from ichimai.ledger.book import Book, Draft
from ichimai.ledger.errors import InsufficientBalance, LimitExceeded, RepeatSuspected
from ichimai.ledger.model import Account, Kind, Lot, Purse, Role


class Source(Struct):
    """One program that may be drawn on: the wallet, and what it may still give."""

    purse: Purse
    wallet: Account
    left: int


class Taken(Struct, frozen=True):
    """``units`` from one lot."""

    source: Source
    lot: Lot
    units: int


def sources(
    purses: Sequence[Purse], wallets: Mapping[Asset, Account | None], wanted: int, book: Book
) -> list[Source]:
    """The programs of ``purses`` of which there is a wallet, and their limits' room."""
    found = []
    for purse in purses:
        wallet = wallets[purse.asset]
        if wallet is not None:
            left = _at_once(purse, wanted)
            if purse.per_day is not None:
                left = min(left, purse.per_day - book.spent_today(wallet))
            found.append(Source(purse, wallet, left))
    return found


def repeated(wallets: Sequence[Account], mark: bytes, book: Book) -> RepeatSuspected | None:
    """Whether an equal operation was made on one of ``wallets`` just now."""
    for wallet in wallets:
        earlier = recent.earlier(wallet.recent, mark, book.now)
        if earlier is not None:
            return RepeatSuspected(earlier=earlier)
    return None


def take(
    purses: Sequence[Purse], drawn_on: list[Source], wanted: int, book: Book
) -> list[Taken] | errors.DomainError:
    """All of ``wanted``, or why not: too much at once, not enough there, a limit reached."""
    if wanted > sum([_at_once(purse, wanted) for purse in purses]):
        return LimitExceeded()
    usable = _usable(drawn_on, book)
    if wanted > sum([lot.remaining for lot, _ in usable]):
        return InsufficientBalance()
    taken = _taken(usable, wanted)
    return taken if sum([each.units for each in taken]) == wanted else LimitExceeded()


def take_what_can_be(drawn_on: list[Source], wanted: int, book: Book) -> list[Taken]:
    """As much of ``wanted`` as there is and may be taken."""
    return _taken(_usable(drawn_on, book), wanted)


def _taken(usable: list[tuple[Lot, Source]], wanted: int) -> list[Taken]:
    taken = []
    wanted -= _whole_cards(usable, wanted)
    for lot, source in usable:
        multiple = source.purse.multiple
        most = source.left if multiple > 1 else min(source.left, wanted)
        room = min(lot.remaining, most)
        if source.purse.is_capped:
            room = min(room, lot.capped_left)
        if room > 0:
            taken.append(Taken(source, lot, room))
            source.left -= room
            if multiple == 1:
                wanted -= room
    return taken


def _whole_cards(usable: list[tuple[Lot, Source]], wanted: int) -> int:
    """Set aside what pays in whole cards only, before what pays any sum; how much that is."""
    aside = 0
    seen: set[int] = set()
    for _, source in usable:
        multiple = source.purse.multiple
        if multiple == 1 or id(source) in seen:
            continue
        seen.add(id(source))
        there = sum([_room(lot, each) for lot, each in usable if each is source])
        most = max(0, min(there, source.left, wanted - aside))
        source.left = most // multiple * multiple
        aside += source.left
    return aside


def _room(lot: Lot, source: Source) -> int:
    return min(lot.remaining, lot.capped_left) if source.purse.is_capped else lot.remaining


def _usable(drawn_on: list[Source], book: Book) -> list[tuple[Lot, Source]]:
    """The lots that may be spent now, in the order of spending."""
    now = book.now
    usable = [
        (lot, source)
        for source in drawn_on
        for lot in book.lots.get(source.wallet.id, {}).values()
        if lot.remaining > 0 and lot.usable_at <= now < lot.expires_at
    ]
    if any(source.purse.spans is not None for source in drawn_on):
        usable = [each for each in usable if _is_accepted(*each)]
    if len(usable) > 1:
        usable.sort(key=_spending_order)
    return usable


def _is_accepted(lot: Lot, source: Source) -> bool:
    """Whether the terms of the day from which a lot may be used accept it here."""
    spans = source.purse.spans
    return spans is None or any(begins <= lot.usable_at < ends for begins, ends in spans)


def _at_once(purse: Purse, units: int) -> int:
    return units if purse.per_payment is None else purse.per_payment


def _spending_order(usable: tuple[Lot, Source]) -> tuple[Any, ...]:
    lot, source = usable
    return source.purse.order, lot.expires_at, source.purse.rank, lot.usable_at, lot.id


def oldest_first(lots: Sequence[Lot], now: datetime) -> list[Lot]:
    """The lots that are not over, those that came first, first."""
    there = [lot for lot in lots if lot.remaining > 0 and now < lot.expires_at]
    return sorted(there, key=lambda lot: (lot.usable_at, lot.id))


def payment_leg(payee: UUID, taken: Taken, book: Book) -> Draft:
    """What a payment moves to the shop from one lot."""
    purse = taken.source.purse
    shop = book.account(payee, Role.RECEIVABLE, purse.asset)
    capped = taken.units if purse.is_capped else 0
    return Draft(
        Kind.PAYMENT, taken.source.wallet, shop, taken.units, taken.lot, taken.lot.id, capped
    )
