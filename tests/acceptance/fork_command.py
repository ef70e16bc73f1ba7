"""A process that has imported the command, and becomes it in a fork whenever it is told to.

Reads from standard input, one at a time: an object of JSON with ``words``, ``environment``,
``folder`` (to be in), ``out`` and ``err`` (files), answered with a process id; or the id of a
process that has ended, answered with how it did.
"""

import gc
import json
import os
import sys
from typing import Any

from ichimai import cli


def main() -> None:
    """Do what standard input says; in a fork, be the command and end as it does."""
    gc.freeze()
    while line := sys.stdin.readline():
        asked = json.loads(line)
        if isinstance(asked, int):
            _, status = os.waitpid(asked, 0)
            answer = os.waitstatus_to_exitcode(status)
        elif (answer := os.fork()) == 0:
            _prepare(asked)
            cli.main()
            return
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _prepare(asked: dict[str, Any]) -> None:
    """Make this process what a shell would have started."""
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["ichimai", *asked["words"]]
    for number, path in enumerate((os.devnull, asked["out"], asked["err"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)


if __name__ == "__main__":
    main()
