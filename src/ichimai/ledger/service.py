"""Posting: one batch of commands, one transaction, one block."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, cast
from uuid import UUID

from ichimai.kernel import Asset, Clock, errors
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import ahead, chain, journal_store, projection_store, rules, store
from ichimai.ledger.book import Book
from ichimai.ledger.errors import BoundExceeded, ClockBehind
from ichimai.ledger.journal_store import Head
from ichimai.ledger.model import (
    Account,
    Block,
    Command,
    OperationId,
    Posted,
    Role,
    Sale,
    Transfer,
    account_id,
)
from ichimai.ledger.needs import Needs, needs_of
from ichimai.storage import ReadTx, WriteTx

CLOCK_TOLERANCE: Final = timedelta(seconds=10)

Answer = Posted | errors.DomainError


class _Proof(NamedTuple):
    """A block with its Merkle tree."""

    block: Block
    tree: list[list[bytes]]


class _Decided(NamedTuple):
    """A batch as decided on ``head``, with the block of what it made, if it made anything."""

    head: Head
    book: Book
    decisions: list[rules.Decision]
    made: _Proof | None


def post(
    tx: WriteTx, clock: Clock, commands: Sequence[Command], memory: ahead.Memory | None = None
) -> list[Answer]:
    """Decide ``commands`` in their order and write what they made, as one block.

    One answer a command: what was posted (now, or when the same operation came first), or
    the refusal. Nothing is done until the caller's transaction commits. Takes the head lock.
    With a ``memory`` it may be decided ahead (see ``ahead``): when that was wrong, the
    transaction raises Outdated, at the latest when it commits.
    Raises ClockBehind when the clock is more than 10 s behind the last block.
    """
    if not commands:
        return []
    turn = ahead.Turn(memory or ahead.Memory())
    tx.at_end(turn.leave)
    needs = needs_of(commands)
    head, book = ahead.load(tx, needs, clock.now(), turn)
    check_clock(head, book.now)
    book.begin(head.number, head.recorded_at)
    _load_more(tx, needs, book)
    decisions = [rules.decide(command, book) for command in commands]
    turn.await_before()
    with tx.together():
        journal_store.hold(tx, head)
        journal_store.save_journal(tx, book)
        projection_store.save(tx, book)
        # While the database writes that, the block is made.
        made = _made(book, head)
        after = head.after(made.block if made else None, is_revised=bool(book.new_refusals))
        turn.end(head, after, book)
        if after != head:
            journal_store.save_head(tx, after, made.block if made else None)
    return _answers(tx, _Decided(head, book, decisions, made))


def check_clock(head: Head, now: datetime) -> None:
    """Whether ``now`` can follow the last block. Raises ClockBehind."""
    if head.recorded_at - now > CLOCK_TOLERANCE:
        raise ClockBehind


def _load_more(tx: WriteTx, needs: Needs, book: Book) -> None:
    if needs.parents:
        store.load_parents(tx, needs, book)
    if needs.merges:
        store.load_followers(tx, book, needs.merges)
    if needs.givers:
        store.load_funders(tx, book, needs.givers)
    if needs.due:
        store.load_due(tx, book, needs.due)
    for roles, asset in needs.roles:
        store.load_roles(tx, book, roles, asset)


def _made(book: Book, head: Head) -> _Proof | None:
    """The block of what the batch made, if it made anything."""
    if not book.made:
        return None
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
    return _Proof(block, tree)


def _answers(tx: ReadTx, decided: _Decided) -> list[Answer]:
    head, book, decisions, made = decided
    before = [
        decision
        for decision in decisions
        if isinstance(decision, list) and decision[0].number <= head.number
    ]
    proofs = _proofs(tx, before) if before else {}
    answers: list[Answer] = []
    answered: set[int] = set()
    for decision in decisions:
        if isinstance(decision, errors.DomainError):
            answers.append(decision)
            continue
        proof = made if decision[0].number > head.number else proofs[decision[0].operation]
        is_replay = proof is not made or id(decision) in answered
        sale = book.sales.get(decision[0].operation)
        answers.append(_posted(decision, cast("_Proof", proof), is_replay=is_replay, sale=sale))
        answered.add(id(decision))
    return answers


def _proofs(tx: ReadTx, operations: list[list[Transfer]]) -> dict[OperationId, _Proof]:
    """The proofs of operations of earlier batches; few statements, however many there are."""
    found = journal_store.blocks_of(tx, [transfers[0].number for transfers in operations])
    proofs = [
        _Proof(block, chain.levels([chain.leaf_hash(leaf) for leaf in leaves]))
        for block, leaves in found
    ]
    firsts = [block.first_number for block, _ in found]
    return {
        transfers[0].operation: proofs[bisect_right(firsts, transfers[0].number) - 1]
        for transfers in operations
    }


def _posted(
    transfers: list[Transfer], proof: _Proof, *, is_replay: bool, sale: Sale | None
) -> Posted:
    first = transfers[0]
    made = tuple(transfers)
    return Posted(first.operation, first.recorded_at, made, is_replay, *proof, sale)


def posted(tx: ReadTx, operation: OperationId) -> Posted | None:
    """What an operation made, with its proof; None when there is no such operation."""
    transfers = store.transfers_of(tx, operation)
    if not transfers:
        return None
    sale = next(iter(store.sales(tx, [operation])), None)
    return _posted(transfers, _proofs(tx, [transfers])[operation], is_replay=True, sale=sale)


def set_bound(
    tx: WriteTx, clock: Clock, owner: UUID, role: Role, asset: Asset, *, minimum: int | None
) -> None:
    """Open an account with a bound of its own: a program's budget is its issuer's minimum.

    Takes the head lock. Raises BoundExceeded when the account is below it already.
    """
    today = day_in_tokyo(clock.now())
    key = account_id(owner, role, asset)
    account = Account(key, owner, role, asset, 0, minimum, today, 0)
    if not projection_store.set_minimum(tx, account):
        raise BoundExceeded
