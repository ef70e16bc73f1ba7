"""The counter that these tests stand at."""

import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.storage import Database, Schema
from tests.integration.people.records.office import Office


@pytest.fixture
def office(database: Database, operator: Schema, clock: ManualClock) -> Office:
    """An operator's records, empty."""
    return Office(database, operator, clock)
