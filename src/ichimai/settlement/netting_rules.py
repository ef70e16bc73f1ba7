"""Multilateral netting: many obligations become few transfers. Pure, exact, deterministic."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from ichimai.kernel.ids import NIL
from ichimai.settlement.model import BankTransfer, Payer, PayerId, TransferOrder
from ichimai.settlement.obligation_model import Debt, PartyAccount
from ichimai.settlement.rules import MAX_TRANSFER_YEN


def positions(debts: Iterable[Debt]) -> dict[str, int]:
    """What each party gets (above 0) or pays (below 0) in yen; together 0, and nobody at 0."""
    found: dict[str, int] = defaultdict(int)
    for debt in debts:
        found[debt.debtor] -= debt.yen
        found[debt.creditor] += debt.yen
    return {party: yen for party, yen in sorted(found.items()) if yen}


def transfers(positions: Mapping[str, int]) -> list[Debt]:
    """Who pays whom so that every position is settled.

    The largest debtor pays the largest creditor, of equal ones the first by name: each transfer
    settles at least one of the two, so that n parties need at most n - 1.
    """
    owing = {party: -yen for party, yen in positions.items() if yen < 0}
    owed = {party: yen for party, yen in positions.items() if yen > 0}
    if sum(owing.values()) != sum(owed.values()):
        raise ValueError("what is owed is not what is to be paid")
    made = []
    while owing:
        debtor, creditor = _largest(owing), _largest(owed)
        yen = min(owing[debtor], owed[creditor])
        made.append(Debt(debtor, creditor, yen))
        for side, party in ((owing, debtor), (owed, creditor)):
            side[party] -= yen
            if not side[party]:
                del side[party]
    return made


def orders(
    transfers: Sequence[Debt], known: Mapping[str, PartyAccount], pay_on: date
) -> dict[str, TransferOrder]:
    """What the bank of each party that may send a file is asked to do.

    Left to be paid by hand: what a party without a code owes, what is owed to one without an
    account, and a sum that no record holds. A transfer's reference is its place, from 00001.
    """
    found: dict[str, list[BankTransfer]] = defaultdict(list)
    for place, debt in enumerate(transfers, 1):
        payer, payee = known.get(debt.debtor), known.get(debt.creditor)
        if payer and payer.code and payee and debt.yen <= MAX_TRANSFER_YEN:
            found[debt.debtor].append(BankTransfer(payee.account, debt.yen, f"{place:05}"))
    return {
        party: TransferOrder(
            Payer(PayerId(NIL), known[party].code or "", known[party].account), pay_on, tuple(lines)
        )
        for party, lines in found.items()
    }


def _largest(side: Mapping[str, int]) -> str:
    return min(side, key=lambda party: (-side[party], party))
