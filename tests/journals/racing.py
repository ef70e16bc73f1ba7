"""Processes that post to one ledger at the same moment, released by one barrier."""

import asyncio
import multiprocessing
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

from ichimai import ledger, storage
from ichimai.kernel import errors
from ichimai.kernel.clock import ManualClock
from ichimai.ledger import Posted
from ichimai.ledger.group_commit import GroupCommit
from ichimai.ledger.model import Command
from tests.journals.words import Terms, command, word

PROCESSES = 4
WAIT_SECONDS = 60


class Answer(NamedTuple):
    """What one racer was told, and the numbers of the transfers it was shown."""

    said: str
    word: str
    """As in tables; of an error that nobody expects, the error."""

    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Race:
    """What each racer says, at an instant of its own; through group commit or each by itself."""

    said: tuple[tuple[str, datetime], ...]
    programs: tuple[Terms, ...]
    is_grouped: bool


class Racers:
    """``race`` lets them go at once; the same processes run again and again."""

    def __init__(self, url: str, operator: storage.Schema) -> None:
        context = multiprocessing.get_context("spawn")
        self._start = context.Barrier(PROCESSES)  # lives as long as those who wait at it
        self._ends: list[Connection] = []
        self._processes: list[SpawnProcess] = []
        for _ in range(PROCESSES):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_run, args=(theirs, url, operator, self._start), daemon=True
            )
            process.start()
            self._ends.append(ours)
            self._processes.append(process)

    def close(self) -> None:
        """Send them home."""
        for end in self._ends:
            end.send(None)
        for process in self._processes:
            process.join(WAIT_SECONDS)
            process.kill()

    def race(
        self,
        said: Sequence[tuple[str, datetime]],
        *programs: Terms,
        is_grouped: bool = False,
    ) -> list[Answer]:
        """Let a racer say each phrase, all at once; the answers in the same order."""
        for place, end in enumerate(self._ends):
            end.send(Race(tuple(said[place::PROCESSES]), programs or (Terms(),), is_grouped))
        answers: list[list[Answer]] = []
        for end in self._ends:
            assert end.poll(WAIT_SECONDS), "a racer does not answer"
            answers.append(end.recv())
        return [answers[place % PROCESSES][place // PROCESSES] for place in range(len(said))]


def _run(end: Connection, url: str, operator: storage.Schema, start: Barrier) -> None:
    database = storage.Database(url, max_connections=30)
    try:
        while (race := end.recv()) is not None:
            run = _grouped if race.is_grouped else _each_by_itself
            end.send(run(database, operator, race, start))
    finally:
        database.close()


def _each_by_itself(
    database: storage.Database, operator: storage.Schema, race: Race, start: Barrier
) -> list[Answer]:
    def everywhere() -> None:
        start.wait(WAIT_SECONDS)

    count = len(race.said)
    if not count:
        everywhere()
        return []
    begin = threading.Barrier(count, action=everywhere)

    def post(said: tuple[str, datetime]) -> Answer:
        text, now = said
        asked = command(text, race.programs, now)
        try:
            with database.write(operator) as tx:
                # The connection is there; what is raced for is the ledger.
                begin.wait(WAIT_SECONDS)
                (answer,) = ledger.post(tx, ManualClock(now), [asked])
        except Exception as error:  # noqa: BLE001 - the test shall see it, not the process
            return Answer(text, repr(error), ())
        return _answer(text, answer)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(post, race.said))


def _grouped(
    database: storage.Database, operator: storage.Schema, race: Race, start: Barrier
) -> list[Answer]:
    clock, memory = ManualClock(race.said[0][1]), ledger.Memory()

    def posted(commands: Sequence[Command], by: ledger.Memory) -> list[Posted | errors.DomainError]:
        with database.write(operator, is_pipelined=True) as tx:
            return ledger.post(tx, clock, commands, by)

    def handle(commands: Sequence[Command]) -> list[Posted | errors.DomainError]:
        return memory.run(partial(posted, commands))

    commit: GroupCommit[Command, Posted | errors.DomainError] = GroupCommit(handle)

    async def all_at_once() -> list[Answer]:
        asked = [command(text, race.programs, now) for text, now in race.said]
        start.wait(WAIT_SECONDS)
        asking = [commit.submit(one) for one in asked]
        answers = await asyncio.gather(*asking, return_exceptions=True)
        return [_answer(text, answer) for (text, _), answer in zip(race.said, answers, strict=True)]

    try:
        return asyncio.run(all_at_once())
    finally:
        commit.close()


def _answer(text: str, answer: Posted | errors.DomainError | BaseException) -> Answer:
    if isinstance(answer, Posted):
        return Answer(text, word(answer), tuple(transfer.number for transfer in answer.transfers))
    return Answer(
        text, word(answer) if isinstance(answer, errors.DomainError) else repr(answer), ()
    )
