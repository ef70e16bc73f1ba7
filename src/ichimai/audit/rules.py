"""The chain of the access log, and how browsing is told from work. Pure."""

import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from statistics import median
from typing import Final
from uuid import UUID

from ichimai.audit.errors import TooManyRecords
from ichimai.audit.model import Day, Entry, Fault, Head, Sign, Suspicion, What
from ichimai.kernel.ages import shifted
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL

MOST_AT_ONCE: Final = 20
"""People whose records one look may show (faults.md F89)."""

YEARS_KEPT: Final = 7
BROWSING_DAYS: Final = 28
"""How far back one looks for a habit."""

_FOLLOWS_WITHIN: Final = timedelta(minutes=30)
_MANY_PEOPLE: Final = 15
_TIMES_THE_USUAL: Final = 3
_MANY_STAFF: Final = 4
_MANY_STAFF_DAYS: Final = 7
_MANY_DAYS: Final = 3

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_FIXED: Final = struct.Struct(">iqq16s16s?16s16s")


def checked_people(subjects: Sequence[UUID]) -> tuple[UUID, ...]:
    """Whom one look may show, each once. Raises TooManyRecords."""
    people = tuple(dict.fromkeys(subjects))
    if len(people) > MOST_AT_ONCE:
        raise TooManyRecords
    return people


def kept_from(today: date) -> date:
    """The first day whose entries may not be removed."""
    return shifted(today, -YEARS_KEPT)


def entry_hash(previous: bytes, entry: Entry) -> bytes:
    """The hash that the next entry stands on."""
    fixed = _FIXED.pack(
        entry.day_on.toordinal(),
        entry.number,
        (entry.at - _EPOCH) // timedelta(microseconds=1),
        entry.staff.bytes,
        entry.subject.bytes,
        entry.is_change,
        entry.terminal.bytes,
        entry.tap.bytes,
    )
    words = (entry.role, entry.purpose, entry.note, entry.what)
    texts = b"".join(len(word.encode()).to_bytes(4) + word.encode() for word in words)
    return sha256(previous + fixed + texts).digest()


def day_faults(day: Day, end: Head, entries: Iterable[tuple[Entry, bytes]]) -> Iterator[Fault]:
    """What is wrong with a day's entries, in the order of their numbers.

    ``end``: the number and hash at which the day must end.
    """
    previous, number = day.previous, day.first_number
    for entry, hash_ in entries:
        if entry.number != number:
            yield Fault(day.day_on, number, "entry missing")
        elif entry_hash(previous, entry) != hash_:
            yield Fault(day.day_on, number, "entry changed")
        previous, number = hash_, entry.number + 1
    if number <= end.number:
        yield Fault(day.day_on, number, "entries missing at the end")
    elif number > end.number + 1:
        yield Fault(day.day_on, end.number, "entries after the end")
    elif previous != end.hash:
        yield Fault(day.day_on, number, "the day ends otherwise")


def ends(days: Sequence[Day], head: Head) -> list[Head]:
    """Where each day must end: before the next begins, and the last at the head."""
    before = [Head(day.day_on, day.first_number - 1, day.previous) for day in days[1:]]
    return [*before, head]


def browsing(entries: Sequence[Entry], today: date) -> list[Suspicion]:
    """What looks like browsing on ``today``; ``entries``: of the BROWSING_DAYS until then.

    A look is idle when the person was not there and nothing was done for them within half an
    hour, before or after, by whoever looked. What is handed over as they agreed is none.
    """
    idle = _idle(entries)
    return [
        *_many_people(idle, today),
        *_many_staff(idle, today),
        *_again_and_again(idle, today),
    ]


def _idle(entries: Iterable[Entry]) -> list[Entry]:
    done: dict[tuple[UUID, UUID], list[datetime]] = defaultdict(list)
    looks = []
    for entry in entries:
        if entry.is_change or entry.tap != NIL:
            done[entry.staff, entry.subject].append(entry.at)
        elif entry.subject != NIL and entry.what != What.DISCLOSURE:
            looks.append(entry)
    return [
        look
        for look in looks
        if not any(abs(at - look.at) <= _FOLLOWS_WITHIN for at in done[look.staff, look.subject])
    ]


def _many_people(idle: Iterable[Entry], today: date) -> Iterator[Suspicion]:
    people: dict[UUID, set[UUID]] = defaultdict(set)
    usual: dict[tuple[UUID, date], set[UUID]] = defaultdict(set)
    for look in idle:
        day = day_in_tokyo(look.at)
        (people[look.staff] if day == today else usual[look.staff, day]).add(look.subject)
    counts = {staff: len(subjects) for staff, subjects in people.items()}
    # What one telephone desk does on an ordinary day, not what one curious person always did.
    ordinary = median([len(seen) for seen in usual.values()] or [0])
    for staff, count in counts.items():
        if count >= max(_MANY_PEOPLE, _TIMES_THE_USUAL * ordinary):
            yield Suspicion(Sign.MANY_PEOPLE, staff, NIL, count)


def _many_staff(idle: Iterable[Entry], today: date) -> Iterator[Suspicion]:
    since = today - timedelta(days=_MANY_STAFF_DAYS - 1)
    staff: dict[UUID, set[UUID]] = defaultdict(set)
    for look in idle:
        if day_in_tokyo(look.at) >= since:
            staff[look.subject].add(look.staff)
    for subject, looked in staff.items():
        if len(looked) >= _MANY_STAFF:
            yield Suspicion(Sign.MANY_STAFF, NIL, subject, len(looked))


def _again_and_again(idle: Iterable[Entry], today: date) -> Iterator[Suspicion]:
    days = {(look.staff, look.subject, day_in_tokyo(look.at)) for look in idle}
    counts = Counter((staff, subject) for staff, subject, _ in days)
    for (staff, subject), count in counts.items():
        if count >= _MANY_DAYS and (staff, subject, today) in days:
            yield Suspicion(Sign.AGAIN_AND_AGAIN, staff, subject, count)
