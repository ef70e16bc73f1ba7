"""The composition root: settings in, a running application out."""

import gc
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.types import ASGIApp

from ichimai import identity, ledger, oidc, people, posting, programs, registry, storage, web
from ichimai.cards import certificates
from ichimai.kernel import Clock, clock
from ichimai.people.records.personal import PersonalKey
from ichimai.web import Services, Town

POSTING: Final = "_ICHIMAI_POSTING"
"""Where ``serve`` tells its server processes of the line to the process that posts."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from one installation to the next; all of it comes from the environment.

    ``data``: ``ICHIMAI_DATA``, the folder of keys and of the embedded server.
    ``database_url``: ``ICHIMAI_DATABASE_URL``; None: the embedded server.
    ``operator``: ``ICHIMAI_OPERATOR``, the code of the operator this process serves.
    ``trusted_proxy``: ``ICHIMAI_TRUSTED_PROXY``, the address of the proxy whose word for where
    a request came from is taken; None: nobody's.
    ``base_url``: ``ICHIMAI_BASE_URL``, how browsers reach us; ``https://`` makes cookies secure,
    and passkeys are bound to its host: one made at another address does not work.
    ``second_factor``: ``ICHIMAI_SECOND_FACTOR``, ``required`` (a password alone only leads staff
    to setting up a passkey or an authenticator app) or ``optional`` (as ``ichimai demo`` serves).
    ``authorities``: ``ICHIMAI_AUTHORITIES``, the folder with the certificates of those whose My
    Number Cards and phones are believed (``.pem``, ``.cer``) and ``policies.toml``; None: no such
    card is read.
    ``revocation_lists``: ``ICHIMAI_REVOCATION_LISTS``, the folder of the lists of revoked
    certificates (``.crl``); ``sources.toml`` in it names where the server fetches each from,
    every hour. None: the folder of the authorities.
    ``ocsp``: ``ICHIMAI_OCSP``, the address of the authority's responder, which is asked before the
    lists are; None: only the lists are.
    ``ocsp_nonce``: ``ICHIMAI_OCSP_NONCE``, ``required``, or ``optional`` for a responder that
    signs its answers beforehand and so cannot repeat our nonce.
    ``digital_id_issuer``: ``ICHIMAI_DIGITAL_ID_ISSUER``, the issuer of デジタル認証アプリ,
    character by character as its ID tokens have it; None: residents are not offered it.
    ``digital_id_client``: ``ICHIMAI_DIGITAL_ID_CLIENT``, the client id that it gave us.
    ``digital_id_endpoints``: ``ICHIMAI_DIGITAL_ID_ENDPOINTS``, the address below which its
    ``/auth``, ``/token`` and ``/certs`` lie; None: ``/protocol/openid-connect`` of the issuer.
    ``account_change_hours``: ``ICHIMAI_ACCOUNT_CHANGE_HOURS``, how long a shop's old contact has
    for cancelling another bank account after it was told; 24 to 720.
    ``smtp``: ``ICHIMAI_SMTP``, the mail server, ``smtps://user:password@host`` or ``smtp://host``,
    which must offer STARTTLS unless it is this very machine; None: mail waits, and with it what
    must be told by mail first.
    ``mail_from``: ``ICHIMAI_MAIL_FROM``, the sender's address.
    """

    data: Path
    database_url: str | None = None
    operator: str = "131164"
    base_url: str = "http://127.0.0.1:8000"
    trusted_proxy: str | None = None
    second_factor: str = "required"
    authorities: Path | None = None
    revocation_lists: Path | None = None
    ocsp: str | None = None
    ocsp_nonce: str = "required"
    digital_id_issuer: str | None = None
    digital_id_client: str = "ichimai"
    digital_id_endpoints: str | None = None
    account_change_hours: int = 72
    smtp: str | None = field(default=None, repr=False)
    mail_from: str = "ichimai@localhost"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Settings":
        """The settings written in ``environment``."""
        return cls(
            data=Path(environment.get("ICHIMAI_DATA") or default_data()),
            database_url=environment.get("ICHIMAI_DATABASE_URL") or None,
            operator=environment.get("ICHIMAI_OPERATOR") or "131164",
            base_url=environment.get("ICHIMAI_BASE_URL") or "http://127.0.0.1:8000",
            trusted_proxy=environment.get("ICHIMAI_TRUSTED_PROXY") or None,
            second_factor=environment.get("ICHIMAI_SECOND_FACTOR") or "required",
            authorities=_folder(environment.get("ICHIMAI_AUTHORITIES")),
            revocation_lists=_folder(environment.get("ICHIMAI_REVOCATION_LISTS")),
            ocsp=environment.get("ICHIMAI_OCSP") or None,
            ocsp_nonce=environment.get("ICHIMAI_OCSP_NONCE") or "required",
            digital_id_issuer=environment.get("ICHIMAI_DIGITAL_ID_ISSUER") or None,
            digital_id_client=environment.get("ICHIMAI_DIGITAL_ID_CLIENT") or "ichimai",
            digital_id_endpoints=environment.get("ICHIMAI_DIGITAL_ID_ENDPOINTS") or None,
            account_change_hours=int(environment.get("ICHIMAI_ACCOUNT_CHANGE_HOURS") or 72),
            smtp=environment.get("ICHIMAI_SMTP") or None,
            mail_from=environment.get("ICHIMAI_MAIL_FROM") or "ichimai@localhost",
        )

    @property
    def heads_file(self) -> Path:
        """Where each day's head of the chain is published."""
        return self.data / "heads.jsonl"

    @property
    def lists_folder(self) -> Path | None:
        """Where the lists of revoked certificates lie, if any certificate is believed."""
        return self.revocation_lists or self.authorities

    @property
    def registry_key(self) -> registry.RegistryKey:
        """The registry's key, in a file of its own beside the database, made at the first use."""
        return registry.RegistryKey.load(self.key_file)

    @property
    def personal_key(self) -> PersonalKey:
        """The key of what describes people, in a file of its own, made at the first use."""
        return PersonalKey.load(self.personal_key_file, self.operator)

    @property
    def personal_key_file(self) -> Path:
        """Where the key of what describes people is kept."""
        return self.data / "personal.key"

    @property
    def erasures_file(self) -> Path:
        """Where it is kept, beside the database, who was erased."""
        return self.data / "erasures.jsonl"

    @property
    def client_key(self) -> oidc.ClientKey:
        """The key by which the provider of digital identities knows us, made at the first use."""
        return oidc.ClientKey.load(self.data / "digital-id.key")

    @property
    def key_file(self) -> Path:
        """Where the registry's key is kept."""
        return self.data / "registry.key"


def _folder(given: str | None) -> Path | None:
    return Path(given).expanduser().resolve() if given else None


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
        self.personal_key = self.settings.personal_key

    @property
    def desk(self) -> programs.Desk:
        """The desk that tills ask."""
        return programs.Desk(
            self.database,
            self.operator,
            self.settings.operator,
            self.key,
            self.clock,
            self.personal_key,
        )

    def town(self) -> Town:
        """How the operator is called on its pages."""
        with self.database.read(self.operator) as tx:
            profile = programs.lists.profile(tx)
        if profile is None:
            return Town(self.settings.operator, self.settings.operator, "", "")
        return Town(profile.name_ja, profile.name_en, profile.contact_ja, profile.contact_en)

    def trust(self) -> identity.Trust | None:
        """Whose cards are believed, and who knows which were revoked; the lists are read now.

        Raises AuthorityUnreadable.
        """
        settings = self.settings
        if settings.authorities is None or settings.lists_folder is None:
            return None
        authorities = certificates.Authorities.load(settings.authorities)
        lists = certificates.CrlFolder(settings.lists_folder)
        lists.read_ahead()
        if settings.ocsp is None:
            return identity.Trust(authorities, lists)
        responder = certificates.Ocsp(
            web.outbound.ocsp_responder(settings.ocsp),
            wants_nonce=settings.ocsp_nonce != "optional",
        )
        return identity.Trust(authorities, certificates.FirstThatKnows(responder, lists))

    def digital_id(self) -> oidc.RelyingParty | None:
        """The provider through which residents may come in, if one is configured."""
        settings = self.settings
        if settings.digital_id_issuer is None:
            return None
        provider = oidc.Provider.at(
            settings.digital_id_issuer,
            client_id=settings.digital_id_client,
            redirect_uri=f"{settings.base_url.rstrip('/')}{web.DIGITAL_ID_ANSWER}",
            base=settings.digital_id_endpoints or "",
        )
        key = web.people_key(self.key, settings.operator)
        return oidc.RelyingParty(provider, settings.client_key, web.Outbound(), key, self.clock)


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
        registry.keys.confirm(tx, installation.key)
    with installation.database.read(installation.operator) as read:
        people.records.personal.confirm(read, installation.personal_key)
    submit, close = _committer(settings)
    services = Services(
        database=installation.database,
        operator=installation.operator,
        sector=settings.operator,
        registry_key=installation.key,
        clock=installation.clock,
        personal_key=installation.personal_key,
        town=installation.town(),
        is_https=settings.base_url.startswith("https://"),
        submit=submit,
        base_url=settings.base_url,
        # Whatever is not the one word that loosens it is the strict one.
        needs_second_factor=settings.second_factor != "optional",
        trust=installation.trust(),
        digital_id=installation.digital_id(),
        shares_figures=web.metrics.MULTIPROCESS in os.environ,
        account_delay=timedelta(hours=settings.account_change_hours),
    )
    collect_less_garbage()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        close()
        installation.database.close()

    return web.Express(web.application(services, lifespan), services)


def _committer(settings: Settings) -> tuple[web.Submit, Callable[[], None]]:
    """What tills' requests are handed to, and how it ends: the process that posts, or threads."""
    path = os.environ.get(POSTING)
    if path is not None:
        line = posting.Line(path, web.metrics.count)
        return line.submit, line.close
    # Connections of their own: questions that take long must not keep payments waiting.
    for_tills = Installation(settings)
    committer = ledger.group_commit.GroupCommit(web.metrics.measured(for_tills.desk.serve))

    def close() -> None:
        committer.close()
        for_tills.database.close()

    return committer.submit, close


def serve_tills(settings: Settings) -> posting.Serve:
    """What the process that posts does with requests."""
    collect_less_garbage()
    return Installation(settings).desk.serve
