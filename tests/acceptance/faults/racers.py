"""Processes released by one barrier: each has its line open before, and asks at the same moment.

``race`` starts this file as a program of its own, small and without threads, which forks the
racers; what they do comes in on standard input and what they got goes out, as JSON.
"""

import http.client
import json
import math
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.acceptance.faults import officials

_PATIENCE_SECONDS: Final = 60.0

Got = list[Any]
"""What one racer got: of a till, (status, body) for each request; of an official, any JSON."""


@dataclass(frozen=True, slots=True)
class TillRacer:
    """A till that sends ``requests`` (path and body) one after the other.

    Between two instants, in seconds of the epoch, if they are given.
    """

    port: int
    token: str
    requests: Sequence[tuple[str, dict[str, Any]]]
    since_at: float = 0.0
    until_at: float = math.inf


@dataclass(frozen=True, slots=True)
class OfficialRacer:
    """A process of the town hall that does one of ``officials.DEEDS``, on the town's database."""

    folder: str
    url: str
    deed: str
    arguments: dict[str, Any] = field(default_factory=dict)


Racer = TillRacer | OfficialRacer


def race(racers: Sequence[Racer]) -> list[Got]:
    """Run the racers, each in its process, released at once; what each got, in their order."""
    plan = [{"kind": type(racer).__name__, **asdict(racer)} for racer in racers]
    done = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.faults.racers"],
        check=False,
        input=json.dumps(plan).encode(),
        capture_output=True,
        timeout=2 * _PATIENCE_SECONDS,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stderr.decode()
    found: list[Got] = json.loads(done.stdout)
    for got in found:
        assert got[:1] != ["failed"], got
    return found


def _main() -> None:
    plan = json.load(sys.stdin)
    if any(racer["kind"] == "OfficialRacer" for racer in plan):
        officials.prepare()
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(len(plan)), context.SimpleQueue()

    def run(number: int, racer: dict[str, Any]) -> None:
        try:
            go = _official(racer) if racer["kind"] == "OfficialRacer" else _till(racer)
            barrier.wait(_PATIENCE_SECONDS)
            results.put((number, go()))
        except Exception as error:  # noqa: BLE001 - whatever it was, the test must hear of it
            barrier.abort()
            results.put((number, ["failed", repr(error)]))

    processes = [context.Process(target=run, args=each) for each in enumerate(plan)]
    for process in processes:
        process.start()
    found = dict(results.get() for _ in plan)
    for process in processes:
        process.join()
    sys.stdout.write(json.dumps([found[number] for number in range(len(plan))]))


def _till(racer: dict[str, Any]) -> Callable[[], Got]:
    connection = http.client.HTTPConnection("127.0.0.1", racer["port"], timeout=_PATIENCE_SECONDS)
    connection.connect()
    headers = {
        "Authorization": f"Bearer {racer['token']}",
        "Content-Type": "application/json",
    }

    def go() -> Got:
        got = []
        time.sleep(max(0.0, racer["since_at"] - time.time()))
        for path, body in racer["requests"]:
            if time.time() > racer["until_at"]:
                break
            connection.request("POST", f"/api/v1{path}", json.dumps(body).encode(), headers)
            response = connection.getresponse()
            got.append((response.status, json.loads(response.read())))
        return got

    return go


def _official(racer: dict[str, Any]) -> Callable[[], Got]:
    deed = officials.ready(racer["folder"], racer["url"], racer["deed"])
    return lambda: [deed(**racer["arguments"])]


if __name__ == "__main__":
    _main()
