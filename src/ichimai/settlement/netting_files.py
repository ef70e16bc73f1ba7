"""What a netting's parties pay, as files: of their banks, and one table for all.

A file is fixed when the netting is made, with the accounts as they stood then: what is approved
is what is sent, and every copy has the same bytes.
"""

import hashlib
from collections.abc import Mapping
from uuid import UUID

from ichimai.kernel import Clock, text
from ichimai.settlement import netting_rules, netting_store, party_store, payout_store, zengin
from ichimai.settlement.csv_files import csv_bytes
from ichimai.settlement.errors import FileDiffers, NoTransferFile, UnknownNetting, WrongState
from ichimai.settlement.labels import LABELS, Language
from ichimai.settlement.model import PayoutFile
from ichimai.settlement.obligation_model import (
    OPERATOR,
    Debt,
    Netting,
    NettingId,
    NettingParty,
    NettingState,
    PartyAccount,
)
from ichimai.settlement.release import file_name
from ichimai.settlement.zengin_check import check_transfer_file
from ichimai.storage import ReadTx, WriteTx


def prepare(tx: WriteTx, netting: Netting) -> None:
    """Keep the accounts of those who pay or are paid, and fix the files of those who pay."""
    named = {party for debt in netting.transfers for party in (debt.debtor, debt.creditor)}
    known = {party: found for party, found in _accounts(tx, netting).items() if party in named}
    orders = netting_rules.orders(netting.transfers, known, netting.pay_on)
    sums = {
        party: hashlib.sha256(zengin.transfer_file(order)).hexdigest()
        for party, order in orders.items()
    }
    party_store.add_to_netting(
        tx, netting.id, [NettingParty(each, sums.get(party)) for party, each in known.items()]
    )


def _accounts(tx: ReadTx, netting: Netting) -> dict[str, PartyAccount]:
    """The account of each party; the operator's is the one from which it pays shops."""
    found = party_store.accounts(tx)
    payer = payout_store.payer(tx)
    if payer is not None:
        found[OPERATOR] = PartyAccount(OPERATOR, payer.account, payer.code, netting.made_by)
    return found


def transfer_file(
    tx: WriteTx, clock: Clock, netting: NettingId, party: str, *, handed_to: UUID
) -> PayoutFile:
    """Hand over the file in which a party pays what an approved netting says, and count the copy.

    What it must say is made again from the obligations. Raises FileDiffers (nothing is handed
    over), NoTransferFile, UnknownNetting, WrongState.
    """
    netting_store.lock(tx, netting)
    found = netting_store.netting(tx, netting)
    if found is None:
        raise UnknownNetting
    if found.state is not NettingState.APPROVED:
        raise WrongState(found.state.value)
    parties = {each.known.party: each for each in party_store.of_netting(tx, netting)}
    mine = parties.get(party)
    if mine is None or mine.sha256 is None:
        raise NoTransferFile
    known = {name: each.known for name, each in parties.items()}
    written = netting_rules.orders(found.transfers, known, found.pay_on)[party]
    expected = netting_rules.orders(_by_obligations(tx, netting), known, found.pay_on).get(party)
    if expected is None:
        raise FileDiffers(0, "count")
    content, control = zengin.transfer_file(written), zengin.control_total(expected)
    check_transfer_file(content, expected, control)
    if hashlib.sha256(content).hexdigest() != mine.sha256:
        raise FileDiffers(0, "sha256")
    number = mine.copies + 1
    party_store.add_copy(tx, netting, party, number=number, handed_to=handed_to, at=clock.now())
    of = f"{netting.hex[-8:]}_{party.replace(':', '-')}"
    return PayoutFile(file_name(found.pay_on, of, number), content, mine.sha256, number, control)


def _by_obligations(tx: ReadTx, netting: NettingId) -> list[Debt]:
    netted = netting_store.netted(tx, netting)
    debts = [Debt(each.debtor, each.creditor, each.yen) for each in netted]
    return netting_rules.transfers(netting_rules.positions(debts))


def netting_csv(
    tx: ReadTx, netting: NettingId, names: Mapping[str, str], language: Language = "ja"
) -> bytes:
    """All transfers of a netting as a table, with the accounts that are paid into.

    ``names``: what the parties are called. Raises UnknownNetting.
    """
    found = netting_store.netting(tx, netting)
    if found is None:
        raise UnknownNetting
    accounts = {
        each.known.party: each.known.account for each in party_store.of_netting(tx, netting)
    }
    labels = LABELS[language]
    columns = ("pay_on", "debtor", "creditor", "yen", "bank", "branch", "kind", "number", "holder")
    rows = []
    for debt in found.transfers:
        account = accounts.get(debt.creditor)
        into = [""] * 5
        if account is not None:
            bank = f"{account.bank_code} {account.bank_name}"
            branch = f"{account.branch_code} {account.branch_name}"
            into = [bank, branch, labels[f"kind_{account.kind}"], account.number]
            into.append(account.holder_kana)
        ends = (names.get(debt.debtor, debt.debtor), names.get(debt.creditor, debt.creditor))
        rows.append([found.pay_on.isoformat(), *ends, str(debt.yen), *into])
    return csv_bytes([labels[column] for column in columns], rows, text.Encoding.UTF_8_BOM)
