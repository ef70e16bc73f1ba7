"""Group commit: requests that arrive while a batch is being committed make the next one."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

from ichimai.kernel import errors
from ichimai.ledger.errors import Overloaded

Request = TypeVar("Request")
Answer = TypeVar("Answer")
Ticket = TypeVar("Ticket")

MAX_BATCH: Final = 512
WORTH_A_LANE: Final = 24
"""While a batch is under way, so many must wait, and half of it, before another lane begins
one beside it: very small batches cost more than one that waits a little and grows."""

MAX_WAITING: Final = 20_000


class Lanes(Generic[Request, Ticket, Answer]):
    """Hands requests to ``handle`` in batches, on ``lanes`` threads.

    ``handle`` is a plain function of a list: it opens the transaction, posts and commits.
    Each request comes with a ticket, whatever its asker knows it by; ``deliver`` gets a batch's
    tickets and an outcome for each, on the thread that committed it.
    Two lanes overlap: while one writes and waits for the disk, the other reads and decides.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[Request]], Sequence[Answer]],
        deliver: Callable[[Sequence[Ticket], Sequence[Answer | BaseException]], None],
        *,
        lanes: int = 2,
        max_batch: int = MAX_BATCH,
    ) -> None:
        self._handle = handle
        self._deliver = deliver
        self._max_batch = max_batch
        self._waiting: deque[tuple[Request, Ticket]] = deque()
        self._arrived = threading.Condition()
        self._is_closing = False
        self._under_way = 0
        self._idle = 0
        self._lanes = [
            threading.Thread(target=self._run, name=f"commit-{lane}", daemon=True)
            for lane in range(lanes)
        ]
        for lane in self._lanes:
            lane.start()

    def add(self, *asked: tuple[Request, Ticket]) -> None:
        """Take requests, each with its ticket, in their order.

        Raises Overloaded when too many wait, Unavailable after ``close``; then none is taken.
        """
        if len(self._waiting) + len(asked) > MAX_WAITING:
            raise Overloaded
        if self._is_closing:
            raise errors.Unavailable
        self._waiting.extend(asked)
        # A lane counts itself idle before it looks at what waits: either it sees these
        # requests, or it is seen here.
        if self._idle and self._is_enough():
            with self._arrived:
                self._arrived.notify()

    def close(self) -> None:
        """Answer what waits, then stop. Not for a lane's own thread."""
        with self._arrived:
            self._is_closing = True
            self._arrived.notify_all()
        for lane in self._lanes:
            lane.join()

    def _run(self) -> None:
        while batch := self._next_batch():
            requests = [request for request, _ in batch]
            outcomes = self._outcomes(requests)
            self._deliver([ticket for _, ticket in batch], outcomes)
            with self._arrived:
                self._under_way -= len(batch)
                if self._waiting:
                    self._arrived.notify()

    def _next_batch(self) -> list[tuple[Request, Ticket]]:
        with self._arrived:
            self._idle += 1
            while not self._is_enough() and not self._is_closing:
                self._arrived.wait()
            self._idle -= 1
            size = min(len(self._waiting), self._max_batch)
            self._under_way += size
            return [self._waiting.popleft() for _ in range(size)]

    def _is_enough(self) -> bool:
        if not self._under_way:
            return bool(self._waiting)
        return len(self._waiting) >= max(WORTH_A_LANE, self._under_way // 2)

    def _outcomes(self, requests: list[Request]) -> Sequence[Answer | BaseException]:
        """An outcome each; a batch that fails is halved until what fails in it stands alone."""
        try:
            return self._handle(requests)
        except errors.Unavailable as error:
            return [error] * len(requests)
        except Exception as error:  # noqa: BLE001 - a bug in one request must not fail the others
            if len(requests) == 1:
                return [error]
            middle = len(requests) // 2
            return [*self._outcomes(requests[:middle]), *self._outcomes(requests[middle:])]


class GroupCommit(Generic[Request, Answer]):
    """``Lanes`` for whoever waits on an event loop: a future for each request."""

    def __init__(
        self,
        handle: Callable[[Sequence[Request]], Sequence[Answer]],
        *,
        lanes: int = 2,
        max_batch: int = MAX_BATCH,
    ) -> None:
        self._lanes: Lanes[Request, asyncio.Future[Answer], Answer] = Lanes(
            handle, _deliver, lanes=lanes, max_batch=max_batch
        )

    def submit(self, request: Request) -> asyncio.Future[Answer]:
        """The answer to ``request``, once its batch has been committed.

        Raises Overloaded when too many wait, Unavailable after ``close``; the answer raises
        whatever ``handle`` raised for the batch.
        """
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._lanes.add((request, future))
        return future

    def close(self) -> None:
        """Answer what waits, then stop. For the thread of the loop that submits."""
        self._lanes.close()


def _deliver(futures: Sequence[asyncio.Future[Answer]], outcomes: Sequence[object]) -> None:
    """Bring outcomes to the loop that waits for them."""
    loop = futures[0].get_loop()
    with suppress(RuntimeError):  # the loop was closed: nobody waits any more
        loop.call_soon_threadsafe(resolve, futures, outcomes)


def resolve(futures: Sequence[asyncio.Future[Answer]], outcomes: Sequence[object]) -> None:
    """Give each of ``futures`` its outcome. For their loop's thread."""
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.cancelled():
            continue
        if isinstance(outcome, BaseException) and _is_failure(outcome):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)  # type: ignore[arg-type]  # handle answers with Answers


def _is_failure(outcome: BaseException) -> bool:
    """A refusal is an answer; not to have been asked is none."""
    is_refusal = isinstance(outcome, errors.DomainError)
    return isinstance(outcome, errors.Unavailable) or not is_refusal
