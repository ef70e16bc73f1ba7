"""Holders: who is one person with whom, and by which subjects sectors know them.

That two holders are one person is found and taken back by entries in a journal. No subject and no
card is ever given to another holder: whoever asks follows the newest entry.
"""

import os
from collections.abc import Iterable, Sequence
from uuid import UUID

from ichimai.kernel import Clock, ids
from ichimai.registry import holder_store, rules
from ichimai.registry.errors import (
    AlreadyOnePerson,
    DifferentHolderChange,
    HolderChanging,
    LaterMergeFirst,
    SplitBefore,
    UnknownHolder,
    UnknownHolderChange,
)
from ichimai.registry.model import (
    ChangeId,
    HolderChange,
    HolderId,
    Merge,
    SubjectId,
    TwoSubjects,
)
from ichimai.storage import ReadTx, WriteTx

People = dict[HolderId, tuple[HolderId, ...]]
"""By holder, all holders that are the same person, in the order in which their subjects count."""


def new(tx: WriteTx, clock: Clock, count: int) -> list[HolderId]:
    """``count`` new holders, without cards."""
    holders = [HolderId(ids.uuid7(clock)) for _ in range(count)]
    holder_store.add_holders(tx, holders, clock.now())
    return holders


def subjects(
    tx: WriteTx, clock: Clock, sector: str, holders: Sequence[HolderId]
) -> list[SubjectId]:
    """By what ``sector`` knows each of ``holders``, in their order; made at the first use.

    Raises HolderChanging when one of them was merged at this moment.
    """
    known_people = people(tx, holders)
    found = _current(tx, sector, known_people)
    missing = sorted({known_people[holder][0] for holder in holders if holder not in found})
    if missing:
        pairs = [(holder, _new_subject()) for holder in missing]
        holder_store.add_subjects(tx, sector, pairs, clock.now())
        # Now no merge of these can be under way, but one may have ended since they were read.
        if people(tx, holders) != known_people:
            raise HolderChanging
        found = _current(tx, sector, known_people)
    return [found[holder] for holder in holders]


def people(tx: ReadTx, holders: Iterable[HolderId]) -> People:
    """Who is one person with each of ``holders``."""
    asked = list(holders)
    return {holder: (holder,) for holder in asked} | holder_store.groups(tx, asked)


def of_subject(tx: ReadTx, sector: str, subject: SubjectId) -> HolderId:
    """The holder to whom ``sector``'s ``subject`` was given. Raises UnknownHolder."""
    found = holder_store.holders_of(tx, sector, [subject])
    if not found:
        raise UnknownHolder(subject)
    return found[subject]


def follow(tx: ReadTx, sector: str, subjects: Iterable[SubjectId]) -> dict[SubjectId, SubjectId]:
    """Who those of ``sector``'s ``subjects`` are there now: themselves, unless they were merged."""
    holders = holder_store.holders_of(tx, sector, subjects)
    current = _current(tx, sector, people(tx, holders.values()))
    return {subject: current[holder] for subject, holder in holders.items()}


def merge(
    tx: WriteTx,
    clock: Clock,
    kept: HolderId,
    merged: HolderId,
    by: UUID,
    *,
    change: ChangeId | None = None,
) -> HolderChange:
    """Note that two holders are one person, and who found that.

    In a sector that knows one of them the person stays who that is; one that knows both is told,
    and knows the person as the subject of ``kept`` from then on. ``split`` takes it back. The
    same under the same id ``change`` is done once and told again.
    Raises AlreadyOnePerson, DifferentHolderChange, UnknownHolder, HolderChanging.
    """
    known_people, number = locked(tx, [kept, merged])
    entry = Merge(change or ChangeId(ids.uuid7(clock)), number + 1, kept, merged)
    earlier = holder_store.merge_of(tx, entry.id)
    if earlier is not None:
        if (earlier.kept, earlier.merged) != (kept, merged):
            raise DifferentHolderChange
        return HolderChange(earlier.id, _told(tx, earlier, _without(tx, earlier)))
    if merged in known_people[kept]:
        raise AlreadyOnePerson
    joined = known_people[kept] + known_people[merged]
    after = dict.fromkeys(joined, joined)
    holder_store.add_change(tx, "merge", entry, after, by=by, at=clock.now())
    return HolderChange(entry.id, _told(tx, entry, known_people))


def split(tx: WriteTx, clock: Clock, change: ChangeId, by: UUID) -> HolderChange:
    """Take a merge back: all cards and subjects are again whose they would be without it.

    Raises UnknownHolderChange, SplitBefore, HolderChanging.
    """
    undone = holder_store.merge_of(tx, change)
    if undone is None:
        raise UnknownHolderChange
    known_people, number = locked(tx, [undone.kept, undone.merged])
    if undone.merged not in known_people[undone.kept] or holder_store.is_split(tx, change):
        raise SplitBefore
    after = _without(tx, undone)
    entry = undone._replace(number=number + 1)
    holder_store.add_change(tx, "split", entry, after, by=by, at=clock.now())
    return HolderChange(change, _told(tx, undone, after))


def sides(tx: ReadTx, change: ChangeId) -> HolderChange:
    """Who the two people of a merge are to the sectors that know both, as it found them.

    Raises UnknownHolderChange.
    """
    merge = holder_store.merge_of(tx, change)
    if merge is None:
        raise UnknownHolderChange
    members, live = _live(tx, merge)
    apart = rules.groups(members, [each for each in live if each.number < merge.number])
    return HolderChange(change, _told(tx, merge, apart))


def check_last(tx: ReadTx, change: ChangeId) -> None:
    """Whether a merge is there and the last one of these people: it is taken back before others.

    Raises UnknownHolderChange, SplitBefore, LaterMergeFirst.
    """
    merge = holder_store.merge_of(tx, change)
    if merge is None:
        raise UnknownHolderChange
    if holder_store.is_split(tx, change):
        raise SplitBefore
    later = [each for each in _live(tx, merge)[1] if each.number > merge.number]
    if later:
        raise LaterMergeFirst(change=later[-1].id)


def _live(tx: ReadTx, merge: Merge) -> tuple[set[HolderId], list[Merge]]:
    """All who are one person by a merge, and by which merges they are, in their order."""
    found = people(tx, [merge.kept, merge.merged]).values()
    members = {member for person in found for member in person}
    return members, sorted(holder_store.live_merges(tx, members), key=lambda each: each.number)


def _without(tx: ReadTx, undone: Merge) -> People:
    """Who would be one person with whom, among those of a merge, if it were not there."""
    members, live = _live(tx, undone)
    return rules.groups(members, [merge for merge in live if merge.id != undone.id])


def _told(tx: ReadTx, change: Merge, apart: People) -> tuple[TwoSubjects, ...]:
    """The sectors that know both sides of a merge, who are ``apart`` without it."""
    kept, merged = apart[change.kept], apart[change.merged]
    return rules.told(kept, merged, holder_store.subjects_of(tx, {*kept, *merged}))


def locked(tx: WriteTx, holders: Sequence[HolderId]) -> tuple[People, int]:
    """The people of ``holders``, to whom nothing happens until this transaction ends.

    And the highest number of their changes. Raises UnknownHolder, HolderChanging.
    """
    known_people = people(tx, holders)
    numbers = []
    for member in sorted({m for members in known_people.values() for m in members}):
        number = holder_store.lock(tx, member)
        if number is None:
            raise UnknownHolder(member)
        numbers.append(number)
    if people(tx, holders) != known_people:
        raise HolderChanging
    return known_people, max(numbers)


def _current(tx: ReadTx, sector: str, known_people: People) -> dict[HolderId, SubjectId]:
    """By holder, who the person is in ``sector``, where it is anybody there."""
    members = {member for person in known_people.values() for member in person}
    given = holder_store.subjects_in(tx, sector, members)
    found = {}
    for holder, person in known_people.items():
        first = next((given[member] for member in person if member in given), None)
        if first is not None:
            found[holder] = first
    return found


def _new_subject() -> SubjectId:
    """A UUIDv4: a time in it would let two sectors guess that they mean the same person."""
    return SubjectId(UUID(bytes=os.urandom(16), version=4))
