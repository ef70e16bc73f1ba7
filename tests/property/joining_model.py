"""The plain model, with two wallets that turn out to be one person's, and that taken back."""

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger import OperationId
from ichimai.ledger.model import Command, MergeWallets, Role, SplitWallets, tally_of
from tests.property.earning_model import EarningModel
from tests.property.ledger_lots import ModelLot
from tests.property.ledger_model import DIFFERENT, POSTED, _day
from tests.property.pools import Pooled

OF_TWO: Final = (MergeWallets, SplitWallets)


@dataclass
class Joined:
    """What a merge moved, less what went back: units by lot, and units that large shops take.

    ``turn``: its place in the order, and ``turns`` those of all that moved for it, by program.
    ``counted``: for ``to`` of what ``wallet`` had, by tally.
    """

    wallet: UUID
    to: UUID
    turn: int
    counted: Counter[UUID] = field(default_factory=Counter)
    turns: dict[Asset, list[int]] = field(default_factory=dict)
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
        note = self.joined.setdefault(merge, Joined(asked.wallet, asked.to, len(self.answered)))
        for asset in moved:
            note.turns.setdefault(asset, []).append(len(self.answered))
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
            for mine in asked.tallies:
                theirs = tally_of(mine, mine=note.wallet, theirs=note.to)
                note.counted[theirs] += self.tallies[mine]
            self.tallies.update(note.counted)
        return POSTED

    def _split(self, asked: SplitWallets) -> str:
        note = self.joined[asked.merge]
        note.is_split = True
        for asset in note.turns:
            self._open(asked.to, asset)
            self._open(asked.wallet, asset)
            for lot in self.oldest(asked.wallet, asset):
                units = min(note.units[asset, lot.id], lot.left)
                capped = min(note.capped[asset, lot.id], lot.part, units)
                if units:
                    self._pass_on(lot, asked.to, units, capped)
        self.tallies.subtract(note.counted)
        return POSTED

    # Goods come back, and what they earned is elsewhere.

    def _trails(self, lot: Pooled, turn: int) -> list[list[Joined]]:
        """The merges to each wallet that got of this one's after that turn, fewest first."""
        trails: list[tuple[int, list[Joined]]] = [(turn, [])]
        for since, trail in trails:
            wallets = [lot.wallet, *[note.to for note in trail]]
            steps = []
            for note in self.joined.values():
                later = [each for each in note.turns.get(lot.asset, ()) if each > since]
                is_way = note.wallet == wallets[-1] and note.to not in wallets
                if later and is_way and not note.is_split:
                    steps.append((min(later), note))
            trails += [(at, [*trail, note]) for at, note in sorted(steps, key=itemgetter(0))]
        return [trail for _, trail in trails[1:]]

    def _brought_back(self, lot: Pooled, missing: int, turn: int) -> int:
        brought = 0
        for trail in self._trails(lot, turn):
            there = self._lot_like(lot, trail[-1].to)
            if there is None or self.now >= there.ends_at:
                continue
            most = [note.units[lot.asset, lot.id] for note in trail]
            units = min([missing - brought, there.left, *most])
            brought += units
            there.left -= units
            wallets = [(who, Role.WALLET, lot.asset) for who in (trail[-1].to, lot.wallet)]
            self._move(wallets[0], wallets[1], units)
            for note in trail:
                note.units[lot.asset, lot.id] -= units
                passed = self._lot_like(lot, note.wallet) if units else None
                if passed is not None:
                    passed.units += units
        return brought

    def _lot_like(self, lot: Pooled, wallet: UUID) -> ModelLot | None:
        for other in self.lots:
            if (other.id, other.wallet, other.asset) == (lot.id, wallet, lot.asset):
                return other
        return None

    def _count_no_more(self, tally: UUID, units: int, lot: Pooled, turn: int) -> None:
        for trail in self._trails(lot, turn):
            key, since = tally, turn
            for note in trail:
                key = tally_of(key, mine=note.wallet, theirs=note.to)
                if note.turn < since or key not in note.counted:
                    break
                since = note.turn
            else:
                trail[-1].counted[key] -= units
                self.tallies[key] -= units

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
