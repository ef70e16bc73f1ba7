"""What the pages and the API need from the composition root, and nothing else."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ichimai import ledger, programs, registry, storage
from ichimai.kernel import Clock, errors
from ichimai.programs.model import Request

Submit = Callable[[Request], Awaitable[ledger.Posted | errors.DomainError]]


@dataclass(frozen=True, slots=True)
class Town:
    """How the operator is called on every page, and where a person can ask."""

    name_ja: str
    name_en: str
    contact_ja: str
    contact_en: str


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that pages are made of.

    ``sector`` is the operator's in the registry. ``submit`` hands a till's request to group
    commit. ``shares_figures``: several processes tell their figures at ``/metrics`` together.
    ``is_https`` says how browsers reach us, also behind a proxy: cookies are then
    ``__Host-`` ones.
    """

    database: storage.Database
    operator: storage.Schema
    sector: str
    registry_key: registry.RegistryKey
    clock: Clock
    submit: Submit
    town: Town
    is_https: bool
    shares_figures: bool = False

    @property
    def desk(self) -> programs.Desk:
        """The desk that tills ask, for what pages do without group commit."""
        return programs.Desk(
            self.database, self.operator, self.sector, self.registry_key, self.clock
        )

    @property
    def people_key(self) -> bytes:
        """The secret key for PINs, sign-in counters and form tokens: not the registry's own."""
        purpose = f"people {self.sector}"
        return hmac.digest(self.registry_key.secret, purpose.encode(), "sha256")
