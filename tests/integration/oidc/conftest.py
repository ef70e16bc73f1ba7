"""A relying party and its provider for each test."""

import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.storage import Database, Schema
from tests.integration.oidc.world import World


@pytest.fixture
def world(database: Database, operator: Schema, clock: ManualClock) -> World:
    return World(database, operator, clock)
