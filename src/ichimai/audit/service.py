"""Writing the access log, and reading it: the auditor, the person concerned."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from ichimai.audit import rules, store
from ichimai.audit.errors import NotYourRecord
from ichimai.audit.model import (
    Day,
    Entry,
    Fault,
    Head,
    Look,
    Myself,
    Purpose,
    What,
)
from ichimai.kernel import Clock
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.storage import ReadTx, WriteTx

_LAST: Final = 2**63 - 1


def record(
    tx: WriteTx,
    clock: Clock,
    by: Look | Myself,
    subjects: Sequence[UUID],
    what: What,
    *,
    is_change: bool = False,
) -> None:
    """Write that ``subjects`` are looked at, or changed, in the transaction that does so.

    What people do with their own record is not in the log of the staff's. The log's lock comes
    before every other: record first, then hold what is to be changed.
    Raises TooManyRecords for looks, NotYourRecord.
    """
    if isinstance(by, Myself):
        if any(subject != by.subject for subject in subjects):
            raise NotYourRecord
        return
    people = subjects if is_change else rules.checked_people(subjects)
    _append(tx, clock, by, people, what.value, is_change=is_change)


def _append(
    tx: WriteTx, clock: Clock, by: Look, subjects: Sequence[UUID], what: str, *, is_change: bool
) -> None:
    if not subjects:
        return
    end = store.locked_head(tx)
    at = clock.now()
    # Two servers' clocks differ a little at midnight: the chain's day never goes back.
    day = max(day_in_tokyo(at), end.day_on)
    if day > end.day_on:
        store.insert_day(tx, Day(day, end.number + 1, end.hash))
    entries, hash_ = [], end.hash
    for number, subject in enumerate(subjects, end.number + 1):
        entry = Entry(
            day_on=day,
            number=number,
            at=at,
            staff=by.staff,
            role=by.role,
            purpose=by.purpose.value,
            note=by.note,
            subject=subject,
            what=what,
            is_change=is_change,
            terminal=by.terminal,
            tap=by.tap,
        )
        hash_ = rules.entry_hash(hash_, entry)
        entries.append((entry, hash_))
    store.insert_entries(tx, entries)
    store.update_head(tx, Head(day, entries[-1][0].number, hash_))


def of_subject(
    tx: ReadTx, me: Myself, *, before: int | None = None, limit: int = 50
) -> list[Entry]:
    """Who looked at my record and why, latest first; ``before``: the last number seen."""
    return store.entries_of_subject(tx, me.subject, before or _LAST, limit)


def search(
    tx: WriteTx,
    clock: Clock,
    look: Look,
    *,
    number: int | None = None,
    staff: UUID | None = None,
    subject: UUID | None = None,
    purpose: Purpose | None = None,
    first: date | None = None,
    last: date | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    """The entries that the auditor asks for, latest first; that they were read is written too.

    ``number``: the one that a resident read on their own page, to ask about it.
    """
    wanted: dict[str, object] = {
        "number": number,
        "staff": staff,
        "subject": subject,
        "purpose": purpose.value if purpose else None,
        "first": first,
        "last": last,
        "before": before or _LAST,
        "limit": limit,
    }
    entries = store.found(tx, wanted)
    record(tx, clock, look, [subject or NIL], What.ACCESS_LOG)
    return entries


def head(tx: ReadTx) -> Head:
    """The end of the chain, to be published each day where others keep it."""
    return store.head(tx)


def verify(tx: ReadTx, clock: Clock, published: Mapping[int, bytes] | None = None) -> list[Fault]:
    """Every place where the log is not as it was written; in a snapshot, at one instant.

    ``published``: numbers and hashes of heads that others keep: who rewrites the whole chain is
    only found by these.
    """
    end = store.head(tx)
    days = store.days(tx)
    purged = store.purged_before(tx) or date.min
    faults = []
    if purged > rules.kept_from(day_in_tokyo(clock.now())):
        faults.append(Fault(purged, 0, "removed too early"))
    for day, day_end in zip(days, rules.ends(days, end), strict=False):
        entries = store.entries_of_day(tx, day.day_on)
        if entries or day.day_on >= purged:
            faults += rules.day_faults(day, day_end, entries)
    if end.number and not days:
        faults.append(Fault(end.day_on, end.number, "no day is left"))
    return faults + _not_as_published(tx, end, purged, published or {})


def _not_as_published(
    tx: ReadTx, end: Head, purged: date, published: Mapping[int, bytes]
) -> list[Fault]:
    days = store.days(tx)
    first_kept = next((day.first_number for day in days if day.day_on >= purged), end.number + 1)
    found = store.hashes_of(tx, list(published))
    return [
        Fault(_day_of(days, number), number, "not as it was published")
        for number, hash_ in sorted(published.items())
        # What was removed after its seven years can be compared no more.
        if number and found.get(number) != hash_ and (number in found or number >= first_kept)
    ]


def _day_of(days: Sequence[Day], number: int) -> date:
    return max((day.day_on for day in days if day.first_number <= number), default=date.min)


def purge(tx: WriteTx, clock: Clock) -> int:
    """Remove what was kept for seven years; how many entries went. The chain stays whole."""
    now = clock.now()
    return store.delete_before(tx, rules.kept_from(day_in_tokyo(now)), now)
