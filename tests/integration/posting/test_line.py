"""The line between processes, over a real socket: a poster with a handler that is no ledger."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from ichimai.kernel import errors
from ichimai.ledger import OperationId, group_commit
from ichimai.ledger.errors import InsufficientBalance, Overloaded, RepeatSuspected
from ichimai.posting import line as line_module
from ichimai.posting.line import Line
from ichimai.posting.poster import Answer, Poster
from ichimai.posting.wire import Outcome, PostingFailed
from ichimai.programs.model import PaymentRequest, Request

WAIT_SECONDS: Final = 10


class Desk:
    """Refuses each payment with what tells it from the others; waits when it is held."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go = threading.Event()
        self.may_go.set()

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        units = [request.units for request in requests if isinstance(request, PaymentRequest)]
        self.batches.append(units)
        assert self.may_go.wait(WAIT_SECONDS)
        if 666 in units:
            raise ZeroDivisionError
        if 503 in units:
            raise errors.Unavailable
        return [RepeatSuspected(earlier=request.id) for request in requests]


class Figures:
    """What a line tells of batches."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.asked = 0

    def __call__(
        self, asked: Sequence[Request], outcomes: Sequence[Outcome], size: int, seconds: float
    ) -> None:
        assert len(asked) == len(outcomes)
        assert seconds >= 0
        self.asked += len(asked)
        self.sizes += [size] if size else []


@contextmanager
def posting(path: Path, desk: Desk) -> Iterator[socket.socket]:
    """A poster that listens at ``path`` on threads of this process."""
    poster = Poster(lambda: desk)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def accept() -> None:
            with suppress(OSError):  # it was closed: the test is over
                poster.accept(listening)

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listening
        finally:
            desk.may_go.set()
            poster.close()
            listening.shutdown(socket.SHUT_RDWR)


def payment(units: int) -> PaymentRequest:
    return PaymentRequest(id=OperationId(uuid4()), token="till", credential="card", units=units)


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def with_an_end() -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            await story()
            await asyncio.sleep(0.01)  # what was hung up on hears of it

    asyncio.run(with_an_end())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - other threads make it true
        await asyncio.sleep(0.001)


async def all_of(line: Line, requests: Sequence[PaymentRequest]) -> list[object]:
    futures = [line.submit(request) for request in requests]
    return list(await asyncio.gather(*futures, return_exceptions=True))


def earlier(answers: Sequence[object]) -> list[object]:
    return [answer.earlier for answer in answers if isinstance(answer, RepeatSuspected)]


def test_each_request_gets_its_own_answer_and_batches_are_told_once(tmp_path: Path) -> None:
    desk, figures = Desk(), Figures()
    requests = [payment(number) for number in range(1, 500)]

    async def story() -> None:
        line = Line(str(tmp_path / "line"), figures)
        assert earlier(await all_of(line, requests)) == [request.id for request in requests]
        line.close()

    with posting(tmp_path / "line", desk):
        run(story)
    assert [one for batch in desk.batches for one in batch] == list(range(1, 500))
    assert figures.sizes == [len(batch) for batch in desk.batches]
    assert figures.asked == 499


def test_two_lines_share_batches(tmp_path: Path) -> None:
    desk, figures, others = Desk(), Figures(), Figures()

    async def story() -> None:
        one, two = Line(str(tmp_path / "line"), figures), Line(str(tmp_path / "line"), others)
        desk.may_go.clear()
        first = one.submit(payment(1))
        await until(lambda: len(desk.batches) == 1)
        mine, theirs = [payment(n) for n in range(2, 12)], [payment(n) for n in range(12, 22)]
        asked = asyncio.gather(all_of(one, mine), all_of(two, theirs))
        await asyncio.sleep(0.05)
        desk.may_go.set()
        answers = await asked
        assert earlier(answers[0]) == [request.id for request in mine]
        assert earlier(answers[1]) == [request.id for request in theirs]
        await first
        one.close()
        two.close()

    with posting(tmp_path / "line", desk):
        run(story)
    assert sorted(desk.batches[1]) == list(range(2, 22))
    assert sorted(figures.sizes + others.sizes) == [1, 20]


def test_a_bug_fails_alone_and_a_database_that_is_away_is_told_to_all(tmp_path: Path) -> None:
    desk = Desk()

    async def story() -> None:
        line = Line(str(tmp_path / "line"), Figures())
        found = await all_of(line, [payment(1), payment(666), payment(2)])
        assert [type(each) for each in found] == [RepeatSuspected, PostingFailed, RepeatSuspected]
        found = await all_of(line, [payment(503), payment(1)])
        assert [type(each) for each in found] == [errors.Unavailable] * 2
        line.close()

    with posting(tmp_path / "line", desk):
        run(story)


def test_who_stops_waiting_does_not_disturb_the_others(tmp_path: Path) -> None:
    desk = Desk()

    async def story() -> None:
        line = Line(str(tmp_path / "line"), Figures())
        desk.may_go.clear()
        one, gone, two = (line.submit(payment(number)) for number in (1, 2, 3))
        await until(lambda: len(desk.batches) == 1)
        gone.cancel()
        desk.may_go.set()
        assert isinstance(await one, RepeatSuspected)
        assert isinstance(await two, RepeatSuspected)
        line.close()

    with posting(tmp_path / "line", desk):
        run(story)


def test_when_the_line_breaks_all_are_told_to_ask_again_and_the_next_opens_another(
    tmp_path: Path,
) -> None:
    desk, next_desk = Desk(), Desk()

    async def story() -> None:
        line = Line(str(tmp_path / "line"), Figures())
        with posting(tmp_path / "line", desk):
            desk.may_go.clear()
            waiting = [line.submit(payment(number)) for number in (1, 2)]
            await until(lambda: len(desk.batches) == 1)
            line._transport.abort()  # type: ignore[union-attr]  # as when the other end dies
            found = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in found] == [errors.Unavailable] * 2
        (tmp_path / "line").unlink()
        with posting(tmp_path / "line", next_desk):
            assert isinstance(await line.submit(payment(3)), RepeatSuspected)
            line.close()

    run(story)
    assert next_desk.batches == [[3]]


def test_where_nobody_posts_one_is_told_so(tmp_path: Path) -> None:
    async def story() -> None:
        line = Line(str(tmp_path / "nothing"), Figures())
        with pytest.raises(errors.Unavailable):
            await line.submit(payment(1))

    run(story)


def test_after_closing_nothing_is_taken_and_who_waits_is_told(tmp_path: Path) -> None:
    desk = Desk()

    async def story() -> None:
        line = Line(str(tmp_path / "line"), Figures())
        desk.may_go.clear()
        waiting = line.submit(payment(1))
        await until(lambda: len(desk.batches) == 1)
        line.close()
        with pytest.raises(errors.Unavailable):
            await waiting
        with pytest.raises(errors.Unavailable):
            await line.submit(payment(2))

    with posting(tmp_path / "line", desk):
        run(story)
    assert desk.batches == [[1]]


def test_too_many_that_wait_are_told_so_at_both_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    monkeypatch.setattr(group_commit, "MAX_WAITING", 10)

    async def story() -> None:
        line = Line(str(tmp_path / "line"), Figures())
        desk.may_go.clear()
        first = line.submit(payment(1))
        await until(lambda: len(desk.batches) == 1)
        found = await all_of(line, [payment(number) for number in range(20)])
        assert [type(each) for each in found] == [Overloaded] * 20
        monkeypatch.setattr(line_module, "MAX_WAITING", 1)
        with pytest.raises(Overloaded):
            await line.submit(payment(2))
        desk.may_go.set()
        assert isinstance(await first, RepeatSuspected)
        line.close()

    with posting(tmp_path / "line", desk):
        run(story)


def test_a_refusal_is_an_answer(tmp_path: Path) -> None:
    class Refuses(Desk):
        def __call__(self, requests: Sequence[Request]) -> list[Answer]:
            return [InsufficientBalance() for _ in requests]

    async def story() -> None:
        line = Line(str(tmp_path / "line"), Figures())
        assert isinstance(await line.submit(payment(1)), InsufficientBalance)
        line.close()

    with posting(tmp_path / "line", Refuses()):
        run(story)
