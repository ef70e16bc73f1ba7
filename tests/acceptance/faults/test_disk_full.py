"""No room on the database's disk: tills are told to ask again, and all is well when there is."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from tests.acceptance.faults.audit import Audit
from tests.acceptance.faults.servers import Serve
from tests.acceptance.faults.shoppers import Journal, shopping
from tests.acceptance.faults.tills import Till
from tests.acceptance.faults.town import Town

TILLS: Final = 6
RECOVERY_SECONDS: Final = 60.0
_CAP_SYS_ADMIN: Final = 21


def may_mount() -> bool:
    """Whether this process may make a small disk of its own."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    effective = int(status.partition("CapEff:")[2].split()[0], 16)
    return bool(effective >> _CAP_SYS_ADMIN & 1)


class SmallDisk:
    """The cluster on a file system of its own, with little room to spare."""

    def __init__(self, town: Town) -> None:
        self.cluster = town.cluster
        self._filler = self.cluster / "filler"

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """Move the cluster onto it, for as long as the block runs."""
        aside = self.cluster.with_name("aside")
        self.cluster.rename(aside)
        self.cluster.mkdir()
        used = subprocess.run(["du", "-sm", aside], check=True, capture_output=True).stdout
        options = f"size={int(used.split()[0]) + 48}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.cluster], check=True)
        try:
            subprocess.run(["cp", "-a", f"{aside}/.", self.cluster], check=True)
            yield
        finally:
            subprocess.run(["umount", self.cluster], check=True)
            self.cluster.rmdir()
            aside.rename(self.cluster)

    def fill(self, _: Serve) -> None:
        """Take all the room that is left."""
        with self._filler.open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(65_536))
            except OSError:
                return

    def free(self, _: Serve) -> None:
        """Give it back."""
        self._filler.unlink()


class FileLimit:
    """The same for whoever may not mount: a database that may not write behind 64 KiB."""

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """There is nothing to prepare."""
        yield

    def fill(self, server: Serve) -> None:
        """Limit the server and so the database that it starts; and make it start one."""
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (65_536, resource.RLIM_INFINITY))
        os.kill(server.town.postmaster(), signal.SIGKILL)

    def free(self, server: Serve) -> None:
        """Take the limit away."""
        everything = resource.RLIM_INFINITY, resource.RLIM_INFINITY
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, everything)


@contextmanager
def on_a_small_disk(town: Town) -> Iterator[SmallDisk | FileLimit]:
    """The best means that this process has."""
    disk = SmallDisk(town) if may_mount() else FileLimit()
    with disk.mounted():
        yield disk


def await_refusals(journal: Journal) -> None:
    """Wait until every till has been told to ask again, and none was served meanwhile."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    served, told = journal.acknowledged, journal.unavailable
    while journal.unavailable < told + 2 * TILLS:
        assert time.monotonic() < deadline, "the disk is full, and nobody is told"
        time.sleep(0.05)
        if journal.acknowledged > served:
            served, told = journal.acknowledged, journal.unavailable


def test_a_full_disk_refuses_payments_and_nothing_else(town: Town) -> None:
    """503 without a trace while there is no room; then the same ids, each once."""
    with on_a_small_disk(town) as disk, Serve(town) as server:
        cards = town.cards(20)
        audit = Audit(town, journal := Journal())
        with shopping(journal, town.port, town.tokens, cards, tills=TILLS, seed=7):
            for _ in range(2):
                journal.await_acknowledged(50, within_seconds=RECOVERY_SECONDS)
                disk.fill(server)
                await_refusals(journal)
                if isinstance(disk, SmallDisk):
                    assert_reads_go_on(town, journal)
                    audit.check()
                disk.free(server)
                journal.await_acknowledged(TILLS + 1, within_seconds=RECOVERY_SECONDS)
                town.reconnect()
                audit.check()
        audit.check_settled()
        assert journal.lost == 0, "the server itself was never gone"
        town.reconnect()
        town.verify()


def test_a_disk_too_full_for_the_write_ahead_log_is_survived(town: Town) -> None:
    """PostgreSQL gives up and cannot even start; the server starts it when there is room."""
    with on_a_small_disk(town) as disk, Serve(town) as server:
        cards = town.cards(20)
        audit = Audit(town, journal := Journal())
        with shopping(journal, town.port, town.tokens, cards, tills=TILLS, seed=8):
            journal.await_acknowledged(50, within_seconds=RECOVERY_SECONDS)
            postmaster = town.postmaster()
            disk.fill(server)
            exhaust_the_log(town)
            await_refusals(journal)
            disk.free(server)
            journal.await_acknowledged(TILLS + 1, within_seconds=RECOVERY_SECONDS)
            town.reconnect()
            audit.check()
        audit.check_settled()
        assert journal.lost == 0, "the server itself was never gone"
        assert town.postmaster() != postmaster
        town.reconnect()
        town.verify()


def test_a_log_that_cannot_be_written_stops_nothing(town: Town) -> None:
    """Nobody reads what the server says; it serves, and starts its database again."""
    with Serve(town, log=Path("/dev/full")):
        cards = town.cards(5)
        audit = Audit(town, journal := Journal())
        with shopping(journal, town.port, town.tokens, cards, tills=2, seed=9):
            journal.await_acknowledged(10, within_seconds=RECOVERY_SECONDS)
            os.kill(town.postmaster(), signal.SIGKILL)
            journal.await_acknowledged(10, within_seconds=RECOVERY_SECONDS)
            town.reconnect()
        audit.check_settled()


def exhaust_the_log(town: Town) -> None:
    """Ask PostgreSQL for new segments of its log until there is no room for one."""
    for _ in range(50):
        try:
            with psycopg.connect(town.url, autocommit=True) as connection:
                connection.execute("SELECT pg_switch_wal()")
                connection.execute("SELECT txid_current()")
        except psycopg.OperationalError:
            return


def assert_reads_go_on(town: Town, journal: Journal) -> None:
    """A till can still look a payment up."""
    entries = journal.known().values()
    paid = next(e for e in entries if e.is_acknowledged and e.path == "/payments")
    till = Till(town.port, paid.token)
    answer = till.get(f"/payments/{paid.id}")
    till.close()
    assert answer.status == 200
    assert answer.body["amount"] == paid.body["amount"]
