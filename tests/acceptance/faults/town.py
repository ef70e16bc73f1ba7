"""A small town for each test that hurts its server: made once, copied as often as needed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from ichimai import ledger, programs, registry, storage
from ichimai.app import Installation, Settings
from ichimai.kernel import Asset, ids
from ichimai.ledger import OperationId
from ichimai.ledger.model import Grant
from ichimai.registry import SubjectId

IS_LONG: Final = bool(os.environ.get("ICHIMAI_TEST_LONG") or os.environ.get("LONG"))
ICHIMAI: Final = str(Path(sys.executable).with_name("ichimai"))
GIFT: Final = Asset("longevity-gift")
GIFT_UNITS: Final = 10_000


def rounds(count: int) -> int:
    """How often a campaign repeats: ``count`` times, ten times as often when LONG is set."""
    return count * (10 if IS_LONG else 1)


def environment(**more: str) -> dict[str, str]:
    """The environment of a process of the product: ours without its settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ICHIMAI_")}
    return ours | more


def make_template() -> Path:
    """A stopped town of 300 residents, by the command that everybody uses."""
    folder = Path(tempfile.mkdtemp(prefix="ichimai-faults-"))
    size = ["--residents", "300", "--days", "3"]
    command = [ICHIMAI, "demo", "--data", str(folder), *size, "--no-serve", "--json"]
    done = subprocess.run(command, check=False, timeout=120, capture_output=True, env=environment())
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout.splitlines()[-1])["verified"] is True
    _forget_sockets(folder)
    return folder


def copy_of(template: Path) -> "Town":
    """A town of its own, not yet running."""
    folder = Path(tempfile.mkdtemp(prefix="ichimai-faults-"))
    # cp, because the cluster belongs to another user of the system when we are root.
    subprocess.run(["cp", "-a", "--reflink=auto", f"{template}/.", str(folder)], check=True)
    return Town(folder)


def _forget_sockets(folder: Path) -> None:
    marker = folder / "postgres" / "ichimai-sockets"
    shutil.rmtree(marker.read_text(encoding="utf-8"), ignore_errors=True)
    marker.unlink()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Town:
    """A data folder with what its ``demo.json`` says, and direct access to its database."""

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        found = json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))
        self.tokens: list[str] = [
            terminal["token"]
            for terminal in found["terminals"]
            if terminal["accepts_gift_vouchers"]
        ]

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of this town's processes, which may die and leave things behind."""
        return environment(TMPDIR=str(self.scratch), **more)

    @cached_property
    def scratch(self) -> Path:
        """Where its processes put what is not to last; it goes with the town."""
        folder = self.folder / "tmp"
        folder.mkdir()
        folder.chmod(0o711)  # PostgreSQL's own user passes through to its socket
        return folder

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own folder."""
        return self.folder / "postgres"

    @property
    def url(self) -> str:
        """The database's address while it runs."""
        return storage.EmbeddedServer(self.folder).url

    @cached_property
    def installation(self) -> Installation:
        """The parts of the product, in this process, beside the server's own."""
        return Installation(Settings(data=self.folder, database_url=self.url))

    @property
    def desk(self) -> programs.Desk:
        """The desk that tills ask, in this process."""
        return self.installation.desk

    def reconnect(self) -> None:
        """Forget the connections to a database that died."""
        if "installation" in self.__dict__:
            self.installation.database.close()
            del self.__dict__["installation"]

    def postmaster(self) -> int:
        """The process id of PostgreSQL's first process."""
        return int((self.cluster / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    def cards(
        self,
        count: int,
        *,
        units: int = GIFT_UNITS,
        ends_at: datetime | None = None,
        asset: Asset = GIFT,
    ) -> list[str]:
        """New cards with a gift each, by default 10,000 yen that are good for a month."""
        parts = self.installation
        with parts.database.write(storage.REGISTRY) as tx:
            cards = registry.cards.new_cards(tx, parts.key, parts.clock, count)
            subjects = registry.holders.subjects(
                tx, parts.clock, parts.settings.operator, [card.holder for card in cards]
            )
        with parts.database.write(parts.operator) as tx:
            program = programs.lists.program(tx, asset)
            grants = [self._grant(subject, program, units, ends_at) for subject in subjects]
            for answer in ledger.post(tx, parts.clock, grants):
                assert isinstance(answer, ledger.Posted), answer
        return [card.code for card in cards]

    def second_program(self, asset: Asset) -> None:
        """A program with the gift's terms, and no past."""
        parts = self.installation
        with parts.database.write(parts.operator) as tx:
            gift = programs.lists.program(tx, GIFT)
            new = msgspec.structs.replace(gift, key=asset)
            programs.lists.open_program(tx, parts.clock, new)

    def _grant(
        self,
        subject: SubjectId,
        program: programs.terms.Program,
        units: int,
        ends_at: datetime | None,
    ) -> Grant:
        clock = self.installation.clock
        return Grant(
            operation=OperationId(ids.uuid7(clock)),
            wallet=subject,
            funder=programs.funding.funder_id(program),
            asset=program.key,
            units=units,
            expires_at=ends_at or clock.now() + timedelta(days=30),
        )

    def verify(self) -> None:
        """``ichimai verify``, as a process of its own."""
        done = subprocess.run(
            [ICHIMAI, "verify", "--data", str(self.folder)],
            check=False,
            timeout=120,
            capture_output=True,
            env=environment(),
        )
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()

    def stop_database(self) -> None:
        """Stop a PostgreSQL that its server left behind, as one does that was killed."""
        marker = self.cluster / "postmaster.pid"
        if marker.exists():
            os.kill(self.postmaster(), signal.SIGINT)
            deadline = time.monotonic() + 30
            while marker.exists():
                assert time.monotonic() < deadline, "PostgreSQL does not stop"
                time.sleep(0.05)

    def remove(self) -> None:
        """Take the town down for good. Its server must have been stopped."""
        self.reconnect()
        self.stop_database()
        if (self.cluster / "ichimai-sockets").exists():
            _forget_sockets(self.folder)
        shutil.rmtree(self.folder)
