"""What the pages and the API need from the composition root, and nothing else."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from ichimai import identity, ledger, oidc, people, programs, registry, settlement, storage
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

    ``sector`` is the operator's in the registry. ``personal_key``: what describes people is sealed
    under it. ``submit`` hands a till's request to group
    commit. ``shares_figures``: several processes tell their figures at ``/metrics`` together.
    ``is_https`` says how browsers reach us, also behind a proxy: cookies are then
    ``__Host-`` ones. ``trust``: whose certificates cards may bring; None: nobody's.
    ``base_url`` is where browsers reach us: passkeys are bound to it. ``needs_second_factor``: a
    password alone only leads staff to setting one up. ``digital_id``: the provider through which
    residents may come in, if there is one. ``account_delay``: how long a shop's old contact has
    for cancelling another bank account.
    """

    database: storage.Database
    operator: storage.Schema
    sector: str
    registry_key: registry.RegistryKey
    clock: Clock
    personal_key: people.records.personal.PersonalKey
    submit: Submit
    town: Town
    is_https: bool
    shares_figures: bool = False
    trust: identity.Trust | None = None
    base_url: str = "http://localhost:8000"
    needs_second_factor: bool = True
    digital_id: oidc.RelyingParty | None = None
    account_delay: timedelta = settlement.bank.account_model.USUAL_DELAY

    @property
    def desk(self) -> programs.Desk:
        """The desk that tills ask, for what pages do without group commit."""
        return programs.Desk(
            self.database,
            self.operator,
            self.sector,
            self.registry_key,
            self.clock,
            self.personal_key,
        )

    @property
    def people_key(self) -> bytes:
        """The secret key for PINs, sign-in counters and form tokens: not the registry's own."""
        return people_key(self.registry_key, self.sector)

    @property
    def reception(self) -> identity.Reception:
        """Where cards are shown."""
        return identity.Reception(
            self.database, self.operator, self.sector, self.registry_key, self.clock, self.trust
        )

    @property
    def identity_key(self) -> bytes:
        """The secret key for services' numbers and for what devices check."""
        return identity.sealing.operator_key(self.registry_key.secret, self.sector)


def people_key(key: registry.RegistryKey, sector: str) -> bytes:
    """The secret key for what people sign in with in a sector: not the registry's own."""
    return hmac.digest(key.secret, f"people {sector}".encode(), "sha256")
