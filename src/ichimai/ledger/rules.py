"""What each command may do, decided on the book of its batch. No I/O.

A payment is refused for the first of these that applies:

 1. the id was used before (the same body: the first answer again; another: which field differs)
 2. the amount is none, or the id was made in the future
 3. what the caller found: unknown card, one that cannot pay, stopped card, a code or tap that
    was used or is over, not accepted here
 4. the card was stopped at an earlier place in the order
 5. the same card paid the same amount at this terminal within 90 s, and nobody confirmed
 6. more than may be taken at once, whatever is on the card
 7. more than is on the card for this shop
 8. more than may be taken today, or of the lots' allowance for capped shops
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from ichimai.kernel import Asset, errors
from ichimai.kernel.amount import MAX_UNITS, InvalidAmount
from ichimai.ledger import recent, refund_rules
from ichimai.ledger.book import Book, Draft, HoldState, Origin, Refused
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
    Account,
    AccountId,
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

Decision = list[Transfer] | errors.DomainError
"""The transfers of an operation, made now or before; or why there are none."""


def decide(command: Command, book: Book) -> Decision:
    """Carry ``command`` out on ``book``, or say why not. Replays make nothing new."""
    earlier = book.operations.get(command.operation)
    if earlier is not None:
        return _again(command, earlier)
    refused = book.refusals.get(command.operation)
    if refused is not None:
        return _refused_again(command, refused)
    if not _HAS_UNITS[type(command)](command):
        return InvalidAmount()
    if _is_from_the_future(command.operation, book):
        return IdFromTheFuture()
    return _DECISIONS[type(command)](command, book)


def _is_from_the_future(operation: OperationId, book: Book) -> bool:
    if operation.int < book.first_future_id:
        return False
    # Only version 7 carries a time.
    return operation.int >> 76 & 0xF == 7


def _again(command: Command, earlier: list[Transfer]) -> Decision:
    """The first answer, if ``command`` has the body that it answered."""
    first = earlier[0]
    if first.kind not in _KINDS[type(command)](command):
        return DifferentKind()
    match command:
        case Pay():
            units = sum(transfer.units for transfer in earlier)
            difference = _difference(command, units, first.actor, first.terminal)
        case Refund() | Release():
            difference = refund_rules.difference(command, earlier)
        case _:
            difference = _other_difference(command, earlier)
    return difference or earlier


def _difference(command: Pay, units: int, actor: UUID, terminal: UUID) -> errors.DomainError | None:
    if command.units != units:
        return DifferentAmount()
    if command.actor != actor:
        return DifferentCredential()
    if command.terminal != terminal:
        return DifferentTerminal()
    return None


def _other_difference(
    command: Grant | Expire | Sweep | Move | Stop, earlier: list[Transfer]
) -> errors.DomainError | None:
    first = earlier[0]
    match command:
        case Grant() if first.units != command.units:
            return DifferentAmount()
        case Grant() if first.credit != account_id(command.wallet, Role.WALLET, command.asset):
            return DifferentCredential()
        case Stop() if first.actor != command.actor:
            return DifferentCredential()
        case Sweep() if first.asset != command.asset:
            return DifferentKind()
        case Move() if [(leg.debit, leg.credit, leg.units) for leg in earlier] != _legs(command):
            return DifferentAmount()
        case _:
            return None


def _pay(command: Pay, book: Book) -> Decision:
    refusal = _refusal(command, book)
    if refusal is None:
        mark = recent.mark_of(command.actor, command.terminal, command.units)
        drafts = _spend(command, book, mark)
        if not isinstance(drafts, errors.DomainError):
            return _paid(command, book, drafts, mark)
        refusal = drafts
    if refusal.code in REMEMBERED:
        (kind,) = _KINDS[Pay](command)
        book.refusals[command.operation] = Refused(
            refusal.code, kind, command.units, command.terminal, command.actor
        )
        book.new_refusals.append(command.operation)
    return refusal


def _refused_again(command: Command, refused: Refused) -> errors.DomainError:
    if not isinstance(command, Pay) or refused.kind not in _KINDS[Pay](command):
        return DifferentKind()
    difference = _difference(command, refused.units, refused.actor, refused.terminal)
    return difference or REMEMBERED[refused.code]()


def _refusal(command: Pay, book: Book) -> errors.DomainError | None:
    if command.refused is not None:
        return command.refused
    if command.actor in book.stops:
        return CredentialStopped()
    return None


class _Source(Struct):
    """One program that a payment may draw on: the wallet, and what it may still give."""

    purse: Purse
    wallet: Account
    left: int


def _spend(command: Pay, book: Book, mark: bytes) -> list[Draft] | errors.DomainError:
    """Which lots give how much: those that expire first, then the most restricted, the oldest."""
    wanted = command.units
    sources = _sources(command, book)
    if not command.is_repeat_confirmed:
        for source in sources:
            earlier = recent.earlier(source.wallet.recent, mark, book.now)
            if earlier is not None:
                return RepeatSuspected(earlier=earlier)
    if wanted > sum([_at_once(purse, wanted) for purse in command.purses]):
        return LimitExceeded()
    usable = _usable(sources, book)
    if wanted > sum([lot.remaining for lot, _ in usable]):
        return InsufficientBalance()
    drafts = []
    for lot, source in usable:
        room = min(lot.remaining, source.left, wanted)
        if source.purse.is_capped:
            room = min(room, lot.capped_left)
        if room > 0:
            drafts.append(_leg(command, source, lot, room, book))
            source.left -= room
            wanted -= room
    return LimitExceeded() if wanted else drafts


def _sources(command: Pay, book: Book) -> list[_Source]:
    sources = []
    for purse in command.purses:
        wallet = book.accounts.get(account_id(command.wallet, Role.WALLET, purse.asset))
        if wallet is not None:
            left = _at_once(purse, command.units)
            if purse.per_day is not None:
                left = min(left, purse.per_day - book.spent_today(wallet))
            sources.append(_Source(purse, wallet, left))
    return sources


def _usable(sources: list[_Source], book: Book) -> list[tuple[Lot, _Source]]:
    """The lots that have something left and have not ended, in the order of spending."""
    now = book.now
    usable = [
        (lot, source)
        for source in sources
        for lot in book.lots.get(source.wallet.id, {}).values()
        if lot.remaining > 0 and now < lot.expires_at
    ]
    if len(usable) > 1:
        usable.sort(key=_spending_order)
    return usable


def _at_once(purse: Purse, units: int) -> int:
    return units if purse.per_payment is None else purse.per_payment


def _spending_order(usable: tuple[Lot, _Source]) -> tuple[Any, ...]:
    lot, source = usable
    return lot.expires_at, source.purse.rank, lot.id


def _leg(command: Pay, source: _Source, lot: Lot, units: int, book: Book) -> Draft:
    purse = source.purse
    if command.hold_until is None:
        kind, payee = Kind.PAYMENT, book.account(command.payee, Role.RECEIVABLE, purse.asset)
        until = NEVER
    else:
        kind, payee = Kind.HOLD, book.account(command.payee, Role.CLEARING, purse.asset)
        until = command.hold_until
    capped = units if purse.is_capped else 0
    return Draft(kind, source.wallet, payee, units, lot, lot.id, capped, until)


def _paid(command: Pay, book: Book, drafts: list[Draft], mark: bytes) -> list[Transfer]:
    origin = Origin(command.operation, command.terminal, command.actor, command.occurred_at)
    made = book.record(origin, drafts)
    for wallet in {id(draft.debit): draft.debit for draft in drafts}.values():
        wallet.recent = recent.added(wallet.recent, mark, command.operation, book.now)
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
    part = command.units if command.capped_units is None else command.capped_units
    capped = min(part, command.units)
    id_, end = LotId(command.operation), command.expires_at
    lot = Lot(wallet.id, id_, 0, 0, end, funder.id, command.units)
    book.add_lot(lot)
    draft = Draft(Kind.GRANT, funder, wallet, command.units, lot, id_, capped, end)
    return book.record(Origin(command.operation, actor=command.actor), [draft])


def _expire(command: Expire, book: Book) -> Decision:
    due = [
        lot
        for lots in book.lots.values()
        for lot in lots.values()
        if lot.remaining > 0 and lot.expires_at <= book.now
    ]
    due.sort(key=lambda lot: (lot.expires_at, lot.id))
    drafts = []
    for lot in due[: command.limit]:
        wallet = book.accounts[lot.account]
        expired = book.account(program_of(wallet.asset), Role.EXPIRED, wallet.asset)
        drafts.append(Draft(Kind.EXPIRY, wallet, expired, lot.remaining, lot, lot.id))
    if not drafts:
        return NothingToMove()
    return book.record(Origin(command.operation), drafts)


def program_of(asset: Asset) -> UUID:
    """The owner of the account that a program has of its own."""
    return derived_id(f"program/{asset}")


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
            source,
            book.account(source.owner, command.to_role, command.asset),
            source.balance,
        )
        for source in sorted(sources, key=lambda account: account.owner)
    ]
    if not drafts:
        return NothingToMove()
    return book.record(Origin(command.operation, actor=command.actor), drafts)


def _move(command: Move, book: Book) -> Decision:
    drafts = []
    taken: dict[UUID, int] = {}
    for owner, units in command.legs:
        source = book.account(owner, command.from_role, command.asset)
        target = book.account(owner, command.to_role, command.asset)
        taken[owner] = taken.get(owner, 0) + units
        if source.minimum is not None and source.balance - taken[owner] < source.minimum:
            return BoundExceeded()
        drafts.append(Draft(command.kind, source, target, units))
    if not drafts:
        return NothingToMove()
    return book.record(Origin(command.operation, actor=command.actor), drafts)


def _legs(command: Move) -> list[tuple[AccountId, AccountId, int]]:
    return [
        (
            account_id(owner, command.from_role, command.asset),
            account_id(owner, command.to_role, command.asset),
            units,
        )
        for owner, units in command.legs
    ]


def _stop(command: Stop, book: Book) -> Decision:
    made = book.record_stop(Origin(command.operation, actor=command.actor))
    if command.actor not in book.stops:
        book.stops[command.actor] = command.operation
        book.new_stops.append(command.actor)
    return made


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
    Stop: lambda _: frozenset({Kind.STOP}),
}

# Whether the amounts that a command names can be moved.
_HAS_UNITS: Final[dict[type, Callable[[Any], bool]]] = {
    Pay: lambda pay: 1 <= pay.units <= MAX_UNITS,
    Grant: lambda grant: (
        1 <= grant.units <= MAX_UNITS and 0 <= (grant.capped_units or 0) <= MAX_UNITS
    ),
    Refund: lambda refund: 1 <= refund.units <= MAX_UNITS,
    Release: lambda release: 0 <= (release.units or 0) <= MAX_UNITS,
    Expire: lambda _: True,
    Sweep: lambda _: True,
    Move: lambda move: all(1 <= units <= MAX_UNITS for _, units in move.legs),
    Stop: lambda _: True,
}
