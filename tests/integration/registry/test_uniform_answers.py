"""Nobody learns by trying numbers which of them are known: same work, same words (E73)."""

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import pytest

from ichimai import registry
from ichimai.cards import Kind, Shown
from ichimai.kernel.clock import ManualClock
from ichimai.registry import rules, store
from ichimai.storage import REGISTRY, Database, ReadTx
from tests.integration.registry.places import KEY, OFFICER, TOSHIMA, Register, number

Params = Sequence[Any] | Mapping[str, Any]


@pytest.fixture
def register(database: Database, clock: ManualClock) -> Register:
    return Register(database, clock)


def filled(register: Register) -> list[Shown]:
    """What a merged person's card, a stopped one, one without a subject and no card show."""
    holders = register.holders(5)
    shown = [number(Kind.FELICA, str(place)) for place in range(6)]
    for holder, card in zip(holders, shown, strict=False):
        register.add(holder, card)
    for holder in holders[:4]:
        register.subject(TOSHIMA, holder)
    with register.database.write(REGISTRY) as tx:
        registry.holders.merge(tx, register.clock, holders[0], holders[1], OFFICER)
        registry.credentials.stop_shown(tx, KEY, register.clock, shown[2])
    return shown


class Explained(ReadTx):
    """A transaction that also asks how each question is answered."""

    loops: list[dict[str, int]]

    def rows(self, sql: LiteralString, params: Params = ()) -> list[tuple[Any, ...]]:
        explain: LiteralString = "EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, FORMAT JSON) "
        row = self.connection.execute(explain + sql, params).fetchone()
        assert row is not None
        found: dict[str, int] = {}
        _count(row[0][0]["Plan"], found)
        self.loops.append(found)
        return super().rows(sql, params)


def _count(node: dict[str, Any], found: dict[str, int]) -> None:
    """How often each table was looked into."""
    if "Relation Name" in node:
        name = node["Relation Name"]
        found[name] = found.get(name, 0) + node["Actual Loops"]
    for part in node.get("Plans", []):
        _count(part, found)


def test_an_unknown_number_takes_the_same_look_ups(register: Register) -> None:
    """Known, merged, stopped, without a subject, unknown: each table is asked as often."""
    loops: list[dict[str, int]] = []
    shown = filled(register)
    with register.database.read(REGISTRY) as tx:
        explained = Explained(tx.connection)
        explained.loops = loops
        for card in shown:
            store.known_as(explained, TOSHIMA, rules.number_hashes(KEY, [card]))
    assert loops[0].keys() == {"credential", "holder_group", "subject", "scheme", "key_check"}
    assert all(each == loops[0] for each in loops)


def test_an_unknown_number_takes_as_long(register: Register) -> None:
    """The medians of interleaved taps of a known and an unknown card lie close together."""
    shown = filled(register)
    known, unknown = shown[3], shown[5]
    times: dict[bytes, list[float]] = {known.number: [], unknown.number: []}
    with register.database.read(REGISTRY) as tx:
        for _ in range(1_500):
            for card in (known, unknown):
                started = time.perf_counter()
                registry.resolve_shown(tx, KEY, register.clock, TOSHIMA, [card])
                times[card.number].append(time.perf_counter() - started)
    one, other = (statistics.median(each) for each in times.values())
    assert one == pytest.approx(other, rel=0.25)
