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

from ichimai.kernel import errors
from ichimai.kernel.amount import MAX_UNITS, InvalidAmount
from ichimai.kernel.ids import NIL
from ichimai.ledger import (
    differences,
    earning_rules,
    joining_rules,
    recent,
    refund_rules,
    return_rules,
    spending,
)
from ichimai.ledger.book import Book, Draft, HoldState, Origin, Refused
from ichimai.ledger.earning_rules import Shown, program_of
from ichimai.ledger.errors import (
    REMEMBERED,
    BoundExceeded,
    CredentialStopped,
    DifferentKind,
    IdFromTheFuture,
    NothingToMove,
    UnknownOperation,
)
from ichimai.ledger.model import (
    AccountId,
    Award,
    CashOut,
    Charge,
    Command,
    Exchange,
    Expire,
    Give,
    Grant,
    Kind,
    Lot,
    LotId,
    MergeWallets,
    Move,
    OperationId,
    Pay,
    Purchase,
    Redeem,
    Refund,
    Release,
    Restore,
    Return,
    Role,
    SplitWallets,
    Stop,
    Sweep,
    Transfer,
    account_id,
)

Decision = list[Transfer] | errors.DomainError
"""The transfers of an operation, made now or before; or why there are none."""


def decide(command: Command, book: Book) -> Decision:
    """Carry ``command`` out on ``book``, or say why not. Replays make nothing new."""
    earlier = book.operations.get(command.operation)
    if earlier is not None:
        return _again(command, earlier, book)
    refused = book.refusals.get(command.operation)
    if refused is not None:
        return _refused_again(command, refused)
    if not _HAS_UNITS.get(type(command), _names_none)(command):
        return InvalidAmount()
    if _is_from_the_future(command.operation, book):
        return IdFromTheFuture()
    return _DECISIONS[type(command)](command, book)


def _is_from_the_future(operation: OperationId, book: Book) -> bool:
    if operation.int < book.first_future_id:
        return False
    # Only version 7 carries a time.
    return operation.int >> 76 & 0xF == 7


def _names_none(_: Command) -> bool:
    return True


def _again(command: Command, earlier: list[Transfer], book: Book) -> Decision:
    """The first answer, if ``command`` has the body that it answered."""
    sale = book.sales.get(command.operation)
    is_of_sales = isinstance(command, Purchase | Return)
    if earlier[0].kind not in _KINDS[type(command)](command) or (sale is not None) != is_of_sales:
        return DifferentKind()
    said = book.asked.get(command.operation, "")
    return differences.of(command, earlier, sale, said) or earlier


def _pay(command: Pay, book: Book) -> Decision:
    refusal = _refusal(command, book)
    if refusal is None:
        mark = recent.mark_of(command.actor, command.terminal, command.units)
        drafts = _spend(command, book, mark)
        if not isinstance(drafts, errors.DomainError):
            return _paid(command, book, drafts, mark)
        refusal = drafts
    _remember(refusal, book, command)
    return refusal


def _refused_again(command: Command, refused: Refused) -> errors.DomainError:
    if refused.kind != _kind_of_refusal(command):
        return DifferentKind()
    difference = differences.of_shown(
        command, refused.units, actor=refused.actor, terminal=refused.terminal, said=refused.asked
    )
    return difference or REMEMBERED[refused.code]()


def _kind_of_refusal(command: Command) -> Kind:
    """What was asked for, where nothing was moved that would tell."""
    if isinstance(command, Purchase | Redeem):
        return Kind.SALE if isinstance(command, Purchase) else Kind.HANDOVER
    return min(_KINDS[type(command)](command), default=Kind.CORRECTION)


def _remember(refusal: errors.DomainError, book: Book, command: Pay | Shown) -> None:
    """Keep a refusal as the operation's answer for ever."""
    if refusal.code in REMEMBERED:
        kind, units = _kind_of_refusal(command), differences.units_of(command)
        terminal = NIL if isinstance(command, Give) else command.terminal
        book.refusals[command.operation] = Refused(
            refusal.code, kind, units, terminal, command.actor, differences.asked_of(command)
        )
        book.new_refusals.append(command.operation)


def _shown(command: Shown, book: Book) -> Decision:
    """What a card asks for besides paying."""
    made = _OF_CARDS[type(command)](command, book)
    if isinstance(made, errors.DomainError):
        _remember(made, book, command)
    return made


def _refusal(command: Pay, book: Book) -> errors.DomainError | None:
    if command.refused is not None:
        return command.refused
    if command.actor in book.stops:
        return CredentialStopped()
    return None


def _spend(command: Pay, book: Book, mark: bytes) -> list[Draft] | errors.DomainError:
    wallets = {
        purse.asset: book.accounts.get(account_id(command.wallet, Role.WALLET, purse.asset))
        for purse in command.purses
    }
    drawn_on = spending.sources(command.purses, wallets, command.units, book)
    if not command.is_repeat_confirmed:
        repeat = spending.repeated([source.wallet for source in drawn_on], mark, book)
        if repeat is not None:
            return repeat
    taken = spending.take(command.purses, drawn_on, command.units, book)
    if isinstance(taken, errors.DomainError):
        return taken
    return [_leg(command, each, book) for each in taken]


def _leg(command: Pay, taken: spending.Taken, book: Book) -> Draft:
    purse = taken.source.purse
    if command.hold_until is None:
        return spending.payment_leg(command.payee, taken, book)
    payee = book.account(command.payee, Role.CLEARING, purse.asset)
    capped = taken.units if purse.is_capped else 0
    return Draft(
        Kind.HOLD,
        taken.source.wallet,
        payee,
        taken.units,
        taken.lot,
        taken.lot.id,
        capped,
        command.hold_until,
    )


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
    lot = book.filled(Lot(wallet.id, id_, 0, 0, end, book.now, funder.id))
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
        drafts.append(
            Draft(
                Kind.EXPIRY,
                wallet,
                expired,
                lot.remaining,
                lot,
                lot.id,
                expires_at=lot.expires_at,
            )
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
    taken: dict[AccountId, int] = {}
    for leg in command.legs:
        source = book.account(leg.owner, leg.from_role, leg.asset)
        target = book.account(leg.to or leg.owner, leg.to_role, leg.asset)
        taken[source.id] = taken.get(source.id, 0) + leg.units
        if source.minimum is not None and source.balance - taken[source.id] < source.minimum:
            return BoundExceeded()
        drafts.append(Draft(leg.kind, source, target, leg.units))
    if not drafts:
        return NothingToMove()
    origin = Origin(command.operation, terminal=command.terminal, actor=command.actor)
    return book.record(origin, drafts)


def _charge(command: Charge, book: Book) -> Decision:
    drafts = []
    givers = [
        account
        for account in book.accounts.values()
        if account.role == Role.ISSUED and account.asset == command.asset
    ]
    for giver in sorted(givers, key=lambda account: account.owner):
        due = book.account(giver.owner, Role.DUE, command.asset)
        charged = book.account(giver.owner, Role.CHARGED, command.asset)
        units = -giver.balance - charged.balance
        if units > 0:
            drafts.append(Draft(Kind.CHARGE, due, charged, units))
        elif units < 0:
            drafts.append(Draft(Kind.CHARGE, charged, due, -units))
    if not drafts:
        return NothingToMove()
    return book.record(Origin(command.operation, actor=command.actor), drafts)


def _stop(command: Stop, book: Book) -> Decision:
    made = book.record_mark(Origin(command.operation, actor=command.actor), Kind.STOP)
    if command.actor not in book.stops:
        book.stops[command.actor] = command.operation
        book.new_stops.append(command.actor)
    return made


def _undo(command: Refund | Release, book: Book) -> Decision:
    if isinstance(command, Refund) and command.payment in book.sales:
        # What it earned must be taken back too: see Return.
        return UnknownOperation()
    drafts = return_rules.paid_in(command, book) or refund_rules.drafts(command, book)
    if isinstance(drafts, errors.DomainError):
        return drafts
    if isinstance(command, Release):
        book.holds[command.hold].is_open = False
        book.closed_holds.append(command.hold)
    return book.record(Origin(command.operation, command.terminal, command.actor), drafts)


_OF_CARDS: Final[dict[type, Callable[[Any, Book], Decision]]] = {
    Purchase: earning_rules.purchase,
    Award: earning_rules.award,
    Exchange: earning_rules.exchange,
    Redeem: earning_rules.redeem,
    CashOut: earning_rules.cash_out,
    Give: earning_rules.give,
}

_DECISIONS: Final[dict[type, Callable[[Any, Book], Decision]]] = {
    Pay: _pay,
    Grant: _grant,
    Refund: _undo,
    Release: _undo,
    Expire: _expire,
    Restore: refund_rules.restored,
    Sweep: _sweep,
    Move: _move,
    Stop: _stop,
    Charge: _charge,
    Return: return_rules.returned,
    MergeWallets: joining_rules.merged,
    SplitWallets: joining_rules.split,
    **dict.fromkeys(_OF_CARDS, _shown),
}

_KINDS: Final[dict[type, Callable[[Any], frozenset[Kind]]]] = {
    Pay: lambda pay: frozenset({Kind.HOLD if pay.hold_until else Kind.PAYMENT}),
    Grant: lambda _: frozenset({Kind.GRANT}),
    Refund: lambda _: frozenset({Kind.REFUND, Kind.CASH_OUT}),
    Release: lambda _: frozenset({Kind.POST, Kind.VOID}),
    Expire: lambda _: frozenset({Kind.EXPIRY}),
    Restore: lambda _: frozenset({Kind.RESTORE}),
    Sweep: lambda sweep: frozenset({sweep.kind}),
    Move: lambda move: frozenset({leg.kind for leg in move.legs}),
    Stop: lambda _: frozenset({Kind.STOP}),
    Charge: lambda _: frozenset({Kind.CHARGE}),
    Purchase: lambda _: frozenset({Kind.PAYMENT, Kind.EARN, Kind.SALE}),
    Return: lambda _: frozenset({Kind.REFUND, Kind.RECALL, Kind.TAKE_BACK, Kind.SALE}),
    Award: lambda award: frozenset({each.kind for each in award.earns[:1]} or {Kind.EARN}),
    Exchange: lambda _: frozenset({Kind.EXCHANGE}),
    Redeem: lambda _: frozenset({Kind.PAYMENT}),
    CashOut: lambda _: frozenset({Kind.CASH_OUT}),
    Give: lambda _: frozenset({Kind.GIVE}),
    MergeWallets: lambda _: frozenset({Kind.MERGE}),
    SplitWallets: lambda _: frozenset({Kind.SPLIT}),
}

# Whether the amounts that a command names can be moved; the others name none.
_HAS_UNITS: Final[dict[type, Callable[[Any], bool]]] = {
    Pay: lambda pay: 1 <= pay.units <= MAX_UNITS,
    Grant: lambda grant: (
        1 <= grant.units <= MAX_UNITS and 0 <= (grant.capped_units or 0) <= MAX_UNITS
    ),
    Refund: lambda refund: 1 <= refund.units <= MAX_UNITS,
    Release: lambda release: 0 <= (release.units or 0) <= MAX_UNITS,
    Move: lambda move: all(1 <= leg.units <= MAX_UNITS for leg in move.legs),
    Purchase: lambda purchase: 1 <= purchase.total_yen <= MAX_UNITS,
    Return: lambda given: 1 <= given.total_yen <= MAX_UNITS,
    Award: lambda award: all(0 <= earn.units <= MAX_UNITS for earn in award.earns),
    Exchange: lambda exchange: 1 <= exchange.units <= MAX_UNITS,
    Redeem: lambda redeem: 1 <= redeem.units <= MAX_UNITS,
    CashOut: lambda cash_out: 1 <= cash_out.units <= MAX_UNITS,
    Give: lambda give: give.units is None or 1 <= give.units <= MAX_UNITS,
}
