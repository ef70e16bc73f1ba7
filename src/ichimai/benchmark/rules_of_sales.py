"""The rules of programs in memory: for one sale, and over a million that took place."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai import programs, towns
from ichimai.benchmark.bench_town import BenchTown
from ichimai.benchmark.figures import Figure, alone
from ichimai.kernel import Asset
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop, TerminalId
from ichimai.programs.terms import Version

SALES: Final = 1_000_000
WALLETS: Final = 50_000
_START: Final = datetime(2026, 4, 1, tzinfo=UTC)
_SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)


def measured(town: BenchTown, tell: Callable[[str], None]) -> list[Figure]:
    """``rules``: µs for a sale at a shop of Toshima; ``whatif``: s for a million sales."""
    versions = [Version(program, _SINCE) for program in towns.load("toshima").programs]
    history = _history(len(town.tills))
    started = time.perf_counter()
    found = programs.whatif.run(versions, Asset("toshima-point"), history)
    seconds = time.perf_counter() - started
    tell(f"whatif {seconds:.1f} s for {SALES:,} sales, {found.units:,} points")
    each = seconds / SALES * 1_000_000
    return [
        alone("whatif", "s", seconds, f"20 s for {SALES:,} purchases"),
        alone("rules", "µs a purchase", each, "20 µs; rules, caps and budgets, in memory"),
    ]


def _history(shops: int) -> list[programs.whatif.PastSale]:
    rng = random.Random(1)  # noqa: S311 - load is made from a seed
    wallets = [UUID(int=rng.getrandbits(128)) for _ in range(WALLETS)]
    tills = [
        TerminalAtShop(
            TerminalId(UUID(int=2 * number)),
            ShopId(UUID(int=2 * number + 1)),
            number % 90 + 1,
            True,
            ShopSize.SMALL,
            "food",
            f"{number % 90 + 1:02}-{number // 90 + 1:03}",
        )
        for number in range(1, shops + 1)
    ]
    sale, step = programs.whatif.PastSale, timedelta(days=365) / SALES
    return [
        sale(rng.choice(wallets), rng.choice(tills), rng.randrange(50, 9_000), 0, _START + n * step)
        for n in range(SALES)
    ]
