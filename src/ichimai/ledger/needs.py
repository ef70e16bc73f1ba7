"""The keys under which a batch's commands find what they touch."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger.model import (
    AccountId,
    Award,
    CashOut,
    Charge,
    Command,
    Earn,
    Exchange,
    Expire,
    Give,
    Grant,
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
    account_id,
    tally_of,
)

_OF_TILLS: Final = frozenset({Pay, Refund, Release, Purchase, Return, Award, Exchange, Redeem})


@dataclass(slots=True)
class Needs:
    """Keys to read; ``parents`` are the payments and holds that commands undo.

    ``accounts``: each with what it is, which need not be read.

    ``merges``: which must be known with what followed them, and what of it was given back.

    ``givers``: wallets of whose lots the funders must be known, to be passed on with them.

    ``is_of_tills``: nobody but tills asks, whose commands need no account that is tallied.
    """

    is_of_tills: bool
    operations: set[OperationId] = field(default_factory=set)
    parents: set[OperationId] = field(default_factory=set)
    accounts: dict[AccountId, tuple[UUID, Role, Asset]] = field(default_factory=dict)
    actors: set[UUID] = field(default_factory=set)
    tallies: set[UUID] = field(default_factory=set)
    givers: set[AccountId] = field(default_factory=set)
    merges: set[OperationId] = field(default_factory=set)
    due: int = 0
    roles: list[tuple[tuple[Role, ...], Asset]] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        """Whether nothing has to be read that depends on what is read first."""
        return self.is_of_tills and not self.parents


def needs_of(commands: Collection[Command]) -> Needs:
    """What ``commands`` will ask the book for."""
    needs = Needs(is_of_tills=_OF_TILLS.issuperset(map(type, commands)))
    for command in commands:
        needs.operations.add(command.operation)
        _ADD[type(command)](needs, command)
    needs.operations |= needs.parents
    return needs


def _pay(needs: Needs, command: Pay) -> None:
    needs.actors.add(command.actor)
    for purse in command.purses:
        _account(needs, command.wallet, Role.WALLET, purse.asset)
        if command.hold_until is not None:
            _account(needs, command.payee, Role.CLEARING, purse.asset)


def _grant(needs: Needs, command: Grant) -> None:
    _account(needs, command.wallet, Role.WALLET, command.asset)
    _account(needs, command.funder, Role.ISSUED, command.asset)


def _refund(needs: Needs, command: Refund) -> None:
    needs.parents.add(command.payment)


def _release(needs: Needs, command: Release) -> None:
    needs.parents.add(command.hold)


def _expire(needs: Needs, command: Expire) -> None:
    needs.due += command.limit


def _restore(needs: Needs, command: Restore) -> None:
    needs.parents.add(command.expiry)


def _sweep(needs: Needs, command: Sweep) -> None:
    needs.roles.append(((command.from_role, command.to_role), command.asset))


def _move(needs: Needs, command: Move) -> None:
    for leg in command.legs:
        _account(needs, leg.owner, leg.from_role, leg.asset)
        _account(needs, leg.to or leg.owner, leg.to_role, leg.asset)


def _charge(needs: Needs, command: Charge) -> None:
    needs.roles.append(((Role.ISSUED, Role.DUE, Role.CHARGED), command.asset))


def _purchase(needs: Needs, command: Purchase) -> None:
    needs.actors.add(command.actor)
    for purse in command.purses:
        _account(needs, command.wallet, Role.WALLET, purse.asset)
    for earn in command.earns:
        _earn(needs, earn, command.wallet)


def _return(needs: Needs, command: Return) -> None:
    needs.parents.add(command.purchase)


def _award(needs: Needs, command: Award) -> None:
    needs.actors.add(command.actor)
    for earn in command.earns:
        _earn(needs, earn, earn.wallet or command.wallet)


def _exchange(needs: Needs, command: Exchange) -> None:
    needs.actors.add(command.actor)
    _account(needs, command.wallet, Role.WALLET, command.purse.asset)
    needs.tallies.update([cap.tally for cap in command.caps])
    needs.tallies.update([minimum.tally for minimum in command.minimums])
    if command.to is not None:
        _earn(needs, command.to, command.wallet)


def _redeem(needs: Needs, command: Redeem) -> None:
    needs.actors.add(command.actor)
    _account(needs, command.wallet, Role.WALLET, command.purse.asset)
    if command.stock is not None:
        _account(needs, command.payee, Role.STOCK, command.stock)


def _cash_out(needs: Needs, command: CashOut) -> None:
    needs.actors.add(command.actor)
    _account(needs, command.wallet, Role.WALLET, command.asset)
    needs.tallies.update([cap.tally for cap in command.caps])


def _give(needs: Needs, command: Give) -> None:
    needs.actors.add(command.actor)
    _account(needs, command.wallet, Role.WALLET, command.asset)
    _account(needs, command.to, Role.WALLET, command.asset)
    needs.givers.add(account_id(command.wallet, Role.WALLET, command.asset))


def _merge(needs: Needs, command: MergeWallets | SplitWallets) -> None:
    for asset in command.assets:
        _account(needs, command.wallet, Role.WALLET, asset)
        _account(needs, command.to, Role.WALLET, asset)
        needs.givers.add(account_id(command.wallet, Role.WALLET, asset))
    if isinstance(command, SplitWallets):
        needs.merges.add(command.merge)
        return
    for tally in command.tallies:
        needs.tallies |= {tally, tally_of(tally, mine=command.wallet, theirs=command.to)}
    if command.follows.int:
        needs.merges.add(command.follows)


def _earn(needs: Needs, earn: Earn, owner: UUID) -> None:
    _account(needs, owner, Role.WALLET, earn.asset)
    if earn.is_bounded:
        _account(needs, earn.funder, Role.ISSUED, earn.asset)
    for cap in earn.caps:
        needs.tallies.add(cap.tally)


def _stop(needs: Needs, command: Stop) -> None:
    needs.actors.add(command.actor)


def _account(needs: Needs, owner: UUID, role: Role, asset: Asset) -> None:
    needs.accounts[account_id(owner, role, asset)] = owner, role, asset


_ADD: Final[dict[type, Callable[[Needs, Any], None]]] = {
    Pay: _pay,
    Grant: _grant,
    Refund: _refund,
    Release: _release,
    Expire: _expire,
    Restore: _restore,
    Sweep: _sweep,
    Move: _move,
    Stop: _stop,
    Charge: _charge,
    Purchase: _purchase,
    Return: _return,
    Award: _award,
    Exchange: _exchange,
    Redeem: _redeem,
    CashOut: _cash_out,
    Give: _give,
    MergeWallets: _merge,
    SplitWallets: _merge,
}
