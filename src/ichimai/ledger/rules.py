"""What each command may do, decided on the book of its batch. No I/O.

A payment is refused for the first of these that applies:

 1. the id was used before (the same body: the first answer again; another: which field differs)
 2. the id was made in the future
 3. what the caller found: unknown card, stopped card, not accepted here
 4. the card was stopped at an earlier place in the order
 5. the same card paid the same amount at this terminal within 90 s, and nobody confirmed
 6. more than may be taken at once, whatever is on the card
 7. more than is on the card for this shop
 8. more than may be taken today, or of the lots' allowance for capped shops
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from ichimai.kernel import errors
from ichimai.ledger import refund_rules
from ichimai.ledger.book import Book, Draft, HoldState, Origin, Refused, recents_of
from ichimai.ledger.errors import (
    REMEMBERED,
    BoundExceeded,
    CredentialStopped,
    DifferentAmount,
    DifferentCredential,
    DifferentKind,
    DifferentTerminal,
    IdFromTheFuture,
    InsufficientBalance,
    LimitExceeded,
    NothingToMove,
    RepeatSuspected,
)
from ichimai.ledger.model import (
    NEVER,
    Command,
    Expire,
    Grant,
    Kind,
    Lot,
    LotId,
    Move,
    OperationId,
    Pay,
    Purse,
    Refund,
    Release,
    Role,
    Stop,
    Sweep,
    Transfer,
    account_id,
    derived_id,
)

FUTURE_TOLERANCE: Final = timedelta(minutes=10)

Decision = list[Transfer] | errors.DomainError
"""The transfers of an operation, made now or before; or why there are none."""


def decide(command: Command, book: Book) -> Decision:
    """Carry ``command`` out on ``book``, or say why not. Replays make nothing new."""
    earlier = book.operations.get(command.operation)
    if earlier is not None:
        return _again(command, earlier)
    if _is_from_the_future(command.operation, book):
        return IdFromTheFuture()
    return _DECISIONS[type(command)](command, book)


def _is_from_the_future(operation: OperationId, book: Book) -> bool:
    # Only version 7 carries a time.
    if operation.int >> 76 & 0xF != 7:
        return False
    latest = (book.now + FUTURE_TOLERANCE).timestamp() * 1000
    return operation.int >> 80 > latest


def _again(command: Command, earlier: list[Transfer]) -> Decision:
    """The first answer, if ``command`` has the body that it answered."""
    first = earlier[0]
    if first.kind not in _KINDS[type(command)](command):
        return DifferentKind()
    match command:
        case Pay(units=units):
            return _difference(command, first, units, earlier) or earlier
        case Refund() | Release():
            return refund_rules.difference(command, earlier) or earlier
        case Grant(units=units) if first.units != units:
            return DifferentAmount()
        case _:
            return earlier


def _difference(
    command: Pay, first: Transfer, units: int, earlier: list[Transfer]
) -> errors.DomainError | None:
    if sum(transfer.units for transfer in earlier) != units:
        return DifferentAmount()
    if first.actor != command.actor:
        return DifferentCredential()
    if first.terminal != command.terminal:
        return DifferentTerminal()
    return None


def _pay(command: Pay, book: Book) -> Decision:
    refused = book.refusals.get(command.operation)
    if refused is not None:
        return _refused_again(command, refused)
    refusal = _refusal(command, book)
    if refusal is None:
        drafts = _spend(command, book)
        if not isinstance(drafts, errors.DomainError):
            return _paid(command, book, drafts)
        refusal = drafts
    if refusal.code in REMEMBERED:
        book.refusals[command.operation] = Refused(
            refusal.code, command.units, command.terminal, command.actor
        )
        book.new_refusals.append(command.operation)
    return refusal


def _refused_again(command: Pay, refused: Refused) -> errors.DomainError:
    if refused.units != command.units:
        return DifferentAmount()
    if refused.actor != command.actor:
        return DifferentCredential()
    if refused.terminal != command.terminal:
        return DifferentTerminal()
    return REMEMBERED[refused.code]()


def _refusal(command: Pay, book: Book) -> errors.DomainError | None:
    if command.refused is not None:
        return command.refused
    if command.actor in book.stops:
        return CredentialStopped()
    return None if command.is_repeat_confirmed else _suspicion(command, book)


def _suspicion(command: Pay, book: Book) -> RepeatSuspected | None:
    same = command.actor.bytes, command.terminal.bytes, command.units
    for purse in command.purses:
        wallet = book.accounts.get(account_id(command.wallet, Role.WALLET, purse.asset))
        for recent in recents_of(wallet, book.now) if wallet else ():
            if (recent.actor, recent.terminal, recent.units) == same:
                return RepeatSuspected(earlier=UUID(bytes=recent.operation))
    return None


def _spend(command: Pay, book: Book) -> list[Draft] | errors.DomainError:
    """Which lots give how much: those that expire first, then the most restricted, the oldest."""
    if command.units > sum(_at_once(purse, command.units) for purse in command.purses):
        return LimitExceeded()
    lots = sorted(_usable_lots(command, book), key=_spending_order)
    if command.units > sum(lot.remaining for _, _, lot in lots):
        return InsufficientBalance()
    left = {purse.asset: _allowance(command, purse, book) for purse in command.purses}
    wanted = command.units
    drafts = []
    for _, purse, lot in lots:
        room = min(lot.remaining, left[purse.asset], wanted)
        if purse.is_capped:
            room = min(room, lot.capped_left)
        if room > 0:
            drafts.append(_leg(command, purse, lot, room, book))
            left[purse.asset] -= room
            wanted -= room
    return LimitExceeded() if wanted else drafts


def _at_once(purse: Purse, units: int) -> int:
    return units if purse.per_payment is None else purse.per_payment


def _allowance(command: Pay, purse: Purse, book: Book) -> int:
    """How many units the program lets this payment take today."""
    allowed = _at_once(purse, command.units)
    wallet = book.accounts.get(account_id(command.wallet, Role.WALLET, purse.asset))
    if purse.per_day is None or wallet is None:
        return allowed
    return min(allowed, purse.per_day - book.spent_today(wallet))


def _usable_lots(command: Pay, book: Book) -> Iterator[tuple[int, Purse, Lot]]:
    for purse in command.purses:
        wallet = account_id(command.wallet, Role.WALLET, purse.asset)
        for lot in book.lots.get(wallet, {}).values():
            if lot.remaining > 0 and book.now < lot.expires_at:
                yield purse.rank, purse, lot


def _spending_order(found: tuple[int, Purse, Lot]) -> tuple[Any, ...]:
    rank, _, lot = found
    return lot.expires_at, rank, lot.id


def _leg(command: Pay, purse: Purse, lot: Lot, units: int, book: Book) -> Draft:
    if command.hold_until is None:
        kind, payee = Kind.PAYMENT, book.account(command.payee, Role.RECEIVABLE, purse.asset)
        until = NEVER
    else:
        kind, payee = Kind.HOLD, book.account(program_of(purse), Role.CLEARING, purse.asset)
        until = command.hold_until
    capped = units if purse.is_capped else 0
    return Draft(kind, lot.account, payee.id, units, purse.asset, lot.id, capped, until)


def program_of(purse: Purse) -> UUID:
    """The owner of the accounts that a program has of its own."""
    return derived_id(f"program/{purse.asset}")


def _paid(command: Pay, book: Book, drafts: list[Draft]) -> list[Transfer]:
    origin = Origin(command.operation, command.terminal, command.actor, command.occurred_at)
    made = book.record(origin, drafts)
    book.remember(origin, command.units, {draft.debit for draft in drafts})
    if command.hold_until is not None:
        hold = HoldState(command.payee, command.hold_until, is_open=True)
        book.holds[command.operation] = hold
        book.new_holds.append(command.operation)
    return made


def _grant(command: Grant, book: Book) -> Decision:
    funder = book.account(command.funder, Role.ISSUED, command.asset)
    if funder.minimum is not None and funder.balance - command.units < funder.minimum:
        return BoundExceeded()
    wallet = book.account(command.wallet, Role.WALLET, command.asset)
    lot = LotId(command.operation)
    capped = command.units if command.capped_units is None else command.capped_units
    book.add_lot(Lot(wallet.id, lot, funder.id, command.units, 0, 0, command.expires_at))
    draft = Draft(
        Kind.GRANT,
        funder.id,
        wallet.id,
        command.units,
        command.asset,
        lot,
        capped,
        command.expires_at,
    )
    return book.record(Origin(command.operation, actor=command.actor), [draft])


def _expire(command: Expire, book: Book) -> Decision:
    drafts = []
    for due in book.due[: command.limit]:
        lot = book.lots[due.account][due.id]
        if lot.remaining > 0 and lot.expires_at <= book.now:
            wallet = book.accounts[lot.account]
            program = derived_id(f"program/{wallet.asset}")
            expired = book.account(program, Role.EXPIRED, wallet.asset)
            drafts.append(
                Draft(Kind.EXPIRY, wallet.id, expired.id, lot.remaining, wallet.asset, lot.id)
            )
    if not drafts:
        return NothingToMove()
    return book.record(Origin(command.operation), drafts)


def _sweep(command: Sweep, book: Book) -> Decision:
    sources = [
        account
        for account in book.accounts.values()
        if account.role == command.from_role
        and account.asset == command.asset
        and account.balance > 0
    ]
    drafts = [
        Draft(
            command.kind,
            source.id,
            book.account(source.owner, command.to_role, command.asset).id,
            source.balance,
            command.asset,
        )
        for source in sorted(sources, key=lambda account: account.owner)
    ]
    if not drafts:
        return NothingToMove()
    return book.record(Origin(command.operation, actor=command.actor), drafts)


def _move(command: Move, book: Book) -> Decision:
    drafts = []
    for owner, units in command.legs:
        source = book.account(owner, command.from_role, command.asset)
        target = book.account(owner, command.to_role, command.asset)
        if source.minimum is not None and source.balance - units < source.minimum:
            return BoundExceeded()
        drafts.append(Draft(command.kind, source.id, target.id, units, command.asset))
    if not drafts:
        return NothingToMove()
    return book.record(Origin(command.operation, actor=command.actor), drafts)


def _stop(command: Stop, book: Book) -> Decision:
    if command.actor not in book.stops:
        book.stops[command.actor] = command.operation
        book.new_stops.append(command.actor)
    return []


def _undo(command: Refund | Release, book: Book) -> Decision:
    drafts = refund_rules.drafts(command, book)
    if isinstance(drafts, errors.DomainError):
        return drafts
    if isinstance(command, Release):
        book.holds[command.hold].is_open = False
        book.closed_holds.append(command.hold)
    return book.record(Origin(command.operation, command.terminal, command.actor), drafts)


_DECISIONS: Final[dict[type, Callable[[Any, Book], Decision]]] = {
    Pay: _pay,
    Grant: _grant,
    Refund: _undo,
    Release: _undo,
    Expire: _expire,
    Sweep: _sweep,
    Move: _move,
    Stop: _stop,
}

_KINDS: Final[dict[type, Callable[[Any], frozenset[Kind]]]] = {
    Pay: lambda pay: frozenset({Kind.HOLD if pay.hold_until else Kind.PAYMENT}),
    Grant: lambda _: frozenset({Kind.GRANT}),
    Refund: lambda _: frozenset({Kind.REFUND}),
    Release: lambda _: frozenset({Kind.POST, Kind.VOID}),
    Expire: lambda _: frozenset({Kind.EXPIRY}),
    Sweep: lambda sweep: frozenset({sweep.kind}),
    Move: lambda move: frozenset({move.kind}),
    Stop: lambda _: frozenset(),
}
