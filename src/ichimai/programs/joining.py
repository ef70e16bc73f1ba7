"""What two records of one person have, when they are made one and when that is taken back.

Everything moves lot by lot, in one operation under the id of what was approved. What comes back
later to the wallet that was given up (a refund, a hold that ran out) follows in the next round.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Asset, errors, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.ledger import OperationId
from ichimai.ledger.errors import NothingToMove
from ichimai.ledger.model import LotId, MergeWallets, Role, SplitWallets, account_id
from ichimai.programs import joining_store, own_store, store
from ichimai.programs.catalogue import Catalogue, group_tally
from ichimai.programs.desk import Desk
from ichimai.programs.periods import LimitKeys
from ichimai.programs.terms import Bonus, Earning, Exchange, Program
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx

Tallies = tuple[tuple[UUID, UUID], ...]


class Sum(NamedTuple):
    """Units of a program."""

    program: Program
    units: int


class Double(NamedTuple):
    """What lists gave both for the same reason: perhaps twice what one person may have."""

    program: Program
    reason: str
    kept_units: int
    merged_units: int


@dataclass(frozen=True, slots=True)
class Moving:
    """What would move, by program; ``stays``: what a merge moved and somebody spent since."""

    moves: tuple[Sum, ...]
    stays: tuple[Sum, ...] = ()
    doubles: tuple[Double, ...] = ()


def by_merge(tx: ReadTx, now: datetime, *, kept: SubjectId, merged: SubjectId) -> Moving:
    """What a merge would move to ``kept``, and what both were given by lists."""
    catalogue = Catalogue(store.versions(tx))
    there: dict[Asset, int] = {}
    for asset, units in _there(tx, catalogue, merged, now).items():
        there[asset[0]] = there.get(asset[0], 0) + units
    doubles = [
        Double(catalogue.latest[Asset(key)], reason, mine, theirs)
        for key, reason, mine, theirs in joining_store.granted_alike(tx, kept, merged)
    ]
    return Moving(_sums(catalogue, there), doubles=tuple(doubles))


def by_split(tx: ReadTx, now: datetime, merge: UUID, *, kept: SubjectId) -> Moving:
    """What taking ``merge`` back would give back, and what of it was spent and stays so."""
    catalogue = Catalogue(store.versions(tx))
    there = _there(tx, catalogue, kept, now)
    back: dict[Asset, int] = {}
    gone: dict[Asset, int] = {}
    for place, moved in ledger.reports.moved_by_merge(tx, OperationId(merge)).items():
        asset, units = place[0], min(moved, there.get(place, 0))
        back[asset] = back.get(asset, 0) + units
        gone[asset] = gone.get(asset, 0) + moved - units
    return Moving(_sums(catalogue, back), _sums(catalogue, gone))


def merge(
    tx: WriteTx, desk: Desk, operation: OperationId, *, kept: UUID, merged: UUID, by: UUID
) -> None:
    """Move all that is in the wallets of ``merged`` to ``kept``; again does nothing more.

    Raises what the ledger refuses.
    """
    catalogue = Catalogue(store.versions(tx))
    command = MergeWallets(
        operation=operation,
        wallet=merged,
        to=kept,
        assets=tuple(catalogue.latest),
        actor=by,
        tallies=_tallies(tx, catalogue, desk.clock.now(), merged, kept),
    )
    _post(tx, desk, command)


def split(
    tx: WriteTx,
    desk: Desk,
    operation: OperationId,
    *,
    merge: OperationId,
    kept: UUID,
    merged: UUID,
    by: UUID,
) -> None:
    """Give back to ``merged`` what is still there of what ``merge`` moved; again does nothing more.

    Raises what the ledger refuses.
    """
    if not ledger.reports.moved_by_merge(tx, merge):
        return
    catalogue = Catalogue(store.versions(tx))
    command = SplitWallets(
        operation=operation,
        merge=merge,
        wallet=kept,
        to=merged,
        assets=tuple(catalogue.latest),
        actor=by,
        tallies=_tallies(tx, catalogue, desk.clock.now(), merged, kept),
    )
    _post(tx, desk, command)


def gather(desk: Desk) -> int:
    """Move on what came to wallets that were given up; how many of them had anything."""
    with desk.database.read(desk.operator) as tx:
        merges = ledger.reports.live_merges(tx)
        if not merges:
            return 0
        assets = tuple(Catalogue(store.versions(tx)).latest)
        mine = {
            account_id(each.wallet, Role.WALLET, asset): each.operation
            for each in merges
            for asset in assets
        }
        full = {mine[lot.account] for _, lot in ledger.reports.lots(tx, list(mine))}
    gathered = 0
    for each in merges:
        if each.operation not in full:
            continue
        command = MergeWallets(
            operation=OperationId(ids.uuid7(desk.clock)),
            wallet=each.wallet,
            to=each.to,
            assets=assets,
            actor=NIL,
            follows=each.operation,
        )
        with desk.database.write(desk.operator) as write:
            gathered += _post(write, desk, command)
    return gathered


def _post(tx: WriteTx, desk: Desk, command: MergeWallets | SplitWallets) -> bool:
    (answer,) = ledger.post(tx, desk.clock, [command])
    if isinstance(answer, errors.DomainError) and not isinstance(answer, NothingToMove):
        raise answer
    return not isinstance(answer, errors.DomainError)


def _there(
    tx: ReadTx, catalogue: Catalogue, subject: UUID, now: datetime
) -> dict[tuple[Asset, LotId], int]:
    """What is in each lot of a person's that is not over."""
    wallets = [account_id(subject, Role.WALLET, asset) for asset in catalogue.latest]
    return {
        (asset, lot.id): lot.remaining
        for asset, lot in ledger.reports.lots(tx, wallets)
        if now < lot.expires_at
    }


def _sums(catalogue: Catalogue, units: dict[Asset, int]) -> tuple[Sum, ...]:
    return tuple(Sum(catalogue.latest[key], units[key]) for key in sorted(units) if units[key])


def _tallies(tx: ReadTx, catalogue: Catalogue, now: datetime, mine: UUID, theirs: UUID) -> Tallies:
    """Under what anything is counted for ``mine`` in a period of now, and where it counts then."""
    shops = joining_store.shops(tx)
    found = dict(_pairs(catalogue.at(now).values(), day_in_tokyo(now), shops, mine, theirs))
    counted = own_store.tallies(tx, list(found))
    return tuple((key, found[key]) for key in found if counted.get(key))


def _pairs(
    programs: Iterable[Program], day: date, shops: Sequence[UUID], mine: UUID, theirs: UUID
) -> Iterator[tuple[UUID, UUID]]:
    for program in programs:
        parts: list[Earning | Bonus | Exchange] = [*program.earnings, *program.bonuses]
        limits = [(part.key, part.limits) for part in (*parts, *program.exchanges)]
        if program.top_up is not None:
            limits.append(("premium", program.top_up.premium_limits))
        for key, limit in limits:
            keys = LimitKeys(program.key, key, limit, day)
            for shop in shops if keys.is_per_shop else (NIL,):
                pairs = zip(keys.of(mine, shop), keys.of(theirs, shop), strict=True)
                yield from ((one.tally, other.tally) for one, other in pairs)
        for earning in program.earnings:
            if earning.group is not None:
                one, other = (
                    group_tally(subject, program.key, earning.group, day)
                    for subject in (mine, theirs)
                )
                yield one, other
