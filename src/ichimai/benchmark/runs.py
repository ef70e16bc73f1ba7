"""The runs: each measured next to its peer, several times, in turn."""

import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from ichimai import ledger, programs, registry, storage
from ichimai.app import Settings, collect_less_garbage
from ichimai.benchmark import bench_town, closings, over_http, peer_store, rules_of_sales, taps
from ichimai.benchmark.bench_town import BenchTown
from ichimai.benchmark.figures import Figure, alone, paired
from ichimai.kernel import errors
from ichimai.ledger.group_commit import Lanes
from ichimai.ledger.model import Pay, derived_id

ROUNDS: Final = 5
WALLETS: Final = 10_000
IN_FLIGHT: Final = 1_000
GRANTS: Final = 100_000
COMMANDS_A_SECOND: Final = 80_000
"""More than any machine of this size does."""

GROWN_WALLETS: Final = 1_000_000
GROWN_TRANSFERS: Final = 5_000_000

_WRITTEN: Final = ("transfer", "lot", "account", "entitlement")
"""What a list's grants are written into."""

Tell = Callable[[str], None]
Answer = ledger.Posted | errors.DomainError


class Part(StrEnum):
    """What can be measured by itself."""

    CORE = "core"
    HTTP = "http"
    SALES = "sales"
    GRANTS = "grants"
    GROWTH = "growth"
    TAPS = "taps"
    RULES = "rules"
    """Late: it leaves sales that moved nothing."""
    CLOSING = "closing"
    """Last: it leaves a journal that is not chained."""


def run(seconds: int, tell: Tell, parts: Collection[Part] = tuple(Part)) -> list[Figure]:
    """The figures of ``parts``: runs of ``seconds`` each, and the making of what is large."""
    folder = Path(tempfile.mkdtemp(prefix="ichimai-bench-"))
    settings = Settings(data=folder)
    try:
        with storage.EmbeddedServer(folder) as embedded:
            tell("making a town")
            peer_url = peer_store.prepare(embedded.url)
            town = bench_town.make(settings, embedded.url, WALLETS)
            measured: dict[Part, Callable[[], Iterable[Figure]]] = {
                Part.CORE: lambda: _core(town, peer_url, seconds, tell),
                Part.HTTP: lambda: _http(town, peer_url, seconds, tell),
                Part.SALES: lambda: _sales(town, seconds, tell),
                Part.RULES: lambda: rules_of_sales.measured(town.installation, embedded.url, tell),
                Part.GRANTS: lambda: _grants(town, embedded.url, tell),
                Part.GROWTH: lambda: _growth(town, seconds, tell),
                Part.TAPS: lambda: taps.taps(town, embedded.url, seconds, tell),
                Part.CLOSING: lambda: closings.closing(settings, embedded.url, folder, tell),
            }
            figures = [figure for part in Part if part in parts for figure in measured[part]()]
            town.installation.database.close()
    finally:
        shutil.rmtree(folder)
    return figures


def _core(town: BenchTown, peer_url: str, seconds: int, tell: Tell) -> list[Figure]:
    pairs = []
    for _ in range(ROUNDS):
        tps = peer_store.pgbench(peer_url, 64, seconds).tps
        rate = _in_flight(town, seconds)
        tell(f"payments_core {rate:,.0f}/s, pgbench {tps:,.0f}/s")
        pairs.append((rate, tps))
    return [paired("payments_core", "payments/s", "pgbench -c 64", pairs)]


def _in_flight(town: BenchTown, seconds: int) -> float:
    """Payments a second with a thousand commands always handed to group commit.

    As the process that posts hands them: without an event loop. pgbench's client costs next to
    nothing; ours is to cost as little.
    """
    installation = town.installation
    memory = ledger.Memory()

    def posted(commands: Sequence[Pay], by: ledger.Memory) -> list[Answer]:
        with installation.database.write(installation.operator, is_pipelined=True) as tx:
            return ledger.post(tx, installation.clock, commands, by)

    def post(commands: Sequence[Pay]) -> list[Answer]:
        return memory.run(partial(posted, commands))

    made = list(town.commands(seconds * COMMANDS_A_SECOND, town.subjects))
    left = iter([(command, None) for command in made])
    of_lanes = threading.Lock()
    done = 0

    def next_ones(tickets: Sequence[None], outcomes: Sequence[Answer | BaseException]) -> None:
        nonlocal done
        with of_lanes:
            done += sum([isinstance(outcome, ledger.Posted) for outcome in outcomes])
            following = list(islice(left, len(tickets))) if time.perf_counter() < end else ()
        if following:
            lanes.add(*following)

    collect_less_garbage()  # as a server process does
    lanes: Lanes[Pay, None, Answer] = Lanes(post, next_ones)
    started = time.perf_counter()
    end = started + seconds
    lanes.add(*islice(left, IN_FLIGHT))
    time.sleep(seconds)
    lanes.close()  # once all that was handed over is posted
    if next(left, None) is None:
        raise RuntimeError(f"{len(made)} commands were too few for {seconds} s")
    return done / (time.perf_counter() - started)


def _http(town: BenchTown, peer_url: str, seconds: int, tell: Tell) -> list[Figure]:
    if not over_http.has_wrk():
        tell("payments_http is not measured: wrk is missing (Debian: apt-get install wrk)")
        return []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rates, medians, tails, alone_medians, alone_tails = [], [], [], [], []
    memory = []
    with over_http.server(town.installation.settings, port) as pid:
        over_http.load(town, port, 64, 2)
        for _ in range(ROUNDS):
            peer = peer_store.pgbench(peer_url, 64, seconds)
            ours = over_http.load(town, port, 64, seconds)
            memory.append(over_http.memory_mb(pid))
            tell(f"payments_http {ours.rate:,.0f}/s, pgbench {peer.tps:,.0f}/s")
            rates.append((ours.rate, peer.tps))
            medians.append((ours.p50, peer.p50))
            tails.append((ours.p99, peer.p99))
            single_peer = peer_store.pgbench(peer_url, 1, max(1, seconds // 2))
            single = over_http.load(town, port, 1, max(1, seconds // 2))
            alone_medians.append((single.p50, single_peer.p50))
            alone_tails.append((single.p99, single_peer.p99))
    return [
        paired("payments_http", "payments/s", "pgbench -c 64", rates),
        paired("payment_latency_p50_64", "ms", "pgbench -c 64", medians),
        paired("payment_latency_p99_64", "ms", "pgbench -c 64", tails),
        paired("payment_latency_p50_1", "ms", "pgbench -c 1", alone_medians),
        paired("payment_latency_p99_1", "ms", "pgbench -c 1", alone_tails),
        alone("server_memory", "MB", memory[-1], f"300 MB; {memory[0]:.0f} after the first run"),
    ]


def _sales(town: BenchTown, seconds: int, tell: Tell) -> list[Figure]:
    """Purchases that pay with one program and earn in two, beside payments, by one server."""
    if not over_http.has_wrk():
        tell("purchases_http is not measured: wrk is missing (Debian: apt-get install wrk)")
        return []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rates = []
    with over_http.server(town.installation.settings, port):
        over_http.load(town, port, 64, 2, path=over_http.PURCHASES)
        for _ in range(ROUNDS):
            paid = over_http.load(town, port, 64, seconds)
            bought = over_http.load(town, port, 64, seconds, path=over_http.PURCHASES)
            tell(f"purchases_http {bought.rate:,.0f}/s, payments_http {paid.rate:,.0f}/s")
            rates.append((bought.rate, paid.rate))
    return [paired("purchases_http", "purchases/s", "payments_http", rates)]


def _grants(town: BenchTown, url: str, tell: Tell) -> list[Figure]:
    """A list's rows go into four tables; the journal's alone are the fastest peer there is."""
    pairs, journal_pairs = [], []
    operator = str(town.installation.operator)
    for attempt in range(ROUNDS):
        list_id = _approved_list(town, attempt)
        started = time.perf_counter()
        for _ in programs.lists.post_list(town.installation.desk, list_id):
            pass
        rate = GRANTS / (time.perf_counter() - started)
        whole = peer_store.copy(
            url, operator, GRANTS, ["transfer", "lot", "account", "entitlement"]
        )
        journal = peer_store.copy(url, operator, GRANTS, ["transfer"])
        tell(f"grants_bulk {rate:,.0f}/s, COPY {whole:,.0f}/s, of the journal {journal:,.0f}/s")
        pairs.append((rate, whole))
        journal_pairs.append((rate, journal))
    return [
        paired("grants_bulk", "grants/s", "what COPY takes for the same rows", pairs),
        paired(
            "grants_bulk_journal", "grants/s", "what COPY takes for the journal's", journal_pairs
        ),
    ]


def _approved_list(town: BenchTown, attempt: int) -> programs.model.GrantListId:
    """A list of many people that the register and we know, checked and approved."""
    desk = town.installation.desk
    numbers = [f"{attempt}{number:08}" for number in range(GRANTS)]
    with desk.database.write(storage.REGISTRY) as tx:
        holders = registry.holders.new(tx, desk.clock, GRANTS)
        subjects = registry.holders.subjects(tx, desk.clock, desk.sector, holders)
    key, officer, approver = bench_town.PROGRAM.key, derived_id("officer"), derived_id("approver")
    with desk.database.write(desk.operator) as tx:
        programs.lists.link(tx, list(zip(numbers, subjects, strict=True)))
        data = bench_town.gift_list(numbers)
        submitted = programs.lists.submit(tx, desk.clock, key, data, by=officer)
        programs.lists.decide(tx, desk.clock, submitted.id, by=approver, is_approved=True)
    return submitted.id


def _growth(town: BenchTown, seconds: int, tell: Tell) -> Iterator[Figure]:
    before = [_in_flight(town, seconds) for _ in range(ROUNDS)]
    _grow(town, tell, GROWN_WALLETS, GROWN_TRANSFERS)
    yield _verify(town, tell)
    after = [_in_flight(town, seconds) for _ in range(ROUNDS)]
    rates = list(zip(after, before, strict=True))
    yield paired("growth", "payments/s", f"payments_core with {WALLETS:,} wallets", rates)


def _grow(town: BenchTown, tell: Tell, wallets: int, transfers: int) -> None:
    """Put more wallets, and payments from all of them, behind what is measured next."""
    desk = town.installation.desk
    batch = 20_000
    while len(town.subjects) < wallets:
        more = min(batch, wallets - len(town.subjects))
        with desk.database.write(storage.REGISTRY) as tx:
            cards = registry.cards.new_cards(tx, desk.key, desk.clock, more)
            holders = [card.holder for card in cards]
            subjects = registry.holders.subjects(tx, desk.clock, desk.sector, holders)
        bench_town.grant(town, subjects)
        town.codes += [card.code for card in cards]
        town.subjects += subjects
    tell(f"{len(town.subjects):,} wallets")
    with desk.database.read(desk.operator) as tx:
        missing = transfers - ledger.reports.count_transfers(tx)
    commands = town.commands(max(0, missing), town.subjects)
    while some := list(islice(commands, 5_000)):
        with desk.database.write(desk.operator) as tx:
            ledger.post(tx, desk.clock, some)
    tell(f"{transfers:,} transfers")


def _verify(town: BenchTown, tell: Tell) -> Figure:
    started, cpu = time.perf_counter(), time.process_time()
    with town.installation.database.snapshot(town.installation.operator) as tx:
        found = ledger.verification.verify(tx)
    rate = found.transfers / (time.perf_counter() - started)
    own = found.transfers / (time.process_time() - cpu)
    tell(f"verify {rate:,.0f} transfers/s, {own:,.0f} a second of our own CPU time")
    return alone("verify", "transfers/s", rate, "100,000 a second a core")
