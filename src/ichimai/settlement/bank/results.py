"""Taking in what the bank says of a payout: done, failed, or sent back later.

A file is taken whole or not at all, and once: the same again changes nothing. What was not paid
moves back from settled to payable by an entry of its own, and its payables are open again.
"""

import hashlib
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Clock, errors
from ichimai.ledger import OperationId
from ichimai.merchants import ShopId
from ichimai.settlement import payout_store, rules, zengin
from ichimai.settlement.bank import result_csv, result_rules, result_store, result_zengin
from ichimai.settlement.bank.errors import BankResultRefused, DifferentBankResult
from ichimai.settlement.bank.model import (
    BankResultId,
    NewResult,
    ParsedResult,
    PayoutResult,
    ResultFormat,
    Rule,
    SentBack,
    SentFile,
)
from ichimai.settlement.errors import FileDiffers, UnknownBatch, WrongState
from ichimai.settlement.model import Batch, BatchId, BatchState, TransferOrder
from ichimai.storage import ReadTx, WriteTx

MAX_BYTES: Final = 4 * 1024 * 1024
"""A result file is never longer: 30,000 lines."""

_NEAR_DAYS: Final = 180
"""A header has no year: a batch farther away than this from the result's day is another's."""


def import_result(
    tx: WriteTx,
    clock: Clock,
    result: BankResultId,
    content: bytes,
    *,
    imported_by: UUID,
    batch: BatchId | None = None,
) -> PayoutResult:
    """Take in a bank's result file, in either format, of ``batch`` (None: of whichever it is).

    What was imported before is the answer for the same file, and for another that says the same.
    Raises BankResultRefused, DifferentBankResult, FileDiffers, UnknownBatch, WrongState and what
    the ledger says of an id.
    """
    new = NewResult(result, hashlib.sha256(content).hexdigest(), imported_by, clock.now())
    earlier = result_store.result(tx, result)
    if earlier is not None and earlier.sha256 != new.sha256:
        raise DifferentBankResult
    parsed = read(content)
    sent = _batch_of(tx, parsed, batch)
    # Nobody else imports a result of this batch from here on.
    payout_store.lock_batch(tx, sent.of)
    before = result_store.of_batch(tx, sent.of)
    found = result_rules.judged(parsed, sent, before, new)
    if found not in before:
        result_store.add(tx, found)
        _move_back(tx, clock, found)
    return found


def is_known(tx: ReadTx, result: BankResultId) -> bool:
    """Whether a result was taken in under this id."""
    return result_store.result(tx, result) is not None


def of_batch(tx: ReadTx, batch: BatchId) -> list[PayoutResult]:
    """All that the bank said of a batch, the first first."""
    return result_store.of_batch(tx, batch)


def sent_back(tx: ReadTx, shop: ShopId | None = None, limit: int = 1_000) -> list[SentBack]:
    """Money that came back and that no later batch pays yet, the newest first."""
    return result_store.sent_back(tx, shop, limit)


def read(content: bytes) -> ParsedResult:
    """What a result file says, in either format. Raises BankResultRefused."""
    if not content or len(content) > MAX_BYTES:
        raise BankResultRefused(0, Rule.FORM, "length")
    if result_zengin.is_zengin(content):
        return result_zengin.read(content)
    return result_csv.read(content)


def _batch_of(tx: ReadTx, parsed: ParsedResult, asked: BatchId | None) -> SentFile[BatchId, ShopId]:
    """The batch that a result is of: the one that was asked for, or the one that has its lines."""
    if asked is not None:
        return _sent(tx, asked, parsed.format)
    found = result_store.candidates(
        tx, parsed.payer_code, parsed.pay_month_and_day, parsed.result_on, _NEAR_DAYS
    )
    return result_rules.chosen(parsed, [_sent(tx, batch, parsed.format) for batch in found])


def _sent(tx: ReadTx, id_: BatchId, form: ResultFormat) -> SentFile[BatchId, ShopId]:
    """What a batch's file said. Raises FileDiffers, UnknownBatch, WrongState."""
    batch = payout_store.batch(tx, id_)
    if batch is None:
        raise UnknownBatch
    if batch.state is not BatchState.SENT:
        raise WrongState(batch.state.value)
    payer, payees = payout_store.payer(tx, batch.payer), payout_store.payees(tx, id_)
    handed_on = result_store.handed_on(tx, id_)
    if payer is None or handed_on is None:
        raise LookupError("a batch that was sent, without its payer or its copies")
    order = rules.transfer_order(payer, batch.pay_on, payees)
    content = zengin.transfer_file(order)
    _must_be_as_sent(batch, content)
    header, lines = cells(order, content, form)
    return SentFile(
        of=id_,
        header=header,
        lines=lines,
        payees=tuple(payee.shop for payee in payees),
        yen=tuple(payee.units for payee in payees),
        pay_on=batch.pay_on,
        handed_on=handed_on,
    )


def cells(
    order: TransferOrder, content: bytes, form: ResultFormat
) -> tuple[Mapping[str, str], tuple[Mapping[str, str], ...]]:
    """Header and lines of a file that was sent, as a result in ``form`` repeats them."""
    if form is ResultFormat.ZENGIN:
        header, lines = result_zengin.sent_cells(content)
    else:
        header, lines = result_csv.sent_cells(order)
    return header, tuple(lines)


def _must_be_as_sent(batch: Batch, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != batch.sha256:
        raise FileDiffers(0, "sha256")


def _move_back(tx: WriteTx, clock: Clock, result: PayoutResult) -> None:
    back = [line.payee for line in result.lines if line.outcome in result_rules.BACK]
    if not back:
        return
    paid = ledger.reports.posted(tx, OperationId(result.of))
    command = ledger.model.Move(
        operation=OperationId(result.id),
        legs=tuple(rules.undone(paid.transfers if paid else (), back)),
        actor=result.imported_by,
    )
    (answer,) = ledger.post(tx, clock, [command])
    if isinstance(answer, errors.DomainError):
        raise answer
    result_store.give_back(tx, result.of, back)
