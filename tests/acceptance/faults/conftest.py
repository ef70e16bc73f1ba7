"""One little town, made once; each file of tests hurts a copy of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ichimai import storage
from tests.acceptance.faults.servers import Serve
from tests.acceptance.faults.town import Town, copy_of, make_template


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """The folder of a stopped town, to be copied."""
    folder = make_template()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def served(template: Path) -> Iterator[Town]:
    """A town whose two server processes are well; all tests of a file share it."""
    town = copy_of(template)
    with Serve(town, workers=2):
        yield town
        town.reconnect()
    town.verify()
    town.remove()


@pytest.fixture
def town(template: Path) -> Iterator[Town]:
    """A town whose database and server the test starts."""
    copied = copy_of(template)
    yield copied
    copied.remove()


@pytest.fixture
def awake(town: Town) -> Iterator[Town]:
    """A town whose database runs, and whose server the test starts."""
    with storage.EmbeddedServer(town.folder):
        yield town
        town.reconnect()
