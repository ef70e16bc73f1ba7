"""Taking in what a bank says of a party's file of a netting: what it did not pay is owed again.

A transfer that failed or came back is a new obligation between the two; the next netting has it,
with the accounts as they are then. The debts that were netted stay settled.
"""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from ichimai.kernel import Clock
from ichimai.settlement import netting_rules, netting_store, obligation_store, party_store, zengin
from ichimai.settlement.bank import netting_result_store, result_rules, results
from ichimai.settlement.bank.errors import DifferentBankResult
from ichimai.settlement.bank.model import (
    BankResultId,
    NettingFile,
    NettingResult,
    NewResult,
    ResultFormat,
    SentFile,
)
from ichimai.settlement.closing_rules import part_of
from ichimai.settlement.errors import FileDiffers, UnknownNetting, WrongState
from ichimai.settlement.obligation_model import (
    Netting,
    NettingId,
    NettingState,
    Obligation,
    ObligationId,
    Why,
)
from ichimai.storage import ReadTx, WriteTx


def import_result(
    tx: WriteTx,
    clock: Clock,
    result: BankResultId,
    content: bytes,
    *,
    netting: NettingId,
    imported_by: UUID,
) -> NettingResult:
    """Take in a bank's result file, in either format, of one of a netting's files.

    As ``results.import_result``: whole or not at all, and the same again changes nothing. Raises
    BankResultRefused, DifferentBankResult, FileDiffers, UnknownNetting, WrongState.
    """
    new = NewResult(result, hashlib.sha256(content).hexdigest(), imported_by, clock.now())
    earlier = netting_result_store.result(tx, result)
    if earlier is not None and earlier.sha256 != new.sha256:
        raise DifferentBankResult
    parsed = results.read(content)
    # Nobody else imports a result of this netting from here on.
    netting_store.lock(tx, netting)
    known = _approved(tx, netting)
    sent = result_rules.chosen(
        parsed,
        [
            file
            for file in _sent(tx, known, parsed.format)
            if file.header["payer_code"] == parsed.payer_code
        ],
    )
    before = [each for each in netting_result_store.of_netting(tx, netting) if each.of == sent.of]
    found = result_rules.judged(parsed, sent, before, new)
    if found not in before:
        again = dict(_owed_again(known, found))
        obligation_store.add_obligations(tx, again.values())
        netting_result_store.add(tx, found, {place: each.id for place, each in again.items()})
    return found


def is_known(tx: ReadTx, result: BankResultId) -> bool:
    """Whether a result was taken in under this id."""
    return netting_result_store.result(tx, result) is not None


def of_netting(tx: ReadTx, netting: NettingId) -> list[NettingResult]:
    """All that banks said of a netting's files, the first first."""
    return netting_result_store.of_netting(tx, netting)


def _approved(tx: ReadTx, netting: NettingId) -> Netting:
    found = netting_store.netting(tx, netting)
    if found is None:
        raise UnknownNetting
    if found.state is not NettingState.APPROVED:
        raise WrongState(found.state.value)
    return found


def _sent(tx: ReadTx, netting: Netting, form: ResultFormat) -> Iterator[SentFile[NettingFile, int]]:
    """What each file said that was handed over. Raises FileDiffers."""
    parties = {each.known.party: each for each in party_store.of_netting(tx, netting.id)}
    accounts = {party: each.known for party, each in parties.items()}
    orders = netting_rules.orders(netting.transfers, accounts, netting.pay_on)
    for party, handed_on in party_store.handed_on(tx, netting.id).items():
        order = orders.get(party)
        content = b"" if order is None else zengin.transfer_file(order)
        if order is None or hashlib.sha256(content).hexdigest() != parties[party].sha256:
            raise FileDiffers(0, "sha256")
        header, lines = results.cells(order, content, form)
        yield SentFile(
            of=NettingFile(netting.id, party),
            header=header,
            lines=lines,
            payees=tuple(int(transfer.reference) for transfer in order.transfers),
            yen=tuple(transfer.yen for transfer in order.transfers),
            pay_on=netting.pay_on,
            handed_on=handed_on,
        )


def _owed_again(netting: Netting, result: NettingResult) -> Iterator[tuple[int, Obligation]]:
    """By its place, what each transfer that was not paid leaves open."""
    for line in result.lines:
        if line.outcome in result_rules.BACK:
            debt = netting.transfers[line.payee - 1]
            id_ = ObligationId(part_of(result.id, str(line.payee)))
            yield line.payee, Obligation(id_, None, None, *debt, Why.RETURNED)
