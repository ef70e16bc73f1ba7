"""What must be told in time: a table of clocks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.kernel import Asset
from ichimai.ledger import OperationId
from ichimai.programs.commands import counted_at, untimely
from ichimai.programs.model import StampRequest

NOW = datetime(2026, 10, 4, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def stamp(told: timedelta | None, *, must: bool) -> StampRequest:
    return StampRequest(
        id=OperationId(UUID(int=1)),
        program=Asset("rally"),
        occurred_at=None if told is None else NOW + told,
        must_be_timely=must,
    )


@pytest.mark.parametrize(
    "told, must, code",
    [
        (None, True, None),
        (timedelta(), True, None),
        (-timedelta(hours=72), True, None),
        (-timedelta(hours=72) - SECOND, True, "told_too_late"),
        (-timedelta(days=400), True, "told_too_late"),
        (timedelta(minutes=10), True, None),
        (timedelta(minutes=10) + SECOND, True, "told_from_the_future"),
        (timedelta(days=400), True, "told_from_the_future"),
        (-timedelta(days=400), False, None),
        (timedelta(days=400), False, None),
    ],
)
def test_what_must_be_told_in_time(told: timedelta | None, *, must: bool, code: str | None) -> None:
    refused = untimely(stamp(told, must=must), NOW)
    assert (refused and refused.code) == code


def test_what_is_not_refused_counts_for_its_own_time_or_for_now() -> None:
    """A clock that is a little ahead counts for now."""
    for told in (-timedelta(hours=72), timedelta(), timedelta(minutes=10)):
        counted = counted_at(stamp(told, must=True), NOW)
        assert counted == min(NOW, NOW + told)
