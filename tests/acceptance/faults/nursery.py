"""A process that has imported the product, and forks others from itself when it is told to.

Reads ``serve -``, ``post LIST`` and ``wait PID`` from standard input, one at a time; answers
with a process id, or with how the process ended. Kills what is left when its input ends.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Final
from uuid import UUID

from ichimai import logs, programs, server
from ichimai.app import Installation, Settings
from ichimai.programs.model import GrantListId


def main() -> None:
    """Do what standard input says."""
    logs.configure()
    alive: set[int] = set()
    # Not `for line in sys.stdin`: a fork would inherit what that has read ahead.
    while line := os.read(0, 128).decode():
        word, argument = line.split()
        if word == "wait":
            _, status = os.waitpid(int(argument), 0)
            alive.discard(int(argument))
            _answer(os.waitstatus_to_exitcode(status))
        else:
            pid = os.fork()
            if pid == 0:
                _be(_TRADES[word], argument)
            alive.add(pid)
            _answer(pid)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _be(trade: Callable[[Settings, str], None], argument: str) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    try:
        trade(Settings.of(os.environ), argument)
    except Exception:  # noqa: BLE001 - a fork must never return to the loop above
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def _serve(settings: Settings, _: str) -> None:
    server.serve(settings, host="127.0.0.1", port=int(os.environ["ICHIMAI_PORT"]), workers=1)


def _post(settings: Settings, list_: str) -> None:
    for _ in programs.lists.post_list(Installation(settings).desk, GrantListId(UUID(list_))):
        pass


_TRADES: Final = {"serve": _serve, "post": _post}

if __name__ == "__main__":
    main()
