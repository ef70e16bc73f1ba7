"""Servers as processes: the command that a town runs, and a quick one that may die often."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from tests.acceptance.faults.tills import Lost, Till
from tests.acceptance.faults.town import ICHIMAI, Town

READY_SECONDS = 60.0


def is_healthy(port: int) -> bool:
    """Whether a server answers that it and its database are there."""
    till = Till(port, "nobody", timeout_seconds=10)
    try:
        return till.get("/health").status == 200
    except Lost:
        return False
    finally:
        till.close()


def wait_until(happened: Callable[[], bool], *, within_seconds: float) -> float:
    """Wait until something is so; how many seconds that took. Fails after ``within_seconds``."""
    started = time.monotonic()
    while not happened():
        assert time.monotonic() - started < within_seconds, f"not within {within_seconds} s"
        time.sleep(0.01)
    return time.monotonic() - started


def kill_database(town: Town) -> None:
    """SIGKILL PostgreSQL, and wait until the town's server has started another and is healthy."""
    dead = town.postmaster()
    os.kill(dead, signal.SIGKILL)

    def is_another_there() -> bool:
        try:
            return town.postmaster() != dead
        except (FileNotFoundError, IndexError):
            return False  # it is just being written

    wait_until(is_another_there, within_seconds=60)
    wait_until(lambda: is_healthy(town.port), within_seconds=60)


@dataclass
class Serve:
    """``ichimai serve`` on a town's folder, with the PostgreSQL that it starts and looks after.

    ``log``: where it writes what happens; by default a file in the folder.
    """

    town: Town
    workers: int = 1
    log: Path | None = None
    process: "subprocess.Popen[bytes] | None" = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def log_path(self) -> Path:
        """Where the log is."""
        return self.log or self.town.folder / "serve.log"

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start, and wait until it is healthy."""
        command = [ICHIMAI, "serve", "--data", str(self.town.folder)]
        command += ["--port", str(self.town.port), "--workers", str(self.workers)]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.town.environment(),
            )
        try:
            wait_until(lambda: is_healthy(self.town.port), within_seconds=READY_SECONDS)
        except AssertionError:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop as an operator would, and the database with it. No bug was logged until then."""
        assert self.process is not None
        posting = Path(f"/proc/{self.posting_pid()}")
        self.process.terminate()
        status = self.process.wait(60)
        path = self.log_path
        written = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert status == 0, written[-3_000:]
        assert not posting.exists()
        assert "Traceback" not in written, written[written.index("Traceback") :][:4_000]

    def kill(self) -> None:
        """SIGKILL the process that was started, and see it dead."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def worker_pids(self) -> list[int]:
        """The processes that answer, where there are several."""
        return [pid for pid in children_of(self.pid) if b"spawn_main" in _command_line(pid)]

    def posting_pid(self) -> int:
        """The process that posts: a child of the one that starts it again."""
        own = _command_line(self.pid)
        keepers = [pid for pid in children_of(self.pid) if _command_line(pid) == own]
        posters = [pid for keeper in keepers for pid in children_of(keeper)]
        return posters[0] if posters else 0


def children_of(parent: int) -> list[int]:
    """The process ids of the children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return sorted(found)


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@dataclass
class Nursery:
    """Processes that start in no time: each a fork of one that has imported everything.

    On the town's running PostgreSQL. Servers run ``server.serve``, as the command does.
    """

    town: Town

    def __enter__(self) -> Self:
        with (self.town.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("nursery.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.town.environment(
                    ICHIMAI_DATA=str(self.town.folder),
                    ICHIMAI_DATABASE_URL=self.town.url,
                    ICHIMAI_PORT=str(self.town.port),
                ),
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=30)

    def server(self) -> int:
        """Start a server; its process id. It is not ready yet."""
        return self._tell("serve -")

    def poster(self, list_: UUID) -> int:
        """Start a process that posts an approved list of grants; its process id."""
        return self._tell(f"post {list_}")

    def kill(self, pid: int) -> int:
        """SIGKILL a process and see it dead; how it ended, as it may have been faster."""
        os.kill(pid, signal.SIGKILL)
        return self._tell(f"wait {pid}")

    def wait(self, pid: int) -> int:
        """Wait until a process has ended; how it did."""
        return self._tell(f"wait {pid}")

    def _tell(self, line: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        return int(self._process.stdout.readline())
