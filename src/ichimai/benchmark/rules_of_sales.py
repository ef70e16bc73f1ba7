"""The rules of programs: for one sale in memory, and over a million that were recorded."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from ichimai import ledger, merchants, programs, towns
from ichimai.app import Installation
from ichimai.benchmark import bench_town, history_store
from ichimai.benchmark.figures import Figure, alone
from ichimai.benchmark.history_store import Year
from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs.terms import Program, Version, Where
from ichimai.reporting import trial

SALES: Final = 1_000_000
WALLETS: Final = 50_000
DAYS: Final = 365
_TRIED: Final = 100_000
_BELONGING: Final = 10
"""Of 100, to whom the birthday rule applies; without it both versions would be tried twice."""

_POINT: Final = Asset("toshima-point")

Tell = Callable[[str], None]


def measured(town: Installation, url: str, tell: Tell) -> list[Figure]:
    """``rules``: µs for a sale at a shop of Toshima; ``whatif``: s for a million sales."""
    versions = [Version(program, ledger.model.ALWAYS) for program in towns.load("toshima").programs]
    with town.database.write(town.operator) as tx:
        shops = bench_town.streets(tx, town.clock)
    last = day_in_tokyo(town.clock.now()) - timedelta(days=1)
    first = last - timedelta(days=DAYS - 1)
    year = Year([shop.id for shop in shops], first, DAYS, SALES, WALLETS)
    history_store.fill(url, str(town.operator), year)
    now = _everywhere(next(each.program for each in versions if each.program.key == _POINT))
    started, cpu = time.perf_counter(), time.process_time()
    with town.database.snapshot(town.operator) as tx:
        history = programs.whatif.history(tx, from_on=first, to_on=last)
        found = trial.made(
            versions,
            now,
            _twice(now),
            history,
            from_on=first,
            to_on=last,
            belonging_percent=_BELONGING,
        )
    seconds, own = time.perf_counter() - started, time.process_time() - cpu
    tell(f"whatif {seconds:.1f} s for {found.sales:,} sales, {own:.1f} s of our own CPU time")
    each = _each(town, versions) * 1_000_000
    tell(f"rules {each:.1f} µs a purchase")
    return [
        alone("whatif", "s", seconds, f"20 s for {SALES:,} purchases, both versions"),
        alone("rules", "µs a purchase", each, "20 µs of CPU time, all programs"),
    ]


def _everywhere(program: Program) -> Program:
    """Given in every shop: a sale at one that gives nothing is too quick."""
    earnings = [msgspec.structs.replace(each, where=Where()) for each in program.earnings]
    return msgspec.structs.replace(program, earnings=tuple(earnings))


def _twice(program: Program) -> Program:
    sales, *others = program.earnings
    twice = msgspec.structs.replace(sales, units=2 * sales.units)
    return msgspec.structs.replace(program, version=2, earnings=(twice, *others))


def _each(town: Installation, versions: list[Version]) -> float:
    """Seconds of CPU time in which it is known what a sale earns in all of the town's programs."""
    rng = random.Random(1)  # noqa: S311 - load is made from a seed
    with town.database.read(town.operator) as tx:
        tills = merchants.tills.stand_ins(tx)
    now, wallets = town.clock.now(), [UUID(int=rng.getrandbits(128)) for _ in range(_TRIED)]
    sales = [
        programs.whatif.PastSale(wallet, rng.choice(tills), 1_000, 0, now) for wallet in wallets
    ]
    asked = programs.whatif.asked(versions)
    started = time.process_time()
    for sale in sales:
        asked(sale)
    return (time.process_time() - started) / _TRIED
