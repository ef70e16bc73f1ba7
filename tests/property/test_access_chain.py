"""Any change to any field of any entry of the access log is found, and named."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ichimai.audit import rules
from ichimai.audit.model import Day, Entry, Head

UUIDS = st.uuids()
WORDS = st.text(max_size=12)
DAY = date(2026, 10, 1)
START = datetime(2026, 10, 1, tzinfo=UTC)

ENTRIES = st.builds(
    Entry,
    day_on=st.just(DAY),
    number=st.just(0),
    at=st.integers(0, 86_399_999_999).map(lambda us: START + timedelta(microseconds=us)),
    staff=UUIDS,
    role=WORDS,
    purpose=WORDS,
    note=WORDS,
    subject=UUIDS,
    what=WORDS,
    is_change=st.booleans(),
    terminal=UUIDS,
    tap=UUIDS,
)
Row = tuple[Entry, bytes]


def chained(entries: list[Entry]) -> list[Row]:
    """The entries, numbered from 1, with their hashes."""
    hash_, rows = bytes(32), []
    for number, one in enumerate(entries, 1):
        numbered = one._replace(number=number)
        hash_ = rules.entry_hash(hash_, numbered)
        rows.append((numbered, hash_))
    return rows


def faults(rows: list[Row], end: Row) -> list[int]:
    """The numbers at which the day is not as it was written."""
    head = Head(DAY, end[0].number, end[1])
    return [fault.number for fault in rules.day_faults(Day(DAY, 1, bytes(32)), head, rows)]


@given(st.lists(ENTRIES, min_size=1, max_size=6))
def test_an_untouched_day_is_whole(entries: list[Entry]) -> None:
    rows = chained(entries)
    assert faults(rows, rows[-1]) == []


@given(
    st.lists(ENTRIES, min_size=1, max_size=6),
    st.sampled_from([name for name in Entry._fields if name not in ("day_on", "number")]),
    ENTRIES,
    st.integers(0, 5),
)
def test_a_changed_field_is_found_where_it_is(
    entries: list[Entry], field: str, other: Entry, place: int
) -> None:
    rows = chained(entries)
    place %= len(rows)
    one, hash_ = rows[place]
    changed = one._replace(**{field: getattr(other, field)})
    tampered = [*rows[:place], (changed, hash_), *rows[place + 1 :]]
    assert faults(tampered, rows[-1]) == ([] if changed == one else [place + 1])


@given(st.lists(ENTRIES, min_size=2, max_size=6), st.data())
def test_removed_and_exchanged_entries_are_found(entries: list[Entry], data: st.DataObject) -> None:
    rows = chained(entries)
    first, second = sorted(
        data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=2, unique=True))
    )
    assert faults([*rows[:first], *rows[first + 1 :]], rows[-1])
    exchanged = list(rows)
    exchanged[first], exchanged[second] = exchanged[second], exchanged[first]
    assert faults(exchanged, rows[-1])


@given(ENTRIES, WORDS, WORDS)
def test_text_cannot_wander_from_one_field_to_the_next(one: Entry, left: str, right: str) -> None:
    """Without lengths, ``card`` + ``x`` and ``car`` + ``dx`` would have one hash."""
    whole = one._replace(purpose=left + right, note="")
    parted = one._replace(purpose=left, note=right)
    same = rules.entry_hash(bytes(32), whole) == rules.entry_hash(bytes(32), parted)
    assert same is (whole == parted)


def test_staff_and_subject_are_not_exchangeable() -> None:
    one = Entry(
        DAY,
        1,
        START,
        UUID(int=1),
        "r",
        "p",
        "",
        UUID(int=2),
        "w",
        False,
        UUID(int=3),
        UUID(int=4),
    )
    other = one._replace(staff=one.subject, subject=one.staff)
    assert rules.entry_hash(bytes(32), one) != rules.entry_hash(bytes(32), other)
