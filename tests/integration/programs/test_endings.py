"""Everybody is told before value ends: each notice once, late rather than never."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec
import pytest

from ichimai import jobs, ledger
from ichimai.kernel.clock import end_of_day, start_of_day
from ichimai.ledger.model import Grant
from ichimai.programs import endings, funding, upkeep
from ichimai.programs.desk import Desk
from ichimai.programs.terms import Expiry
from tests.at_once import at_once
from tests.integration.programs.office import Crash, DyingDatabase, Office
from tests.integration.programs.test_outages import beats
from tests.town import GIFT, GIFTS, Town

LAST = date(2027, 3, 31)
SIXTY, FOURTEEN = LAST - timedelta(days=60), LAST - timedelta(days=14)


class Notice(NamedTuple):
    """What somebody was told, without the program."""

    told_on: date
    days: int
    units: int
    ends_at: datetime


@pytest.fixture
def town(town: Town) -> Town:
    """The town, in which hanako has 3,000 and 2,000 until the last day, and taro 500."""
    with town.database.write(town.operator) as tx:
        tx.connection.execute("UPDATE lot SET expires_at = '9999-12-31T00:00Z'")
    for who, units in (("hanako", 3_000), ("hanako", 2_000), ("taro", 500)):
        give(town, who, units, LAST)
    return town


def give(town: Town, who: str, units: int, last: date) -> None:
    """Grant a lot that can be used through ``last``."""
    grant = Grant(
        operation=town.operation(),
        wallet=town.subjects[who],
        funder=funding.funder_id(GIFT),
        asset=GIFT.key,
        units=units,
        expires_at=end_of_day(last),
    )
    with town.database.write(town.operator) as tx:
        (answer,) = ledger.post(tx, town.clock, [grant])
    assert isinstance(answer, ledger.Posted), answer


def told(town: Town, who: str) -> list[Notice]:
    """What somebody was told, in order."""
    with town.database.read(town.operator) as tx:
        found = endings.told_to(tx, town.subjects[who])
    return [Notice(each.told_on, each.days, each.units, each.ends_at) for each in reversed(found)]


def run(town: Town, day: date) -> int | None:
    """The job on the morning of ``day``."""
    town.clock.at = max(start_of_day(day) + timedelta(hours=8), town.clock.at)
    return upkeep.tell(town.desk)


def of(day: date, days: int, units: int) -> Notice:
    return Notice(day, days, units, end_of_day(LAST))


def test_everybody_is_told_twice_with_the_sum_of_what_ends(town: Town) -> None:
    assert run(town, SIXTY - timedelta(days=1)) == 0
    assert run(town, SIXTY) == 2
    assert [run(town, SIXTY + timedelta(days=each)) for each in range(1, 46)] == [0] * 45
    town.pay("hanako", "greengrocer", 3_500)
    town.pay("taro", "greengrocer", 500)
    assert run(town, FOURTEEN) == 1
    assert told(town, "hanako") == [of(SIXTY, 60, 5_000), of(FOURTEEN, 14, 1_500)]
    assert told(town, "taro") == [of(SIXTY, 60, 500)], "what was spent is not told of"
    assert told(town, "kazu") == []
    assert [run(town, FOURTEEN + timedelta(days=each)) for each in range(1, 20)] == [0] * 19


@pytest.mark.parametrize("offset, notices", [(-1, 0), (0, 2)])
def test_a_day_begins_at_midnight_in_tokyo(town: Town, offset: int, notices: int) -> None:
    """One microsecond before it, nobody is told."""
    town.clock.at = start_of_day(SIXTY) + timedelta(microseconds=offset)
    assert upkeep.tell(town.desk) == notices


def test_what_is_told_is_when_it_ends(office: Office, town: Town) -> None:
    """Through the last day that was told it pays, and at its end what was told is what ends."""
    run(town, SIXTY)
    run(town, FOURTEEN)
    (*_, last) = told(town, "hanako")
    town.clock.at = last.ends_at - timedelta(microseconds=1)
    assert upkeep.expire(town.desk) == 0
    town.pay("hanako", "greengrocer", 1)
    town.clock.at = last.ends_at
    assert run(town, LAST + timedelta(days=1)) == 0
    assert upkeep.expire(town.desk) == 3
    assert town.balance("hanako") == sum(GIFTS["hanako"])


def test_the_job_runs_once_a_day(town: Town) -> None:
    assert run(town, SIXTY) == 2
    assert run(town, SIXTY) is None
    give(town, "kazu", 700, LAST)
    assert run(town, SIXTY) is None
    assert run(town, SIXTY + timedelta(days=1)) == 0
    assert run(town, FOURTEEN) == 3
    assert told(town, "kazu") == [of(FOURTEEN, 14, 700)], "given later: what is ahead"


def test_of_what_is_given_after_the_last_notice_one_is_told_at_once(town: Town) -> None:
    run(town, FOURTEEN + timedelta(days=1))
    give(town, "kazu", 700, LAST)
    run(town, FOURTEEN + timedelta(days=2))
    run(town, FOURTEEN + timedelta(days=3))
    assert told(town, "kazu") == [of(FOURTEEN + timedelta(days=2), 14, 700)]


def test_after_an_outage_a_notice_comes_late_and_the_next_not_at_once(town: Town) -> None:
    """The service stood still from before the first day until ten days before the last."""
    run(town, SIXTY - timedelta(days=3))
    back = LAST - timedelta(days=10)
    for offset in range(10):
        run(town, back + timedelta(days=offset))
    second = LAST - timedelta(days=5)
    assert told(town, "hanako") == [of(back, 60, 5_000), of(second, 14, 5_000)]


def test_eight_processes_tell_each_once(town: Town) -> None:
    town.clock.at = start_of_day(SIXTY)
    counts = at_once(*[lambda: upkeep.tell(town.desk)] * 8)
    assert sum(each for each in counts if isinstance(each, int)) == 2
    assert told(town, "hanako") == [of(SIXTY, 60, 5_000)]
    assert told(town, "taro") == [of(SIXTY, 60, 500)]


@pytest.mark.parametrize("commits", range(4))
def test_a_process_that_dies_anywhere_is_followed_by_one_that_goes_on(
    town: Town, commits: int
) -> None:
    """Kazu's part ends a day later: two sorts of notices, and the note that the day is done."""
    give(town, "kazu", 700, LAST + timedelta(days=1))
    town.clock.at = start_of_day(SIXTY + timedelta(days=1))
    desk = town.desk
    dying = Desk(
        DyingDatabase(town.database.url, commits),
        desk.operator,
        desk.sector,
        desk.key,
        desk.clock,
        desk.personal_key,
    )
    try:
        upkeep.tell(dying)
    except Crash:
        assert commits < 3
    finally:
        dying.database.close()
    upkeep.tell(desk)
    day = SIXTY + timedelta(days=1)
    assert told(town, "hanako") == [of(day, 60, 5_000)]
    assert [each.units for each in told(town, "kazu")] == [700]
    assert upkeep.tell(desk) is None


def test_a_program_says_how_early(office: Office, town: Town) -> None:
    terms = msgspec.structs.replace(GIFT, expiry=Expiry(on=LAST, notices=(90, 30, 7)))
    office.open(terms)
    for days in range(100, -1, -1):
        run(town, LAST - timedelta(days=days))
    assert [each.days for each in told(town, "hanako")] == [90, 30, 7]


def test_older_units_of_a_program_that_never_ends_now_are_told_of(
    office: Office, town: Town
) -> None:
    office.open(msgspec.structs.replace(GIFT, expiry=Expiry(never=True)))
    run(town, SIXTY - timedelta(days=1))
    assert run(town, SIXTY) == 2


def test_an_end_that_is_moved_is_told_anew(office: Office, town: Town) -> None:
    run(town, SIXTY)
    run(town, FOURTEEN)
    after, until = LAST + timedelta(days=1), LAST + timedelta(days=30)
    town.clock.at = end_of_day(LAST) + timedelta(hours=9)
    assert upkeep.restore_after_outage(town.desk, LAST, until) == 3
    moved = Notice(after, 0, 5_000, end_of_day(until))
    assert told(town, "hanako")[2:] == [moved]
    assert upkeep.restore_after_outage(town.desk, LAST, until) == 0
    for days in range(1, 30):
        run(town, after + timedelta(days=days))
    again = Notice(until - timedelta(days=14), 14, 5_000, end_of_day(until))
    assert told(town, "hanako")[2:] == [moved, again]


def test_after_days_of_outage_the_round_tells_the_sum_that_ends_today(
    office: Office, town: Town
) -> None:
    """What ended with either day of an outage comes back until today: it is told with its sum."""
    give(town, "hanako", 100, LAST + timedelta(days=1))
    run(town, SIXTY)
    beats(town, LAST - timedelta(days=1), missing=0)
    today = LAST + timedelta(days=2)
    town.clock.at = start_of_day(today) + timedelta(hours=20)
    for _ in range(2):
        jobs.run_once(town.desk)
    ends_at = end_of_day(today)
    assert Notice(today, 0, 5_100, ends_at) in told(town, "hanako")
    assert [each.ends_at for each in told(town, "hanako")].count(ends_at) == 1
    assert [each.units for each in told(town, "taro")] == [500, 500]


def test_who_was_restored_before_the_process_died_is_told_by_the_next(town: Town) -> None:
    town.clock.at = end_of_day(LAST)
    upkeep.restore_after_outage(town.desk, LAST, LAST + timedelta(days=9))
    with town.database.write(town.operator) as tx:
        tx.connection.execute("SET LOCAL ROLE NONE")
        tx.execute("DELETE FROM end_notice")
    assert upkeep.restore_after_outage(town.desk, LAST, LAST + timedelta(days=9)) == 0
    assert [each.days for each in told(town, "hanako")] == [0]
