"""A town, and its office."""

import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.storage import Database, Schema
from tests.integration.programs.office import Office
from tests.town import Town


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> Town:
    """A town with shops, tills, cards and staff."""
    return Town(database, operator, clock).build()


@pytest.fixture
def office(town: Town) -> Office:
    """The office of that town."""
    return Office(town)
