"""Merging and splitting holders on a real PostgreSQL: by entries, and exactly reversible."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from ichimai import registry
from ichimai.cards import Kind
from ichimai.kernel.clock import ManualClock
from ichimai.kernel.errors import DomainError
from ichimai.registry.errors import (
    AlreadyOnePerson,
    DifferentHolderChange,
    HolderChanging,
    LaterMergeFirst,
    NumberTaken,
    SplitBefore,
    UnknownHolder,
    UnknownHolderChange,
)
from ichimai.registry.model import ChangeId, HolderChange, HolderId, TwoSubjects
from ichimai.storage import REGISTRY, Database
from tests.integration.registry.places import (
    CHIYODA,
    KEY,
    OFFICER,
    SHINJUKU,
    TOSHIMA,
    Register,
    certificate,
    number,
)


@pytest.fixture
def register(database: Database, clock: ManualClock) -> Register:
    return Register(database, clock)


def merge(
    register: Register, kept: HolderId, merged: HolderId, change: ChangeId | None = None
) -> HolderChange:
    with register.database.write(REGISTRY) as tx:
        return registry.holders.merge(tx, register.clock, kept, merged, OFFICER, change=change)


def split(register: Register, change: ChangeId) -> HolderChange:
    with register.database.write(REGISTRY) as tx:
        return registry.holders.split(tx, register.clock, change, OFFICER)


def two_people(register: Register) -> list[HolderId]:
    """Two holders with a card each, both known in Toshima, one in Chiyoda, none in Shinjuku."""
    holders = register.holders(2)
    for holder in holders:
        register.add(holder, certificate(str(holder)))
        register.subject(TOSHIMA, holder)
    register.subject(CHIYODA, holders[1])
    return holders


def seen(register: Register, holders: list[HolderId]) -> list[Any]:
    """What the cards of ``holders`` are, in every sector."""
    return [
        register.known(certificate(str(holder)), sector)
        for holder in holders
        for sector in (TOSHIMA, CHIYODA, SHINJUKU)
    ]


def everything(database: Database) -> dict[str, list[str]]:
    """Every row of the tables that a merge must leave as they are."""
    with database.read(REGISTRY) as tx:
        return {
            table: sorted(row for (row,) in tx.rows(f"SELECT t::text FROM {table} AS t"))
            for table in ("credential", "subject", "holder_of_subject")
        }


def test_a_merge_joins_two_people_and_tells_who_must_move_value(register: Register) -> None:
    """Where both are known the kept one counts and is told with the other; where one, that one."""
    kept, merged = two_people(register)
    subjects = [register.subject(TOSHIMA, holder) for holder in (kept, merged)]
    in_chiyoda = register.subject(CHIYODA, merged)
    change = merge(register, kept, merged)
    assert change.told == (TwoSubjects(TOSHIMA, *subjects),)
    for holder in (kept, merged):
        assert register.known(certificate(str(holder))).subject == subjects[0]
        assert register.known(certificate(str(holder)), CHIYODA).subject == in_chiyoda
        assert register.subject(CHIYODA, holder) == in_chiyoda
    with register.database.read(REGISTRY) as tx:
        assert registry.holders.follow(tx, TOSHIMA, subjects) == {
            subjects[0]: subjects[0],
            subjects[1]: subjects[0],
        }


def test_a_new_place_knows_merged_people_as_one(register: Register) -> None:
    """What begins after the merge begins once."""
    kept, merged = two_people(register)
    merge(register, kept, merged)
    assert register.subject(SHINJUKU, merged) == register.subject(SHINJUKU, kept)


def test_a_split_restores_exactly(register: Register) -> None:
    """Every card is to every sector what it was; no row but the journal's has changed."""
    holders = two_people(register)
    before, rows = seen(register, holders), everything(register.database)
    change = merge(register, holders[0], holders[1])
    assert seen(register, holders) != before
    assert split(register, change.id).told == change.told
    assert seen(register, holders) == before
    assert everything(register.database) == rows


def test_the_middle_one_of_three_merges_can_be_taken_back(register: Register) -> None:
    """Each merge says that two holders are one person; the others go on saying so."""
    a, b, c, d = register.holders(4)
    subjects = [register.subject(TOSHIMA, holder) for holder in (a, b, c, d)]
    merge(register, a, b)
    wrong = merge(register, b, c)
    merge(register, c, d)
    assert [register.subject(TOSHIMA, h) for h in (a, b, c, d)] == [subjects[0]] * 4
    told = split(register, wrong.id).told
    assert told == (TwoSubjects(TOSHIMA, subjects[0], subjects[2]),)
    assert [register.subject(TOSHIMA, h) for h in (a, b, c, d)] == [
        subjects[0],
        subjects[0],
        subjects[2],
        subjects[2],
    ]


def test_a_merge_of_who_is_somebody_else_again_is_no_longer_in_the_way(register: Register) -> None:
    """While they were one person with us, two others were found to be one; then we were not."""
    a, b, c, d = register.holders(4)
    subjects = [register.subject(TOSHIMA, holder) for holder in (a, b, c, d)]
    wrong = merge(register, a, c)
    mine = merge(register, a, b)
    merge(register, c, d)
    with register.database.read(REGISTRY) as tx, pytest.raises(LaterMergeFirst):
        registry.holders.check_last(tx, mine.id)
    split(register, wrong.id)
    with register.database.read(REGISTRY) as tx:
        registry.holders.check_last(tx, mine.id)
    split(register, mine.id)
    assert [register.subject(TOSHIMA, h) for h in (a, b, c, d)] == [
        subjects[0],
        subjects[1],
        subjects[2],
        subjects[2],
    ]


def test_merged_again_after_a_split(register: Register) -> None:
    """The newest entry holds."""
    holders = two_people(register)
    split(register, merge(register, holders[0], holders[1]).id)
    merge(register, holders[1], holders[0])
    subject = register.known(certificate(str(holders[1]))).subject
    assert register.known(certificate(str(holders[0]))).subject == subject


def test_what_cannot_be_merged_or_split(register: Register) -> None:
    """The same person, nobody, an unknown change, and a split of what was split."""
    kept, merged = two_people(register)
    change = merge(register, kept, merged)
    refusals: list[tuple[type[DomainError], Callable[[], object]]] = [
        (AlreadyOnePerson, lambda: merge(register, kept, merged)),
        (AlreadyOnePerson, lambda: merge(register, merged, kept)),
        (AlreadyOnePerson, lambda: merge(register, kept, kept)),
        (UnknownHolder, lambda: merge(register, kept, HolderId(uuid4()))),
        (UnknownHolderChange, lambda: split(register, ChangeId(uuid4()))),
    ]
    for refusal, attempt in refusals:
        with pytest.raises(refusal):
            attempt()
    split(register, change.id)
    with pytest.raises(SplitBefore):
        split(register, change.id)
    merge(register, kept, merged)
    with pytest.raises(SplitBefore):
        split(register, change.id)


def test_a_merge_under_the_same_id_is_done_once(register: Register) -> None:
    """Whoever was interrupted between two schemas does it again and gets the first answer."""
    kept, merged = two_people(register)
    id_ = ChangeId(uuid4())
    first = merge(register, kept, merged, id_)
    assert merge(register, kept, merged, id_) == first
    with pytest.raises(DifferentHolderChange):
        merge(register, merged, kept, id_)


def test_a_merged_persons_cards_are_one_persons(register: Register) -> None:
    """Either card is taken again, both stop together, and one new certificate replaces both."""
    kept, merged = two_people(register)
    merge(register, kept, merged)
    again = register.add(kept, certificate(str(merged)))
    assert again.replaced == ()
    subject = register.subject(TOSHIMA, kept)
    added = register.add(merged, certificate("new"))
    assert len(added.replaced) == 2
    assert {each.references.keys() >= {TOSHIMA, CHIYODA} for each in added.replaced} == {True}
    register.add(merged, number(Kind.FELICA, "1"))
    with register.database.write(REGISTRY) as tx:
        registry.credentials.stop_all_of(tx, KEY, register.clock, TOSHIMA, subject)
    assert register.known(number(Kind.FELICA, "1")).is_stopped
    assert register.known(certificate("new")).is_stopped


def test_after_a_split_the_cards_are_two_peoples_again(register: Register) -> None:
    """Who was merged by mistake cannot be shown the other's card as an own one."""
    kept, merged = two_people(register)
    split(register, merge(register, kept, merged).id)
    with pytest.raises(NumberTaken):
        register.add(kept, certificate(str(merged)))


def test_merges_at_once_leave_one_tree(register: Register) -> None:
    """Eight clerks merge a ring of eight: one of the eight is refused, all are one person."""
    holders = register.holders(8)
    first = [register.subject(TOSHIMA, holder) for holder in holders]
    barrier = threading.Barrier(8)

    def join(turn: int) -> str:
        barrier.wait()
        while True:
            try:
                merge(register, holders[turn], holders[(turn + 1) % 8])
            except HolderChanging:
                continue
            except AlreadyOnePerson:
                return "same"
            return "merged"

    with ThreadPoolExecutor(8) as pool:
        done = sorted(pool.map(join, range(8)))
    assert done == ["merged"] * 7 + ["same"]
    now = {register.subject(TOSHIMA, holder) for holder in holders}
    assert len(now) == 1
    assert now < set(first)


def test_no_subject_is_born_beside_a_merge(register: Register) -> None:
    """A merge and the first use in a sector at once: two subjects only if the merge told them."""
    for _ in range(20):
        kept, merged = register.holders(2)
        register.subject(TOSHIMA, merged)
        barrier = threading.Barrier(2)

        def begin(holder: HolderId = kept, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            while True:
                try:
                    register.subject(TOSHIMA, holder)
                except HolderChanging:
                    continue
                return

        def join(
            one: HolderId = kept, other: HolderId = merged, barrier: threading.Barrier = barrier
        ) -> HolderChange:
            barrier.wait()
            return merge(register, one, other)

        with ThreadPoolExecutor(2) as pool:
            pool.submit(begin)
            change = pool.submit(join).result()
        with register.database.read(REGISTRY) as tx:
            count = tx.row("SELECT count(*) FROM subject WHERE holder = ANY(%s)", [[kept, merged]])
        assert count == (1 + len(change.told),)


def test_a_change_tells_who_made_it_and_when(register: Register) -> None:
    """A merge and its split are two entries under one id."""
    holders = two_people(register)
    change = merge(register, holders[0], holders[1])
    split(register, change.id)
    with register.database.read(REGISTRY) as tx:
        rows = tx.rows("SELECT id, kind, kept, merged, made_by, made_at FROM holder_change")
    assert sorted(rows, key=lambda row: row[1]) == [
        (change.id, kind, *holders, OFFICER, register.clock.now()) for kind in ("merge", "split")
    ]
