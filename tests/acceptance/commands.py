"""The command in a process of its own, and folders for it to work on."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ichimai.app import Installation, Settings
from ichimai.storage import EmbeddedServer
from tests.acceptance.faults.town import ICHIMAI, environment


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
    """Run the command on a data folder."""
    more = [] if data is None else ["--data", str(data)]
    done = subprocess.run(
        [ICHIMAI, *words, *more],
        check=False,
        timeout=300,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=environment(**settings),
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


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
