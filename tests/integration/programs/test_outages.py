"""What ended on a day of an outage is good for another day (faults.md I18)."""

from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest

from ichimai import jobs
from ichimai.kernel.clock import day_in_tokyo, end_of_day, start_of_day
from ichimai.ledger import Kind, undone_store
from ichimai.programs import upkeep
from ichimai.programs.errors import ExtensionOver
from tests.integration.programs.office import Office
from tests.town import GIFT, Town

LAST = date(2027, 3, 30)
"""The day with which the lots of hanako, kazu and jiro end, and taro's first."""

NEXT, THIRD = LAST + timedelta(days=1), LAST + timedelta(days=2)


def beats(town: Town, day: date, *, missing: int) -> None:
    """Let the service run on ``day``, but for its last ``missing`` minutes."""
    with town.database.write(town.operator) as tx:
        tx.execute(
            "INSERT INTO service_beat SELECT generate_series(%s::timestamptz, %s::timestamptz"
            " - interval '1 minute', '1 minute') ON CONFLICT DO NOTHING",
            (start_of_day(day), end_of_day(day) - timedelta(minutes=missing)),
        )


def judged(town: Town) -> list[tuple[date, int, int]]:
    with town.database.read(town.operator) as tx:
        return tx.rows(
            "SELECT day_on, missing_minutes, restored_lots FROM judged_day ORDER BY day_on"
        )


def test_what_ended_with_a_day_is_given_back_through_another(office: Office) -> None:
    town = office.town
    town.clock.at = end_of_day(LAST)
    assert upkeep.restore_after_outage(town.desk, LAST, NEXT) == 4
    assert upkeep.restore_after_outage(town.desk, LAST, NEXT) == 0
    assert upkeep.restore_after_outage(town.desk, LAST - timedelta(days=1), NEXT) == 0
    assert town.balance("hanako") == 10_000
    town.clock.at = end_of_day(NEXT) - timedelta(microseconds=1)
    assert upkeep.expire(town.desk) == 0
    town.pay("hanako", "greengrocer", 1_000)
    town.clock.at = end_of_day(NEXT)
    assert upkeep.expire(town.desk) == 4
    assert town.balance("hanako") == 0
    office.verify()


def test_what_ended_on_other_days_stays_ended(office: Office) -> None:
    """One round moved the lots of both days, because nothing ran in between."""
    town = office.town
    town.clock.at = end_of_day(LAST) + timedelta(days=180)
    assert upkeep.expire(town.desk) == 5
    until = LAST + timedelta(days=200)
    second = day_in_tokyo(town.clock.now() - timedelta(microseconds=1))
    assert upkeep.restore_after_outage(town.desk, second, until) == 1
    assert town.balance("hanako") == 0
    assert upkeep.restore_after_outage(town.desk, LAST, until) == 4
    assert (town.balance("hanako"), town.balance("taro")) == (10_000, 20_000)
    office.verify()


def test_a_program_that_does_not_extend_gives_nothing_back(office: Office) -> None:
    office.open(msgspec.structs.replace(GIFT, extends_after_outage=False))
    office.town.clock.at = end_of_day(LAST)
    assert upkeep.restore_after_outage(office.town.desk, LAST, NEXT) == 0
    assert office.town.balance("hanako") == 0
    office.verify()


@pytest.mark.parametrize(
    "reverses, lot, units, found",
    [
        (None, None, 10_000, (10_000, 20_000)),
        (None, None, 1, (10_000, 10_001)),
        (UUID(int=7), None, 10_000, (0, 10_000)),
        (None, UUID(int=7), 10_000, (0, 10_000)),
    ],
    ids=["twice", "too-much", "of-no-expiry", "of-another-lot"],
)
def test_verification_finds_what_was_given_back_wrongly(
    office: Office,
    reverses: UUID | None,
    lot: UUID | None,
    units: int,
    found: tuple[int, int],
) -> None:
    """What ended is given back once, and nothing else is."""
    town = office.town
    town.clock.at = end_of_day(LAST)
    upkeep.restore_after_outage(town.desk, LAST, NEXT)
    with town.database.write(town.operator) as tx:
        assert tx.rows(undone_store.OVER_RESTORED) == []
        tx.execute(
            "INSERT INTO transfer SELECT number + 10, gen_random_uuid(), 0, kind, debit, credit,"
            " %s, capped, coalesce(%s, lot), occurred_at, recorded_at, expires_at, terminal, actor,"
            " coalesce(%s, reverses), detail, asset FROM transfer WHERE kind = %s AND units = 10000"
            " LIMIT 1",
            (units, lot, reverses, Kind.RESTORE.value),
        )
        ((_, *sums),) = tx.rows(undone_store.OVER_RESTORED)
    assert tuple(sums) == found


def test_a_day_that_is_over_extends_nothing(office: Office) -> None:
    office.town.clock.at = end_of_day(NEXT)
    with pytest.raises(ExtensionOver):
        upkeep.restore_after_outage(office.town.desk, LAST, NEXT)


@pytest.mark.parametrize("missing, restored", [(0, 0), (14, 0), (15, 4), (600, 4)])
def test_a_round_gives_back_after_a_day_of_which_more_than_1_percent_was_missing(
    office: Office, missing: int, restored: int
) -> None:
    town = office.town
    beats(town, LAST - timedelta(days=1), missing=0)
    beats(town, LAST, missing=missing)
    town.clock.at = end_of_day(LAST)
    for _ in range(2):
        jobs.run_once(town.desk)
        assert judged(town) == [(LAST, missing, restored)]
    assert town.balance("hanako") == (10_000 if restored else 0)
    beats(town, NEXT, missing=0)
    town.clock.at = end_of_day(NEXT)
    jobs.run_once(town.desk)
    assert judged(town)[1:] == [(NEXT, 0, 0)]
    assert town.balance("hanako") == 0
    office.verify()


def test_an_outage_that_goes_on_over_days_loses_nothing(office: Office) -> None:
    """All of the last day and of the next is missing; the day after still has its evening."""
    town = office.town
    beats(town, LAST - timedelta(days=1), missing=0)
    town.clock.at = start_of_day(THIRD) + timedelta(hours=20)
    jobs.run_once(town.desk)
    assert judged(town) == [(LAST, 1_440, 4), (NEXT, 1_440, 0)]
    assert town.balance("hanako") == 10_000
    town.clock.at = end_of_day(THIRD)
    jobs.run_once(town.desk)
    assert judged(town)[2:] == [(THIRD, 1_439, 4)]
    assert town.balance("hanako") == 10_000
    office.verify()


def test_days_before_the_first_beat_are_nobodys_outage(office: Office) -> None:
    """A release that begins to count minutes does not take the time before for an outage."""
    town = office.town
    town.clock.at = end_of_day(LAST)
    jobs.run_once(town.desk)
    assert judged(town) == []
    assert town.balance("hanako") == 0
