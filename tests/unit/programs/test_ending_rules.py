"""On which days people are told of an end: late rather than never, and not both at once."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo, end_of_day
from ichimai.programs import ending_rules, rules
from ichimai.programs.terms import Expiry, Program
from tests.tables import Row, each

LAST = date(2027, 3, 31)


def days_before(number: str) -> date:
    return LAST - timedelta(days=int(number))


# Days are told as days before the last one; ``told`` as notice@day.
@each("""
    notices   told         done  today  due  why
    60,14     -            61    61     -    nothing is due yet
    60,14     -            61    60     60   on its day
    60,14     60@60        60    59     -    told
    60,14     60@60        60    15     -    the next one is to come
    60,14     60@60        15    14     14   on its day
    60,14     60@60,14@14  14    13     -    both told
    60,14     60@60,14@14  1     0      -    both told
    60,14     -            -     61     -    the first day of all, nothing is due
    60,14     -            -     40     60   the first day of all, late
    60,14     -            62    57     60   after some days of outage, late
    60,14     60@57        57    14     14   the late one was long ago
    60,14     60@20        20    14     -    the late one was told six days ago
    60,14     60@20        20    11     -    not yet half of what was left
    60,14     60@20        20    10     14   half of what was left when the first was told
    60,14     -            61    10     60   both were missed: one now
    60,14     60@10        10    10     -    and no other on that day
    60,14     60@10        10    6      -    nor on the next ones
    60,14     60@10        10    5      14   and one after half of what was left
    60,14     60@10        10    2      14   or later, when that was missed too
    60,14     60@1         1     0      14   on the last day at the latest
    60,14     60@0         0     0      -    no two on one day
    60,14     -            61    -1     -    it is over
    60,14     60@10        10    -1     -    it is over
    60,14     -            58    57     -    given after the first day: what is ahead
    60,14     -            60    59     -    given on the first day, when it was done
    60,14     -            15    14     14   given after the first day: what is ahead
    60,14     -            14    13     14   given after the last day: told at once
    60,14     14@13        13    12     -    and once
    60,14     -            1     0      14   given the day before it ends
    60,14     0@57         57    56     -    moved and told so: what is ahead
    60,14     0@57         15    14     14   moved and told so: what is ahead
    60,14     0@14         15    14     -    told that it was moved, on the very day
    60,14     0@5          5     4      -    moved and told so, nothing is ahead
    60,45     60@60        46    45     45   on its day, though soon after the first
    90,60,30  90@90        61    60     60   the second of three
    90,60,30  90@70        61    60     -    the first of three was late
    90,60,30  90@70        36    35     60   the second waits for half of it
    90,60,30  -            91    20     90   all three were missed: one
    90,60,30  90@20        11    10     60   then another
    90,60,30  90@20,60@10  6     5      30   then the last
    2,1       2@2          2     1      1    on the two last days
""")
def test_what_is_due_on_a_day(row: Row) -> None:
    pairs = [pair.split("@") for pair in row["told"].split(",")] if "told" in row else []
    found = ending_rules.due(
        LAST,
        [int(each) for each in row["notices"].split(",")],
        {int(days): days_before(day) for days, day in pairs},
        done_on=days_before(row["done"]) if "done" in row else None,
        today=days_before(row["today"]),
    )
    assert found == (int(row["due"]) if "due" in row else None)


@pytest.mark.parametrize("seed", range(300))
def test_whenever_the_job_runs_nobody_is_told_too_little_or_twice_a_day(seed: int) -> None:
    """Two notices for what was there in time, one at least for the rest, if there was a day."""
    chance = random.Random(seed)
    wanted = sorted(chance.sample(range(1, 91), 2), reverse=True)
    given = LAST - timedelta(days=chance.choice([chance.randint(0, 100), 100]))
    # At noon of these days the job ran: after it, what was given before that day's noon is told.
    runs = sorted(day for day in _all_days() if chance.random() < chance.choice([0.05, 0.5, 1]))
    told: dict[int, date] = {}
    done: date | None = LAST - timedelta(days=101)
    for today in runs:
        if given <= today:
            days = ending_rules.due(LAST, wanted, told, done_on=done, today=today)
            assert days not in told
            if days is not None:
                told[days] = today
        done = today
    assert len(set(told.values())) == len(told)
    assert all(day >= LAST - timedelta(days=days) for days, day in told.items())
    chances = [day for day in runs if day >= given]
    ahead = [days for days in wanted if given <= LAST - timedelta(days=days)]
    if len(ahead) == 2 and [day for day in chances if day >= LAST - timedelta(days=wanted[0])]:
        late = [day for day in chances if day >= LAST - timedelta(days=wanted[0])]
        assert wanted[0] in told
        if len(late) > 1 and late[-1] >= LAST - timedelta(days=wanted[1]):
            half = (LAST - late[0]).days // 2
            assert wanted[1] in told or (LAST - late[-1]).days > half
    if chances and chances[-1] == LAST:
        assert told


def _all_days() -> list[date]:
    return [LAST - timedelta(days=days) for days in range(100, -1, -1)]


@each("""
    months  starts      on          never  said    notices
    12      -           -           no     -       60,14
    3       -           -           no     -       60,14
    2       -           -           no     -       30,7
    1       -           -           no     -       14,3
    6       -           -           no     90,30   90,30
    -       -           2027-03-31  no     -       60,14
    -       2027-01-06  2027-03-31  no     -       60,14
    -       2027-01-07  2027-03-31  no     -       30,7
    -       2027-02-04  2027-03-31  no     -       14,3
    -       2027-03-20  2027-03-31  no     -       7,1
    -       2027-04-20  2027-03-31  no     -       7,1
    -       -           -           no     -       60,14
    -       -           -           yes    -       60,14
""")
def test_a_program_that_says_nothing_tells_twice(row: Row) -> None:
    said = tuple(map(int, row["said"].split(","))) if "said" in row else None
    program = Program(
        key=Asset("gift"),
        name_ja="祝い",
        name_en="Gift",
        starts_on=date.fromisoformat(row["starts"]) if "starts" in row else None,
        expiry=Expiry(
            on=date.fromisoformat(row["on"]) if "on" in row else None,
            after_months=int(row["months"]) if "months" in row else None,
            end_of_fiscal_year=not ("on" in row or "months" in row or row["never"] == "yes"),
            never=row["never"] == "yes",
            notices=said,
        ),
    )
    assert ending_rules.notices(program) == tuple(map(int, row["notices"].split(",")))


@pytest.mark.parametrize("granted", ["2026-09-30T14:59:59.999999", "2026-09-30T15:00:00"])
def test_the_day_that_is_told_is_the_last_on_which_it_can_be_used(granted: str) -> None:
    at = datetime.fromisoformat(granted).replace(tzinfo=UTC)
    program = Program(
        key=Asset("gift"), name_ja="祝い", name_en="Gift", expiry=Expiry(after_months=6)
    )
    ends_at = rules.expires_at(program, at)
    last = ending_rules.last_day(ends_at)
    assert end_of_day(last) == ends_at
    assert day_in_tokyo(ends_at - timedelta(microseconds=1)) == last


def test_of_a_grace_that_ends_at_noon_the_day_before_is_told() -> None:
    assert ending_rules.last_day(datetime(2027, 3, 31, 3, tzinfo=UTC)) == date(2027, 3, 30)
