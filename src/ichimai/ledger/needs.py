"""The keys under which a batch's commands find what they touch."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger.model import (
    AccountId,
    Command,
    Expire,
    Grant,
    Move,
    OperationId,
    Pay,
    Refund,
    Release,
    Role,
    Stop,
    Sweep,
    account_id,
)

_OF_TILLS: Final = frozenset({Pay, Refund, Release})


@dataclass(slots=True)
class Needs:
    """Keys to read; ``parents`` are the payments and holds that commands undo.

    ``accounts``: each with what it is, which need not be read.

    ``is_of_tills``: nobody but tills asks, whose commands need no account that is tallied.
    """

    is_of_tills: bool
    operations: set[OperationId] = field(default_factory=set)
    parents: set[OperationId] = field(default_factory=set)
    accounts: dict[AccountId, tuple[UUID, Role, Asset]] = field(default_factory=dict)
    actors: set[UUID] = field(default_factory=set)
    due: int = 0
    roles: list[tuple[tuple[Role, Role], Asset]] = field(default_factory=list)


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


def _sweep(needs: Needs, command: Sweep) -> None:
    needs.roles.append(((command.from_role, command.to_role), command.asset))


def _move(needs: Needs, command: Move) -> None:
    for owner, _ in command.legs:
        _account(needs, owner, command.from_role, command.asset)
        _account(needs, owner, command.to_role, command.asset)


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
    Sweep: _sweep,
    Move: _move,
    Stop: _stop,
}
