"""Running the server: the database, the workers, and the work that time brings."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
import uvicorn

from ichimai import jobs, storage
from ichimai.app import Installation, Settings

_log = structlog.get_logger("ichimai.server")
_LOOK_AFTER_SECONDS = 1.0


@contextmanager
def database_of(settings: Settings) -> Iterator[str]:
    """The address of the database: the one that is set, or the embedded one, started."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with storage.EmbeddedServer(settings.data) as embedded:
        is_over = threading.Event()
        watch = threading.Thread(target=_keep_alive, args=(embedded, is_over), daemon=True)
        watch.start()
        try:
            yield embedded.url
        finally:
            is_over.set()
            watch.join()


def _keep_alive(embedded: storage.EmbeddedServer, is_over: threading.Event) -> None:
    """Start the database again when it dies."""
    while not is_over.wait(_LOOK_AFTER_SECONDS):
        process = embedded.process
        if process is None or process.poll() is None:
            continue
        _log.error("database_died", status=process.returncode)
        try:
            embedded.start()
        except storage.errors.ServerNotStarted as error:
            _log.error("database_not_started", reason=str(error))


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until a signal ends it. The database must be migrated."""
    os.environ["ICHIMAI_DATA"] = str(settings.data)
    os.environ["ICHIMAI_OPERATOR"] = settings.operator
    os.environ["ICHIMAI_BASE_URL"] = settings.base_url
    # uvicorn raises the signal anew when it has stopped; the database must be stopped after it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with database_of(settings) as url:
        storage.migrate.check_version(url)
        is_over = threading.Event()
        upkeep = threading.Thread(target=_upkeep, args=(settings, is_over), daemon=True)
        upkeep.start()
        try:
            uvicorn.run(
                "ichimai.app:create_app",
                factory=True,
                host=host,
                port=port,
                workers=workers,
                loop="uvloop",
                http="httptools",
                ws="none",
                access_log=False,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=10,
            )
        finally:
            is_over.set()
            upkeep.join()


def _upkeep(settings: Settings, is_over: threading.Event) -> None:
    installation = Installation(settings)
    jobs.run(installation.desk, is_over)
    installation.database.close()


def data_folder(given: Path | None) -> Path:
    """The data folder that a command was given, or the one that is set, made absolute."""
    return (given or Settings.of(os.environ).data).expanduser().resolve()
