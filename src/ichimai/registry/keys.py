"""The registry's key in use: that it is the right one, and bringing all numbers to a newer one.

A key is changed in three steps. ``add`` puts another key into the file; every server is started
again and knows both; ``rotate`` puts new hashes in the place of the old ones, batch by batch, while
cards are tapped and issued. A server that was left out refuses to answer from then on: it would
take good cards for unknown ones.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ichimai.registry import key_file, key_store, rules
from ichimai.registry.errors import NoKeyToRotateTo, RotationUnfinished, WrongRegistryKey
from ichimai.registry.key_file import RegistryKey
from ichimai.registry.model import KeyState
from ichimai.storage import Database, WriteTx

BATCH: Final = 5_000
"""So many numbers at a time: who writes credentials waits for no longer."""


def confirm(tx: WriteTx, key: RegistryKey) -> int:
    """Make sure that ``key`` is the one that this registry was written with.

    For start-up, and for whoever writes credentials: the answer is the generation of new
    numbers' hashes, which stays until the transaction ends. Raises WrongRegistryKey.
    """
    state = key_store.held(tx)
    if state is None:
        first = rules.key_check(key), key.generation, rules.numbers_check(key, key.generation)
        key_store.keep(tx, KeyState(*first, rewritten_to=None))
        state = key_store.held(tx)
    if state is None or not rules.is_right(key, state):
        raise WrongRegistryKey
    return state.generation


def add(database: Database, path: Path) -> RegistryKey:
    """Put another key into the file ``path``; it is used when ``rotate`` begins.

    Raises WrongRegistryKey; RotationUnfinished when the last one that was added is not in use
    for every number.
    """
    with database.rekey() as tx:
        key = RegistryKey.load(path)
        state = _locked(tx, key)
        if state.rewritten_to is not None or state.generation != key.generation:
            raise RotationUnfinished
        return key_file.with_another(key, path)


def rotate(database: Database, key: RegistryKey) -> Iterator[float]:
    """Hash every number with the newest key too, telling after each batch which part is done.

    May be stopped anywhere and started again, by several processes at once: a batch and its
    progress are one transaction. Raises WrongRegistryKey, NoKeyToRotateTo.
    """
    with database.rekey() as tx:
        _begin(tx, key)
    is_done = False
    while not is_done:
        with database.rekey() as tx:
            part = _rewrite_some(tx, key)
        is_done = part == 1.0
        yield part


def _begin(tx: WriteTx, key: RegistryKey) -> None:
    state = _locked(tx, key)
    if state.rewritten_to is not None:
        return
    if state.generation == key.generation:
        raise NoKeyToRotateTo
    key_store.begin(tx, key.generation, rules.numbers_check(key, key.generation))


def _rewrite_some(tx: WriteTx, key: RegistryKey) -> float:
    """Rewrite a batch; hashes are spread evenly, so that the last one tells the part done."""
    state = _locked(tx, key)
    if state.rewritten_to is None:
        return 1.0
    old = key_store.older_hashes(tx, state.rewritten_to, state.generation, BATCH)
    if not old:
        key_store.note_progress(tx, None)
        return 1.0
    key_store.rewrite(tx, old, rules.rehashed(key, old, state.generation), state.generation)
    key_store.note_progress(tx, old[-1])
    return int.from_bytes(old[-1][:6]) / 2**48


def _locked(tx: WriteTx, key: RegistryKey) -> KeyState:
    state = key_store.locked(tx)
    if state is None or not rules.is_right(key, state):
        raise WrongRegistryKey
    return state
