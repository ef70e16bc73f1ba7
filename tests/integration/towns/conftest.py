"""A little town that knows what its programs may name."""

import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.programs import lists
from ichimai.programs.model import Named, OperatorProfile
from ichimai.storage import Database, Schema
from tests.town import SECTOR, Town


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> Town:
    """A town with shops, tills, cards and staff."""
    built = Town(database, operator, clock).build()
    profile = OperatorProfile(
        SECTOR,
        "豊島区",
        "Toshima City",
        categories=(Named("food", "食品", "Food"), Named("books", "書店", "Books")),
        districts=("巣鴨",),
    )
    with database.write(operator) as tx:
        lists.set_profile(tx, profile)
    return built
