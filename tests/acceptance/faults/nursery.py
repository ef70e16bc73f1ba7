"""A process that has imported the product, and forks a server from itself when it is told to.

Reads ``start`` and ``wait PID`` from standard input; answers with a process id, or with how the
process ended. Kills what is left when its input ends.
"""

import os
import signal
import sys

from ichimai import logs, server
from ichimai.app import Settings


def main() -> None:
    """Do what standard input says."""
    logs.configure()
    alive: set[int] = set()
    # Not `for line in sys.stdin`: a fork would inherit what that has read ahead.
    while line := os.read(0, 64).decode():
        word, _, number = line.partition(" ")
        if word.strip() == "start":
            pid = os.fork()
            if pid == 0:
                _serve()
            alive.add(pid)
            _answer(pid)
        else:
            _, status = os.waitpid(int(number), 0)
            alive.discard(int(number))
            _answer(os.waitstatus_to_exitcode(status))
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _serve() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    settings = Settings.of(os.environ)
    server.serve(settings, host="127.0.0.1", port=int(os.environ["ICHIMAI_PORT"]), workers=1)
    os._exit(0)


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
