"""Posting: one batch of commands, one transaction, one block."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai.kernel import Asset, Clock, errors
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import chain, rules, store
from ichimai.ledger.book import Book
from ichimai.ledger.errors import ClockBehind
from ichimai.ledger.model import (
    Account,
    Block,
    Command,
    OperationId,
    Posted,
    Role,
    Stop,
    Transfer,
    account_id,
)
from ichimai.ledger.needs import Needs, needs_of
from ichimai.storage import ReadTx, WriteTx

CLOCK_TOLERANCE: Final = timedelta(seconds=10)

Answer = Posted | errors.DomainError


def post(tx: WriteTx, clock: Clock, commands: Sequence[Command]) -> list[Answer]:
    """Decide ``commands`` in their order and write what they made, as one block.

    One answer a command: what was posted (now, or when the same operation came first), or
    the refusal. Nothing is done until the caller's transaction commits. Takes the head lock.
    Raises ClockBehind when the clock is more than 10 s behind the last block.
    """
    if not commands:
        return []
    needs = needs_of(commands)
    now = clock.now()
    head, book = store.load(tx, needs, now)
    if head.recorded_at - now > CLOCK_TOLERANCE:
        raise ClockBehind
    _load_more(tx, needs, book)
    decisions = [rules.decide(command, book) for command in commands]
    block, tree = _block(book, head)
    store.save(tx, book, block)
    answers: list[Answer] = []
    answered: set[OperationId] = set()
    for command, decision in zip(commands, decisions, strict=True):
        if isinstance(decision, errors.DomainError):
            answers.append(decision)
        elif isinstance(command, Stop):
            answers.append(Posted(command.operation, book.now, (), is_replay=False))
        elif decision[0].number <= head.number:
            answers.append(_found(tx, decision))
        else:
            is_replay = command.operation in answered
            answers.append(
                Posted(command.operation, book.now, tuple(decision), is_replay, block, tree)
            )
            answered.add(command.operation)
    return answers


def _load_more(tx: WriteTx, needs: Needs, book: Book) -> None:
    if needs.parents:
        store.load_parents(tx, needs, book)
    if needs.due:
        store.load_due(tx, book, needs.due)
    for roles, asset in needs.roles:
        store.load_roles(tx, book, roles, asset)


def _block(book: Book, head: store.Head) -> tuple[Block | None, list[list[bytes]]]:
    if not book.made:
        return None, []
    leaves = [chain.leaf_hash(chain.leaf_bytes(transfer)) for transfer in book.made]
    tree = chain.levels(leaves)
    block = chain.next_block(
        previous=head.hash,
        sequence=head.sequence + 1,
        root=tree[-1][0],
        first_number=head.number + 1,
        count=len(leaves),
        at=book.now,
    )
    return block, tree


def _found(tx: ReadTx, transfers: list[Transfer]) -> Posted:
    first = transfers[0]
    block, leaves = store.block_of(tx, first.number)
    tree = chain.levels([chain.leaf_hash(leaf) for leaf in leaves])
    return Posted(
        first.operation,
        first.recorded_at,
        tuple(transfers),
        is_replay=True,
        block=block,
        tree=tree,
    )


def posted(tx: ReadTx, operation: OperationId) -> Posted | None:
    """What an operation made, with its proof; None when there is no such operation."""
    transfers = store.transfers_of(tx, operation)
    return _found(tx, transfers) if transfers else None


def set_bound(
    tx: WriteTx, clock: Clock, owner: UUID, role: Role, asset: Asset, *, minimum: int | None
) -> None:
    """Open an account with a bound of its own: a program's budget is its issuer's minimum."""
    today = day_in_tokyo(clock.now())
    key = account_id(owner, role, asset)
    store.set_minimum(tx, Account(key, owner, role, asset, 0, minimum, today, 0))
