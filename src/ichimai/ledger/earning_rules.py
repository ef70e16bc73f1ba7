"""Earning, and everything that is earned for: purchases, awards, exchanges, things, pay-back.

A purchase is refused for the first of these that applies: 1 to 5 of a payment (``rules``). It
takes what there is and may be taken; the rest is paid in cash. What is earned is cut by the first
of these that leaves less: the caps of the person in their order, the budget of who funds it. A
bonus is of what was so given, and has caps and a budget of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from msgspec import structs

from ichimai.kernel import Asset, errors
from ichimai.kernel.amount import MAX_UNITS
from ichimai.kernel.ids import uuid_of
from ichimai.ledger import recent, spending
from ichimai.ledger.book import NO_OPERATION, Book, Draft, Origin
from ichimai.ledger.errors import (
    CredentialStopped,
    InsufficientBalance,
    LimitReached,
    MinimumNotReached,
    NothingToMove,
    OutOfStock,
)
from ichimai.ledger.model import (
    Account,
    AccountId,
    Award,
    Cap,
    CashOut,
    Count,
    Earn,
    Exchange,
    Give,
    Kind,
    Lot,
    LotId,
    Purchase,
    Purse,
    Redeem,
    Role,
    Sale,
    Transfer,
    account_id,
    derived_id,
)

Made = list[Transfer] | errors.DomainError
Shown = Purchase | Award | Exchange | Redeem | CashOut | Give
"""Commands that somebody's card asks for."""

_OTHER_BITS: Final = ~(0xF << 76 | 0x3 << 62)
_VERSION_8: Final = 0x8 << 76 | 0x2 << 62


def refusal_of(command: Shown, book: Book) -> errors.DomainError | None:
    """Why the card is not taken, whatever is on it."""
    if command.refused is not None:
        return command.refused
    return CredentialStopped() if command.actor in book.stops else None


def purchase(command: Purchase, book: Book) -> Made:
    """Take what can be taken for a sale, and give what it earns."""
    refused = refusal_of(command, book)
    if refused is not None:
        return refused
    mark = recent.mark_of(command.actor, command.terminal, command.total_yen)
    wallets = _wallets(command, book)
    if not command.is_repeat_confirmed:
        repeat = spending.repeated([wallet for wallet in wallets.values() if wallet], mark, book)
        if repeat is not None:
            return repeat
    most = command.total_yen if command.pay_at_most is None else command.pay_at_most
    wanted = min(most, command.total_yen)
    drawn_on = spending.sources(command.purses, wallets, wanted, book)
    taken = spending.take_what_can_be(drawn_on, wanted, book) if wanted else []
    paid = sum([each.units for each in taken])
    drafts = [spending.payment_leg(command.payee, each, book) for each in taken]
    last = 0
    for earn in command.earns:
        if earn.rate is None:
            units = earn.units
        else:
            units = earn.rate.units_of(total_yen=command.total_yen, paid_yen=paid)
        legs = earned(earn, command.wallet, earn.with_last(units, last), book, wallets[earn.asset])
        last = sum([leg.units for leg in legs])
        drafts += legs
    origin = Origin(
        command.operation,
        command.terminal,
        command.actor,
        command.occurred_at,
        sale=_sale(command, paid, book),
    )
    made = book.record(origin, drafts) if drafts else book.record_mark(origin, Kind.SALE)
    if drafts:
        # On one wallet is enough, for all are asked: where it paid, or else where it earned.
        wallet = drafts[0].debit if taken else drafts[0].credit
        wallet.recent = recent.added(wallet.recent, mark, command.operation, book.now)
    return made


def _wallets(command: Purchase, book: Book) -> dict[Asset, Account | None]:
    """The person's wallets of all programs that may pay or give, by program."""
    assets = dict.fromkeys([purse.asset for purse in command.purses])
    assets |= dict.fromkeys([earn.asset for earn in command.earns])
    return {
        asset: book.accounts.get(account_id(command.wallet, Role.WALLET, asset)) for asset in assets
    }


def _sale(command: Purchase, paid: int, book: Book) -> Sale:
    return Sale(
        operation=command.operation,
        returns=NO_OPERATION,
        wallet=command.wallet,
        payee=command.payee,
        terminal=command.terminal,
        actor=command.actor,
        total_yen=command.total_yen,
        paid_units=paid,
        asked=command.asked,
        occurred_at=command.occurred_at or book.now,
        recorded_at=book.now,
    )


def award(command: Award, book: Book) -> Made:
    """Give what an event, a stamp or a payment at the counter earns, or what is left of it."""
    refused = refusal_of(command, book)
    if refused is not None:
        return refused
    drafts: list[Draft] = []
    last = 0
    for earn in command.earns:
        if earn.wallet not in {None, command.wallet} and not drafts:
            # Whoever brought somebody along gets nothing where that one does not.
            continue
        units = earn.with_last(earn.units, last)
        part = earned(earn, earn.wallet or command.wallet, units, book)
        last = sum([leg.units for leg in part])
        if not part and earn is command.earns[0] and earn.kind == Kind.TOP_UP:
            # It comes first: without the money there is no premium either.
            return LimitReached()
        drafts += part
    if not drafts:
        return LimitReached()
    return book.record(_origin(command, command.occurred_at), drafts)


def _origin(command: Award | Exchange | Redeem, occurred_at: datetime | None = None) -> Origin:
    return Origin(
        command.operation, command.terminal, command.actor, occurred_at, asked=command.asked
    )


def exchange(command: Exchange, book: Book) -> Made:
    """Give units up for those of another program, or for something that is handed over."""
    refused = refusal_of(command, book)
    if refused is not None:
        return refused
    if any(book.tally(each.tally) < each.units for each in command.minimums):
        return MinimumNotReached()
    room = _room(command.caps, command.units, book, is_whole=True, times=command.times)
    if room < command.units:
        return LimitReached()
    taken = _exactly(command.purse, command.wallet, command.units, book)
    if isinstance(taken, errors.DomainError):
        return taken
    sink = book.account(program_of(command.purse.asset), Role.REDEEMED, command.purse.asset)
    drafts = [
        Draft(Kind.EXCHANGE, each.source.wallet, sink, each.units, each.lot, each.lot.id)
        for each in taken
    ]
    if command.to is not None:
        given = earned(command.to, command.wallet, command.to.units, book)
        if sum([draft.units for draft in given]) < command.to.units:
            return LimitReached()
        drafts += given
    counts = _count(command.caps, command.units, book, times=command.times)
    drafts[0] = structs.replace(drafts[0], counts=counts)
    return book.record(_origin(command, command.occurred_at), drafts)


def redeem(command: Redeem, book: Book) -> Made:
    """Hand a thing over for the units that give a right to it."""
    refused = refusal_of(command, book)
    if refused is not None:
        return refused
    taken = _exactly(command.purse, command.wallet, command.units, book)
    if isinstance(taken, errors.DomainError):
        return taken
    drafts = [spending.payment_leg(command.payee, each, book) for each in taken]
    if command.stock is not None:
        there = book.account(command.payee, Role.STOCK, command.stock)
        if there.balance < 1:
            return OutOfStock()
        gone = book.account(command.payee, Role.HANDED, command.stock)
        drafts.append(Draft(Kind.HANDOVER, there, gone, 1))
    return book.record(_origin(command), drafts)


def cash_out(command: CashOut, book: Book) -> Made:
    """Pay a person back: the units go to the account of who pays.

    Refused for the first of these: more is in the wallet than may be, or was paid back before
    than leaves room; less is there than asked for.
    """
    refused = refusal_of(command, book)
    if refused is not None:
        return refused
    payer = book.account(command.payee, Role.ISSUED, command.asset)
    wallet = book.accounts.get(account_id(command.wallet, Role.WALLET, command.asset))
    left = 0 if wallet is None else wallet.balance
    is_too_much = command.most_left is not None and left > command.most_left
    if is_too_much or _room(command.caps, command.units, book, is_whole=True) < command.units:
        return LimitReached()
    parts = _oldest(wallet, command.units, book)
    if wallet is None or sum([units for _, units in parts]) < command.units:
        return InsufficientBalance()
    drafts = [Draft(Kind.CASH_OUT, wallet, payer, units, lot, lot.id) for lot, units in parts]
    drafts[0] = structs.replace(drafts[0], counts=_count(command.caps, command.units, book))
    return book.record(Origin(command.operation, command.terminal, command.actor), drafts)


def give(command: Give, book: Book) -> Made:
    """Move units to another wallet, each lot with its funder and its dates."""
    refused = refusal_of(command, book)
    if refused is not None:
        return refused
    wallet = book.accounts.get(account_id(command.wallet, Role.WALLET, command.asset))
    wanted = wallet.balance if wallet is not None and command.units is None else command.units
    if wallet is None or not wanted or command.to == command.wallet:
        return NothingToMove()
    parts = _oldest(wallet, wanted, book)
    if sum([units for _, units in parts]) < wanted and command.units is not None:
        return InsufficientBalance()
    target = book.account(command.to, Role.WALLET, command.asset)
    drafts = []
    for lot, units in parts:
        capped = min(units, lot.capped_left)
        other = book.filled(Lot(target.id, lot.id, 0, 0, lot.expires_at, lot.usable_at, lot.funder))
        drafts.append(
            Draft(Kind.GIVE, wallet, target, units, lot, lot.id, capped, lot.expires_at, into=other)
        )
    if not drafts:
        return NothingToMove()
    return book.record(Origin(command.operation, actor=command.actor), drafts)


def earned(
    earn: Earn, owner: UUID, units: int, book: Book, known: Account | None = None
) -> list[Draft]:
    """The leg that gives ``units``, or as many as caps and budget leave; none: nothing is left.

    ``known``: the wallet, where it was looked up already.
    """
    units = min(_room(earn.caps, units, book, is_whole=earn.is_whole), MAX_UNITS)
    if units <= 0 or not _fits(earn, owner, units, book):
        return []
    funder = book.account(earn.funder, Role.ISSUED, earn.asset)
    if funder.minimum is not None:
        left = funder.balance - funder.minimum - book.drawn.get(funder.id, 0)
        if left < units:
            units = 0 if earn.is_whole else max(left, 0)
        if not units:
            return []
        book.drawn[funder.id] = book.drawn.get(funder.id, 0) + units
    counts = _count(earn.caps, units, book)
    wallet = known or book.account(owner, Role.WALLET, earn.asset)
    usable_at = earn.usable_at or book.day_began_at
    lot_id = earned_lot(earn, usable_at)
    # Of a pool, nobody's alone stands behind a lot: it is its own funder.
    stands = AccountId(lot_id) if earn.is_pooled else funder.id
    lot = book.filled(Lot(wallet.id, lot_id, 0, 0, earn.expires_at, usable_at, stands))
    return [
        Draft(
            earn.kind,
            funder,
            wallet,
            units,
            lot,
            lot_id,
            units,
            earn.expires_at,
            value_at=usable_at,
            counts=counts,
        )
    ]


def _fits(earn: Earn, owner: UUID, units: int, book: Book) -> bool:
    if earn.most is None:
        return True
    wallet = book.accounts.get(account_id(owner, Role.WALLET, earn.asset))
    return (wallet.balance if wallet else 0) + units <= earn.most


def earned_lot(earn: Earn, usable_at: datetime) -> LotId:
    """The lot of all that is given from one instant on, to end at one: a UUIDv8.

    One for each funder, or, where it is pooled, for all of them.
    """
    value = _lot_mask(earn.kind, earn.expires_at, usable_at)
    if not earn.is_pooled:
        value ^= earn.funder.int
    return LotId(uuid_of(value & _OTHER_BITS | _VERSION_8))


@lru_cache(maxsize=1_024)
def _lot_mask(kind: Kind, expires_at: datetime, usable_at: datetime) -> int:
    return derived_id(f"lot/{kind.value}/{expires_at.isoformat()}/{usable_at.isoformat()}").int


def program_of(asset: Asset) -> UUID:
    """The owner of the accounts that a program has of its own."""
    return derived_id(f"program/{asset}")


def _room(caps: Sequence[Cap], units: int, book: Book, *, is_whole: bool, times: int = 1) -> int:
    wanted = units
    for cap in caps:
        if cap.limit is None:
            continue
        left = cap.limit - book.tally(cap.tally)
        if not cap.is_of_times:
            units = min(units, max(left, 0))
        elif left < times:
            units = 0
    return 0 if is_whole and units < wanted else units


def _count(caps: Iterable[Cap], units: int, book: Book, *, times: int = 1) -> tuple[Count, ...]:
    counts = tuple(
        Count(cap.tally, times if cap.is_of_times else units, cap.is_of_times) for cap in caps
    )
    for count in counts:
        book.count(count)
    return counts


def _exactly(
    purse: Purse, owner: UUID, units: int, book: Book
) -> list[spending.Taken] | errors.DomainError:
    wallet = book.accounts.get(account_id(owner, Role.WALLET, purse.asset))
    drawn_on = spending.sources([purse], {purse.asset: wallet}, units, book)
    return spending.take([purse], drawn_on, units, book)


def _oldest(wallet: Account | None, wanted: int, book: Book) -> list[tuple[Lot, int]]:
    """Lots of a wallet that are not over, pending ones too, and how much of each."""
    parts: list[tuple[Lot, int]] = []
    if wallet is None:
        return parts
    for lot in spending.oldest_first(list(book.lots.get(wallet.id, {}).values()), book.now):
        units = min(lot.remaining, wanted)
        if units:
            parts.append((lot, units))
            wanted -= units
    return parts
