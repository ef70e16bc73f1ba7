"""Changing the registry's key on a real PostgreSQL, while cards are tapped, issued and stopped."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from ichimai import registry
from ichimai.cards import Kind, Shown
from ichimai.kernel.clock import ManualClock
from ichimai.registry import RegistryKey, keys
from ichimai.registry.errors import (
    NoKeyToRotateTo,
    NumberTaken,
    RotationUnfinished,
    WrongRegistryKey,
)
from ichimai.storage import REGISTRY, Database
from tests.integration.registry.places import KEY, TOSHIMA, Register, number

SECOND = RegistryKey(KEY.secret, (b"2" * 32,))
THIRD = RegistryKey(KEY.secret, (b"2" * 32, b"3" * 32))
OTHER_SECOND = RegistryKey(KEY.secret, (b"x" * 32,))


@pytest.fixture
def register(database: Database, clock: ManualClock) -> Register:
    return Register(database, clock)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "BATCH", 7)


def card(place: int) -> Shown:
    return number(Kind.FELICA, str(place))


def filled(register: Register, count: int) -> list[registry.Resolved]:
    """That many holders with a card each, and what their cards are."""
    holders = register.holders(count)
    for place, holder in enumerate(holders):
        register.add(holder, card(place))
        register.subject(TOSHIMA, holder)
    return [register.known(card(place)) for place in range(count)]


def rotate(register: Register, key: RegistryKey, batches: int = 10**6) -> None:
    """Rotate so many batches, then be killed."""
    for done, _ in enumerate(keys.rotate(register.database, key), start=1):
        if done == batches:
            return


def hashes(database: Database) -> set[bytes]:
    with database.read(REGISTRY) as tx:
        return {row[0] for row in tx.rows("SELECT number_hash FROM credential")}


@pytest.mark.usefixtures("small_batches")
def test_every_card_is_found_before_during_and_after(register: Register) -> None:
    """After each batch each card is what it was, subject and reference and all."""
    before = filled(register, 40)
    old = hashes(register.database)
    register.key = SECOND
    assert [register.known(card(place)) for place in range(40)] == before
    parts = []
    for part in keys.rotate(register.database, SECOND):
        parts.append(part)
        assert [register.known(card(place)) for place in range(40)] == before
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert len(parts) > 5
    assert not hashes(register.database) & old
    assert len(hashes(register.database)) == 40


@pytest.mark.usefixtures("small_batches")
def test_what_was_interrupted_is_finished(register: Register) -> None:
    """Killed after any batch and begun again, nothing is hashed twice or left out."""
    before = filled(register, 30)
    register.key = SECOND
    for batches in (1, 2, 1, 10**6):
        rotate(register, SECOND, batches)
        assert [register.known(card(place)) for place in range(30)] == before
    with register.database.read(REGISTRY) as tx:
        assert tx.rows("SELECT DISTINCT generation FROM credential") == [(1,)]
        assert tx.row("SELECT rewritten_to IS NULL FROM key_check") == (True,)


@pytest.mark.usefixtures("small_batches")
def test_two_at_once_do_it_once(register: Register) -> None:
    """Two processes share the batches."""
    before = filled(register, 40)
    register.key = SECOND
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(rotate, register, SECOND) for _ in range(2)]:
            with suppress(NoKeyToRotateTo):  # the other had finished before it began
                done.result()
    assert [register.known(card(place)) for place in range(40)] == before


@pytest.mark.usefixtures("small_batches")
def test_cards_are_issued_and_stopped_meanwhile(register: Register) -> None:
    """No new card is left behind, no stop is lost, no number becomes two people's."""
    filled(register, 60)
    register.key = SECOND
    barrier = threading.Barrier(3)

    def issue() -> None:
        barrier.wait()
        for place, holder in enumerate(register.holders(40), start=100):
            register.add(holder, card(place))

    def stop() -> None:
        barrier.wait()
        for place in range(0, 60, 2):
            with register.database.write(REGISTRY) as tx:
                registry.credentials.stop_shown(tx, SECOND, register.clock, card(place))

    def change() -> None:
        barrier.wait()
        rotate(register, SECOND)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work) for work in (issue, stop, change)]:
            done.result()
    assert [register.known(card(place)).is_stopped for place in range(60)] == [True, False] * 30
    assert all(register.tap(card(place)) for place in range(100, 140))
    (stranger,) = register.holders(1)
    for place in (0, 1, 100, 139):
        with pytest.raises(NumberTaken):
            register.add(stranger, card(place))


@pytest.mark.usefixtures("small_batches")
def test_a_number_is_one_persons_also_while_half_is_done(register: Register) -> None:
    """A card under the old hash cannot be bound again under the new one."""
    filled(register, 20)
    register.key = SECOND
    rotate(register, SECOND, 1)
    (stranger,) = register.holders(1)
    for place in range(20):
        with pytest.raises(NumberTaken):
            register.add(stranger, card(place))


def test_a_server_that_was_left_out_refuses(register: Register) -> None:
    """With the old key alone good cards would look unknown: it must not answer at all."""
    filled(register, 3)
    rotate(register, SECOND)
    for attempt in (
        lambda: register.tap(card(0)),
        lambda: register.tap(card(99)),
        lambda: register.add(register.holders(1)[0], card(100)),
    ):
        with pytest.raises(WrongRegistryKey):
            attempt()
    with pytest.raises(WrongRegistryKey), register.database.write(REGISTRY) as tx:
        keys.confirm(tx, KEY)


@pytest.mark.parametrize(
    "wrong",
    [
        RegistryKey(b"o" * 32),
        RegistryKey(b"o" * 32, (b"2" * 32,)),
        OTHER_SECOND,
        RegistryKey(KEY.secret, (b"2" * 32, b"2" * 32, b"2" * 32)),
        RegistryKey(KEY.secret, (b"3" * 32, b"2" * 32)),
    ],
)
def test_no_server_starts_with_a_wrong_key(register: Register, wrong: RegistryKey) -> None:
    """Another first key, another later one, one too many, the wrong order."""
    filled(register, 1)
    rotate(register, SECOND)
    with pytest.raises(WrongRegistryKey), register.database.write(REGISTRY) as tx:
        keys.confirm(tx, wrong)
    with pytest.raises(WrongRegistryKey):
        rotate(register, wrong)
    for right in (SECOND, THIRD):
        with register.database.write(REGISTRY) as tx:
            assert keys.confirm(tx, right) == 1


def test_a_second_change_waits_for_the_first(
    register: Register, tmp_path: Path, small_batches: None
) -> None:
    """Cards of three generations would be looked for under two: a third key is not added."""
    del small_batches
    path = tmp_path / "registry.key"
    register.key = RegistryKey.load(path)
    before = filled(register, 20)
    longer = keys.add(register.database, path)
    assert RegistryKey.load(path) == longer
    assert longer.secret == register.key.secret
    with pytest.raises(RotationUnfinished):
        keys.add(register.database, path)
    rotate(register, longer, 1)
    with pytest.raises(RotationUnfinished):
        keys.add(register.database, path)
    rotate(register, longer)
    with pytest.raises(NoKeyToRotateTo):
        rotate(register, longer)
    register.key = keys.add(register.database, path)
    rotate(register, register.key)
    assert register.key.generation == 2
    assert [register.known(card(place)) for place in range(20)] == before


def test_the_older_key_tests_no_guess(register: Register) -> None:
    """Who has the old key and a copy of the rewritten tables finds no card by its number."""
    filled(register, 5)
    rotate(register, SECOND)
    with register.database.rekey() as tx:
        tx.execute("UPDATE key_check SET generation = 0")
    register.key = KEY
    assert [register.tap(card(place)) for place in range(5)] == [None] * 5
