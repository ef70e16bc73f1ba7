"""Running the server: the database, the workers, and the work that time brings."""

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from ichimai import jobs, logs, posting, storage, web
from ichimai.app import POSTING, Installation, Settings, create_app, serve_tills
from ichimai.cards import certificates

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
    """Start the database again when it dies, also one that another process had started."""
    while not is_over.wait(_LOOK_AFTER_SECONDS):
        if embedded.is_running():
            continue
        _log.error("database_died")
        try:
            embedded.start()
        except (storage.errors.ServerNotStarted, OSError) as error:
            _log.error("database_not_started", reason=str(error))


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until a signal ends it. The database must be migrated."""
    os.environ["ICHIMAI_DATA"] = str(settings.data)
    os.environ["ICHIMAI_OPERATOR"] = settings.operator
    os.environ["ICHIMAI_BASE_URL"] = settings.base_url
    os.environ["ICHIMAI_SECOND_FACTOR"] = settings.second_factor
    if settings.authorities is not None:
        os.environ["ICHIMAI_AUTHORITIES"] = str(settings.authorities)
        certificates.Authorities.load(settings.authorities)  # told here, not by every worker
    # uvicorn raises the signal anew when it has stopped; the database must be stopped after it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Before there are threads: it is a fork.
    with (
        posting.posting_process(partial(serve_tills, settings)) as line,
        database_of(settings) as url,
    ):
        os.environ[POSTING] = line
        storage.migrate.check_version(url)
        is_over = threading.Event()
        upkeep = threading.Thread(target=_upkeep, args=(settings, is_over), daemon=True)
        upkeep.start()
        threading.Thread(target=_fetch_lists, args=(settings, is_over), daemon=True).start()
        threading.Thread(target=_send_mail, args=(settings, is_over), daemon=True).start()
        figures = tempfile.mkdtemp(prefix="ichimai-figures-")
        if workers > 1:
            os.environ[web.metrics.MULTIPROCESS] = figures
        try:
            uvicorn.run(
                "ichimai.server:create_worker",
                factory=True,
                host=host,
                port=port,
                workers=workers,
                loop="uvloop",
                http="ichimai.web.patience:LimitedPatience",
                ws="none",
                access_log=False,
                log_level="warning",
                server_header=False,
                date_header=False,
                proxy_headers=settings.trusted_proxy is not None,
                forwarded_allow_ips=settings.trusted_proxy,
                timeout_graceful_shutdown=10,
            )
        finally:
            is_over.set()
            upkeep.join()
            shutil.rmtree(figures)


def create_worker() -> ASGIApp:
    """The application of one server process, which ends when the process that started it does."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return create_app()
    logs.configure()
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    try:
        return create_app()
    except storage.errors.DatabaseUnavailable as error:
        _log.error("worker_not_started", code=error.code)
        sys.exit(1)  # and another is started in its place, until the database is there


def _end_after(parent: BaseProcess) -> None:
    """An orphan would keep the port, and nobody would look after its database."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _upkeep(settings: Settings, is_over: threading.Event) -> None:
    installation = Installation(settings)
    jobs.run(installation.desk, is_over, settings.heads_file, settings.erasures_file)
    installation.database.close()


def _fetch_lists(settings: Settings, is_over: threading.Event) -> None:
    """On its own: a list may take minutes, and nothing else waits for it."""
    if settings.authorities is not None and settings.lists_folder is not None:
        get = web.outbound.revocation_list
        jobs.revocations.run(settings.lists_folder, settings.authorities, get, is_over)


def _send_mail(settings: Settings, is_over: threading.Event) -> None:
    """On its own, likewise: a mail server may be slow."""
    if settings.smtp is None:
        return
    installation = Installation(settings)
    wire = jobs.mail.Smtp.at(settings.smtp, settings.mail_from)
    jobs.mail.run(installation.desk, wire, is_over)
    installation.database.close()


def data_folder(given: Path | None) -> Path:
    """The data folder that a command was given, or the one that is set, made absolute."""
    return (given or Settings.of(os.environ).data).expanduser().resolve()
