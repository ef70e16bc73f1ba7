"""The plain model, with two wallets that turn out to be one person's, and that taken back."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger import OperationId
from ichimai.ledger.model import Command, MergeWallets, Role, SplitWallets
from tests.property.earning_model import EarningModel
from tests.property.ledger_model import DIFFERENT, POSTED, _day
from tests.property.pools import Pooled

OF_TWO: Final = (MergeWallets, SplitWallets)


@dataclass
class Joined:
    """What a merge moved, less what went back: units by lot, and units that large shops take."""

    wallet: UUID
    to: UUID
    assets: set[Asset] = field(default_factory=set)
    units: Counter[tuple[Asset, UUID]] = field(default_factory=Counter)
    capped: Counter[tuple[Asset, UUID]] = field(default_factory=Counter)
    is_split: bool = False


@dataclass
class JoiningModel(EarningModel):
    """With merges and splits."""

    joined: dict[OperationId, Joined] = field(default_factory=dict)

    def _new(self, command: Command) -> str:
        if not isinstance(command, OF_TWO):
            return super()._new(command)
        if isinstance(command, SplitWallets):
            return self._why_not(command.merge, command.to, command.wallet) or self._split(command)
        if command.wallet == command.to:
            return "nothing_to_move"
        why_not = ""
        if command.follows.int:
            why_not = self._why_not(command.follows, command.wallet, command.to)
        return why_not or self._merge(command)

    def _difference(self, first: Command, now: Command) -> str:
        if not isinstance(first, OF_TWO) and not isinstance(now, OF_TWO):
            return super()._difference(first, now)
        if isinstance(first, OF_TWO) and type(first) is type(now):
            if _merge_of(first) != _merge_of(now):
                return DIFFERENT + "payment"
            is_same = (first.wallet, first.to) == (now.wallet, now.to)
            return "" if is_same else DIFFERENT + "credential"
        return DIFFERENT + "kind"

    def _why_not(self, merge: OperationId, wallet: UUID, to: UUID) -> str:
        note = self.joined.get(merge)
        if note is None or (note.wallet, note.to) != (wallet, to):
            return "unknown_operation"
        return "nothing_to_move" if note.is_split else ""

    def _merge(self, asked: MergeWallets) -> str:
        is_first = not asked.follows.int
        moved = [
            asset
            for asset in asked.assets
            if (asked.wallet, Role.WALLET, asset) in self.balances
            and (is_first or self.oldest(asked.wallet, asset))
        ]
        if is_first and not moved:
            moved = list(asked.assets[:1])
        if not moved:
            return "nothing_to_move"
        merge = asked.operation if is_first else asked.follows
        note = self.joined.setdefault(merge, Joined(asked.wallet, asked.to))
        for asset in moved:
            note.assets.add(asset)
            self._open(asked.wallet, asset)
            self._open(asked.to, asset)
            for lot in self.oldest(asked.wallet, asset):
                units, capped = lot.left, min(lot.left, lot.part)
                note.units[asset, lot.id] += units
                note.capped[asset, lot.id] += capped
                self._pass_on(lot, asked.to, units, capped)
            if is_first:
                day = _day(self.now)
                self.spent[asked.to, asset, day] += self.spent[asked.wallet, asset, day]
        if is_first:
            for mine, theirs in asked.tallies:
                self.tallies[theirs] += self.tallies[mine]
        return POSTED

    def _split(self, asked: SplitWallets) -> str:
        note = self.joined[asked.merge]
        note.is_split = True
        for asset in note.assets:
            self._open(asked.to, asset)
            self._open(asked.wallet, asset)
            for lot in self.oldest(asked.wallet, asset):
                units = min(note.units[asset, lot.id], lot.left)
                capped = min(note.capped[asset, lot.id], lot.part, units)
                if units:
                    self._pass_on(lot, asked.to, units, capped)
        for mine, theirs in asked.tallies:
            self.tallies[theirs] = max(0, self.tallies[theirs] - self.tallies[mine])
        return POSTED

    def _open(self, wallet: UUID, asset: Asset) -> None:
        self.balances[wallet, Role.WALLET, asset] += 0

    def _pass_on(self, lot: Pooled, to: UUID, units: int, capped: int) -> None:
        start = lot.id, to, lot.asset, 0, 0, 0, lot.ends_at, lot.funder, lot.usable_at
        other = self.pool(Pooled(*start))
        other.ends_at = max(other.ends_at, lot.ends_at)
        other.units += units
        other.left += units
        other.part += capped
        lot.left -= units
        lot.part -= capped
        self._move((lot.wallet, Role.WALLET, lot.asset), (to, Role.WALLET, lot.asset), units)


def _merge_of(command: MergeWallets | SplitWallets) -> OperationId:
    return command.follows if isinstance(command, MergeWallets) else command.merge
