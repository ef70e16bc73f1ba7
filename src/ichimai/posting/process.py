"""The process that posts, and the one that starts it again when it dies.

Both are forks, made before the process that serves has any thread: a fork starts in no time and
shares the memory of what was imported. They end when the process that serves closes its end of a
pipe, or dies and has it closed for it; signals that reach the whole group are its to answer.
"""

import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import structlog

from ichimai.posting.poster import Poster, Serve

_log = structlog.get_logger("ichimai.posting")

_AGAIN_SECONDS: Final = 0.2


@contextmanager
def posting_process(opened: Callable[[], Serve]) -> Iterator[str]:
    """A process that posts by what ``opened`` returns there; the path of its socket.

    ``opened`` is called when the first line is. For a process without threads: it is forked.
    """
    with tempfile.TemporaryDirectory(prefix="ichimai-posting-") as folder:
        path = str(Path(folder) / "line")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path)
            listening.listen(64)
            end, ours = os.pipe()
            keeper = os.fork()
            if not keeper:
                os.close(ours)
                _keep(listening, end, opened)
        os.close(end)
        try:
            yield path
        finally:
            os.close(ours)
            os.waitpid(keeper, 0)


def _keep(listening: socket.socket, end: int, opened: Callable[[], Serve]) -> NoReturn:
    """Start the process that posts, again and again until it ends well."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    while True:
        poster = os.fork()
        if not poster:
            _post(listening, end, opened)
        _, status = os.waitpid(poster, 0)
        if not status:
            os._exit(0)
        # Whoever opens a line meanwhile waits in the socket's queue.
        _log.error("posting_died", status=os.waitstatus_to_exitcode(status))
        time.sleep(_AGAIN_SECONDS)


def _post(listening: socket.socket, end: int, opened: Callable[[], Serve]) -> NoReturn:
    try:
        poster = Poster(opened)
        threading.Thread(target=poster.accept, args=(listening,), daemon=True).start()
        os.read(end, 1)  # nothing comes: it returns when the other end is closed
        poster.close()
    except BaseException:  # noqa: BLE001 - a fork must never return to who forked it
        _log.exception("posting_failed")
        os._exit(1)
    os._exit(0)
