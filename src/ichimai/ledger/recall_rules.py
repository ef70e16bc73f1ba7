"""What goods that come back had earned, brought back from where merges moved it on.

From the nearest wallet first, through each merge no more than it moved and is still there. What
a merge had counted of it under the limits of who stays counts there no more.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import structs

from ichimai.ledger.book import Book, Draft, MergeState
from ichimai.ledger.joining_rules import Part, moved, stands
from ichimai.ledger.model import Account, Count, Kind, Lot, OperationId, Transfer, tally_of


class Step(NamedTuple):
    """A merge that stands, from the wallet that was given up to the one that stays.

    ``number``: of the first transfer by which it moved on what came by the step before.
    """

    number: int
    merge: OperationId
    state: MergeState
    source: Account
    target: Account


Way = tuple[Step, ...]


class Recalled(NamedTuple):
    """``units`` of a lot that come back by a way: perhaps none, where only limits do."""

    way: Way
    units: int


def recalled(wallet: Account, lot: Lot, wanted: int, since: int, book: Book) -> list[Recalled]:
    """At most ``wanted`` units of a lot of ``wallet``, by all ways that merges made from there.

    ``since``: the number of the transfer that earned them; what moved before moved other units.
    """
    ways = list(_ways_from(wallet, since, book))
    place = wallet.asset, lot.id
    left = {step.merge: moved(step.state.legs).get(place, Part(0, 0)).units for *_, step in ways}
    there = {step.target.id: _there(step.target, lot, book) for *_, step in ways}
    found = []
    for way in ways:
        wallet_id = way[-1].target.id
        units = min([wanted, there[wallet_id], *[left[step.merge] for step in way]])
        wanted -= units
        there[wallet_id] -= units
        for step in way:
            left[step.merge] -= units
        found.append(Recalled(way, units))
    return found


def _there(wallet: Account, like: Lot, book: Book) -> int:
    """What is in the lot of a wallet that has ``like``'s id, unless it is over."""
    lot = book.lots.get(wallet.id, {}).get(like.id)
    return 0 if lot is None or lot.expires_at <= book.now else lot.remaining


def _ways_from(wallet: Account, since: int, book: Book) -> Iterator[Way]:
    """To the wallets that merges which stand made one with this, those by fewest merges first."""
    ways: list[Way] = [()]
    for way in ways:
        passed = {wallet.id, *[step.target.id for step in way]}
        at, after = (way[-1].target, way[-1].number) if way else (wallet, since)
        for step in _steps(at, after, book):
            if step.target.id not in passed:
                ways.append((*way, step))
                yield ways[-1]


def _steps(source: Account, since: int, book: Book) -> list[Step]:
    """The merges that stand and moved on what ``source`` had, in the order in which they did."""
    steps = []
    for merge, state in book.merges.items():
        for leg in state.legs if stands(state) else ():
            if leg.kind == Kind.MERGE and leg.debit == source.id and leg.number > since:
                steps.append(Step(leg.number, merge, state, source, book.accounts[leg.credit]))
                break
    return sorted(steps, key=lambda step: step.number)


def drafts(
    found: Iterable[Recalled], lot: Lot, room: Sequence[Count], since: int, book: Book
) -> list[Draft]:
    """The legs that bring units of a lot back, and ``room`` again under limits of who stays.

    ``room``: what counts no more for who earned. ``since``: the number of what counted it.
    """
    legs = []
    for way, units in found:
        *through, last = way
        counts = _counted_on(way, room, since)
        for count in counts:
            book.count(count)
            last.state.counts[count.tally] += count.units
        if units or counts:
            leg = _leg(last, lot, units, book)
            legs.append(structs.replace(leg, counts=counts))
        if units:
            legs += [_leg(step, lot, units, book) for step in reversed(through)]
    return legs


def _leg(step: Step, lot: Lot, units: int, book: Book) -> Draft:
    leg = Draft(Kind.RECALL, step.target, step.source, units, reverses=step.merge)
    if not units:
        return leg
    # It only passes through: the lot that gets it ends when it did.
    into = book.lots[step.source.id][lot.id]
    return structs.replace(
        leg,
        lot=book.lots[step.target.id][lot.id],
        lot_id=lot.id,
        expires_at=into.expires_at,
        into=into,
    )


def _counted_on(way: Way, room: Iterable[Count], since: int) -> tuple[Count, ...]:
    """What the last merge of a way counted of ``room``: each was after what it counted on."""
    counts = tuple(room)
    for step in way:
        number = step.state.legs[0].number
        if number < since:
            return ()
        since = number
        on = [
            count._replace(
                tally=tally_of(count.tally, mine=step.source.owner, theirs=step.target.owner)
            )
            for count in counts
        ]
        counts = tuple(count for count in on if count.tally in step.state.counts)
    return counts


def keep(made: Iterable[Transfer], book: Book) -> None:
    """Let each merge know what was recalled of it."""
    for leg in made:
        if leg.kind == Kind.RECALL:
            book.merges[leg.reverses].legs.append(leg)
