"""A counter PC: a real card service with two readers, the bridge, and the town's page."""

import base64
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ichimai.cards.emulated import PrivateDaemon
from tests.acceptance.reader.site import ReaderProcess, pages


@dataclass
class Counter:
    """A counter PC: its card service with two readers, the bridge, and the town's origin."""

    service: PrivateDaemon
    reader: ReaderProcess
    server: X25519PrivateKey


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The town's server."""
    with pages() as at:
        yield at


@pytest.fixture
def counter(origin: str, tmp_path: Path) -> Iterator[Counter]:
    """A reader that runs, not paired."""
    folder = Path(tempfile.mkdtemp(prefix="ichimai-pc-"))
    server = X25519PrivateKey.generate()
    public = base64.urlsafe_b64encode(server.public_key().public_bytes_raw()).rstrip(b"=")
    with PrivateDaemon(folder) as service:
        reader = ReaderProcess(tmp_path / "reader", service.address, origin)
        reader.options = ["--seal-to", public.decode()]
        reader.start()
        yield Counter(service, reader, server)
        assert reader.stop() == 0, reader.text
    shutil.rmtree(folder)
    assert "internal error" not in reader.text, reader.text
    assert "Traceback" not in reader.text, reader.text
