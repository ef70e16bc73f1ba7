"""Check-ins that wait: kept whole or not at all, told once, and a lost queue shows."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ichimai.kernel.clock import ManualClock
from ichimai.kernel.ids import NIL
from ichimai.reader import errors, store
from ichimai.reader.scans import INFO, SUITE, Scans, open_store
from ichimai.reader.store import FILE, Store
from tests.at_once import at_once

QUEUE = uuid5(NIL, "queue")


def scan(number: int) -> UUID:
    return uuid5(NIL, f"scan {number}")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path, QUEUE)
    yield opened
    opened.close()


def sequences(opened: Store) -> list[int]:
    return [one.sequence for one in opened.waiting(1_000)]


def test_check_ins_are_numbered_in_a_row_and_kept_over_a_restart(tmp_path: Path) -> None:
    for start in (0, 3, 6):
        opened = Store(tmp_path, uuid5(NIL, str(start)))
        assert [opened.append(scan(start + n), b"x") for n in range(3)] == [
            start + 1,
            start + 2,
            start + 3,
        ]
        assert opened.queue == uuid5(NIL, "0")
        opened.close()


def test_the_same_check_in_is_kept_once_also_after_it_was_taken(kept: Store) -> None:
    assert set(at_once(*[lambda: kept.append(scan(1), b"x")] * 16)) == {1}
    kept.settle(QUEUE, [1], {})
    assert kept.append(scan(1), b"x") == 1
    assert sequences(kept) == []


def test_many_at_once_have_numbers_of_their_own(kept: Store) -> None:
    found = at_once(*[lambda n=n: kept.append(scan(n), b"x") for n in range(64)])
    assert sorted(found) == list(range(1, 65))  # type: ignore[type-var]  # none was refused


def test_what_a_server_refuses_is_kept_and_holds_up_nobody(kept: Store) -> None:
    """D50 and D51: a poisoned record is put aside, never deleted."""
    for number in range(5):
        kept.append(scan(number), b"sealed %d" % number)
    kept.settle(QUEUE, [1, 2], {3: "unknown_event"})
    assert sequences(kept) == [4, 5]
    state = kept.state()
    assert (state.waiting, state.refused, state.last_sequence) == (2, 1, 5)
    (aside,) = kept.put_aside(10)
    assert (aside.sequence, aside.sealed, aside.refused_as) == (3, b"sealed 2", "unknown_event")
    kept.settle(QUEUE, [3], {})
    assert (kept.state().waiting, kept.state().refused) == (2, 0)
    kept.settle(QUEUE, [], {3: "late"})
    assert kept.state().refused == 0


def test_another_queue_is_not_settled(kept: Store) -> None:
    """A server that answers for the queue before the wipe deletes nothing of this one."""
    kept.append(scan(1), b"x")
    with pytest.raises(errors.OtherQueue):
        kept.settle(uuid5(NIL, "other"), [1], {})
    assert sequences(kept) == [1]


def test_taken_check_ins_leave_no_trace_of_what_they_held(kept: Store, tmp_path: Path) -> None:
    kept.append(scan(1), b"CANARY" * 20)
    kept.settle(QUEUE, [1], {})
    kept.close()
    assert all(b"CANARY" not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_power_cut_at_any_byte_leaves_each_check_in_whole_or_not_there(tmp_path: Path) -> None:
    """A15: the log is cut at every length; what is read is a beginning of what was written."""
    writer = Store(tmp_path / "whole", QUEUE)
    writer.append(scan(0), b"body 0" * 30)
    writer._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for number in range(1, 4):
        writer.append(scan(number), b"body %d" % number * 30)
    log = (tmp_path / "whole" / f"{FILE}-wal").read_bytes()
    seen = set()
    for length in [*range(0, len(log), 97), len(log)]:
        cut = tmp_path / "cut"
        cut.mkdir()
        shutil.copy(tmp_path / "whole" / FILE, cut / FILE)
        (cut / f"{FILE}-wal").write_bytes(log[:length])
        opened = Store(cut, uuid5(NIL, "new"))
        found = [(one.id, one.sealed) for one in opened.waiting(10)]
        assert found == [(scan(n), b"body %d" % n * 30) for n in range(len(found))]
        assert (opened.queue, opened.append(scan(99), b"x")) == (QUEUE, len(found) + 1)
        opened.close()
        shutil.rmtree(cut)
        seen.add(len(found))
    assert seen == {1, 2, 3, 4}
    writer.close()


def test_garbage_after_the_last_record_is_not_read(tmp_path: Path) -> None:
    """A torn write may leave anything behind it."""
    writer = Store(tmp_path / "whole", QUEUE)
    writer.append(scan(0), b"body")
    shutil.copytree(tmp_path / "whole", tmp_path / "torn")
    with (tmp_path / "torn" / f"{FILE}-wal").open("ab") as log:
        log.write(bytes(range(256)) * 40)
    opened = Store(tmp_path / "torn", QUEUE)
    assert sequences(opened) == [1]
    opened.close()
    writer.close()


def test_each_append_is_synchronised_with_the_disk(kept: Store) -> None:
    assert kept._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert kept._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_wiped_queue_is_another_queue_and_begins_at_one(
    tmp_path: Path, clock: ManualClock
) -> None:
    """A16: the server that has 1 to 3 of the old one sees that 4 and 5 never came."""
    first = open_store(tmp_path, clock, lambda _: None)
    for number in range(5):
        first.append(scan(number), b"x")
    first.settle(first.queue, [1, 2, 3], {})
    first.close()
    for file in tmp_path.iterdir():
        file.unlink()
    second = open_store(tmp_path, clock, lambda _: None)
    assert second.queue != first.queue
    assert (second.append(scan(9), b"x"), second.pages()) == (1, 0)
    second.close()


def test_a_deleted_record_is_a_gap_in_the_numbers(kept: Store) -> None:
    for number in range(4):
        kept.append(scan(number), b"x")
    kept._db.execute("DELETE FROM scan WHERE sequence IN (2, 4)")
    assert kept.append(scan(9), b"x") == 5
    assert sequences(kept) == [1, 3, 5]


def test_a_damaged_file_is_put_aside_and_a_new_queue_begins(
    tmp_path: Path, clock: ManualClock
) -> None:
    first = open_store(tmp_path, clock, lambda _: None)
    first.append(scan(1), b"x")
    first.close()
    (tmp_path / FILE).write_bytes(b"no database at all " * 300)
    told: list[Path] = []
    second = open_store(tmp_path, clock, told.append)
    assert second.queue != first.queue
    assert second.append(scan(2), b"x") == 1
    assert told[0].read_bytes().startswith(b"no database")
    second.close()


def test_a_full_disk_is_told_and_loses_nothing(kept: Store) -> None:
    """A5: the check-in is refused, the others stay, and it goes on when there is room."""
    kept.append(scan(1), b"x")
    pages = kept._db.execute("PRAGMA page_count").fetchone()[0]
    kept._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(errors.QueueNotWritten):
        kept.append(scan(2), b"x" * 100_000)
    kept._db.execute("PRAGMA max_page_count = 100000")
    assert (sequences(kept), kept.append(scan(2), b"x")) == ([1], 2)


def test_a_queue_has_an_end(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_WAITING", 2)
    kept.append(scan(1), b"x")
    kept.append(scan(2), b"x")
    with pytest.raises(errors.QueueFull):
        kept.append(scan(3), b"x")
    assert kept.append(scan(2), b"x") == 2


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(errors.QueueNotWritten):
        open_store(tmp_path, clock, lambda _: None)


def test_a_check_in_is_for_the_server_alone(kept: Store, tmp_path: Path) -> None:
    """D55: whoever steals the machine reads nobody's visit, nor can one record pass for another."""
    server = X25519PrivateKey.generate()
    scans = Scans(kept, server.public_key())
    body = b'{"idm": "CANARY", "at": "2026-10-01T09:00:00+09:00"}'
    scans.append(scan(1), body)
    (one,) = scans.waiting()
    assert SUITE.decrypt(one.sealed, server, info=INFO + one.id.bytes) == body
    with pytest.raises(InvalidTag):
        SUITE.decrypt(one.sealed, server, info=INFO + scan(2).bytes)
    assert all(b"CANARY" not in file.read_bytes() for file in tmp_path.iterdir())


def test_without_the_servers_key_nothing_is_kept(kept: Store) -> None:
    with pytest.raises(errors.NoSealKey):
        Scans(kept, None).append(scan(1), b"x")
    assert kept.state().waiting == 0


def test_two_readers_on_one_folder_do_not_share_numbers(tmp_path: Path) -> None:
    one, other = Store(tmp_path, QUEUE), Store(tmp_path, QUEUE)
    found = at_once(
        *[lambda n=n: (one if n % 2 else other).append(scan(n), b"x") for n in range(40)]
    )
    assert sorted(found) == list(range(1, 41))  # type: ignore[type-var]  # none was refused
    for opened in (one, other):
        opened.close()


def test_the_file_is_sqlites_own(kept: Store, tmp_path: Path) -> None:
    """Support can look into it with what every machine has."""
    kept.append(scan(1), b"x")
    with sqlite3.connect(tmp_path / FILE) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
