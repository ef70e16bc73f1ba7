"""Closing, netting and paying out in the demo: treasurer and approver, as in the town hall."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ichimai import programs, settlement
from ichimai.app import Installation
from ichimai.kernel import ids
from ichimai.settlement.clearing import Cycle, NettingId
from ichimai.settlement.model import BatchId, RunId


@dataclass(frozen=True, slots=True)
class Treasury:
    """Who closes and who approves."""

    installation: Installation
    treasurer: UUID
    approver: UUID
    tell: Callable[[str], None]

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
        self._settle()

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
        self._settle()

    def _settle(self) -> None:
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

    def _pay(self) -> None:
        clock, operator = self.installation.clock, self.installation.operator
        write, batch = self.installation.database.write, BatchId(ids.uuid7(clock))
        try:
            with write(operator) as tx:
                settlement.make_batch(tx, clock, batch, made_by=self.treasurer)
        except settlement.errors.NothingToPay:
            return
        with write(operator) as tx:
            made = settlement.approve_batch(tx, clock, batch, approved_by=self.approver)
        with write(operator) as tx:
            file = settlement.payout_file(tx, clock, batch, handed_to=self.treasurer)
        folder = self.installation.settings.data / "payouts"
        folder.mkdir(exist_ok=True)
        (folder / file.name).write_bytes(file.content)
        self.tell(f"{made.units:,} yen to {made.shops} shops")
