"""The command in a process of its own, and folders for it to work on."""

import atexit
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from ichimai.app import Installation, Settings
from ichimai.storage import EmbeddedServer
from tests.acceptance.faults.town import environment

_PATIENCE_SECONDS: Final = 300


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> Any:  # noqa: ANN401 - whatever the JSON is
        """The last line of the standard output, read as JSON."""
        return json.loads(self.out.splitlines()[-1])


def ichimai(*words: str, data: Path | None = None, **settings: str) -> Done:
    """Run the command on a data folder, in a process that need not import it first.

    The script that is installed is run by all tests that start servers or demos.
    """
    more = [] if data is None else ["--data", str(data)]
    with tempfile.TemporaryDirectory(prefix="ichimai-said-") as said:
        out, err = Path(said, "out"), Path(said, "err")
        code = _forks().run([*words, *more], environment(**settings), out, err)
        return Done(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class _Forks:
    """The process that becomes the command in its forks."""

    process: "subprocess.Popen[str]"
    telling: threading.Lock = field(default_factory=threading.Lock)

    def run(self, words: list[str], environment: dict[str, str], out: Path, err: Path) -> int:
        """Run the command; its exit code."""
        asked = {"words": words, "environment": environment, "folder": str(Path.cwd())}
        pid = self._tell(json.dumps(asked | {"out": str(out), "err": str(err)}))
        process = os.pidfd_open(pid)
        has_ended, _, _ = select.select([process], [], [], _PATIENCE_SECONDS)
        os.close(process)
        if not has_ended:
            os.kill(pid, signal.SIGKILL)
        return self._tell(str(pid))

    def _tell(self, line: str) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with self.telling:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
            return int(self.process.stdout.readline())


@cache
def _forks() -> _Forks:
    """Started at the first use; ends with this process."""
    forks = _Forks(
        subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fork_command.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
    )
    atexit.register(forks.process.communicate, timeout=30)
    return forks


def right(*words: str, data: Path | None = None, **settings: str) -> Done:
    """Run the command, which has to succeed."""
    done = ichimai(*words, data=data, **settings)
    assert done.code == 0, done.out + done.err
    return done


@contextmanager
def folder() -> Iterator[Path]:
    """A data folder whose database runs until the end, so that commands need not start it."""
    path = Path(tempfile.mkdtemp(prefix="ichimai-cli-"))
    try:
        with EmbeddedServer(path) as server:
            sockets = server.sockets
            yield path
        shutil.rmtree(sockets)
    finally:
        shutil.rmtree(path)


@contextmanager
def installed(path: Path) -> Iterator[Installation]:
    """The parts of the product on a folder, in this process."""
    parts = Installation(Settings(data=path))
    try:
        yield parts
    finally:
        parts.database.close()


def refused(done: Done, code: str) -> None:
    """One clear line that begins with the code, and exit code 1."""
    assert done.code == 1, done.out + done.err
    assert done.err.startswith(f"{code}: "), done.err
    assert len(done.err.splitlines()) == 1


def said_in_one_line(done: Done, what: str) -> None:
    """One line that names what is wrong, exit code 1, and no traceback."""
    assert done.code == 1, done.out + done.err
    assert done.err.startswith(f"{what}: "), done.err
    assert len(done.err.splitlines()) == 1
