"""Group commit on threads and an event loop, with a handler that is no database."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pytest

from ichimai.kernel import errors
from ichimai.ledger import group_commit
from ichimai.ledger.errors import InsufficientBalance, Overloaded
from ichimai.ledger.group_commit import GroupCommit

WAIT_SECONDS: Final = 10
Answer = int | errors.DomainError


class Handler:
    """Answers each request with its double, in batches that it keeps; waits when it is held."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.poisoned: set[int] = set()
        self.refused: set[int] = set()
        self.unavailable: set[int] = set()
        self.may_go = threading.Event()
        self.may_go.set()
        self.entered = threading.Semaphore(0)

    def __call__(self, requests: Sequence[int]) -> list[Answer]:
        self.batches.append(list(requests))
        self.entered.release()
        assert self.may_go.wait(WAIT_SECONDS)
        if self.unavailable & set(requests):
            raise errors.Unavailable
        if self.poisoned & set(requests):
            raise ZeroDivisionError
        return [InsufficientBalance() if one in self.refused else one * 2 for one in requests]


@contextmanager
def committing(handler: Handler, **options: int) -> Iterator[GroupCommit[int, Answer]]:
    commit: GroupCommit[int, Answer] = GroupCommit(handler, **options)
    try:
        yield commit
    finally:
        handler.may_go.set()
        commit.close()


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def with_an_end() -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            await story()

    asyncio.run(with_an_end())


async def ask(commit: GroupCommit[int, Answer], request: int) -> Answer:
    return await commit.submit(request)


async def all_of(commit: GroupCommit[int, Answer], requests: Sequence[int]) -> list[object]:
    tasks = [ask(commit, request) for request in requests]
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - other threads make it true
        await asyncio.sleep(0.001)


def test_one_request_is_answered_at_once() -> None:
    handler = Handler()

    async def story() -> None:
        assert await commit.submit(21) == 42

    with committing(handler) as commit:
        run(story)
    assert handler.batches == [[21]]


def test_what_arrives_during_a_batch_makes_the_next_one_in_its_order() -> None:
    handler = Handler()

    async def story() -> None:
        handler.may_go.clear()
        first = asyncio.create_task(ask(commit, 0))
        await until(lambda: len(handler.batches) == 1)
        rest = asyncio.create_task(all_of(commit, range(1, 50)))
        await asyncio.sleep(0.02)
        handler.may_go.set()
        assert await first == 0
        assert await rest == [2 * number for number in range(1, 50)]

    with committing(handler) as commit:
        run(story)
    assert handler.batches == [[0], list(range(1, 50))]


def test_every_request_gets_its_own_answer_with_more_in_flight_than_a_batch_holds() -> None:
    handler = Handler()
    count = group_commit.MAX_BATCH * 5 + 7

    async def story() -> None:
        assert await all_of(commit, range(count)) == [2 * number for number in range(count)]

    with committing(handler) as commit:
        run(story)
    sizes = [len(batch) for batch in handler.batches]
    assert sum(sizes) == count
    assert max(sizes) <= group_commit.MAX_BATCH
    assert len(sizes) < 60


def test_a_second_lane_begins_beside_the_first_when_enough_wait() -> None:
    handler = Handler()

    async def story() -> None:
        handler.may_go.clear()
        first = asyncio.create_task(ask(commit, 0))
        await until(lambda: len(handler.batches) == 1)
        rest = asyncio.create_task(all_of(commit, range(1, group_commit.WORTH_A_LANE + 1)))
        await until(lambda: len(handler.batches) == 2)
        handler.may_go.set()
        await asyncio.gather(first, rest)

    with committing(handler) as commit:
        run(story)
    assert len(handler.batches) == 2


def test_a_refusal_is_an_answer() -> None:
    handler = Handler()
    handler.refused = {2}

    async def story() -> None:
        answers = await all_of(commit, [1, 2, 3])
        assert answers[0::2] == [2, 6]
        assert isinstance(answers[1], InsufficientBalance)
        assert isinstance(await commit.submit(2), InsufficientBalance)

    with committing(handler) as commit:
        run(story)


@pytest.mark.parametrize("count", [2, 3, 8, 100])
def test_a_poisoned_request_fails_alone(count: int) -> None:
    """And finding it takes a number of tries that grows with the batch's logarithm."""
    handler = Handler()
    handler.poisoned = {count // 2}

    async def story() -> None:
        handler.may_go.clear()
        opening = asyncio.create_task(ask(commit, 1_000))
        await until(lambda: len(handler.batches) == 1)
        rest = asyncio.create_task(all_of(commit, range(count)))
        await asyncio.sleep(0.02)
        handler.may_go.set()
        await opening
        answers = await rest
        for number, answer in enumerate(answers):
            if number == count // 2:
                assert isinstance(answer, ZeroDivisionError)
            else:
                assert answer == 2 * number

    with committing(handler) as commit:
        run(story)
    assert len(handler.batches) <= 2 + 2 * count.bit_length()
    done = [one for batch in handler.batches if not handler.poisoned & set(batch) for one in batch]
    assert sorted(done) == sorted([1_000, *set(range(count)) - handler.poisoned])


def test_after_a_poisoned_request_the_rest_goes_on() -> None:
    handler = Handler()
    handler.poisoned = {3}

    async def story() -> None:
        with pytest.raises(ZeroDivisionError):
            await commit.submit(3)
        assert await commit.submit(4) == 8

    with committing(handler) as commit:
        run(story)


def test_a_database_that_is_away_is_told_to_all_that_wait_and_not_asked_again() -> None:
    handler = Handler()
    handler.unavailable = {7}

    async def story() -> None:
        handler.may_go.clear()
        first = asyncio.create_task(all_of(commit, [7]))
        await until(lambda: len(handler.batches) == 1)
        rest = asyncio.create_task(all_of(commit, [7, 8, 9]))
        await asyncio.sleep(0.02)
        handler.may_go.set()
        answers = [*await first, *await rest]
        assert [type(answer) for answer in answers] == [errors.Unavailable] * 4
        assert await commit.submit(8) == 16

    with committing(handler) as commit:
        run(story)
    assert handler.batches == [[7], [7, 8, 9], [8]]


def test_unavailable_as_an_answer_is_raised_too() -> None:
    """Whoever waits need not know whether the batch or the request met it."""

    async def story() -> None:
        with pytest.raises(errors.Unavailable):
            await commit.submit(1)

    commit: GroupCommit[int, Answer] = GroupCommit(
        lambda batch: [errors.Unavailable()] * len(batch)
    )
    run(story)
    commit.close()


def test_closing_answers_what_waits() -> None:
    handler = Handler()

    async def story() -> None:
        handler.may_go.clear()
        asked = asyncio.create_task(all_of(commit, range(700)))
        await until(lambda: len(handler.batches) >= 1)
        closing = asyncio.get_running_loop().run_in_executor(None, commit.close)
        await asyncio.sleep(0.02)
        handler.may_go.set()
        await closing
        assert await asked == [2 * number for number in range(700)]

    with committing(handler, max_batch=100) as commit:
        run(story)


def test_after_closing_nothing_is_taken() -> None:
    handler = Handler()

    async def story() -> None:
        with pytest.raises(errors.Unavailable):
            await commit.submit(1)

    with committing(handler) as commit:
        commit.close()
        run(story)
    assert handler.batches == []


def test_too_many_that_wait_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MAX_WAITING", 10)
    handler = Handler()

    async def story() -> None:
        handler.may_go.clear()
        first = asyncio.create_task(ask(commit, 0))
        await until(lambda: len(handler.batches) == 1)
        waiting = [asyncio.create_task(ask(commit, number)) for number in range(10)]
        await asyncio.sleep(0.02)
        with pytest.raises(Overloaded):
            await commit.submit(11)
        handler.may_go.set()
        await asyncio.gather(first, *waiting)
        assert await commit.submit(11) == 22

    with committing(handler) as commit:
        run(story)


def test_who_stops_waiting_does_not_disturb_the_others() -> None:
    handler = Handler()

    async def story() -> None:
        handler.may_go.clear()
        tasks = [asyncio.create_task(ask(commit, number)) for number in range(3)]
        await until(lambda: len(handler.batches) >= 1)
        tasks[1].cancel()
        await asyncio.sleep(0)
        handler.may_go.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [found[0], found[2]] == [0, 4]
        assert isinstance(found[1], asyncio.CancelledError)

    with committing(handler) as commit:
        run(story)


def test_a_loop_that_ended_leaves_the_lanes_at_work() -> None:
    """A server that stops in the middle must not take its successor with it."""
    handler = Handler()

    async def leave() -> None:
        handler.may_go.clear()
        task = asyncio.create_task(ask(commit, 1))
        await until(lambda: len(handler.batches) == 1)
        task.cancel()

    async def story() -> None:
        assert await commit.submit(2) == 4

    with committing(handler, lanes=1) as commit:
        asyncio.run(leave())
        handler.may_go.set()
        run(story)
