"""In what a command differs from the one that its id answered: nothing, or the first field."""

from uuid import UUID

from ichimai.kernel import Asset, errors
from ichimai.ledger import joining_rules, refund_rules
from ichimai.ledger.errors import (
    DifferentAmount,
    DifferentCredential,
    DifferentKind,
    DifferentPayment,
    DifferentPrograms,
    DifferentTerminal,
)
from ichimai.ledger.model import (
    Award,
    CashOut,
    Charge,
    Command,
    Exchange,
    Expire,
    Give,
    Grant,
    Kind,
    MergeWallets,
    Move,
    Pay,
    Purchase,
    Redeem,
    Refund,
    Release,
    Restore,
    Return,
    Role,
    Sale,
    SplitWallets,
    Stop,
    Sweep,
    Transfer,
    account_id,
)

Difference = errors.DomainError | None


def of(command: Command, earlier: list[Transfer], sale: Sale | None, said: str) -> Difference:
    """How ``command`` differs from what ``earlier`` and ``sale`` were made for.

    ``said``: what was asked in words, of anything but a sale.
    """
    first = earlier[0]
    match command:
        case Refund() | CashOut() if first.kind == Kind.CASH_OUT and (
            isinstance(command, CashOut) == bool(first.reverses.int)
        ):
            return DifferentKind()
        case Refund() | Release():
            return refund_rules.difference(command, earlier)
        case Restore():
            return None if first.reverses == command.expiry else DifferentPayment()
        case Purchase() | Return():
            return _of_sale(command, sale)
        case Pay() if any(leg.kind == Kind.HANDOVER for leg in earlier):
            return DifferentKind()
        case Redeem() | CashOut() | Exchange() if first.asset != _asset_of(command):
            return DifferentPrograms()
        case Pay() | Redeem() | CashOut() | Exchange():
            kinds = {first.kind}
            units = sum(leg.units for leg in earlier if leg.kind in kinds)
            return of_shown(command, units, actor=first.actor, terminal=first.terminal, said=said)
        case Award():
            is_paid = first.kind == Kind.TOP_UP
            units = first.units if is_paid else units_of(command)
            return of_shown(command, units, actor=first.actor, terminal=first.terminal, said=said)
        case Give() if first.asset != command.asset:
            return DifferentPrograms()
        case Give():
            is_same = command.units is None or command.units == sum(leg.units for leg in earlier)
            if not is_same:
                return DifferentAmount()
            target = account_id(command.to, Role.WALLET, command.asset)
            return None if first.credit == target else DifferentCredential()
        case _:
            return _of_operators(command, earlier)


def of_shown(command: Command, units: int, *, actor: UUID, terminal: UUID, said: str) -> Difference:
    """How a command that a card asks for differs in its amount, its card, its terminal, its words.

    An event that was a stamp before is of another kind, whatever else differs.
    """
    asked = asked_of(command)
    if isinstance(command, Award) and asked.partition(" ")[0] != said.partition(" ")[0]:
        return DifferentKind()
    others = command.other_units if isinstance(command, Exchange | Redeem) else frozenset()
    if units_of(command) != units and units not in others:
        return DifferentAmount()
    if getattr(command, "actor", actor) != actor:
        return DifferentCredential()
    if getattr(command, "terminal", terminal) != terminal:
        return DifferentTerminal()
    return None if asked == said else DifferentPrograms()


def asked_of(command: Command) -> str:
    """What a command says in words of what is asked; most say nothing."""
    return command.asked if isinstance(command, Purchase | Award | Exchange | Redeem) else ""


def _asset_of(command: Redeem | CashOut | Exchange) -> Asset:
    return command.asset if isinstance(command, CashOut) else command.purse.asset


def units_of(command: Command) -> int:
    """The amount that a command names; of an award, what was paid for it."""
    match command:
        case Purchase() | Return():
            return command.total_yen
        case Award():
            return sum(earn.units for earn in command.earns[:1] if earn.kind == Kind.TOP_UP)
        case Pay() | Exchange() | Redeem() | CashOut() | Grant() | Refund():
            return command.units
        case Give() | Release():
            return command.units or 0
        case _:
            return 0


def _of_sale(command: Purchase | Return, sale: Sale | None) -> Difference:
    if sale is None:
        return DifferentKind()
    total = command.total_yen if isinstance(command, Purchase) else -command.total_yen
    if sale.total_yen != total:
        return DifferentAmount()
    if isinstance(command, Return):
        if sale.returns != command.purchase:
            return DifferentPayment()
    elif sale.actor != command.actor:
        return DifferentCredential()
    if sale.terminal != command.terminal:
        return DifferentTerminal()
    if isinstance(command, Purchase) and sale.asked != command.asked:
        return DifferentPrograms()
    return None


def _of_operators(
    command: Grant | Stop | Sweep | Move | Charge | Expire | MergeWallets | SplitWallets,
    earlier: list[Transfer],
) -> Difference:
    first = earlier[0]
    match command:
        case MergeWallets() | SplitWallets():
            return joining_rules.difference(command, earlier)
        case Grant() if first.units != command.units:
            return DifferentAmount()
        case Grant() if first.credit != account_id(command.wallet, Role.WALLET, command.asset):
            return DifferentCredential()
        case Stop() if first.actor != command.actor:
            return DifferentCredential()
        case Sweep() | Charge() if first.asset != command.asset:
            return DifferentKind()
        case Move() if [(leg.debit, leg.credit, leg.units) for leg in earlier] != _legs(command):
            return DifferentAmount()
        case _:
            return None


def _legs(command: Move) -> list[tuple[UUID, UUID, int]]:
    return [
        (
            account_id(leg.owner, leg.from_role, leg.asset),
            account_id(leg.to or leg.owner, leg.to_role, leg.asset),
            leg.units,
        )
        for leg in command.legs
    ]
