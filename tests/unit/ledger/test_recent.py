"""The payments of the last 90 s, as a wallet keeps them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ichimai.ledger import recent

NOW = datetime(2026, 10, 1, 3, 0, 0, 123_457, tzinfo=UTC)
MARK = recent.mark_of(actor=UUID(int=1), terminal=UUID(int=2), units=500)
MICROSECOND = timedelta(microseconds=1)


def test_a_mark_is_the_same_card_till_and_amount() -> None:
    marks = {
        recent.mark_of(actor=UUID(int=actor), terminal=UUID(int=terminal), units=units)
        for actor in (1, 2)
        for terminal in (1, 2)
        for units in (500, 501)
    }
    assert len(marks) == 8
    assert MARK in marks


def test_a_payment_is_found_for_90_seconds_to_the_microsecond() -> None:
    kept = recent.added(b"", MARK, UUID(int=9), NOW)
    assert recent.earlier(kept, MARK, NOW) == UUID(int=9)
    assert recent.earlier(kept, MARK, NOW + recent.WINDOW - MICROSECOND) == UUID(int=9)
    assert recent.earlier(kept, MARK, NOW + recent.WINDOW) is None


def test_another_payment_is_not_found() -> None:
    kept = recent.added(b"", MARK, UUID(int=9), NOW)
    other = recent.mark_of(actor=UUID(int=1), terminal=UUID(int=2), units=501)
    assert recent.earlier(kept, other, NOW) is None
    assert recent.earlier(b"", MARK, NOW) is None


def test_a_mark_that_crosses_two_entries_is_none() -> None:
    kept = recent.added(recent.added(b"", MARK, UUID(int=9), NOW), MARK, UUID(int=8), NOW)
    for start in range(len(kept) - len(MARK)):
        if start % 32:
            assert recent.earlier(kept, kept[start : start + len(MARK)], NOW) is None


def test_what_is_no_longer_recent_is_forgotten() -> None:
    kept = recent.added(b"", MARK, UUID(int=9), NOW)
    later = recent.added(kept, MARK, UUID(int=8), NOW + recent.WINDOW - MICROSECOND)
    assert len(later) == 2 * len(kept)
    assert len(recent.added(later, MARK, UUID(int=7), NOW + recent.WINDOW)) == 2 * len(kept)


def test_a_wallet_does_not_grow_without_end() -> None:
    kept = b""
    for number in range(100):
        mark = recent.mark_of(actor=UUID(int=1), terminal=UUID(int=2), units=number + 1)
        kept = recent.added(kept, mark, UUID(int=number), NOW)
    assert len(kept) == recent.KEPT * 32
    newest = recent.mark_of(actor=UUID(int=1), terminal=UUID(int=2), units=100)
    assert recent.earlier(kept, newest, NOW) == UUID(int=99)
