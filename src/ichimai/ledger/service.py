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
from ichimai.ledger.store import Lock
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Prepared

CLOCK_TOLERANCE: Final = timedelta(seconds=10)

_AT_ONCE: Final = 128
"""After so many decisions, the database begins to write while we go on deciding."""

Answer = Posted | errors.DomainError


class _Proof(NamedTuple):
    """A block with its Merkle tree."""

    block: Block
    tree: list[list[bytes]]


class _Decided(NamedTuple):
    """A batch as decided on ``head``, with the block of what it made, if it made anything."""

    head: store.Head
    book: Book
    decisions: list[rules.Decision]
    made: _Proof | None


def post(
    tx: WriteTx, clock: Clock, commands: Sequence[Command], memory: ahead.Memory | None = None
) -> list[Answer]:
    """Decide ``commands`` in their order and write what they made, as one block.

    One answer a command: what was posted (now, or when the same operation came first), or
    the refusal. Nothing is done until the caller's transaction commits. Takes the head lock;
    with a ``memory``, once it has decided.
    Raises ClockBehind when the clock is more than 10 s behind the last block.
    """
    if not commands:
        return []
    needs, now = needs_of(commands), clock.now()
    with ahead.turn_in(memory or ahead.Memory()) as turn:
        loaded = ahead.load(tx, needs, now, turn)
        if not loaded.is_held:
            decided = _decided_ahead(commands, loaded, turn)
            written = _prepared(tx, decided)
            if ahead.lock(tx, needs, decided.head, decided.book, turn):
                written.send()
                return _answers(tx, decided)
            loaded = store.load(tx, needs, now, Lock.WAIT)
        return _decided_and_written(tx, commands, needs, loaded, turn)


def _decided_ahead(commands: Sequence[Command], loaded: store.Loaded, turn: ahead.Turn) -> _Decided:
    head, book = loaded.head, _begun(loaded)
    decisions = [rules.decide(command, book) for command in commands]
    made = _made(book, head)
    turn.end(made.block if made else None, book)
    return _Decided(head, book, decisions, made)


def _prepared(tx: WriteTx, decided: _Decided) -> Prepared:
    """What is to be written, made ready while another batch has the head lock."""
    statements = Prepared(tx)
    journal_store.save_journal(statements, decided.book)
    projection_store.save(statements, decided.book)
    if decided.made:
        journal_store.save_block(statements, decided.made.block)
    return statements


def _decided_and_written(
    tx: WriteTx,
    commands: Sequence[Command],
    needs: Needs,
    loaded: store.Loaded,
    turn: ahead.Turn,
) -> list[Answer]:
    """Under the head lock, what is decided is sent to the database on the way."""
    head, book = loaded.head, _begun(loaded)
    _load_more(tx, needs, book)
    decisions: list[rules.Decision] = []
    for start in range(0, len(commands), _AT_ONCE):
        decisions += [rules.decide(command, book) for command in commands[start : start + _AT_ONCE]]
        journal_store.save_journal(tx, book)
    with tx.together():
        projection_store.save(tx, book)
        # While the database writes that, the block is made.
        made = _made(book, head)
        turn.end(made.block if made else None, book)
        if made:
            journal_store.save_block(tx, made.block)
    return _answers(tx, _Decided(head, book, decisions, made))


def _begun(loaded: store.Loaded) -> Book:
    head, book = loaded.head, loaded.book
    check_clock(head, book.now)
    book.begin(head.number, head.recorded_at)
    return book


def check_clock(head: store.Head, now: datetime) -> None:
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


def _made(book: Book, head: store.Head) -> _Proof | None:
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
