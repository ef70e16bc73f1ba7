"""Closings that are asked for: told step by step, carried out once, whoever dies meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date

import psycopg
import pytest

from ichimai.kernel.clock import day_in_tokyo
from ichimai.settlement import clearing
from ichimai.settlement.clearing import ClosingRequest
from ichimai.settlement.errors import ClosingBrokeOff, DayNotOver, DifferentClosing
from ichimai.settlement.model import RunId
from ichimai.storage import Database, EmbeddedServer, Schema, WriteTx
from ichimai.storage.errors import DatabaseUnavailable
from tests.at_once import at_once

from .conftest import TREASURER
from .crashes import Crash
from .many import CAMPAIGN, GIFT, POINTS, Streets, streets_in
from .test_many_at_once import everything

WEEKLY = sorted(program.key for program in (GIFT, POINTS, CAMPAIGN))
DOING = ["begin", "cut_off", "sales", "gifts", "charges", *["program"] * 3, "write"]


@pytest.fixture
def streets(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """The streets, where something was sold."""
    with streets_in(server, template) as built:
        built.grant(GIFT, 10_000)
        built.pay(0, GIFT, 500)
        yield built


class Told(Database):
    """A database whose user hears of each commit: every step, and at last the closing."""

    def __init__(self, url: str, hears: Callable[[], None]) -> None:
        super().__init__(url)
        self.hears = hears

    @contextmanager
    def write(self, schema: Schema, *, is_pipelined: bool = False) -> Iterator[WriteTx]:
        """A transaction that may write."""
        with super().write(schema, is_pipelined=is_pipelined) as tx:
            yield tx
        self.hears()


def ask(streets: Streets, id_: RunId | None = None, closes_on: date | None = None) -> RunId:
    """Ask for what settles weekly to be closed; with a day, the gifts up to it."""
    with streets.database.write(streets.operator) as tx:
        return clearing.ask_closing(
            tx,
            streets.clock,
            id_ or RunId(streets.operation()),
            asked_by=TREASURER,
            cycle=None if closes_on else "weekly",
            program=GIFT.key if closes_on else None,
            closes_on=closes_on,
        ).id


def found(streets: Streets, id_: RunId) -> ClosingRequest:
    """What was asked for, as anybody sees it now."""
    with streets.database.read(streets.operator) as tx:
        return clearing.asked_closing(tx, id_)


def carry_out(streets: Streets, id_: RunId, hears: Callable[[], None] | None = None) -> None:
    """Carry it out, as another process that hears of each commit if ``hears`` is given."""
    if hears is None:
        clearing.carry_out(streets.database, streets.operator, streets.clock, id_)
        return
    database = Told(streets.database.url, hears)
    try:
        clearing.carry_out(database, streets.operator, streets.clock, id_)
    finally:
        database.close()


def dying(at: int) -> Callable[[], None]:
    """What dies when it hears of the ``at``-th commit."""
    left = iter(range(at - 1, -1, -1))

    def hears() -> None:
        if not next(left, 1):
            raise Crash

    return hears


def runs(streets: Streets) -> list[tuple[RunId, list[str]]]:
    """All that was closed."""
    return [(id_, keys) for id_, keys in streets.rows("SELECT id, programs FROM closing_run")]


def test_each_step_is_seen_by_others_before_it_is_done(streets: Streets) -> None:
    """And others who come along meanwhile leave it to the one that has it."""
    id_, seen = ask(streets), []

    def hears() -> None:
        asked = found(streets, id_)
        if asked.is_running and asked.step:
            seen.append(asked.step)
            assert not runs(streets)
            carry_out(streets, id_)

    carry_out(streets, id_, hears)
    assert [step.doing.value for step in seen] == DOING
    assert [step.number for step in seen] == list(range(9))
    assert [step.program for step in seen if step.program] == WEEKLY
    asked = found(streets, id_)
    assert (asked.is_running, asked.refusal) == (False, None)
    assert runs(streets) == [(id_, WEEKLY)]
    streets.verify()


def test_asked_and_carried_out_by_many_at_once_it_is_one_closing(streets: Streets) -> None:
    asked = at_once(*[lambda: ask(streets)] * 4)
    (id_,) = set(asked)
    assert not isinstance(id_, Exception)
    run = RunId(id_)
    assert at_once(*[lambda: carry_out(streets, run)] * 4) == [None] * 4
    assert runs(streets) == [(run, WEEKLY)]
    assert ask(streets, run) == run
    assert ask(streets) != run


def test_a_process_that_dies_leaves_nothing_and_the_next_does_it(streets: Streets) -> None:
    """It dies early, then before the last step, then when all is done."""
    id_, before = ask(streets), everything(streets)
    for at in (3, len(DOING)):
        with pytest.raises(Crash):
            carry_out(streets, id_, dying(at))
        assert everything(streets) == before
        assert found(streets, id_).is_running
    with pytest.raises(Crash):
        carry_out(streets, id_, dying(len(DOING) + 1))
    assert not found(streets, id_).is_running
    after = everything(streets)
    carry_out(streets, id_)
    assert everything(streets) == after
    assert runs(streets) == [(id_, WEEKLY)]
    streets.verify()


def test_a_killed_session_lets_go_of_the_closing(streets: Streets) -> None:
    """The server ends it in the middle, and no clock is asked whether its process lives."""
    id_ = ask(streets)

    def killed() -> None:
        streets.rows(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'"
        )

    with pytest.raises(DatabaseUnavailable):
        carry_out(streets, id_, killed)
    assert not runs(streets)
    carry_out(streets, id_)
    assert runs(streets) == [(id_, WEEKLY)]


def test_what_breaks_off_three_times_is_told_as_failed(streets: Streets) -> None:
    id_ = ask(streets)
    for _ in range(3):
        with suppress(Crash):
            carry_out(streets, id_, dying(1))
    with pytest.raises(ClosingBrokeOff):
        carry_out(streets, id_)
    assert found(streets, id_).refusal == "closing_broke_off"
    assert not runs(streets)
    again = ask(streets)
    carry_out(streets, again)
    assert runs(streets) == [(again, WEEKLY)]


def test_a_refusal_is_told_and_not_tried_again(streets: Streets) -> None:
    id_ = ask(streets, closes_on=day_in_tokyo(streets.clock.now()))
    with pytest.raises(DayNotOver):
        carry_out(streets, id_)
    carry_out(streets, id_)
    assert found(streets, id_).refusal == "day_not_over"
    with pytest.raises(DifferentClosing):
        ask(streets, id_)


def test_the_day_stays_the_one_that_was_asked_for(streets: Streets) -> None:
    """Also when it is carried out a week later."""
    id_ = ask(streets)
    asked_for = found(streets, id_).closes_on
    streets.week()
    carry_out(streets, id_)
    assert streets.rows("SELECT closes_on FROM closing_run") == [(asked_for,)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE closing_request SET closes_on = closes_on",
        "DELETE FROM closing_request",
        "UPDATE closing_step SET number = number",
        "DELETE FROM closing_step",
    ],
)
def test_the_product_itself_cannot_rewrite_what_was_asked(
    database: Database, operator: Schema, statement: str
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database.write(operator) as tx,
    ):
        tx.connection.execute(statement.encode())
