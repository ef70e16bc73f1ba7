"""The plain model of goods that come back, with what they earned and what it counted."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from ichimai.ledger import OperationId
from ichimai.ledger.model import Refund, Return, Role
from tests.property.ledger_model import POSTED, Model
from tests.property.pools import Bought, Given, Pooled


@dataclass
class ReturningModel(Model):
    """Knows what was bought, and what counts for whom in any period."""

    tallies: Counter[UUID] = field(default_factory=Counter)
    bought: dict[OperationId, Bought] = field(default_factory=dict)

    def _return(self, given: Return) -> str:
        bought = self.bought.get(given.purchase)
        if bought is None or bought.sale.shop != given.payee:
            return "unknown_operation"
        if bought.yen_back + given.total_yen > bought.total:
            return "refund_exceeds_payment"
        bought.yen_back += given.total_yen
        open_units = sum(take.units - take.back for take in bought.sale.takes)
        units = min(given.total_yen, open_units)
        if units:
            self.sales[given.purchase] = bought.sale
            refund = Refund(
                operation=given.operation,
                payment=given.purchase,
                units=units,
                payee=given.payee,
                terminal=given.terminal,
                grace_days=given.grace_days,
            )
            assert self._refund(refund) == POSTED
            del self.sales[given.purchase]
        for key, (lot, all_units) in bought.gave.items():
            keeps = all_units * (bought.total - bought.yen_back) // bought.total
            wanted = all_units - keeps - bought.taken_back[key]
            here = min(wanted, lot.left if self.now < lot.ends_at else 0)
            back = here + self._brought_back(lot, wanted - here, bought.turn)
            if back:
                self._make_room(bought, key, back, all_units)
                bought.taken_back[key] += back
                lot.left -= here
                wallet = lot.wallet, Role.WALLET, lot.asset
                self._move(wallet, (key[1], Role.ISSUED, lot.asset), back)
        return POSTED

    def _brought_back(self, _lot: Pooled, _missing: int, _turn: int) -> int:
        """How much of what is missing in a lot comes from elsewhere."""
        return 0

    def _make_room(self, bought: Bought, key: Given, back: int, all_units: int) -> None:
        """Every cap has its share of what is taken back again, and a time with the last of it."""
        gone = bought.taken_back[key] + back
        for units, earn in bought.counted[key]:
            share = units * gone // all_units - units * (gone - back) // all_units
            for cap in earn.caps:
                room = int(gone == all_units) if cap.is_of_times else share
                self.tallies[cap.tally] -= room
                self._count_no_more(cap.tally, room, bought.gave[key][0], bought.turn)

    def _count_no_more(self, tally: UUID, units: int, lot: Pooled, turn: int) -> None:
        """Nor elsewhere, where it was counted too after that turn."""
