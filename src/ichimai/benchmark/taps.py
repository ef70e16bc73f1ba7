"""What a tap costs with many credentials in the registry."""

import random
import time
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from ichimai import registry, storage
from ichimai.benchmark import tap_store
from ichimai.benchmark.bench_town import BenchTown
from ichimai.benchmark.figures import Figure, paired
from ichimai.benchmark.tap_store import Hashing
from ichimai.cards import Kind, Shown

CREDENTIALS: Final = 10_000_000
ROUNDS: Final = 5
_WARM_SECONDS: Final = 5


class _Latency(NamedTuple):
    """In milliseconds."""

    p50: float
    p99: float


def taps(
    town: BenchTown,
    url: str,
    seconds: int,
    tell: Callable[[str], None],
    *,
    credentials: int = CREDENTIALS,
) -> Iterator[Figure]:
    """One tap after the other, of any card at random, beside one bare look-up at a time.

    A tap hashes what the card showed, takes a connection from the pool, and has the credential,
    whether it is accepted, the holder, who that is by now, and the subject found.
    """
    installation = town.installation
    # How the registry hashes a number is its own; the first tap below shows whether this is it.
    head = b"number\0" + Kind.FELICA.encode() + b"\0\0\0"
    hashing = Hashing.of(installation.key.secret, head)
    tap_store.fill(url, 1, credentials, hashing, installation.settings.operator)
    tell(f"{credentials:,} credentials")
    _tap(town, credentials, _WARM_SECONDS)
    medians, tails = [], []
    for _ in range(ROUNDS):
        peer = tap_store.one_look_up(url, credentials, hashing, seconds)
        ours = _tap(town, credentials, seconds)
        tell(f"tap p50 {ours.p50:.3f} ms, p99 {ours.p99:.3f}; one look-up {peer.p99:.3f}")
        medians.append((ours.p50, peer.p50))
        tails.append((ours.p99, peer.p99))
    yield paired("tap_p50", "ms", "one look-up by pgbench -c 1", medians)
    yield paired("tap_p99", "ms", "one look-up by pgbench -c 1", tails)


def _tap(town: BenchTown, last: int, seconds: int) -> _Latency:
    """Latencies of taps for some seconds; each must find somebody."""
    installation = town.installation
    sector = installation.settings.operator
    latencies = []
    end = time.perf_counter() + seconds
    while (started := time.perf_counter()) < end:
        number = random.randint(1, last).to_bytes(8)  # noqa: S311 - no secret
        started = time.perf_counter()
        with installation.database.read(storage.REGISTRY) as tx:
            (found,) = registry.resolve_shown(
                tx, installation.key, installation.clock, sector, [Shown(Kind.FELICA, number)]
            )
        latencies.append((time.perf_counter() - started) * 1_000)
        if found is None or found.subject is None or found.is_stopped:
            raise RuntimeError("a card that was made is not known")
    latencies.sort()
    return _Latency(latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)])
