"""Tasks of one process that start at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ichimai.kernel.errors import DomainError

T = TypeVar("T")


def at_once(*tasks: Callable[[], T]) -> list[T | DomainError]:
    """Run tasks released by one barrier; their results or refusals in order."""
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T | DomainError:
        barrier.wait()
        try:
            return task()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
