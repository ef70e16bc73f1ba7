"""Closing, netting and paying out in the demo: treasurer and approver, as in the town hall."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from ichimai import programs, settlement
from ichimai.app import Installation
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.merchants import ShopId
from ichimai.settlement.bank.model import BankResultId
from ichimai.settlement.clearing import ClosingRun, Cycle, DisputeId, NettingId
from ichimai.settlement.model import Batch, BatchId, RunId
from ichimai.simulation import bank

_GIFT: Final = Asset("longevity-gift")
_PLACES: Final = "00-"
"""How the numbers of the city's own places begin: its bank has their account."""

_SEVERAL: Final = 2
"""So many shops at least has the payout of which something goes wrong."""


_CLAIMED: Final = 120
_FOUND: Final = 80


@dataclass(slots=True)
class Treasury:
    """Who closes and who approves, and what the bank has still to answer.

    The bank cannot pay one shop of the first payout, and sends another's money back; both are
    paid again by the next one. One shop disputes its first statement.
    """

    installation: Installation
    treasurer: UUID
    approver: UUID
    last_day: date
    tell: Callable[[str], None]
    sent: list[tuple[Batch, bytes]] = field(default_factory=list)
    checked: set[ShopId] = field(default_factory=set)
    has_trouble: bool = False
    has_dispute: bool = False

    def close(self, cycle: Cycle) -> None:
        """Close all programs that settle in this cycle, net what parties owe, and pay shops."""
        clock, operator = self.installation.clock, self.installation.operator
        write = self.installation.database.write
        try:
            with write(operator) as tx:
                run = settlement.clearing.close_cycle(
                    tx, clock, RunId(ids.uuid7(clock)), cycle, closed_by=self.treasurer
                )
        except (settlement.errors.NothingToClose, settlement.errors.AlreadyClosed):
            return
        self.tell(f"{cycle} closing to {run.closes_on}: {len(run.programs)} programs")
        self._settle(run)

    def close_all(self, day: date) -> None:
        """Close every program up to a day, whatever its cycle: the end of the demo's month."""
        clock, operator = self.installation.clock, self.installation.operator
        with self.installation.database.write(operator) as tx:
            waiting = [
                key
                for key in programs.lists.catalogue(tx).at(clock.now())
                if all(
                    each.closing.closes_on < day for each in settlement.reports.closings(tx, key, 1)
                )
            ]
            run = settlement.clearing.close_programs(
                tx,
                clock,
                RunId(ids.uuid7(clock)),
                waiting,
                closed_by=self.treasurer,
                closes_on=day,
            )
        self.tell(f"the month's closing to {run.closes_on}: {len(run.programs)} programs")
        self._settle(run)

    def hear_from_bank(self, today: date) -> None:
        """Take in what the bank says of payouts whose day is over."""
        answered = [each for each in self.sent if each[0].pay_on < today]
        for batch, content in answered:
            self.sent.remove((batch, content))
            failed, back = self._trouble(batch)
            self._take_in(bank.answer(content, batch.pay_on, failed))
            if back:
                self._take_in(bank.returned(content, batch.pay_on, back))

    def _trouble(self, batch: Batch) -> tuple[dict[str, str], dict[str, str]]:
        """Once, of a payout to several: an account that is none, and money that comes back."""
        with self.installation.database.read(self.installation.operator) as tx:
            payees = [
                each
                for each in settlement.reports.payees(tx, batch.id)
                if not each.shop_number.startswith(_PLACES)
            ]
        if self.has_trouble or len(payees) < _SEVERAL:
            return {}, {}
        self.has_trouble = True
        first, last = payees[0], payees[-1]
        self.checked |= {first.shop, last.shop}
        self.tell(f"the bank could not pay {first.shop_number}; {last.shop_number} came back")
        return (
            {first.shop_number.replace("-", ""): "11"},
            {last.shop_number.replace("-", ""): "55"},
        )

    def _take_in(self, content: bytes) -> None:
        clock, operator = self.installation.clock, self.installation.operator
        with self.installation.database.write(operator) as tx:
            settlement.bank.results.import_result(
                tx, clock, BankResultId(ids.uuid7(clock)), content, imported_by=self.treasurer
            )

    def _dispute(self, run: ClosingRun) -> None:
        """The first shop with something to be paid says that it lacks some; two people decide."""
        clock, operator = self.installation.clock, self.installation.operator
        # What is put right is in the next closing, which the last day does not see.
        if self.has_dispute or day_in_tokyo(clock.now()) >= self.last_day:
            return
        with self.installation.database.write(operator) as tx:
            found = [
                line
                for closing in settlement.reports.closings_of_run(tx, run.id)
                if closing.asset == _GIFT
                for line in settlement.reports.payables(tx, closing.id)
                if line.units > _CLAIMED
            ]
            if not found:
                return
            self.has_dispute, line = True, found[0]
            dispute = settlement.clearing.dispute_line(
                tx,
                clock,
                DisputeId(ids.uuid7(clock)),
                line.closing,
                line.shop,
                claimed=_CLAIMED,
                reason=f"レシートの控えより{_CLAIMED}円少ない",
                opened_by=line.shop,
            )
            settlement.clearing.propose_award(
                tx,
                dispute.id,
                "part",
                part=_FOUND,
                finding=f"控えで確認できたのは{_FOUND}円です",
                proposed_by=self.treasurer,
            )
            settlement.clearing.decide(tx, clock, dispute.id, decided_by=self.approver)
        self.tell(f"a shop claimed {_CLAIMED} yen more, and gets {_FOUND}")

    def _settle(self, run: ClosingRun) -> None:
        self._dispute(run)
        self._net()
        self._pay()

    def _net(self) -> None:
        clock, operator = self.installation.clock, self.installation.operator
        write = self.installation.database.write
        try:
            with write(operator) as tx:
                netting = settlement.clearing.make_netting(
                    tx, clock, NettingId(ids.uuid7(clock)), made_by=self.treasurer
                )
        except settlement.errors.NothingToNet:
            return
        with write(operator) as tx:
            settlement.clearing.approve_netting(tx, clock, netting.id, approved_by=self.approver)
        with write(operator) as tx:
            parties = settlement.clearing.of_netting(tx, netting.id)
            files = [
                settlement.clearing.transfer_file(
                    tx, clock, netting.id, each.known.party, handed_to=self.treasurer
                )
                for each in parties
                if each.sha256
            ]
        folder = self.installation.settings.data / "nettings"
        folder.mkdir(exist_ok=True)
        for file in files:
            (folder / file.name).write_bytes(file.content)
        transfers = len(netting.transfers)
        self.tell(f"{netting.obligations} debts netted: {transfers} transfers, {len(files)} files")

    def _pay(self) -> None:
        clock, operator = self.installation.clock, self.installation.operator
        write, batch = self.installation.database.write, BatchId(ids.uuid7(clock))
        try:
            with write(operator) as tx:
                settlement.make_batch(
                    tx,
                    clock,
                    batch,
                    made_by=self.treasurer,
                    release=frozenset(self.checked),
                )
        except settlement.errors.NothingToPay:
            return
        with write(operator) as tx:
            made = settlement.approve_batch(tx, clock, batch, approved_by=self.approver)
        with write(operator) as tx:
            file = settlement.release.payout_file(tx, clock, batch, handed_to=self.treasurer)
        folder = self.installation.settings.data / "payouts"
        folder.mkdir(exist_ok=True)
        (folder / file.name).write_bytes(file.content)
        self.sent.append((made, file.content))
        self.tell(f"{made.units:,} yen to {made.shops} shops")
