"""How many records a look shows, how long the log is kept, and what its chain finds."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.audit import errors, rules
from ichimai.audit.model import Day, Entry, Fault, Head
from ichimai.kernel.ids import NIL

DAY = date(2026, 10, 1)
PEOPLE = [UUID(int=number) for number in range(1, 30)]


def chain(count: int) -> tuple[Day, Head, list[tuple[Entry, bytes]]]:
    """A day of ``count`` entries."""
    hash_, entries = bytes(32), []
    for number in range(1, count + 1):
        at = datetime(2026, 10, 1, 3, tzinfo=UTC) + timedelta(seconds=number)
        who, why = "officer", "card"
        one = Entry(DAY, number, at, UUID(int=9), who, why, "n", PEOPLE[0], "w", False, NIL, NIL)
        hash_ = rules.entry_hash(hash_, one)
        entries.append((one, hash_))
    return Day(DAY, 1, bytes(32)), Head(DAY, count, hash_), entries


def test_a_look_shows_twenty_people_and_not_one_more() -> None:
    assert len(rules.checked_people(PEOPLE[:20])) == 20
    assert len(rules.checked_people(PEOPLE[:20] * 3)) == 20
    with pytest.raises(errors.TooManyRecords):
        rules.checked_people(PEOPLE[:21])


@pytest.mark.parametrize(
    "today, first", [("2033-10-01", "2026-10-01"), ("2028-02-29", "2021-02-28")]
)
def test_entries_are_kept_for_seven_years(today: str, first: str) -> None:
    assert rules.kept_from(date.fromisoformat(today)) == date.fromisoformat(first)


def test_a_whole_day_has_no_fault() -> None:
    day, end, entries = chain(5)
    assert list(rules.day_faults(day, end, entries)) == []


@pytest.mark.parametrize("number", [1, 3])
def test_a_removed_entry_is_named(number: int) -> None:
    day, end, entries = chain(5)
    del entries[number - 1]
    assert next(rules.day_faults(day, end, entries)) == Fault(DAY, number, "entry missing")


def test_entries_removed_at_the_end_are_noticed() -> None:
    day, end, entries = chain(5)
    assert list(rules.day_faults(day, end, entries[:3])) == [
        Fault(DAY, 4, "entries missing at the end")
    ]


def test_a_chain_made_anew_does_not_fit_the_next_day() -> None:
    """Who recomputes a whole day must change every later one, and the published head."""
    day, end, entries = chain(5)
    hash_, forged = bytes(32), []
    for one, _ in entries:
        changed = one._replace(staff=UUID(int=8))
        hash_ = rules.entry_hash(hash_, changed)
        forged.append((changed, hash_))
    assert list(rules.day_faults(day, end, forged)) == [Fault(DAY, 6, "the day ends otherwise")]
