"""The composition root: settings in, a running application out."""

import gc
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.types import ASGIApp

from ichimai import ledger, programs, registry, storage, web
from ichimai.kernel import Clock, clock
from ichimai.web import Services, Town


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from one installation to the next; all of it comes from the environment.

    ``data``: ``ICHIMAI_DATA``, the folder of keys and of the embedded server.
    ``database_url``: ``ICHIMAI_DATABASE_URL``; None: the embedded server.
    ``operator``: ``ICHIMAI_OPERATOR``, the code of the operator this process serves.
    ``trusted_proxy``: ``ICHIMAI_TRUSTED_PROXY``, the address of the proxy whose word for where
    a request came from is taken; None: nobody's.
    ``base_url``: ``ICHIMAI_BASE_URL``, how browsers reach us; ``https://`` makes cookies secure.
    """

    data: Path
    database_url: str | None = None
    operator: str = "131164"
    base_url: str = "http://127.0.0.1:8000"
    trusted_proxy: str | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Settings":
        """The settings written in ``environment``."""
        return cls(
            data=Path(environment.get("ICHIMAI_DATA") or default_data()),
            database_url=environment.get("ICHIMAI_DATABASE_URL") or None,
            operator=environment.get("ICHIMAI_OPERATOR") or "131164",
            base_url=environment.get("ICHIMAI_BASE_URL") or "http://127.0.0.1:8000",
            trusted_proxy=environment.get("ICHIMAI_TRUSTED_PROXY") or None,
        )

    @property
    def heads_file(self) -> Path:
        """Where each day's head of the chain is published."""
        return self.data / "heads.jsonl"

    @property
    def registry_key(self) -> registry.RegistryKey:
        """The registry's key, in a file of its own beside the database, made at the first use."""
        return registry.RegistryKey.load(self.key_file)

    @property
    def key_file(self) -> Path:
        """Where the registry's key is kept."""
        return self.data / "registry.key"


def default_data() -> Path:
    """The data folder when none is named."""
    if os.geteuid() == 0:
        return Path("/var/lib/ichimai/default")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "ichimai"


@dataclass
class Installation:
    """An open database with the operator's parts around it."""

    settings: Settings
    clock: Clock = field(default_factory=clock.SystemClock)

    def __post_init__(self) -> None:
        url = self.settings.database_url or storage.EmbeddedServer(self.settings.data).url
        self.database = storage.Database(url)
        self.operator = storage.operator_schema(self.settings.operator)
        self.key = self.settings.registry_key

    @property
    def desk(self) -> programs.Desk:
        """The desk that tills ask."""
        return programs.Desk(
            self.database, self.operator, self.settings.operator, self.key, self.clock
        )

    def town(self) -> Town:
        """How the operator is called on its pages."""
        with self.database.read(self.operator) as tx:
            profile = programs.lists.profile(tx)
        if profile is None:
            return Town(self.settings.operator, self.settings.operator, "", "")
        return Town(profile.name_ja, profile.name_en, profile.contact_ja, profile.contact_en)


def collect_less_garbage() -> None:
    """Look for garbage seldom, and never among what was loaded so far.

    Requests leave no cycles behind; looking for some all the time costs a third of a batch.
    """
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def create_app() -> ASGIApp:
    """The application of one server process, with its settings from the environment."""
    settings = Settings.of(os.environ)
    installation = Installation(settings)
    storage.migrate.check_version(installation.database.url)
    with installation.database.write(storage.REGISTRY) as tx:
        registry.confirm_key(tx, installation.key)
    # Connections of their own: questions that take long must not keep payments waiting.
    for_tills = Installation(settings)
    committer = ledger.GroupCommit(web.measured(for_tills.desk.serve))
    services = Services(
        database=installation.database,
        operator=installation.operator,
        sector=settings.operator,
        registry_key=installation.key,
        clock=installation.clock,
        town=installation.town(),
        is_https=settings.base_url.startswith("https://"),
        submit=committer.submit,
        shares_figures=web.MULTIPROCESS in os.environ,
    )
    collect_less_garbage()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        committer.close()
        for_tills.database.close()
        installation.database.close()

    return web.Express(web.application(services, lifespan), web.pay_handler(services))
