"""An approved batch's transfer file is handed over, or the batch is taken back.

The file is checked against the ledger, and has the same bytes each time.
"""

import hashlib
from collections import defaultdict
from datetime import date
from typing import Final
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import JPY, Clock, errors
from ichimai.ledger import OperationId
from ichimai.ledger.model import AccountId, Role
from ichimai.settlement import closing_rules, payout_store, rules, zengin
from ichimai.settlement.errors import FileDiffers, UnknownBatch, WrongState
from ichimai.settlement.model import (
    BankTransfer,
    Batch,
    BatchId,
    BatchState,
    ControlTotal,
    Payee,
    Payer,
    PayoutFile,
    TransferOrder,
)
from ichimai.settlement.zengin_check import check_transfer_file
from ichimai.storage import ReadTx, WriteTx

_ROLES: Final = (Role.SETTLED, Role.PAYABLE, Role.DUE)
_RELEASED: Final = frozenset({BatchState.APPROVED, BatchState.SENT})


def payout_file(tx: WriteTx, clock: Clock, batch: BatchId, *, handed_to: UUID) -> PayoutFile:
    """Hand over the transfer file of an approved batch, and count the copy.

    The copy is counted before anybody has the file, so that one lost on its way to the bank
    makes the next a re-send rather than a second first. The first copy must be had before the
    pay day: ``take_back`` the batch else. Raises FileDiffers (nothing is handed over), PayDayOver,
    UnknownBatch, WrongState.
    """
    found = _locked(tx, batch)
    if found.state not in _RELEASED:
        raise WrongState(found.state.value)
    if not found.copies:
        rules.check_still_to_come(found.pay_on, clock.now())
    content, control = _checked_file(tx, found)
    number = found.copies + 1
    payout_store.add_copy(tx, batch, number, handed_to, clock.now())
    name = file_name(found.pay_on, batch.hex[-8:], number)
    return PayoutFile(name, content, found.sha256, number, control)


def take_back(tx: WriteTx, clock: Clock, batch: BatchId, *, taken_back_by: UUID) -> Batch:
    """Take an approved batch back of which nobody has the file; its payables are free again.

    The ledger moves back what it paid, once. It pays nobody, so one person may, also who made or
    approved it; the same again changes nothing. Raises UnknownBatch, WrongState.
    """
    found = _locked(tx, batch)
    if found.state is BatchState.TAKEN_BACK:
        return found
    if found.state is not BatchState.APPROVED:
        raise WrongState(found.state.value)
    paid = ledger.reports.posted(tx, OperationId(batch))
    shops = [payee.shop for payee in payout_store.payees(tx, batch)]
    command = ledger.model.Move(
        operation=OperationId(closing_rules.part_of(batch, "taken back")),
        legs=tuple(rules.undone(paid.transfers if paid else (), shops)),
        actor=taken_back_by,
    )
    (answer,) = ledger.post(tx, clock, [command])
    if isinstance(answer, errors.DomainError):
        raise answer
    payout_store.take_back(tx, batch, taken_back_by, clock.now())
    payout_store.give_back(tx, batch)
    return _known(tx, batch)


def _locked(tx: WriteTx, batch: BatchId) -> Batch:
    payout_store.lock_batch(tx, batch)
    return _known(tx, batch)


def _known(tx: ReadTx, batch: BatchId) -> Batch:
    found = payout_store.batch(tx, batch)
    if found is None:
        raise UnknownBatch
    return found


def _checked_file(tx: ReadTx, batch: Batch) -> tuple[bytes, ControlTotal]:
    payer, payees = payout_store.payer(tx, batch.payer), payout_store.payees(tx, batch.id)
    if payer is None:
        raise LookupError("a batch without its payer")
    content = zengin.transfer_file(rules.transfer_order(payer, batch.pay_on, payees))
    expected = _order_by_the_ledger(tx, batch, payer, payees)
    control = ControlTotal(
        len(expected.transfers), sum(transfer.yen for transfer in expected.transfers)
    )
    check_transfer_file(content, expected, control)
    if hashlib.sha256(content).hexdigest() != batch.sha256:
        raise FileDiffers(0, "sha256")
    if (control.count, control.yen) != (batch.shops, batch.units):
        raise FileDiffers(0, "control_total")
    return content, control


def _order_by_the_ledger(
    tx: ReadTx, batch: Batch, payer: Payer, payees: list[Payee]
) -> TransferOrder:
    """What the file must say: the amounts are the journal's, not the batch's.

    In yen, what came to a shop's settled accounts less what came out of them again.
    """
    posted = ledger.reports.posted(tx, OperationId(batch.id))
    moved = posted.transfers if posted else ()
    assets = {transfer.asset for transfer in moved}
    worth = {JPY: 1, **payout_store.worth(tx)}
    cash: dict[AccountId, int] = defaultdict(int)
    for transfer in moved:
        yen = transfer.units * worth.get(transfer.asset, 0)
        cash[transfer.credit] += yen
        cash[transfer.debit] -= yen
    transfers: list[BankTransfer] = []
    known: set[AccountId] = set()
    for payee in payees:
        accounts = [
            [ledger.model.account_id(payee.shop, role, asset) for asset in assets]
            for role in _ROLES
        ]
        known.update(*accounts)
        settled, *others = [
            sum(cash.get(account, 0) for account in of_role) for of_role in accounts
        ]
        if settled <= 0 or settled + sum(others):
            raise FileDiffers(0, "count")
        reference = payee.shop_number.replace("-", "")
        transfers.append(BankTransfer(payee.account, settled, reference))
    if not cash.keys() <= known:
        raise FileDiffers(0, "count")
    return TransferOrder(payer, batch.pay_on, tuple(transfers))


def file_name(pay_on: date, of: str, copy_number: int) -> str:
    """What a transfer file is called; ``of``: which payout, or whose netting."""
    resend = f"_saiso{copy_number}" if copy_number > 1 else ""
    return f"sogofurikomi_{pay_on:%Y%m%d}_{of}{resend}.txt"
