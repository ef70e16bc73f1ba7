"""Payments through the whole stack: the real server, driven by wrk."""

import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

from ichimai.app import Settings
from ichimai.benchmark.bench_town import BenchTown

_START_SECONDS = 30


class Load(NamedTuple):
    """Payments a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


def has_wrk() -> bool:
    """Whether wrk, a client as cheap as pgbench is, can be used."""
    return shutil.which("wrk") is not None


@contextmanager
def server(settings: Settings, port: int) -> Iterator[int]:
    """The server in a process of its own; its process id."""
    command = [sys.executable, "-m", "ichimai", "serve", "--port", str(port)]
    process = subprocess.Popen([*command, "--data", str(settings.data)], stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    for _ in range(_START_SECONDS * 10):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health").close()
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(port)


PAYMENTS: Final = "/api/v1/payments"
PURCHASES: Final = "/api/v1/purchases"


def load(town: BenchTown, port: int, clients: int, seconds: int, *, path: str = PAYMENTS) -> Load:
    """Requests from ``clients`` connections for some seconds; each must be accepted."""
    folder = town.installation.settings.data
    cards, tills = folder / "bench-cards", folder / "bench-tills"
    cards.write_text("\n".join(town.codes), encoding="ascii")
    tills.write_text("\n".join(till.token for till in town.tills), encoding="ascii")
    script = Path(str(resources.files("ichimai.benchmark"))) / "pay.lua"
    done = subprocess.run(
        [
            *("env", f"BENCH_CARDS={cards}", f"BENCH_TILLS={tills}", f"BENCH_PATH={path}"),
            *("wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "--timeout", "10s"),
            *("-s", str(script), f"http://127.0.0.1:{port}"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    result = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    _, rate, p50, p99, failed = result.split()
    if int(failed):
        raise RuntimeError(f"{failed} payments were not accepted:\n{done.stdout}")
    return Load(float(rate), float(p50), float(p99))


def memory_mb(pid: int) -> float:
    """Memory of a process and its children, in MB; what several of them share counts once."""
    return sum(_proportional_kb(each) for each in _family(pid)) / 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield from _family(int(child))


def _proportional_kb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
