"""What two records of one person have, when they are made one and when that is taken back.

Everything moves lot by lot, in one operation under the id of what was approved. What comes back
later to the wallet that was given up (a refund, a hold that ran out) follows in the next round.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ichimai import ledger, registry
from ichimai.kernel import Asset, errors, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.ledger import OperationId
from ichimai.ledger.errors import NothingToMove
from ichimai.ledger.model import LotId, MergeWallets, Role, SplitWallets, account_id, derived_id
from ichimai.programs import joining_store, own_store, store
from ichimai.programs.catalogue import Catalogue, group_tally
from ichimai.programs.counter_commands import paid_back_tally
from ichimai.programs.desk import Desk
from ichimai.programs.periods import LimitKeys
from ichimai.programs.terms import Bonus, Earning, Exchange, Program, Refunding
from ichimai.registry import SubjectId
from ichimai.registry.model import ChangeId
from ichimai.storage import REGISTRY, ReadTx, WriteTx

_ASKED_AT_MOST: Final = timedelta(days=40)
"""A change is looked for by its id, which tells when it was asked for."""


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
        tallies=_tallies(tx, catalogue, desk.clock.now(), merged),
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
    )
    _post(tx, desk, command)


def gather(desk: Desk) -> int:
    """Move on what came to wallets that were given up; how many of them had anything.

    Before that, what another operator's registrars found of people who are known here too.
    """
    _follow_registry(desk)
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


def _follow_registry(desk: Desk) -> None:
    """Carry out what the registry knows and this ledger does not: merges, and splits of them."""
    since = desk.clock.now() - _ASKED_AT_MOST
    with desk.database.read(desk.operator) as tx:
        merges = {each.operation: each for each in ledger.reports.live_merges(tx)}
    with desk.database.read(REGISTRY) as tx:
        changes = registry.holders.merges_since(tx, since, merges)
        split_ids = registry.holders.taken_back(tx, [ChangeId(id_) for id_ in merges])
    for change in changes:
        for sides in change.told:
            if sides.sector == desk.sector:
                with desk.database.write(desk.operator) as write:
                    operation = OperationId(change.id)
                    merge(write, desk, operation, kept=sides.kept, merged=sides.merged, by=NIL)
    for id_ in split_ids:
        done = merges[OperationId(id_)]
        operation = OperationId(derived_id(f"split/{id_}"))
        with desk.database.write(desk.operator) as write:
            split(
                write,
                desk,
                operation,
                merge=done.operation,
                kept=done.to,
                merged=done.wallet,
                by=NIL,
            )


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


def _tallies(tx: ReadTx, catalogue: Catalogue, now: datetime, subject: UUID) -> tuple[UUID, ...]:
    """Under what anything is counted for a person in a period of now."""
    shops = joining_store.shops(tx)
    keys = dict.fromkeys(_keys(catalogue.at(now).values(), day_in_tokyo(now), shops, subject))
    counted = own_store.tallies(tx, list(keys))
    return tuple(key for key in keys if counted.get(key))


def _keys(
    programs: Iterable[Program], day: date, shops: Sequence[UUID], subject: UUID
) -> Iterator[UUID]:
    for program in programs:
        parts: list[Earning | Bonus | Exchange] = [*program.earnings, *program.bonuses]
        limits = [(part.key, part.limits) for part in (*parts, *program.exchanges)]
        if program.top_up is not None:
            limits.append(("premium", program.top_up.premium_limits))
        for key, limit in limits:
            keys = LimitKeys(program.key, key, limit, day)
            for shop in shops if keys.is_per_shop else (NIL,):
                yield from (cap.tally for cap in keys.of(subject, shop))
        for earning in program.earnings:
            if earning.group is not None:
                yield group_tally(subject, program.key, earning.group, day)
        if program.refunding == Refunding.SMALL:
            yield paid_back_tally(subject, program.key, day)
