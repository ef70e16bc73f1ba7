"""Multilateral netting: many obligations become few transfers. Pure, exact, deterministic."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ichimai.settlement.obligation_model import Debt


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


def _largest(side: Mapping[str, int]) -> str:
    return min(side, key=lambda party: (-side[party], party))
